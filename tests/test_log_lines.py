"""Every log line about a review says which: delivery, repository, pull request, generation."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from reviewer.commands import Command, CommandKind
from reviewer.receiver import create_app
from reviewer.webhook import Commanded, HeadRequested, ReviewRequested
from reviewer.work import Queue, migrate
from tests.postgres import new_database
from tests.test_receiver import OPENED, deliver
from tests.work_rig import PullRequest, Rig, eventually, settings_in

ABOUT = {"delivery", "repository", "pull_request", "generation"}
# What is about a worker, not about a review.
OF_WORKERS = {"worker started", "worker ended", "taking over from dead workers"}


def lines(rig: Rig) -> list[dict[str, Any]]:
    """The worker's log; what is not JSON fails the test."""
    found = [json.loads(line) for line in (rig.folder / "worker.log").read_text().splitlines()]
    return [line for line in found if line["event"] not in OF_WORKERS]


@pytest.fixture(params=["sqlite", "postgresql"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path, new_database() if request.param == "postgresql" else "")
    migrate(rig.settings)
    with capture_logs():
        yield rig
    rig.queue.close()


def test_every_line_of_a_worker_s_review_says_which(rig: Rig) -> None:
    """However the review ends: well, put off, refused, by a fault, without access."""
    ways = ("", "later-assess", "never-assess", "broken", "gone-announce", "failed")
    pulls = {f"delivery-{way or 'clean'}": rig.pull_request() for way in ways}
    with rig.worker() as process:
        for (delivery, pull), way in zip(pulls.items(), ways, strict=True):
            pull.steer(*filter(None, [way])).opened(delivery, rig.queue)
        group = PullRequest(rig.folder / "0", 0).target
        group = type(group)(7, 4100, "orchard", "apples", 0, group_head="ab" * 20)
        rig.queue.accept("delivery-group", ReviewRequested(group, "merge queue"))
        expected = {*pulls, "delivery-group"}
        eventually(lambda: {line.get("delivery") for line in lines(rig)} >= expected)
        eventually(lambda: "clean" in pulls["delivery-later-assess"].notes)
        process.terminate()
        process.wait(20)
    told = lines(rig)
    for line in told:
        assert line.keys() >= ABOUT, line
        assert line["repository"] == "orchard/apples"
        assert line["pull_request"] == getattr(pulls.get(line["delivery"]), "number", 0)
    events = {line["event"] for line in told}
    assert events >= {"review ended", "step put off", "no access any more", "workflow failed"}
    assert any(line.get("merge_group") == "ab" * 20 for line in told)


def test_what_leads_to_a_review_names_its_delivery(rig: Rig) -> None:
    """A command and a look-up have no generation yet; the review has their delivery's id."""
    pull = rig.pull_request()
    rig.queue.accept("asked", Commanded(pull.target, 99, "reader", 5, "User", _command()))
    there = pull.target
    head = f"{pull.number:04}{'0' * 36}"
    rig.queue.accept("looked-up", HeadRequested(7, there.repository, "orchard", "apples", head))
    rig.queue.accept("granted", Commanded(pull.target, 99, "writer", 5, "User", _command()))
    with rig.worker():
        eventually(
            lambda: (
                {line.get("delivery") for line in lines(rig)}
                >= {"asked", "looked-up", "granted:review"}
            )
        )
        told = lines(rig)
    for line in told:
        wanted = ABOUT if line["delivery"] == "granted:review" else {"delivery", "repository"}
        assert line.keys() >= wanted, line


def _command() -> Command:
    return Command(CommandKind.REVIEW)


def test_every_line_of_the_receiver_about_a_review_says_which(tmp_path: Path) -> None:
    """Accepted and repeated deliveries; a database that is away gave no generation."""
    configured = settings_in(tmp_path)
    migrate(configured)
    queue = Queue(configured)
    client = create_app(configured, queue).test_client()
    with capture_logs(processors=[merge_contextvars]) as told:
        assert deliver(client).status_code == 202
        assert deliver(client).status_code == 200
    assert [line["event"] for line in told] == ["accepted", "duplicate"]
    for line in told:
        assert line.keys() >= ABOUT
        assert line["generation"] > 0
    assert {line["repository"] for line in told} == {json.loads(OPENED)["repository"]["full_name"]}
    queue.close()
    away = settings_in(tmp_path, "postgresql://nobody@127.0.0.1:1/nothing")
    client = create_app(away, Queue(away)).test_client()
    with capture_logs(processors=[merge_contextvars]) as told:
        assert deliver(client).status_code == 503
    assert len(told) == 2
    for line in told:
        assert line.keys() >= ABOUT - {"generation"}
