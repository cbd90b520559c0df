"""The durable queue with real workers: the same on SQLite and on PostgreSQL."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from checks.model import Profile
from reviewer import store
from reviewer.commands import Command, CommandKind
from reviewer.github import GitHubRefused, Gone, RetryLater
from reviewer.limits import Stopped
from reviewer.webhook import (
    Commanded,
    HeadRequested,
    InstallationChanged,
    ReviewRequested,
    TargetClosed,
)
from reviewer.work import Queue, Unavailable, migrate
from reviewer.work.flows import Flows, Parts
from reviewer.work.ids import following, review_of, workflow_of
from reviewer.work.steps import PutOff, StepFailed, Steps, _error
from reviewer.work.upkeep import adopt, prune
from tests.postgres import new_database
from tests.work_rig import PullRequest, Rig, eventually, settings_in


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Log lines are not printed; rendering a traceback for people takes a second."""
    with capture_logs():
        yield


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A database with one worker that runs through all the tests."""
    url = new_database() if request.param == "postgresql" else ""
    rig = Rig(tmp_path_factory.mktemp(request.param), url)
    migrate(rig.settings)
    with rig.worker():
        yield rig
    rig.queue.close()


def commanded(pull: PullRequest, author: str, kind: CommandKind = CommandKind.REVIEW) -> Commanded:
    return Commanded(pull.target, 99, author, 5, "User", Command(kind))


def status(rig: Rig, workflow: str) -> str:
    (found,) = rig.queue.client.list_workflows(workflow_ids=[workflow])
    return found.status


def test_a_delivery_is_reviewed_once(rig: Rig) -> None:
    """Accepted, run step by step, done; the same delivery again changes nothing."""
    pull = rig.pull_request()
    assert pull.opened("once", rig.queue)
    assert not pull.opened("once", rig.queue)
    eventually(lambda: "clean" in pull.notes)
    assert not pull.opened("once", rig.queue)
    assert pull.notes == ["begun opened", "announce made", "assess made", "publish made", "clean"]


def test_a_newer_delivery_ends_the_review_that_runs(rig: Rig) -> None:
    """The older generation stops within its step and posts nothing; the newer one does."""
    pull = rig.pull_request().steer("hold-assess")
    pull.opened("older", rig.queue)
    eventually(lambda: "assess made" in pull.notes)
    rig.queue.accept("newer", ReviewRequested(pull.target, "synchronize"))
    eventually(lambda: "begun synchronize" in pull.notes)
    pull.release("hold-assess")
    eventually(lambda: "clean" in pull.notes)
    assert pull.notes.count("superseded") == 1
    assert pull.notes.count("publish made") == 1
    assert pull.notes.index("superseded") < pull.notes.index("begun synchronize")


def test_a_closed_pull_request_ends_its_review(rig: Rig) -> None:
    """Closing supersedes what runs, and has the pull request looked at once more."""
    pull = rig.pull_request().steer("hold-assess")
    pull.opened("opening", rig.queue)
    eventually(lambda: "assess made" in pull.notes)
    rig.queue.accept("closing", TargetClosed(pull.target))
    eventually(lambda: "superseded" in pull.notes and "begun closed" in pull.notes)
    pull.release("hold-assess")


def test_closing_what_was_never_reviewed_starts_nothing(rig: Rig) -> None:
    """There is nothing to end."""
    accepted = rig.queue.accept("late", TargetClosed(rig.pull_request().target))
    assert accepted.workflow == "nothing"


def test_a_step_that_github_puts_off_is_done_later(rig: Rig) -> None:
    """The flow does not notice; the step runs again after the wait."""
    pull = rig.pull_request().steer("later-publish")
    pull.opened("busy", rig.queue)
    eventually(lambda: "clean" in pull.notes)
    assert pull.notes == ["begun opened", "announce made", "assess made", "publish made", "clean"]
    assert not (pull.folder / "later-publish").exists()


@pytest.mark.parametrize("fault", ["broken", "failed"])
def test_a_failed_review_is_repeated_by_a_redelivery(rig: Rig, fault: str) -> None:
    """Of a delivery whose work failed for good, a repetition is new work."""
    pull = rig.pull_request().steer(fault)
    event = ReviewRequested(pull.target, "opened")
    first = rig.queue.accept(fault, event)
    eventually(lambda: status(rig, first.workflow) == "ERROR")
    if fault == "failed":
        pull.release(fault)
    second = rig.queue.accept(fault, event)
    assert second.new
    assert review_of(second.workflow)[1] > review_of(first.workflow)[1]
    eventually(lambda: "clean" in pull.notes)
    assert not rig.queue.accept(fault, event).new


@pytest.mark.parametrize("author", ["author", "writer"])
def test_who_may_command_gets_a_review_and_reactions(rig: Rig, author: str) -> None:
    """Seen at once, reviewed with force, answered at the end."""
    pull = rig.pull_request()
    rig.queue.accept(f"command by {author}", commanded(pull, author))
    eventually(lambda: "reacted rocket" in pull.notes)
    assert pull.notes[:2] == ["reacted eyes", "begun command"]


@pytest.mark.parametrize(
    ("author", "kind"), [("reader", CommandKind.REVIEW), ("writer", CommandKind.NOT_UNDERSTOOD)]
)
def test_other_commands_are_answered_and_not_obeyed(
    rig: Rig, author: str, kind: CommandKind
) -> None:
    """Not allowed, or not understood: a confused face and no review."""
    pull = rig.pull_request()
    accepted = rig.queue.accept(f"no {author}", commanded(pull, author, kind))
    eventually(lambda: status(rig, accepted.workflow) == "SUCCESS")
    assert pull.notes == ["reacted confused"]


def test_a_commanded_review_that_fails_is_answered_so(rig: Rig) -> None:
    """The person who asked learns that there is no result."""
    pull = rig.pull_request().steer("failed")
    rig.queue.accept("command in vain", commanded(pull, "writer"))
    eventually(lambda: pull.notes[-1:] == ["reacted confused"])
    assert "begun command" in pull.notes


def test_a_head_is_looked_up_and_its_one_open_pull_request_reviewed(rig: Rig) -> None:
    """Of several pull requests with that head, one must be open."""
    pull = rig.pull_request()
    where = (pull.target.installation, pull.target.repository, "orchard", "apples")
    sha = f"{pull.number:04}" + "0" * 35
    rig.queue.accept("suite", HeadRequested(*where, sha + "1"))
    eventually(lambda: "clean" in pull.notes)
    assert pull.notes[0] == "begun Re-run"
    refused = rig.queue.accept("ambiguous", HeadRequested(*where, sha + "2"))
    eventually(lambda: status(rig, refused.workflow) == "SUCCESS")
    assert pull.notes.count("begun Re-run") == 1


def test_a_step_is_not_put_off_for_ever(rig: Rig) -> None:
    """Past an hour the wait is a failure, told as one."""
    pull = rig.pull_request().steer("never-assess")
    accepted = rig.queue.accept("for ever", ReviewRequested(pull.target, "opened"))
    eventually(lambda: status(rig, accepted.workflow) == "ERROR")
    assert "rate limit; after 0 s of waiting" in (rig.folder / "worker.log").read_text()


def test_a_wait_grows_with_the_time_that_was_waited() -> None:
    """A long one ends the workflow, so that its place is free: another one follows."""
    waits: list[float] = []
    steps = Steps(3600)

    def look() -> str:
        raise RetryLater(30, "GitHub is in trouble (503)")

    direct = SimpleNamespace(run_step=lambda _, step, *given: step(*given))
    with patch("reviewer.work.steps.DBOS", direct):
        for _ in range(22):
            with pytest.raises(PutOff) as later:
                steps("look", look)
            waits.append(later.value.seconds)
            steps = Steps(3600, later.value.waited)
        with pytest.raises(StepFailed, match="too many"):
            steps("look", look)
    assert waits[:6] == [30, 30, 30, 30, 30, 37.5]
    assert waits == sorted(waits)
    assert max(waits) == 300
    assert 3300 <= sum(waits) <= 3600


def test_last_words_are_worth_a_day() -> None:
    """A check that stayed in progress for ever would block a merge for ever."""

    def fail() -> str:
        raise RetryLater(30, "GitHub is in trouble (503)")

    direct = SimpleNamespace(run_step=lambda _, step, *given: step(*given))
    with patch("reviewer.work.steps.DBOS", direct), pytest.raises(PutOff) as later:
        Steps(3600, waited=7200)("fail", fail)
    assert later.value.seconds == 300


def test_a_long_wait_gives_its_place_away(rig: Rig) -> None:
    """The workflow ends, one that follows begins later and finds what was done."""
    pull = rig.pull_request().steer("minute-assess")
    accepted = rig.queue.accept("minute", ReviewRequested(pull.target, "opened"))
    eventually(lambda: status(rig, accepted.workflow) == "SUCCESS")
    after = following(accepted.workflow)
    assert status(rig, after) == "DELAYED"
    with rig.queue.engine.connect() as tx:
        assert rig.queue.is_busy(tx, pull.target.key), "the review is not over"
    assert not pull.opened("minute", rig.queue), "its delivery is not new"
    rig.queue.client.set_workflow_delay(after, delay_seconds=0.1)
    eventually(lambda: "clean" in pull.notes)
    assert pull.notes.count("announce made") == 1
    assert "announce found" in pull.notes


def test_one_posts_at_a_time(rig: Rig) -> None:
    """The turn is taken by one workflow, and free again when that one has ended in any way."""
    pull = rig.pull_request().steer("hold-assess")
    holder = rig.queue.accept("holder", ReviewRequested(pull.target, "opened")).workflow
    eventually(lambda: "assess made" in pull.notes)
    key = pull.target.key
    assert rig.queue.has_turn(key, holder)
    assert rig.queue.has_turn(key, holder), "the same one after a crash"
    assert rig.queue.has_turn(key, following(holder)), "its next part, after a long wait"
    assert not rig.queue.has_turn(key, "review:another:1")
    pull.release("hold-assess")
    eventually(lambda: status(rig, holder) == "SUCCESS")
    assert rig.queue.has_turn(key, "review:another:1"), "whoever ended has no turn"
    assert rig.queue.has_turn(key, "review:a third:1"), "nor has who never was"
    rig.queue.end_turn(key, "review:a third:1")


def test_a_backlog_of_one_installation_holds_nobody_up(rig: Rig) -> None:
    """All its places are taken and hundreds wait: another installation's review runs at once."""
    busy = [rig.pull_request().steer("hold-assess") for _ in range(40)]
    for pull in busy:
        pull.opened(f"busy-{pull.number}", rig.queue)
    eventually(lambda: sum("assess made" in pull.notes for pull in busy) >= 8)
    other = replace(rig.pull_request(), installation=8)
    other.opened("other", rig.queue)
    eventually(lambda: "clean" in other.notes, seconds=5)
    assert sum("assess made" in pull.notes for pull in busy) == 8
    for pull in busy:
        pull.release("hold-assess")
    eventually(lambda: all("clean" in pull.notes for pull in busy), seconds=60)


