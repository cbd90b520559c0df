"""The durable queue when workers and databases die: nothing is lost, nothing is done twice."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from reviewer.webhook import ReviewRequested
from reviewer.work import Unavailable, migrate
from tests import postgres
from tests.work_rig import Rig, eventually, kill


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Log lines are not printed; rendering a traceback for people takes a second."""
    with capture_logs():
        yield


@contextmanager
def database(folder: Path, url: str = "") -> Iterator[Rig]:
    """A database without a worker yet."""
    rig = Rig(folder, url)
    migrate(rig.settings)
    yield rig
    rig.queue.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Rig]:
    with database(tmp_path) as rig:
        yield rig


@pytest.fixture
def postgresql(tmp_path: Path) -> Iterator[Rig]:
    with database(tmp_path, postgres.new_database()) as rig:
        yield rig


def test_a_killed_workers_review_goes_on_where_it_was(sqlite: Rig) -> None:
    """Done steps are not repeated; the one that was cut off finds its own effect again."""
    pull = sqlite.pull_request().steer("hold-publish")
    pull.opened("killed", sqlite.queue)
    with sqlite.worker() as worker:
        eventually(lambda: "publish made" in pull.notes)
        kill(worker)
    pull.release("hold-publish")
    with sqlite.worker():
        eventually(lambda: "clean" in pull.notes)
    first = ["begun opened", "announce made", "assess made", "publish made"]
    assert pull.notes == [*first, "begun opened", "publish found", "clean"]


def test_a_worker_that_is_asked_to_end_leaves_the_rest_to_the_next(postgresql: Rig) -> None:
    """It takes nothing new, waits a little, and never calls an unfinished review failed."""
    pull = postgresql.pull_request().steer("hold-assess")
    pull.opened("deployed", postgresql.queue)
    with postgresql.worker() as worker:
        eventually(lambda: "assess made" in pull.notes)
        asked = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0
        assert time.monotonic() - asked < 5
    assert pull.notes[-1] == "assess made"
    pull.release("hold-assess")
    with postgresql.worker():
        eventually(lambda: "clean" in pull.notes)
    assert pull.notes.count("announce made") == 1


def test_a_review_that_keeps_killing_workers_is_given_up(sqlite: Rig) -> None:
    """After too many crashes its check run is ended instead, once."""
    pull = sqlite.pull_request().steer("hold-assess")
    accepted = sqlite.queue.accept("poison", ReviewRequested(pull.target, "opened"))
    with sqlite.worker() as worker:
        eventually(lambda: "assess made" in pull.notes)
        kill(worker)
    with sqlite.queue.engine.begin() as tx:
        crashed = "update workflow_status set recovery_attempts = 6 where workflow_uuid = :id"
        tx.execute(text(crashed), {"id": accepted.workflow})
    with sqlite.worker():
        eventually(lambda: any(note.startswith("gave up") for note in pull.notes))
        time.sleep(1)
    gave_up = [note for note in pull.notes if note.startswith("gave up")]
    assert gave_up == ["gave up on head 1: the review ended its worker again and again"]
    assert sqlite.queue.accept("poison", ReviewRequested(pull.target, "opened")).new


def test_another_worker_takes_over_from_a_killed_one(postgresql: Rig) -> None:
    """On PostgreSQL nobody has to come back under the same name."""
    pull = postgresql.pull_request().steer("hold-publish")
    pull.opened("shared", postgresql.queue)
    with postgresql.worker() as first:
        eventually(lambda: "publish made" in pull.notes)
        with postgresql.worker():
            other = postgresql.pull_request()
            other.opened("more", postgresql.queue)
            eventually(lambda: "clean" in other.notes)
            kill(first)
            pull.release("hold-publish")
            eventually(lambda: "clean" in pull.notes)
    assert pull.notes.count("announce made") == 1
    assert pull.notes[-2:] == ["publish found", "clean"]


def test_a_worker_outlives_its_database(postgresql: Rig) -> None:
    """While PostgreSQL restarts, deliveries are refused; then all goes on by itself."""
    before, after = postgresql.pull_request(), postgresql.pull_request()
    with postgresql.worker() as worker:
        before.opened("before", postgresql.queue)
        eventually(lambda: "clean" in before.notes)
        postgres.server().stop()
        try:
            with pytest.raises(Unavailable):
                after.opened("during", postgresql.queue)
        finally:
            postgres.server().start()
        assert after.opened("during", postgresql.queue)
        eventually(lambda: "clean" in after.notes)
        assert worker.poll() is None


def test_a_full_disk_delays_and_loses_nothing(sqlite: Rig) -> None:
    """What could not note how it went is begun again, even where only its end was not noted."""
    pull = sqlite.pull_request().steer("hold-assess", "hold-publish")
    with sqlite.worker() as worker:
        pull.opened("before", sqlite.queue)
        eventually(lambda: "assess made" in pull.notes)
        process = psutil.Process(worker.pid)
        process.rlimit(psutil.RLIMIT_FSIZE, (1024, psutil.RLIM_INFINITY))
        pull.release("hold-assess")
        time.sleep(1)
        process.rlimit(psutil.RLIMIT_FSIZE, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))
        pull.release("hold-publish")
        eventually(lambda: "clean" in pull.notes)
        eventually(lambda: not [*unfinished(sqlite)])
        assert worker.poll() is None
    assert "head 4 after head 1" in pull.notes
    assert pull.notes[-1] == "clean"


def unfinished(rig: Rig) -> Iterator[str]:
    """The ids of workflows that have not ended."""
    for status in rig.queue.client.list_workflows(status=["PENDING", "ENQUEUED", "DELAYED"]):
        yield status.workflow_id
