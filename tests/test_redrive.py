"""``secreview redrive``: what failed for good is listed, and tried again exactly once."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from reviewer.redrive import BOTH, NONE
from reviewer.webhook import InstallationChanged, ReviewRequested, TargetClosed
from reviewer.work import Queue, migrate
from reviewer.work.census import census
from reviewer.work.failed import failed, redrive
from reviewer.work.queue import review_of
from tests.postgres import new_database
from tests.work_rig import HOUSE, SECRET, PullRequest, Rig, eventually, settings_in


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Log lines are not printed; rendering a traceback for people takes a second."""
    with capture_logs():
        yield


on_both = pytest.mark.parametrize("rig", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """A database with a worker that runs all the while; SQLite, unless a test wants both."""
    database = getattr(request, "param", "sqlite")
    rig = Rig(tmp_path, new_database() if database == "postgresql" else "")
    migrate(rig.settings)
    with rig.worker():
        yield rig
    rig.queue.close()


def command(rig: Rig, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as its user does, beside the App."""
    return subprocess.run(
        [sys.executable, "-m", "reviewer", "redrive", *arguments],
        capture_output=True, text=True, check=False, timeout=60, cwd=rig.folder,
        env={
            "PYTHONPATH": str(HOUSE), "GITHUB_APP_ID": "17", "GITHUB_WEBHOOK_SECRET": SECRET,
            "GITHUB_PRIVATE_KEY_PATH": str(rig.folder / "key.pem"),
            "SECREVIEW_DATA": str(rig.folder), "DATABASE_URL": rig.database_url,
        },
    )  # fmt: skip


def listed(rig: Rig, *arguments: str) -> list[dict[str, Any]]:
    done = command(rig, *arguments, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    found: list[dict[str, Any]] = json.loads(done.stdout)["reviews"]
    return found


def failing(rig: Rig, delivery: str, steer: str = "failed") -> PullRequest:
    """A pull request whose review has failed for good."""
    pull = rig.pull_request().steer(steer)
    pull.opened(delivery, rig.queue)
    eventually(lambda: pull.target.key in {one.target.key for one in failed(rig.queue)})
    return pull


def name(pull: PullRequest) -> str:
    return f"orchard/apples#{pull.number}"


@on_both
def test_failed_reviews_are_listed_and_requeued_once(rig: Rig) -> None:
    """Newest first with its reason; requeued, it is reviewed; asked again, nothing happens."""
    assert command(rig).stdout == f"{NONE}\n"
    limits, fault = failing(rig, "first", "never-assess"), failing(rig, "second", "broken")
    newest, older = listed(rig)
    assert [newest["pull_request"], older["pull_request"]] == [fault.number, limits.number]
    assert older["reason"] == "rate limit; after 0 s of waiting, 4000 more are too many"
    assert newest["reason"] == "ours: RuntimeError; the log has its details"
    assert {newest["result"], older["result"]} == {"failed"}
    shown = command(rig)
    assert shown.returncode == 0
    assert f"{name(fault)}  2" in shown.stdout
    assert "a fault of ours" not in shown.stdout
    limits.release("never-assess")
    done = command(rig, "--all")
    assert "2 to be reviewed again, 0 left alone." in done.stdout
    for pull in (limits, fault):
        eventually(lambda pull=pull: "clean" in pull.notes)  # type: ignore[misc]
        assert pull.notes.count("begun redrive") == 1
    again = listed(rig, "--all")
    assert [(each["result"], each["requeued"]) for each in again] == [("superseded", None)] * 2
    assert "0 to be reviewed again, 2 left alone." in command(rig, "--all").stdout
    assert limits.notes.count("begun redrive") == 1


def test_what_is_named_is_requeued_and_nothing_else(rig: Rig) -> None:
    """By pull request in any case, or by workflow; a name of none stops before anything is done."""
    one, two, three = (failing(rig, f"delivery {n}") for n in range(3))
    wrong = command(rig, name(one), "orchard/apples#404")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("No failed review is called orchard/apples#404.")
    assert "redrive" not in str(one.notes)
    workflow = next(each["workflow"] for each in listed(rig) if each["pull_request"] == two.number)
    told = listed(rig, name(one).upper(), workflow, name(one))
    assert {each["pull_request"] for each in told} == {one.number, two.number}
    for each in told:
        assert each["result"] == "requeued"
        assert review_of(each["requeued"])[1] > each["generation"]
    eventually(lambda: "begun redrive" in one.notes and "begun redrive" in two.notes)
    assert "begun redrive" not in three.notes


def test_a_failure_with_something_newer_behind_it_is_left_alone(rig: Rig) -> None:
    """The newer one speaks for the pull request; the older is named as superseded."""
    pull = failing(rig, "older")
    pull.release("failed")
    rig.queue.accept("newer", ReviewRequested(pull.target, "synchronize"))
    eventually(lambda: "clean" in pull.notes)
    (told,) = listed(rig, name(pull))
    assert (told["result"], told["requeued"]) == ("superseded", None)
    assert "superseded by a newer review" in command(rig).stdout


@on_both
def test_of_many_redrives_at_once_one_requeues(rig: Rig) -> None:
    """One new review, however many have seen the same list."""
    pull = failing(rig, "contended").steer("hold-assess")
    (one,) = failed(rig.queue)
    with ThreadPoolExecutor(4) as pool:
        accepted = list(pool.map(lambda _: redrive(rig.queue, one), range(8)))
    assert [each.new for each in accepted].count(True) == 1
    assert len({each.workflow for each in accepted}) == 1
    pull.release("hold-assess")


def test_it_is_asked_for_as_it_was(rig: Rig) -> None:
    """Who asked, the command's comment and the whole files go along; a closed one stays closed."""
    pull = rig.pull_request().steer("failed")
    asked = ReviewRequested(pull.target, "command", forced=True, full=True, by="mira")
    rig.queue.accept("asked", asked, comment=99)
    eventually(lambda: failed(rig.queue))
    (one,) = failed(rig.queue)
    accepted = redrive(rig.queue, one)
    (found,) = rig.queue.client.list_workflows(workflow_ids=[accepted.workflow])
    assert found.input
    order = found.input["args"][2]
    assert order == {
        "delivery": f"redrive:{one.workflow}", "reason": "redrive", "forced": True,
        "comment": 99, "full": True, "by": "mira",
    }  # fmt: skip
    group = replace(pull.target, number=0, group_head="ab" * 20)
    rig.queue.accept("group", ReviewRequested(group, "merge queue"))
    PullRequest(rig.folder / "0", 0).steer("failed")
    rig.queue.accept("destroyed", TargetClosed(group))
    eventually(lambda: [each for each in failed(rig.queue) if each.order.reason == "closed"])
    closed = next(each for each in failed(rig.queue) if each.order.reason == "closed")
    assert closed.name == f"orchard/apples@{'ab' * 20}"
    accepted = redrive(rig.queue, closed)
    (found,) = rig.queue.client.list_workflows(workflow_ids=[accepted.workflow])
    assert found.input
    assert found.input["args"][2]["reason"] == "closed"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("MAX_RECOVERY_ATTEMPTS_EXCEEDED", "crash: the review ended its worker again and again"),
        ("CANCELLED", "ours: it was cancelled"),
        ("SUCCESS", None),
        ("PENDING", None),
    ],
)
def test_every_way_to_fail_for_good_is_listed(
    tmp_path: Path, status: str, reason: str | None
) -> None:
    """Too many crashes and a cancellation too; what goes on or is done is not."""
    configured = settings_in(tmp_path)
    migrate(configured)
    queue = Queue(configured)
    PullRequest(tmp_path / "1", 1).opened("one", queue)
    with queue.engine.begin() as tx:
        tx.execute(text("update workflow_status set status = :s"), {"s": status})
    assert [one.reason for one in failed(queue)] == ([reason] if reason else [])
    queue.close()