def test_work_of_another_version_goes_on_when_nobody_serves_it(rig: Rig) -> None:
    """As long as a worker of that version lives it is left alone; then it begins again here."""
    pull = rig.pull_request()
    with rig.queue.engine.begin() as tx:
        # What an older version has left: begun, in its own queue, by a worker that is no more.
        generation = store.raise_generation(tx, pull.target)
        mine = workflow_of(pull.target.key, generation)
        order = {"delivery": "old", "reason": "opened", "of a later version": 1}
        rig.queue.client.enqueue_in_transaction(
            tx,
            {
                "workflow_name": "review", "queue_name": "reviews", "workflow_id": mine,
                "queue_partition_key": pull.target.key,
            },
            asdict(pull.target), generation, order,
        )  # fmt: skip
        store.beat(tx, "host:1:abc")
    assert adopt(rig.queue, dead_after=60, stranded_after=-60) == 0
    with rig.queue.engine.begin() as tx:
        store.leave(tx, "host:1:abc")
    assert adopt(rig.queue, dead_after=60, stranded_after=60) == 0, "it may just be restarting"
    assert adopt(rig.queue, dead_after=60, stranded_after=-60) == 1
    eventually(lambda: status(rig, following(mine)) == "SUCCESS")
    assert "clean" in pull.notes
    assert status(rig, mine) == "CANCELLED"
    (goes_on,) = rig.queue.client.list_workflows(workflow_ids=[following(mine)])
    assert goes_on.queue_partition_key == "7", "its place is one of its installation's"


