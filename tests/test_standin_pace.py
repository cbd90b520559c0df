"""The stand-in's limits: how fast content may be created, limits on demand, what was asked."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.standin import StandIn
from tests.standin.client import Client
from tests.standin.state import PullRequest

PATH = "/repos/acme/rocket"
TALK = f"{PATH}/issues/1/comments"


@pytest.fixture
def github() -> Iterator[StandIn]:
    """Return a stand-in whose violations the test looks at itself."""
    with StandIn() as started:
        yield started


@pytest.fixture
def pull(github: StandIn) -> PullRequest:
    """Return a pull request of one file."""
    return github.open_pull_request(github.repository("acme/rocket"), {"a.py": "a = 1\n"})


@pytest.fixture
def app(github: StandIn, pull: PullRequest) -> Client:
    """Return a client that is taken for the App."""
    return Client(github.url, github.token(pull.repository).value, "secreview")


def review(app: Client) -> Any:
    """Post a review with a comment."""
    comments = [{"path": "a.py", "line": 1, "body": "Hm."}]
    body = {"event": "COMMENT", "body": "Look.", "comments": comments}
    return app.post(f"{PATH}/pulls/1/reviews", **body)


def test_less_than_a_second_apart_is_a_violation(github: StandIn, app: Client) -> None:
    """It is answered all the same, as GitHub does, and fails the test; a second apart is fine."""
    assert app.post(TALK, body="one").status_code == 201
    time.sleep(1)
    assert app.post(TALK, body="two").status_code == 201
    assert github.violations == []
    assert app.post(TALK, body="three").status_code == 201
    (told,) = github.violations
    assert told.startswith(f"POST {TALK}: content was created 0.")


@pytest.mark.parametrize(
    "kind", ["review", "comment", "edited comment", "reply", "edited line", "reaction"]
)
def test_what_counts_as_content(github: StandIn, pull: PullRequest, app: Client, kind: str) -> None:
    """Whatever people see made or changed: directly after a review each of them is too early."""
    spoken = github.comment(pull, "dev", "hello")
    own = app.post(TALK, body="ours").json()["id"]
    github.violations.clear()
    assert review(app).status_code == 200
    line = pull.review_comments[0].id
    github.violations.clear()
    calls = {
        "review": lambda: review(app),
        "comment": lambda: app.post(TALK, body="x"),
        "edited comment": lambda: app.patch(f"{PATH}/issues/comments/{own}", body="x"),
        "reply": lambda: app.post(f"{PATH}/pulls/1/comments/{line}/replies", body="x"),
        "edited line": lambda: app.patch(f"{PATH}/pulls/comments/{line}", body="x"),
        "reaction": lambda: app.post(
            f"{PATH}/issues/comments/{spoken.id}/reactions", content="eyes"
        ),
    }
    assert calls[kind]().status_code in {200, 201}
    assert len(github.violations) == 1


def test_check_runs_and_reading_are_not_content(
    github: StandIn, pull: PullRequest, app: Client
) -> None:
    """As fast as one likes."""
    review(app)
    for _ in range(3):
        app.post(f"{PATH}/check-runs", name="secreview", head_sha=pull.head_sha)
        app.get(f"{PATH}/pulls/1/comments")
    assert github.violations == []


def test_the_pace_is_each_installations_own(github: StandIn, app: Client) -> None:
    """Two accounts do not wait for each other."""
    elsewhere = github.repository("umbrella/parasol")
    github.open_pull_request(elsewhere, {"a.py": "a\n"})
    other = Client(github.url, github.token(elsewhere).value, "secreview")
    app.post(TALK, body="one")
    other.post("/repos/umbrella/parasol/issues/1/comments", body="one")
    assert github.violations == []
    assert github.installation(elsewhere).id in github.service.pace.times


def test_a_test_may_not_care(github: StandIn, app: Client) -> None:
    """Not strict, or by the hands of the test itself: no violation."""
    github.strict_pace = False
    app.post(TALK, body="one")
    app.post(TALK, body="two")
    github.strict_pace = True
    hands = Client(github.url, app.headers["Authorization"].removeprefix("Bearer "))
    hands.post(TALK, body="three")
    hands.post(TALK, body="four")
    assert github.violations == []


@pytest.mark.parametrize(("count", "ago", "seconds"), [(80, 20, 40), (500, 3000, 600)])
def test_beyond_the_limits_content_is_refused(
    github: StandIn, pull: PullRequest, app: Client, count: int, ago: float, seconds: int
) -> None:
    """80 a minute, 500 an hour, people's own included: 403 and when to come back."""
    github.created(pull.repository, count - 1, seconds_ago=ago)
    assert app.post(TALK, body="the last one").status_code == 201
    refused = app.post(TALK, body="one too many")
    assert refused.status_code == 403
    assert "secondary rate limit" in refused.json()["message"]
    assert abs(int(refused.headers["Retry-After"]) - seconds) <= 2
    assert int(refused.headers["X-RateLimit-Remaining"]) > 0
    assert [comment.body for comment in pull.comments] == ["the last one"]
    assert app.get(TALK).status_code == 200


