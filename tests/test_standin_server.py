"""The stand-in's manners: strictness, pages, rate limit, faults on demand, its log."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.standin import StandIn
from tests.standin.client import Client
from tests.standin.fixtures import watched
from tests.standin.state import PullRequest


@pytest.fixture
def github() -> Iterator[StandIn]:
    """Return a stand-in whose violations the test looks at itself."""
    with StandIn() as started:
        yield started


@pytest.fixture
def pull(github: StandIn) -> PullRequest:
    """Return a pull request of one file."""
    return github.open_pull_request(github.repository("acme/rocket"), {"test_a.py": "a = 1\n"})


@pytest.fixture
def client(github: StandIn, pull: PullRequest) -> Client:
    """Return a client with all the permissions of the installation."""
    return github.client(pull.repository)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/repos/acme/rocket/unheard-of", None),
        ("DELETE", "/repos/acme/rocket", None),
        ("GET", "/repos/acme/rocket/pulls/1/files?page=1&colour=red", None),
        ("GET", "/repos/acme/rocket/pulls?sort=popularity", None),
        ("GET", "/repos/acme/rocket/commits/main/status", None),
        ("POST", "/repos/acme/rocket/issues/1/comments", {"body": "x", "shout": True}),
        ("GET", "/repos/acme/rocket", {"surprise": 1}),
    ],
)
def test_the_unknown_is_501_and_a_violation(
    github: StandIn, client: Client, method: str, path: str, body: dict[str, object] | None
) -> None:
    """An endpoint, parameter or field that the stand-in does not know is never ignored."""
    answer = client.send(method, path, json=body)
    assert answer.status_code == 501
    assert len(github.violations) == 1
    assert path.split("?")[0] in github.violations[0]


def test_a_violation_fails_the_test_that_made_it() -> None:
    """What the fixture does at the end: the assertion names the request."""

    def careless() -> None:
        with watched() as github:
            github.client(github.repository("acme/rocket")).get("/repos/acme/rocket/unheard-of")

    with pytest.raises(AssertionError, match="GET /repos/acme/rocket/unheard-of"):
        careless()


def test_many_requests_at_once(github: StandIn, client: Client) -> None:
    """Twenty comments posted side by side are twenty comments."""
    path = "/repos/acme/rocket/issues/1/comments"
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda n: client.post(path, body=f"comment {n}"), range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert {each["body"] for each in client.get(path).json()} == {f"comment {n}" for n in range(20)}
    assert len({answer.json()["id"] for answer in answers}) == 20


def test_another_media_type_is_a_violation(github: StandIn, client: Client) -> None:
    """A diff of a pull request can be asked of GitHub, not of the stand-in."""
    accept = {"Accept": "application/vnd.github.v3.diff"}
    answer = client.send("GET", "/repos/acme/rocket/pulls/1", headers=accept)
    assert (answer.status_code, len(github.violations)) == (501, 1)


def test_what_is_no_json_object_is_400(client: Client) -> None:
    """GitHub's words for a broken body."""
    for content in (b"{", b"[1]"):
        answer = client.send("POST", "/repos/acme/rocket/check-runs", data=content)
        assert answer.status_code == 400


def test_lists_come_in_pages(github: StandIn, pull: PullRequest, client: Client) -> None:
    """30 a page, 100 at most, and a Link header that leads through all of them."""
    github.push(pull, {f"test_{number:03}.py": "b = 2\n" for number in range(129)})
    path = "/repos/acme/rocket/pulls/1/files"
    first = client.get(path)
    assert len(first.json()) == 30
    assert set(first.links) == {"next", "last"}
    assert first.links["last"]["url"].endswith("page=5")
    assert len(client.get(path, per_page=500).json()) == 100
    last = client.get(path, page=5)
    assert (len(last.json()), set(last.links)) == (10, {"prev", "first"})
    assert client.get(path, page=9).json() == []
    assert len({file["filename"] for file in client.pages(path)}) == 130
    assert "Link" not in client.get("/repos/acme/rocket/pulls").headers


def test_rate_limit_is_told_and_kept(github: StandIn, client: Client) -> None:
    """Every answer counts down; at zero it is 403; asking for the limit is free."""
    before = client.get("/rate_limit").json()["rate"]["remaining"]
    answer = client.get("/repos/acme/rocket")
    assert int(answer.headers["X-RateLimit-Remaining"]) == before - 1
    assert client.get("/rate_limit").json()["rate"]["remaining"] == before - 1
    rate = github.world.rate(github.installation(github.world.repositories["acme/rocket"]).id)
    rate.limit = rate.used
    refused = client.get("/repos/acme/rocket")
    assert refused.status_code == 403
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert "API rate limit exceeded" in refused.json()["message"]
    assert client.get("/rate_limit").status_code == 200


def test_a_fault_before_the_work(github: StandIn, client: Client) -> None:
    """The broken request does nothing; the next one is answered."""
    github.fail_next("POST", "/comments$", status=502, headers={"Retry-After": "7"})
    path = "/repos/acme/rocket/issues/1/comments"
    broken = client.post(path, body="hello")
    assert (broken.status_code, broken.headers["Retry-After"]) == (502, "7")
    assert client.get(path).json() == []
    assert client.post(path, body="hello").status_code == 201


def test_a_fault_after_the_work(github: StandIn, client: Client) -> None:
    """The answer is lost, the comment is there: what a blind retry would double."""
    path = "/repos/acme/rocket/issues/1/comments"
    github.fail_next("POST", "/comments$", after_effect=True, times=2)
    assert [client.post(path, body=text).status_code for text in "abc"] == [502, 502, 201]
    assert len(client.get(path).json()) == 3


def test_a_dropped_connection(github: StandIn, client: Client) -> None:
    """Status 0 ends the connection without an answer."""
    github.fail_next("GET", "/rocket$", status=0)
    with pytest.raises(requests.ConnectionError):
        client.get("/repos/acme/rocket")
    assert client.get("/repos/acme/rocket").status_code == 200


def test_delay_holds_requests_up_side_by_side(github: StandIn, client: Client) -> None:
    """A slow GitHub is slow for each request."""
    github.delay = 0.2
    started = time.monotonic()
    client.get("/rate_limit")
    assert time.monotonic() - started >= 0.2


def test_the_log_has_everything_but_the_token(github: StandIn, client: Client) -> None:
    """Method, path, query, body and status of each request; no credential."""
    client.post("/repos/acme/rocket/issues/1/comments", body="hello")
    client.get("/repos/acme/rocket/pulls", state="all")
    posted = github.called("POST", "/comments$")
    assert [(entry.body, entry.status) for entry in posted] == [({"body": "hello"}, 201)]
    assert github.called("GET", "/pulls$")[0].query == {"state": "all"}
    assert "ghs_" not in repr(github.requests)
