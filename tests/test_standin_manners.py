"""What an App meets on GitHub beyond the plain path: who may write, what is kept, what is paged."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.standin import StandIn
from tests.standin.client import Client
from tests.standin.fixtures import standin
from tests.standin.state import PullRequest

__all__ = ["standin"]
PATH = "/repos/acme/rocket"


@pytest.fixture
def pull(standin: StandIn) -> PullRequest:
    """Return a pull request of one file."""
    return standin.open_pull_request(standin.repository("acme/rocket"), {"a.py": "a = 1\n"})


@pytest.fixture
def client(standin: StandIn, pull: PullRequest) -> Client:
    """Return a client with what the App is installed with."""
    return standin.client(pull.repository)


def commented(client: Client, line: int = 1) -> int:
    """Return the id of a new comment of the App's on a line of a.py."""
    comments = [{"path": "a.py", "line": line, "body": "Hm."}]
    made = client.post(f"{PATH}/pulls/1/reviews", event="COMMENT", body="Look.", comments=comments)
    assert made.status_code == 200
    newest: int = client.get(f"{PATH}/pulls/1/comments").json()[-1]["id"]
    return newest


def test_only_the_author_edits_a_comment_on_a_line(
    standin: StandIn, pull: PullRequest, client: Client
) -> None:
    """Ours changes, a person's is 403 and stays."""
    mine = commented(client)
    theirs = standin.reply(pull, pull.review_comments[0], "dev", "Why?")
    edited = client.patch(f"{PATH}/pulls/comments/{mine}", body="Fixed.")
    assert (edited.status_code, edited.json()["body"]) == (200, "Fixed.")
    assert client.patch(f"{PATH}/pulls/comments/{theirs.id}", body="No.").status_code == 403
    assert theirs.body == "Why?"


@pytest.mark.parametrize(
    ("permissions", "status"),
    [
        ({"pull_requests": "write"}, 201),
        ({"issues": "write"}, 201),
        ({"pull_requests": "read", "issues": "read"}, 403),
    ],
)
def test_what_it_takes_to_talk_on_a_pull_request(
    pull: PullRequest, permissions: dict[str, str], status: int
) -> None:
    """Either of the two permissions, to write; a refusal names both."""
    with StandIn(permissions={"metadata": "read", **permissions}) as github:
        made = github.open_pull_request(github.repository("acme/rocket"), {"a.py": "a = 1\n"})
        client = github.client(made.repository)
        answer = client.post(f"{PATH}/issues/1/comments", body="Hello.")
        assert answer.status_code == status
        if status == 403:
            accepted = answer.headers["X-Accepted-GitHub-Permissions"]
            assert accepted == "issues=write; pull_requests=write"


def test_open_pull_requests_come_in_pages(standin: StandIn, client: Client) -> None:
    """All open ones, newest first, none twice; closed ones are left out."""
    repository = standin.world.repositories["acme/rocket"]
    made = [standin.open_pull_request(repository, {f"{n}.py": "x\n"}) for n in range(4)]
    standin.close_pull_request(made[1])
    first = client.get(f"{PATH}/pulls", state="open", per_page=3)
    rest = client.get(first.links["next"]["url"])
    assert [each["number"] for each in first.json() + rest.json()] == [5, 4, 2, 1]
    assert "next" not in rest.links


def test_deliveries_are_forgotten_after_three_days(standin: StandIn) -> None:
    """Until then they are listed and can be repeated; afterwards they are not there."""
    standin.webhook_url = "http://127.0.0.1:9/webhook"
    made = standin.ping()
    client = standin.client()
    path = f"/app/hook/deliveries/{made.id}"
    standin.age_deliveries(2.9)
    assert [each["id"] for each in client.get("/app/hook/deliveries").json()] == [made.id]
    assert client.get(path).json()["delivered_at"] < standin.world.now()
    standin.age_deliveries(0.2)
    assert client.get("/app/hook/deliveries").json() == []
    assert client.get(path).status_code == 404
    assert client.post(f"{path}/attempts").status_code == 404


def test_the_log_of_deliveries_is_the_apps_alone(standin: StandIn, client: Client) -> None:
    """An installation token does not open it; a cursor and a filter go together."""
    standin.webhook_url = "http://127.0.0.1:9/webhook"
    for _ in range(3):
        standin.ping()
    assert client.get("/app/hook/deliveries").status_code == 401
    app = standin.client()
    first = app.get("/app/hook/deliveries", per_page=2, status="failure")
    query = parse_qs(urlsplit(first.links["next"]["url"]).query)
    assert query["status"] == ["failure"]
    listed, answer = [each["id"] for each in first.json()], first
    while "next" in answer.links:
        answer = app.get(answer.links["next"]["url"])
        listed += [each["id"] for each in answer.json()]
    assert listed == sorted((each.id for each in standin.deliveries), reverse=True)
    assert app.get("/app/hook/deliveries", status="success").json() == []


@pytest.mark.parametrize("name", ["a.py", "ünï/tést_é.py", "a b/c#d?e%20f.py", "…/'\"&.py"])
def test_every_file_says_where_its_content_is(
    standin: StandIn, pull: PullRequest, client: Client, name: str
) -> None:
    """``contents_url`` has the head's SHA and is itself an address that answers."""
    standin.push(pull, {name: "x = 1\n"})
    files: list[dict[str, Any]] = client.get(f"{PATH}/pulls/1/files").json()
    (file,) = [each for each in files if each["filename"] == name]
    assert file["contents_url"].endswith(f"?ref={pull.head_sha}")
    assert f"/blob/{pull.head_sha}/" in unquote(file["blob_url"])
    assert f"/raw/{pull.head_sha}/" in unquote(file["raw_url"])
    told = client.get(file["contents_url"]).json()
    assert (told["path"], told["sha"]) == (name, file["sha"])
