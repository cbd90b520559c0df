"""The stand-in's pull requests: files, heads, and the reviews it takes or refuses whole."""

from typing import Any

import pytest

from tests.standin import StandIn
from tests.standin.client import Client
from tests.standin.fixtures import standin
from tests.standin.objects import object_id
from tests.standin.state import PullRequest

__all__ = ["standin"]
OLD = "import os\n\n\ndef test_a():\n    a = 1\n" + "    pass\n" * 20 + "    z = 1\n"
NEW = OLD.replace("a = 1", "a = 2").replace("z = 1", "z = 2\n    y = 3")
REVIEWS = "/repos/acme/rocket/pulls/1/reviews"
COMMENTS = "/repos/acme/rocket/pulls/1/comments"
OUTSIDE = "Pull request review thread line must be part of the diff"


@pytest.fixture
def pull(standin: StandIn) -> PullRequest:
    """Return a pull request that changes a file in two hunks, deletes one and adds one."""
    repository = standin.repository("acme/rocket", {"test_a.py": OLD, "gone.py": "x\n"})
    return standin.open_pull_request(
        repository, {"test_a.py": NEW, "gone.py": None, "test_b.py": "b = 1\n"}, author="dev"
    )


@pytest.fixture
def client(standin: StandIn, pull: PullRequest) -> Client:
    """Return a client that may write to pull requests."""
    return standin.client(pull.repository, pull_requests="write")


def review(client: Client, *comments: dict[str, Any], **more: Any) -> Any:
    """Post a review with these comments; more fields replace the usual ones."""
    body = {"event": "COMMENT", "body": "Look.", "comments": list(comments)} | more
    return client.post(REVIEWS, **body)


def on(line: int, path: str = "test_a.py", **more: Any) -> dict[str, Any]:
    """Return a comment on a line."""
    return {"path": path, "line": line, "body": "Hm."} | more


def test_files_are_those_of_the_diff(pull: PullRequest, client: Client) -> None:
    """Blob ids, statuses and patches, as GitHub lists them."""
    files = {file["filename"]: file for file in client.get(f"{COMMENTS[:-9]}/files").json()}
    assert {name: file["status"] for name, file in files.items()} == {
        "gone.py": "removed",
        "test_a.py": "modified",
        "test_b.py": "added",
    }
    assert files["test_a.py"]["sha"] == object_id("blob", NEW.encode())
    assert files["test_a.py"]["patch"].count("@@ -") == 2
    assert files["test_b.py"]["patch"] == "@@ -0,0 +1 @@\n+b = 1"
    assert files["gone.py"]["patch"] == "@@ -1 +0,0 @@\n-x"
    told = client.get("/repos/acme/rocket/pulls/1").json()
    assert (told["changed_files"], told["additions"], told["deletions"]) == (3, 4, 3)


def test_only_three_thousand_files_are_listed(standin: StandIn) -> None:
    """The list stops; ``changed_files`` tells the truth."""
    repository = standin.repository("acme/big")
    files: dict[str, str | bytes | None] = {f"f{n:04}.py": "x\n" for n in range(3001)}
    standin.open_pull_request(repository, files)
    standin.service.validate = False
    client = standin.client(repository)
    assert len(client.pages("/repos/acme/big/pulls/1/files")) == 3000
    assert client.get("/repos/acme/big/pulls/1").json()["changed_files"] == 3001


def test_lists_of_pull_requests(standin: StandIn, pull: PullRequest, client: Client) -> None:
    """By state, base and commit."""
    path = "/repos/acme/rocket/pulls"
    standin.open_pull_request(pull.repository, {"c.py": "c\n"}, fork=True, author="ann")
    listed = client.get(path).json()
    assert [each["number"] for each in listed] == [2, 1]
    assert listed[0]["head"]["repo"]["full_name"] == "ann/rocket"
    standin.close_pull_request(pull)
    assert [each["number"] for each in client.get(path).json()] == [2]
    assert [each["number"] for each in client.get(path, state="closed").json()] == [1]
    assert client.get(path, base="other").json() == []
    by_commit = client.get(f"/repos/acme/rocket/commits/{pull.head_sha}/pulls").json()
    assert [each["state"] for each in by_commit] == ["closed"]


def test_a_review_with_comments(client: Client) -> None:
    """Added, context and deleted lines, and a span inside one hunk."""
    answer = review(
        client,
        on(5),
        on(2, side="RIGHT"),
        on(5, side="LEFT"),
        on(27, start_line=26, start_side="RIGHT"),
        on(1, "gone.py", side="LEFT"),
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "COMMENTED")
    made = client.get(COMMENTS).json()
    assert [each["line"] for each in made] == [5, 2, 5, 27, 1]
    assert made[0]["diff_hunk"].endswith("+    a = 2")
    assert made[3]["start_line"] == 26
    assert {each["pull_request_review_id"] for each in made} == {answer.json()["id"]}
    assert {each["user"]["login"] for each in made} == {"secreview[bot]"}


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (on(12), OUTSIDE),
        (on(99), OUTSIDE),
        (on(4, side="LEFT"), OUTSIDE),
        (on(1, "unchanged.py"), "Path could not be resolved"),
        (on(26, start_line=26), "must precede"),
        (on(26, start_line=5), "same hunk"),
        (on(5, body=" "), "blank"),
        ({"path": "test_a.py", "body": "no line"}, "line can't be blank"),
    ],
)
def test_one_bad_comment_kills_the_review(client: Client, bad: dict[str, Any], words: str) -> None:
    """422 with a text that names no comment, and nothing at all is created."""
    answer = review(client, on(5), bad)
    assert answer.status_code == 422
    assert words in answer.json()["errors"][0]
    assert client.get(REVIEWS).json() == []
    assert client.get(COMMENTS).json() == []


