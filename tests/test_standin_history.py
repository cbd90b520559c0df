"""The stand-in's people with git: force-pushes, rebases, forks, renames, odd files."""

import base64
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.standin import StandIn
from tests.standin.client import Client
from tests.standin.fixtures import standin
from tests.standin.merging import Conflict
from tests.standin.objects import Submodule, Symlink
from tests.standin.state import PullRequest

__all__ = ["standin"]
PATH = "/repos/acme/rocket"
LINES = "".join(f"line {number}\n" for number in range(20))
MODULE = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def pull(standin: StandIn) -> PullRequest:
    """Return a pull request that changes one line in the middle of a file."""
    repository = standin.repository("acme/rocket", {"a.py": LINES})
    return standin.open_pull_request(repository, {"a.py": LINES.replace("line 9\n", "line IX\n")})


@pytest.fixture
def client(standin: StandIn, pull: PullRequest) -> Client:
    """Return a client with what the App is installed with."""
    return standin.client(pull.repository)


def last(standin: StandIn, event: str) -> dict[str, Any]:
    """Return the newest body of an event."""
    return next(d.payload for d in reversed(standin.deliveries) if d.event == event)


def listed(client: Client, number: int = 1) -> dict[str, dict[str, Any]]:
    """Return the changed files by their names."""
    files = client.pages(f"{PATH}/pulls/{number}/files")
    return {file["filename"]: file for file in files}


def content(pull: PullRequest, path: str, sha: str = "") -> str:
    """Return a file of the head, or of another commit."""
    store = pull.repository.store
    return store.blobs[store.commits[sha or pull.head_sha].files[path]].decode()


def commented(client: Client, pull: PullRequest, line: int) -> None:
    """Comment on a line of a.py as the App."""
    comments = [{"path": "a.py", "line": line, "body": "Hm."}]
    body = {"event": "COMMENT", "body": "Look.", "comments": comments}
    made = client.post(f"{PATH}/pulls/1/reviews", commit_id=pull.head_sha, **body)
    assert made.status_code == 200


def test_a_force_push_replaces_the_history(
    standin: StandIn, pull: PullRequest, client: Client
) -> None:
    """The old head is no longer the pull request's: no review on it, and it has none."""
    old = pull.head_sha
    standin.push(pull, {"b.py": "b\n"})
    new = standin.force_push(pull, {"c.py": "c\n"}, by="mira")
    assert set(listed(client)) == {"c.py"}
    body = last(standin, "pull_request")
    assert (body["action"], body["after"], body["sender"]["login"]) == ("synchronize", new, "mira")
    refused = client.post(f"{PATH}/pulls/1/reviews", commit_id=old, event="COMMENT", body="Look.")
    assert refused.status_code == 422
    assert client.get(f"{PATH}/commits/{old}/pulls").json() == []
    assert client.get(f"{PATH}/pulls/1").json()["commits"] == 1
    assert client.get(f"{PATH}/git/trees/{old}").status_code == 200


def test_a_rebase_carries_the_change_and_its_comments(
    standin: StandIn, pull: PullRequest, client: Client
) -> None:
    """Lines that the base put above move the change and what stands on it; the blob is new."""
    commented(client, pull, 10)
    before = listed(client)["a.py"]["sha"]
    standin.push_base(pull.repository, {"a.py": "top\n" * 5 + LINES, "new.py": "n\n"})
    standin.rebase(pull)
    assert content(pull, "a.py") == "top\n" * 5 + LINES.replace("line 9\n", "line IX\n")
    files = listed(client)
    assert set(files) == {"a.py"}
    assert files["a.py"]["sha"] != before
    (comment,) = client.get(f"{PATH}/pulls/1/comments").json()
    assert (comment["line"], comment["original_line"]) == (15, 10)
    told = client.get(f"{PATH}/compare/main...{pull.head_sha}").json()
    assert (told["behind_by"], told["merge_base_commit"]["sha"]) == (0, pull.base_sha)


def test_a_rebase_that_git_cannot_do_is_a_conflict(standin: StandIn, pull: PullRequest) -> None:
    """Both changed the same line: the head stays where it is."""
    head = pull.head_sha
    standin.push_base(pull.repository, {"a.py": LINES.replace("line 9\n", "line nine\n")})
    with pytest.raises(Conflict):
        standin.rebase(pull)
    assert pull.head_sha == head


def test_a_renamed_file_follows_what_the_base_does_to_it(
    standin: StandIn, pull: PullRequest, client: Client
) -> None:
    """The move, our line and the base's line end up in one file, listed as renamed."""
    standin.rename_file(pull, "a.py", "tests/b.py")
    standin.push_base(pull.repository, {"a.py": LINES.replace("line 1\n", "line I\n")})
    standin.rebase(pull)
    file = listed(client)["tests/b.py"]
    assert (file["status"], file["previous_filename"]) == ("renamed", "a.py")
    text = content(pull, "tests/b.py")
    assert "line I\n" in text
    assert "line IX\n" in text
    assert "a.py" not in pull.repository.store.commits[pull.head_sha].files