def test_a_review_without_access_ends_quietly(rig: Rig) -> None:
    """Nothing can be said where we may not speak."""
    pull = rig.pull_request().steer("gone-assess")
    accepted = rig.queue.accept("no access", ReviewRequested(pull.target, "opened"))
    eventually(lambda: status(rig, accepted.workflow) == "SUCCESS")
    assert pull.notes == ["begun opened", "announce made"]


def test_old_work_is_pruned(rig: Rig) -> None:
    """Finished workflows and deliveries go; what runs stays."""
    done, runs = rig.pull_request(), rig.pull_request().steer("hold-assess")
    first = rig.queue.accept("old", ReviewRequested(done.target, "opened"))
    second = rig.queue.accept("young", ReviewRequested(runs.target, "opened"))
    eventually(lambda: status(rig, first.workflow) == "SUCCESS" and "assess made" in runs.notes)
    assert prune(rig.queue, keep_days=-1) > 0
    left = rig.queue.client.list_workflows(workflow_ids=[first.workflow, second.workflow])
    assert [workflow.workflow_id for workflow in left] == [second.workflow]
    assert done.opened("old", rig.queue)
    runs.release("hold-assess")
    eventually(lambda: "clean" in runs.notes)


def test_a_lost_repository_is_forgotten(rig: Rig) -> None:
    """What runs ends, what waits is cancelled, what is stored is deleted; others stay."""
    pull, other = rig.pull_request().steer("hold-assess"), rig.pull_request()
    other.opened("kept", rig.queue)
    pull.opened("running", rig.queue)
    eventually(lambda: "assess made" in pull.notes and "clean" in other.notes)
    gone = InstallationChanged(pull.target.installation, False, (pull.target.repository,))
    rig.queue.accept("removed", gone)
    eventually(lambda: "superseded" in pull.notes)
    with rig.queue.engine.connect() as tx:
        kept = set(tx.execute(text("select key from secreview_target")).scalars())
    assert other.target.key in kept
    assert pull.target.key not in kept
    pull.release("hold-assess")
    assert pull.opened("running", rig.queue), "the delivery is forgotten too"
    eventually(lambda: "clean" in pull.notes)