@pytest.mark.parametrize(
    "more", [{"body": ""}, {"commit_id": "0" * 40}, {"event": "REQUEST_CHANGES", "body": None}]
)
def test_a_review_needs_a_body_and_a_commit_of_its_own(
    standin: StandIn, client: Client, more: dict[str, Any]
) -> None:
    """COMMENT and REQUEST_CHANGES say something, about a commit of the pull request."""
    assert review(client, on(5), **more).status_code == 422
    standin.violations.clear()  # a body of null is also against GitHub's schema


@pytest.mark.parametrize("field", [{"subject_type": "line"}, {"colour": "red"}, {"line": "5"}])
def test_unknown_fields_of_a_comment_are_refused(
    standin: StandIn, client: Client, field: dict[str, Any]
) -> None:
    """Reviews take no ``subject_type`` and no text for a line: 422, and our mistake."""
    assert review(client, on(5) | field).status_code == 422
    assert len(standin.violations) == 1
    standin.violations.clear()


def test_without_event_a_review_is_pending(client: Client) -> None:
    """Its comments are hidden, and there can be only one."""
    first = client.post(REVIEWS, comments=[on(5)])
    assert (first.status_code, first.json()["state"]) == (200, "PENDING")
    assert "submitted_at" not in first.json()
    assert client.get(COMMENTS).json() == []
    assert client.post(REVIEWS, comments=[on(5)]).status_code == 422


def test_a_push_moves_and_outdates_comments(
    standin: StandIn, pull: PullRequest, client: Client
) -> None:
    """A line that moved is followed; one that is gone is null, with its old place kept."""
    scanned = pull.head_sha
    review(client, on(5), on(26))
    standin.push(pull, {"test_a.py": "# first\n" + NEW.replace("z = 2", "z = 4")})
    moved, gone = client.get(COMMENTS).json()
    assert (moved["line"], moved["original_line"], moved["commit_id"]) == (6, 5, pull.head_sha)
    assert (gone["line"], gone["position"], gone["original_line"]) == (None, None, 26)
    assert gone["commit_id"] == gone["original_commit_id"] == scanned
    late = review(client, on(26), commit_id=scanned)
    assert late.status_code == 200, "the scanned commit is still a part of the pull request"
    assert review(client, on(26), commit_id=pull.head_sha).status_code == 200


def test_editing_answering_deleting(standin: StandIn, pull: PullRequest, client: Client) -> None:
    """Our own comments can be changed; a person's cannot; threads begin with a first comment."""
    review(client, on(5))
    number = client.get(COMMENTS).json()[0]["id"]
    mine = f"/repos/acme/rocket/pulls/comments/{number}"
    assert client.patch(mine, body="Fixed.").json()["body"] == "Fixed."
    human = standin.reply(pull, pull.review_comments[0], "dev", "Why?")
    theirs = f"/repos/acme/rocket/pulls/comments/{human.id}"
    assert client.patch(theirs, body="x").status_code == 403
    assert client.post(f"{COMMENTS}/{human.id}/replies", body="x").status_code == 404
    told = client.post(f"{COMMENTS}/{number}/replies", body="Because.")
    assert (told.status_code, told.json()["in_reply_to_id"]) == (201, number)
    assert client.delete(mine).status_code == 204
    assert client.get(mine).status_code == 404


def test_conversation_and_reactions(standin: StandIn, pull: PullRequest, client: Client) -> None:
    """A reaction given twice is there once; only our own can be taken back."""
    made = standin.comment(pull, "dev", "/secreview")
    path = f"/repos/acme/rocket/issues/comments/{made.id}/reactions"
    first, again = (client.post(path, content="eyes") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert [each["content"] for each in client.get(path).json()] == ["eyes"]
    assert client.delete(f"{path}/{first.json()['id']}").status_code == 204
    assert client.delete(f"{path}/{first.json()['id']}").status_code == 404
    assert client.post(path, content="clap").status_code == 422
    standin.violations.clear()
    thread = "/repos/acme/rocket/issues/1/comments"
    own = client.post(thread, body="Done.").json()
    assert own["performed_via_github_app"]["slug"] == "secreview"
    assert [each["user"]["login"] for each in client.get(thread).json()] == [
        "dev",
        own["user"]["login"],
    ]
    assert (
        client.patch(f"/repos/acme/rocket/issues/comments/{made.id}", body="x").status_code == 403
    )
    assert client.post(thread, body=" ").status_code == 422
    assert client.post(thread, body="x" * 65_537).status_code == 422
