"""The reconciler against the stand-in: what was missed is asked for once more, and only once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reviewer import reconcile, store
from reviewer.github import AppGateway, RetryLater
from reviewer.model import Target, external_id
from reviewer.reconcile import Reconciler
from reviewer.settings import Settings
from reviewer.work import Queue, migrate
from reviewer.work.ids import review_of
from tests.postgres import new_database
from tests.standin import StandIn
from tests.standin.state import PullRequest, Repository

GOOD = "def test_sum():\n    assert 1 + 1 == 2\n"


class Desk:
    """A queue without a worker, and the reconciler beside it."""

    def __init__(self, standin: StandIn, folder: Path, database_url: str) -> None:
        self.standin = standin
        given = {"SECREVIEW_DATA": str(folder), "DATABASE_URL": database_url}
        self.settings = Settings.model_validate({**standin.environment(), **given})
        migrate(self.settings)
        self.queue = Queue(self.settings)

    def round(self, **more: Any) -> reconcile.Healed:
        """One round of a worker."""
        return Reconciler(self.queue, AppGateway(self.settings), **more).round()

    def waiting(self) -> list[str]:
        """The targets of the reviews that wait, in order."""
        found = self.queue.client.list_workflows(name="review", status="ENQUEUED")
        return sorted(review_of(each.workflow_id)[0] for each in found)

    def target(self, pull: PullRequest) -> Target:
        """The pull request as we know it."""
        owner, name = pull.repository.full_name.split("/")
        installation = self.standin.installation(pull.repository).id
        return Target(installation, pull.repository.id, owner, name, pull.number)

    def open(self, name: str = "acme/widgets", count: int = 1) -> list[PullRequest]:
        """Pull requests of which nobody told us."""
        found = self.standin.world.repositories.get(name)
        repository = found or self.standin.repository(name)
        files = {"tests/test_a.py": GOOD}
        return [self.standin.open_pull_request(repository, files) for _ in range(count)]

    def complete(self, pull: PullRequest, conclusion: str = "success") -> None:
        """A completed run of ours on its head."""
        repository: Repository = pull.repository
        client = self.standin.client(repository)
        body = {
            "name": "secreview",
            "head_sha": pull.head_sha,
            "external_id": external_id(self.target(pull), pull.head_sha, 1),
            "status": "completed",
            "conclusion": conclusion,
        }
        made = client.post(f"/repos/{repository.full_name}/check-runs", **body)
        assert made.status_code == 201


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, standin: StandIn, tmp_path: Path) -> Iterator[Desk]:
    """A desk on each database."""
    url = new_database() if request.param == "postgresql" else ""
    made = Desk(standin, tmp_path, url)
    yield made
    made.queue.close()


def test_a_head_without_a_run_is_reviewed_once(desk: Desk) -> None:
    """Requested; while that waits, and once it is done, nothing more is asked for."""
    (pull,) = desk.open()
    assert desk.round().requested == 1
    assert desk.waiting() == [desk.target(pull).key]
    assert desk.round().requested == 0
    assert len(desk.waiting()) == 1


@pytest.mark.parametrize(
    ("conclusion", "requested"), [("success", 0), ("failure", 0), ("cancelled", 1)]
)
def test_a_completed_run_is_enough(desk: Desk, conclusion: str, requested: int) -> None:
    """A cancelled one is not: nobody said what came of the head. What is known costs nothing."""
    (pull,) = desk.open()
    desk.complete(pull, conclusion)
    assert desk.round().requested == requested
    asked = len(desk.standin.called("GET", "/check-runs"))
    desk.round()
    assert len(desk.standin.called("GET", "/check-runs")) == asked


def test_another_pull_request_s_run_on_the_same_head_is_not_its_own(desk: Desk) -> None:
    """A run says in its external id whose it is."""
    first, second = desk.open(count=2)
    desk.complete(first)
    second.commits[-1] = first.head_sha
    assert desk.round().requested == 1
    assert desk.waiting() == [desk.target(second).key]


def test_a_round_is_bounded_and_the_next_one_goes_on(desk: Desk) -> None:
    """Five repositories, few requests a round: all are swept in the end, none is left behind."""
    for number in range(5):
        desk.open(f"acme/r{number}")
    rounds = [desk.round(requests=5) for _ in range(6)]
    assert all(healed.requests <= 5 + 2 for healed in rounds)
    assert len(desk.waiting()) == 5
    assert rounds[0].requested < 5


def test_a_repository_that_cannot_be_read_does_not_hide_the_others(desk: Desk) -> None:
    """It is named in the log, and the sweep goes on."""
    desk.open("acme/a")
    (pull,) = desk.open("acme/b")
    desk.standin.fail_next("GET", "/repos/acme/a/pulls", status=451, message="blocked")
    assert desk.round().requested == 1
    assert desk.waiting() == [desk.target(pull).key]


def test_a_limit_ends_the_round(desk: Desk) -> None:
    """The next one goes on; nothing is hammered."""
    desk.open()
    desk.standin.fail_next("GET", "/pulls", status=429, headers={"Retry-After": "60"})
    with pytest.raises(RetryLater):
        desk.round()
    assert desk.waiting() == []
    assert desk.round().requested == 1


def failed_delivery(desk: Desk, minutes: float = 5) -> str:
    """A delivery that nobody took, so long ago; its guid."""
    courier = desk.standin.courier
    courier.url = "http://127.0.0.1:9/webhook"
    courier.send(courier.pack("ping", {"zen": "x"}))
    courier.url = None
    made = courier.deliveries[-1]
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    object.__setattr__(made, "delivered_at", at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return made.guid


def test_a_failed_delivery_is_asked_for_once(desk: Desk) -> None:
    """Once for each guid, whatever became of it."""
    failed_delivery(desk)
    assert desk.round().redelivered == 1
    assert desk.round().redelivered == 0
    assert len(desk.standin.called("POST", "/attempts")) == 1


@pytest.mark.parametrize("minutes", [0, 60 * 24 * 4])
def test_what_may_still_arrive_or_is_too_old_is_left_alone(desk: Desk, minutes: float) -> None:
    """GitHub keeps three days, and a moment ago is no failure yet."""
    failed_delivery(desk, minutes)
    assert desk.round().redelivered == 0


def test_a_delivery_that_was_taken_in_since_is_left_alone(desk: Desk) -> None:
    """Another attempt of the same guid has been answered, or is in our own books."""
    guid = failed_delivery(desk)
    with desk.queue.engine.begin() as tx:
        store.claim_delivery(tx, guid, 1, 1)
        store.start_workflow(tx, guid, "review:1#1:1")
    assert desk.round().redelivered == 0


def test_many_deliveries_are_walked_through_over_several_rounds(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page a round: the walk is taken up where it ended, and then begins anew."""
    monkeypatch.setattr(reconcile, "PAGES", 1)
    guids = {failed_delivery(desk, minutes) for minutes in range(108, 5, -1)}
    assert len(guids) == 103
    assert [desk.round().redelivered for _ in range(3)] == [100, 3, 0]


def test_two_workers_share_one_round(desk: Desk) -> None:
    """Whoever claims it first makes it; a while later it can be claimed again."""
    with desk.queue.engine.begin() as tx:
        assert store.claim(tx, "reconcile", 60)
        assert not store.claim(tx, "reconcile", 60)
        assert store.claim(tx, "reconcile", 0)