def test_a_database_that_is_away_takes_nothing_and_says_so(tmp_path: Path) -> None:
    """The delivery is refused at once and is new when it comes again."""
    settings = settings_in(tmp_path)
    file = Path(str(settings.database_url.database))
    file.mkdir(parents=True)
    queue, pull = Queue(settings), PullRequest(tmp_path / "1", 1)
    with pytest.raises(Unavailable):
        pull.opened("again", queue)
    with pytest.raises(Unavailable, match="cannot be prepared"):
        migrate(settings)
    file.rmdir()
    migrate(settings)
    assert pull.opened("again", queue)
    queue.close()


def test_a_database_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    """A password may stand among a URL's parameters, where its printed form shows it."""
    settings = settings_in(tmp_path, "postgresql://127.0.0.1:1/house?user=me&password=hunter2")
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1/house") as caught:
        migrate(settings)
    assert "hunter2" not in str(caught.value)


def test_a_delivery_is_stored_whole_or_not_at_all(tmp_path: Path) -> None:
    """Where the queue's part fails, no delivery is remembered and no generation raised."""
    settings = settings_in(tmp_path)
    migrate(settings)
    queue, pull = Queue(settings), PullRequest(tmp_path / "1", 1)
    with queue.engine.begin() as tx:
        tx.execute(text("alter table workflow_status rename to hidden"))
    with pytest.raises(Unavailable):
        pull.opened("whole", queue)
    with queue.engine.begin() as tx:
        for table in ("secreview_delivery", "secreview_target"):
            assert not tx.execute(text(f"select count(*) from {table}")).scalar()
        tx.execute(text("alter table hidden rename to workflow_status"))
    assert pull.opened("whole", queue)
    queue.close()


def test_a_workflow_id_leads_back_to_its_review() -> None:
    """The id is read where only the queue's list is at hand."""
    first = workflow_of("12#34", 56)
    assert review_of(first) == review_of(following(following(first))) == ("12#34", 56)
    assert len({first, following(first), following(following(first))}) == 3


@pytest.mark.parametrize("error", [Gone("deleted"), GitHubRefused(422, "no"), Stopped()])
def test_errors_that_flows_tell_apart_survive_a_checkpoint(error: Exception) -> None:
    """A workflow that goes on after a crash meets the same error as before it."""

    def action() -> None:
        raise error

    again = _error(json.loads(json.dumps(Steps(60)._outcome("look", action))))
    assert (type(again), again.args) == (type(error), error.args)


def test_other_errors_become_one_that_is_safe_to_show() -> None:
    """It names the kind and the step, nothing that the message may hold."""
    outcome = Steps(60)._outcome("look", lambda: {}["hunter2"])
    assert str(_error(json.loads(json.dumps(outcome)))) == "KeyError in step 'look'"


def test_only_so_many_reviews_are_analysed_at_once(tmp_path: Path) -> None:
    """The next waits for a free slot, and stops waiting when it is superseded."""
    settings = settings_in(tmp_path, SECREVIEW_JOBS="1")
    entered, leave = threading.Event(), threading.Event()

    def assess(*_: Any) -> list[Any]:
        entered.set()
        leave.wait(10)
        return []

    flows = Flows(settings, Queue(settings), Parts(assess=assess))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(flows._assess_now, [], Profile.TESTS, lambda: True)
        assert entered.wait(5)
        with pytest.raises(Stopped):
            flows._assess_now([], Profile.TESTS, lambda: False)
        leave.set()
        assert first.result(5) == []
    assert flows._assess_now([], Profile.TESTS, lambda: False) == []


def test_a_second_worker_on_one_file_is_refused(tmp_path: Path) -> None:
    """SQLite has one worker; the second ends at once and says what to do."""
    rig = Rig(tmp_path)
    with rig.worker() as one, rig.worker() as other:
        eventually(lambda: one.poll() or other.poll())
        assert None in (one.poll(), other.poll())
    assert "another worker already runs" in (tmp_path / "worker.log").read_text()
