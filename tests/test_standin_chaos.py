"""The stand-in's bad day: every fault happens as it does on GitHub, and early comers are seen."""

import pytest
import requests

from tests.standin import StandIn
from tests.standin.chaos import Chaos
from tests.standin.client import Client
from tests.standin.state import Repository

AGENT = "secreview"


@pytest.fixture
def repository(standin: StandIn) -> Repository:
    return standin.repository("acme/rocket")


def app_client(standin: StandIn, repository: Repository) -> Client:
    return Client(standin.url, standin.token(repository).value, AGENT)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("502 before", 502), ("503 before", 503), ("too many", 429), ("primary", 403)],
)
def test_a_fault_is_answered_as_github_does(
    standin: StandIn, repository: Repository, kind: str, status: int
) -> None:
    """The answer has the status of its kind, and nothing was done."""
    standin.chaos = Chaos(1, rate=1.0, kinds={kind: 1})
    made = app_client(standin, repository).post(
        "/repos/acme/rocket/check-runs", name="x", head_sha=repository.branches["main"]
    )
    assert made.status_code == status
    assert not standin.check_runs(repository)
    assert standin.chaos.struck == {kind: 1}


@pytest.mark.parametrize("kind", ["answer lost", "truncated"])
def test_an_answer_may_be_lost_after_the_work_was_done(
    standin: StandIn, repository: Repository, kind: str
) -> None:
    """The check run is there, though nobody was told."""
    standin.chaos = Chaos(1, rate=1.0, kinds={kind: 1})
    client = app_client(standin, repository)
    with pytest.raises(requests.RequestException):
        client.post("/repos/acme/rocket/check-runs", name="x", head_sha=repository.branches["main"])
    assert len(standin.check_runs(repository)) == 1


def test_a_request_before_a_stated_wait_is_over_is_seen(
    standin: StandIn, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever does not wait is written down; other installations may go on."""
    monkeypatch.setattr("tests.standin.chaos.GRACE", -1.0)
    standin.chaos = Chaos(1, rate=1.0, longest=60, kinds={"secondary": 1})
    other = standin.repository("bakery/bread")
    client = app_client(standin, repository)
    client.get("/repos/acme/rocket/pulls")
    standin.chaos.rate = 0.0
    app_client(standin, other).get("/repos/bakery/bread/pulls")
    assert not standin.chaos.early
    client.get("/repos/acme/rocket/pulls")
    assert len(standin.chaos.early) == 1


def test_people_are_spared(standin: StandIn, repository: Repository) -> None:
    """Chaos is about the App: what tests look at is always answered."""
    standin.chaos = Chaos(1, rate=1.0)
    assert standin.client(repository).get("/repos/acme/rocket/pulls").status_code == 200
    assert not standin.chaos.struck


def test_the_same_seed_strikes_the_same(standin: StandIn, repository: Repository) -> None:
    """With one client, what happens is repeatable."""

    def struck() -> list[int]:
        standin.chaos = Chaos(7, rate=0.5, kinds={"502 before": 1, "503 before": 1})
        client = app_client(standin, repository)
        return [client.get("/repos/acme/rocket/pulls").status_code for _ in range(20)]

    first = struck()
    assert first == struck()
    assert {200, 502, 503} == {*first}