def test_a_merge_group_merges_lines(standin: StandIn, pull: PullRequest) -> None:
    """What the base did elsewhere in the same file is not lost."""
    standin.push_base(pull.repository, {"a.py": "top\n" + LINES})
    sha = standin.enqueue(pull)
    assert content(pull, "a.py", sha) == "top\n" + LINES.replace("line 9\n", "line IX\n")


def test_a_deleted_fork_leaves_the_pull_request(standin: StandIn, pull: PullRequest) -> None:
    """``head.repo`` is null, in lists and events too; its files are still read from the base."""
    forked = standin.open_pull_request(pull.repository, {"f.py": "f\n"}, author="eve", fork=True)
    client = standin.client(pull.repository)
    assert client.get(f"{PATH}/pulls/2").json()["head"]["repo"]["full_name"] == "eve/rocket"
    standin.delete_fork(forked)
    head = client.get(f"{PATH}/pulls/2").json()["head"]
    assert (head["repo"], head["label"], head["user"]["login"]) == (None, "eve:change-2", "eve")
    assert client.get(f"{PATH}/pulls").json()[0]["head"]["repo"] is None
    (file,) = listed(client, 2).values()
    assert client.get(f"{PATH}/git/blobs/{file['sha']}").status_code == 200
    standin.close_pull_request(forked)
    assert last(standin, "pull_request")["pull_request"]["head"]["repo"] is None
    with pytest.raises(LookupError):
        standin.push(forked, {"f.py": "g\n"})
    with pytest.raises(LookupError):
        standin.delete_fork(pull)


def test_a_private_repositorys_fork_is_private(standin: StandIn) -> None:
    """It is out of reach, and the head is not."""
    repository = standin.repository("acme/rocket", private=True)
    pull = standin.open_pull_request(repository, {"f.py": "f\n"}, author="eve", fork=True)
    client = standin.client(repository)
    told = client.get(f"{PATH}/pulls/1").json()["head"]["repo"]
    assert (told["private"], told["fork"]) == (True, True)
    assert client.get("/repos/eve/rocket").status_code == 404
    assert client.get(f"{PATH}/contents/f.py", ref=pull.head_sha).status_code == 200


def test_a_renamed_repository_redirects(standin: StandIn, pull: PullRequest) -> None:
    """301 for a read, 307 for a write, to an address with the id that answers; GraphQL follows."""
    standin.rename(pull.repository, "comet")
    client = standin.client(pull.repository)
    asked = client.send("GET", f"{PATH}/pulls?state=all", allow_redirects=False)
    assert asked.status_code == 301
    where = urlsplit(asked.headers["Location"])
    assert (where.path, where.query) == (f"/repositories/{pull.repository.id}/pulls", "state=all")
    followed = client.get(f"{PATH}/pulls", state="all").json()
    assert followed[0]["base"]["repo"]["full_name"] == "acme/comet"
    path = f"{PATH}/issues/1/comments"
    posted = client.send("POST", path, json={"body": "x"}, allow_redirects=False)
    assert posted.status_code == 307
    assert pull.comments == []
    assert client.get("/repositories/1/pulls").status_code == 501
    standin.violations.clear()
    query = '{ repository(owner: "acme", name: "rocket") { databaseId } }'
    told = client.post("/graphql", query=query).json()["data"]["repository"]
    assert told == {"databaseId": pull.repository.id}


def test_a_link_is_what_it_leads_to(standin: StandIn, pull: PullRequest, client: Client) -> None:
    """The contents API follows it inside the repository; blobs and trees show the link itself."""
    links = {"t/in.py": Symlink("../a.py"), "t/out.py": Symlink("/etc/passwd")}
    standin.push(pull, links)
    head = pull.head_sha
    inside = client.get(f"{PATH}/contents/t/in.py", ref=head).json()
    assert (inside["type"], inside["path"]) == ("file", "a.py")
    outside = client.get(f"{PATH}/contents/t/out.py", ref=head).json()
    assert (outside["type"], outside["target"]) == ("symlink", "/etc/passwd")
    blob = client.get(f"{PATH}/git/blobs/{listed(client)['t/in.py']['sha']}").json()
    assert base64.b64decode(blob["content"]) == b"../a.py"
    tree = client.get(f"{PATH}/git/trees/{head}", recursive=1).json()["tree"]
    modes = {entry["path"]: (entry["mode"], entry["type"]) for entry in tree}
    assert modes["t/in.py"] == ("120000", "blob")
    folder = client.get(f"{PATH}/contents/t", ref=head).json()
    assert {each["type"] for each in folder} == {"symlink"}
    assert "No newline at end of file" in listed(client)["t/in.py"]["patch"]