def test_what_we_lost_access_to_is_left_alone(tmp_path: Path) -> None:
    """A forgotten target is not brought back."""
    configured = settings_in(tmp_path)
    migrate(configured)
    queue = Queue(configured)
    pull = PullRequest(tmp_path / "1", 1)
    pull.opened("one", queue)
    with queue.engine.begin() as tx:
        tx.execute(text("update workflow_status set status = 'ERROR'"))
    queue.accept("gone", InstallationChanged(7, gone=True))
    assert [one.superseded for one in failed(queue)] == [True]
    queue.close()


def test_what_cannot_be_done_is_said_in_a_sentence(tmp_path: Path) -> None:
    """Exit code 2, one line, what to do."""
    rig = Rig(tmp_path)
    both = command(rig, "--all", "orchard/apples#1")
    assert (both.returncode, both.stderr) == (2, f"{BOTH}\n")
    unprepared = command(rig)
    assert unprepared.returncode == 2
    assert "was `secreview migrate` run?" in unprepared.stderr
    assert unprepared.stderr.count("\n") == 1
    away = Rig(tmp_path, "postgresql://nobody:hunter2@127.0.0.1:1/nothing")
    told = command(away, "--all")
    assert told.returncode == 2
    assert "is the database up" in told.stderr
    assert "hunter2" not in told.stderr


def test_what_another_part_goes_on_with_has_not_failed(tmp_path: Path) -> None:
    """A part that was ended in favour of a following one says nothing of the review."""
    configured = settings_in(tmp_path)
    migrate(configured)
    queue = Queue(configured)
    PullRequest(tmp_path / "1", 1).opened("one", queue)
    (first,) = queue.client.list_workflows()
    queue.go_on(first.workflow_id, delay=600)
    queue.client.cancel_workflow(first.workflow_id)
    assert failed(queue) == []
    with queue.engine.connect() as tx:
        counted = census(tx)
    assert (counted.lengths["reviews", "delayed"], counted.oldest) == (1, 0)
    queue.close()