def test_a_window_passes(github: StandIn, pull: PullRequest, app: Client) -> None:
    """What is older than a minute and than an hour does not count."""
    github.created(pull.repository, 400, seconds_ago=61)
    github.created(pull.repository, 400, seconds_ago=3601)
    assert app.post(TALK, body="x").status_code == 201


@pytest.mark.parametrize(
    ("kind", "status", "header"),
    [
        ("primary", 403, "X-RateLimit-Reset"),
        ("secondary", 403, "Retry-After"),
        ("too many", 429, "Retry-After"),
        ("abuse", 422, None),
    ],
)
def test_limits_on_demand(
    github: StandIn, pull: PullRequest, app: Client, kind: str, status: int, header: str | None
) -> None:
    """Each in GitHub's words and headers, nothing done, and the next one goes through."""
    github.limit_next("POST", "/comments$", kind, seconds=7)
    refused = app.post(TALK, body="x")
    assert (refused.status_code, pull.comments) == (status, [])
    assert ("Retry-After" in refused.headers) == (header == "Retry-After")
    assert (refused.headers["X-RateLimit-Remaining"] == "0") == (kind == "primary")
    if kind == "primary":
        assert 5 <= int(refused.headers["X-RateLimit-Reset"]) - time.time() <= 8
    if kind == "abuse":
        assert [error["code"] for error in refused.json()["errors"]] == ["abuse"]
    assert app.post(TALK, body="x").status_code == 201


def test_requests_are_counted_by_their_operation(
    github: StandIn, pull: PullRequest, app: Client
) -> None:
    """By GitHub's own name, faults, redirects and the unknown included, from a place on."""
    app.get(f"{PATH}/pulls/1")
    start = len(github.requests)
    github.fail_next("GET", "/pulls/1$")
    for _ in range(2):
        app.get(f"{PATH}/pulls/1")
    app.get(f"{PATH}/contents/deep/down/a.py", ref=pull.head_sha)
    app.get(f"{PATH}/pulls/1/files", page=2)
    app.post("/graphql", query="{ viewer { login } }")
    app.get("/nowhere")
    assert github.counted(start) == {
        "GET /repos/{owner}/{repo}/pulls/{pull_number}": 2,
        "GET /repos/{owner}/{repo}/contents/{path}": 1,
        "GET /repos/{owner}/{repo}/pulls/{pull_number}/files": 1,
        "POST /graphql": 1,
        "GET /nowhere": 1,
    }
    assert github.counted()["GET /repos/{owner}/{repo}/pulls/{pull_number}"] == 3
    start = len(github.requests)
    github.rename(pull.repository, "comet")
    app.get(f"{PATH}/pulls/1")
    assert github.counted(start) == {"GET /repos/{owner}/{repo}/pulls/{pull_number}": 2}