def test_a_submodule_is_a_commit_of_elsewhere(
    standin: StandIn, pull: PullRequest, client: Client
) -> None:
    """It is listed with a patch of one line; its id is no blob of this repository's."""
    standin.push(pull, {"lib": Submodule(MODULE)})
    file = listed(client)["lib"]
    assert (file["sha"], file["patch"].splitlines()[1]) == (MODULE, f"+Subproject commit {MODULE}")
    assert client.get(f"{PATH}/git/blobs/{MODULE}").status_code == 404
    tree = client.get(f"{PATH}/git/trees/{pull.head_sha}", recursive=1).json()["tree"]
    (entry,) = [each for each in tree if each["path"] == "lib"]
    assert (entry["mode"], entry["type"], "size" in entry) == ("160000", "commit", False)
    assert client.get(file["contents_url"]).json()["type"] == "submodule"
    query = f"""{{ repository(owner: "acme", name: "rocket") {{
      object(expression: "{pull.head_sha}:lib") {{ ... on Blob {{ oid }} }} }} }}"""
    told = client.post("/graphql", query=query).json()
    assert told["data"]["repository"]["object"] is None
    standin.push(pull, {"lib": Submodule(MODULE[::-1]), "b.py": "b\n"})
    standin.rebase(pull)
    assert listed(client)["lib"]["sha"] == MODULE[::-1]


def test_a_link_stays_one_through_moves_and_merges(standin: StandIn, pull: PullRequest) -> None:
    """A rename, a rebase and a merge group keep the mode; a file in its place takes it away."""
    standin.push(pull, {"in.py": Symlink("a.py")})
    standin.rename_file(pull, "in.py", "on.py")
    standin.push_base(pull.repository, {"b.py": "b\n"})
    standin.rebase(pull)
    commits = pull.repository.store.commits
    assert commits[pull.head_sha].modes == {"on.py": "120000"}
    assert commits[standin.enqueue(pull)].modes == {"on.py": "120000"}
    standin.push(pull, {"on.py": "x\n"})
    assert commits[pull.head_sha].modes == {}


def test_binary_files_and_big_ones_have_no_patch(standin: StandIn, pull: PullRequest) -> None:
    """A file beyond the limit of one, and those beyond the limit of all: their sizes are told."""
    thousand = "x = 1\n" * 9_000
    changes: dict[str, str | bytes] = {f"m{n}.py": thousand for n in range(3)}
    standin.push(pull, changes | {"b.bin": b"\0", "z.py": "z\n", "huge.py": "y\n" * 20_001})
    files = listed(standin.client(pull.repository))
    with_patch = {name for name, file in files.items() if "patch" in file}
    assert with_patch == {"a.py", "m0.py", "m1.py"}
    assert (files["m2.py"]["additions"], files["z.py"]["additions"]) == (9_000, 1)
    assert files["huge.py"]["changes"] == 20_001
    assert files["b.bin"]["changes"] == 0
    comments = [{"path": "z.py", "line": 1, "body": "Hm."}]
    refused = standin.client(pull.repository).post(
        f"{PATH}/pulls/1/reviews", event="COMMENT", body="Look.", comments=comments
    )
    assert refused.status_code == 422


def test_a_megabyte_of_diff_is_all_there_is(standin: StandIn, pull: PullRequest) -> None:
    """Few lines, long ones: the rest comes without patches too."""
    wide = ("x" * 199 + "\n") * 2_000
    standin.push(pull, {f"w{n}.py": wide for n in range(4)})
    files = listed(standin.client(pull.repository))
    assert {name for name, file in files.items() if "patch" not in file} == {"w2.py", "w3.py"}


def test_drafts_titles_and_comments_change(standin: StandIn, pull: PullRequest) -> None:
    """Each change has an event of its own that says what there was before."""
    standin.convert_to_draft(pull)
    assert last(standin, "pull_request")["action"] == "converted_to_draft"
    assert last(standin, "pull_request")["pull_request"]["draft"] is True
    standin.retitle(pull, "Better")
    body = last(standin, "pull_request")
    assert (body["action"], set(body["changes"])) == ("edited", {"title"})
    assert body["pull_request"]["title"] == "Better"
    made = standin.comment(pull, "dev", "hello")
    standin.edit_comment(pull, made, "/secreview")
    body = last(standin, "issue_comment")
    assert (body["action"], body["changes"]["body"]["from"]) == ("edited", "hello")
    assert body["comment"]["body"] == "/secreview"
