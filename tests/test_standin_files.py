"""The stand-in's content: blobs, trees, files by path, commits, comparisons."""

import base64
from pathlib import Path

import pytest

from tests.standin import StandIn
from tests.standin.client import Client
from tests.standin.fixtures import standin
from tests.standin.objects import object_id
from tests.standin.state import Repository

__all__ = ["standin"]
FILES = {"README.md": "hello\n", "tests/test_a.py": "a = 1\n", "tests/unit/test_b.py": b"\xff\0"}


@pytest.fixture
def repository(standin: StandIn) -> Repository:
    """Return a repository of three files."""
    return standin.repository("acme/rocket", FILES)


@pytest.fixture
def client(standin: StandIn, repository: Repository) -> Client:
    """Return a client that may read contents."""
    return standin.client(repository, contents="read", pull_requests="read")


def test_a_repository_can_come_from_a_folder(standin: StandIn, tmp_path: Path) -> None:
    """All files below the folder, git's own left out."""
    for name in (".git/config", "a/b.py", "c.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    made = standin.repository("acme/folder", tmp_path)
    assert set(made.store.commits[made.branches["main"]].files) == {"a/b.py", "c.txt"}


def test_blobs_come_by_gits_id_in_base64(client: Client) -> None:
    """Binary content too; an id of another repository's blob is not found."""
    sha = object_id("blob", b"\xff\0")
    told = client.get(f"/repos/acme/rocket/git/blobs/{sha}").json()
    assert (base64.b64decode(told["content"]), told["size"]) == (b"\xff\0", 2)
    assert client.get(f"/repos/acme/rocket/git/blobs/{'0' * 40}").status_code == 404
    assert client.get("/repos/acme/rocket/git/blobs/short").status_code == 422


def test_trees_are_flat_or_recursive(client: Client) -> None:
    """Folders are entries of their own; ``recursive`` opens them."""
    flat = client.get("/repos/acme/rocket/git/trees/main").json()
    deep = client.get("/repos/acme/rocket/git/trees/main", recursive=1).json()
    assert [entry["path"] for entry in flat["tree"]] == ["README.md", "tests"]
    listed = [entry["path"] for entry in deep["tree"] if entry["type"] == "blob"]
    assert listed == sorted(FILES)


def test_contents_of_files_and_folders(standin: StandIn, client: Client) -> None:
    """Base64 with the blob's id, raw on request, a folder as a list, 404 for the rest."""
    path = "/repos/acme/rocket/contents"
    told = client.get(f"{path}/tests/test_a.py").json()
    assert base64.b64decode(told["content"]) == b"a = 1\n"
    assert told["sha"] == object_id("blob", b"a = 1\n")
    raw = {"Accept": "application/vnd.github.raw+json"}
    assert client.send("GET", f"{path}/README.md", headers=raw).content == b"hello\n"
    folder = client.get(f"{path}/tests").json()
    assert [(e["name"], e["type"]) for e in folder] == [("test_a.py", "file"), ("unit", "dir")]
    assert client.get(f"{path}/nowhere.py").status_code == 404
    assert client.get(f"{path}/README.md", ref="no-such-branch").status_code == 404


def test_contents_beyond_a_megabyte_are_empty(standin: StandIn, client: Client) -> None:
    """Between 1 and 100 MB only the raw media type has the content; the blob always does."""
    content = b"x" * (1024 * 1024 + 1)
    standin.push_base(standin.world.repositories["acme/rocket"], {"big.py": content})
    told = client.get("/repos/acme/rocket/contents/big.py").json()
    assert (told["content"], told["encoding"], told["size"]) == ("", "none", len(content))
    raw = {"Accept": "application/vnd.github.raw+json"}
    whole = client.send("GET", "/repos/acme/rocket/contents/big.py", headers=raw)
    assert whole.content == content
    blob = client.get(f"/repos/acme/rocket/git/blobs/{told['sha']}").json()
    assert base64.b64decode(blob["content"]) == content


def test_contents_at_a_ref(standin: StandIn, repository: Repository, client: Client) -> None:
    """A commit, a branch and a pull request's head name the same file at different times."""
    before = repository.branches["main"]
    pull = standin.open_pull_request(repository, {"README.md": "changed\n"})

    def text(ref: str) -> bytes:
        told = client.get("/repos/acme/rocket/contents/README.md", ref=ref).json()
        return base64.b64decode(told["content"])

    refs = (before, "main", pull.head_ref, "refs/pull/1/head", pull.head_sha)
    assert [text(ref) for ref in refs] == [b"hello\n", b"hello\n", *[b"changed\n"] * 3]


def test_compare_and_commit_use_the_merge_base(
    standin: StandIn, repository: Repository, client: Client
) -> None:
    """What the base gained meanwhile is not a change of the head."""
    start = repository.branches["main"]
    pull = standin.open_pull_request(repository, {"tests/test_a.py": "a = 2\n"})
    standin.push_base(repository, {"README.md": "later\n"})
    told = client.get(f"/repos/acme/rocket/compare/main...{pull.head_sha}").json()
    assert told["merge_base_commit"]["sha"] == start
    assert (told["status"], told["ahead_by"], told["behind_by"]) == ("diverged", 1, 1)
    assert [file["filename"] for file in told["files"]] == ["tests/test_a.py"]
    commit = client.get(f"/repos/acme/rocket/commits/{pull.head_sha}").json()
    assert [file["filename"] for file in commit["files"]] == ["tests/test_a.py"]
    assert commit["parents"][0]["sha"] == start
    assert client.get("/repos/acme/rocket/commits/unheard-of").status_code == 422
    assert client.get("/repos/acme/rocket/compare/main...nowhere").status_code == 404


def test_permission_of_a_person(standin: StandIn, repository: Repository, client: Client) -> None:
    """Four levels for five roles; strangers may read what is public; nobody is not found."""
    path = "/repos/acme/rocket/collaborators/{}/permission"
    roles = {"ann": "admin", "mia": "maintain", "wes": "write", "tom": "triage", "rob": "read"}
    for login, role in roles.items():
        standin.permit(repository, login, role)
    standin.user("stranger")
    told = {login: client.get(path.format(login)).json() for login in [*roles, "stranger"]}
    assert {login: each["permission"] for login, each in told.items()} == {
        "ann": "admin", "mia": "write", "wes": "write", "tom": "read", "rob": "read",
        "stranger": "read",
    }  # fmt: skip
    assert told["mia"]["role_name"] == "maintain"
    assert client.get(path.format("ghost")).status_code == 404
    hidden = standin.repository("acme/hidden", private=True)
    answer = standin.client(hidden).get("/repos/acme/hidden/collaborators/stranger/permission")
    assert answer.json()["permission"] == "none"


def test_users_and_the_bot(standin: StandIn, client: Client) -> None:
    """The App's own account is found by ``slug[bot]``."""
    told = client.get("/users/secreview%5Bbot%5D").json()
    assert (told["id"], told["type"]) == (standin.app.bot.id, "Bot")
    assert client.get("/users/ghost").status_code == 404


def test_repositories_of_the_installation(standin: StandIn, repository: Repository) -> None:
    """The sweep's list: what the token reaches, nothing else."""
    other = standin.repository("acme/other")
    standin.repository("acme/elsewhere", installed=False)
    told = standin.client(repository, other).get("/installation/repositories").json()
    names = [each["full_name"] for each in told["repositories"]]
    assert (told["total_count"], names) == (2, ["acme/rocket", "acme/other"])
    installed = standin.client().get("/app/installations").json()
    assert [each["account"]["login"] for each in installed] == ["acme"]
