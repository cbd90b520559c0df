"""What every scenario has: the stage, those who play on it, and what it came to."""

import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from reviewer import store
from reviewer.settings import Settings
from tests import postgres
from tests.running import HOUSE, TimedOutError, wait
from tests.standin import StandIn
from tests.torture import verdict
from tests.torture.hosts import Fleet, Host, running
from tests.torture.people import People
from tests.torture.post import RoughPost

DATABASES = ("sqlite", "postgresql")
# A reconciler that looks this often stands in for the five minutes of a real installation.
RECONCILE = "15"
END_SECONDS = 240
LOGS = HOUSE / "build" / "torture"


@dataclass
class Outcome:
    """What a scenario came to: ``figures`` for the table, ``wrong`` for the shame."""

    name: str
    database: str
    figures: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@dataclass
class Scene:
    """GitHub, its post, people, and the App on its hosts."""

    standin: StandIn
    post: RoughPost
    people: People
    fleet: Fleet
    engine: Engine
    outcome: Outcome
    dice: random.Random
    folder: Path

    def settle(self, seconds: float = END_SECONDS) -> None:
        """Wait until nothing is under way any more; say so if that does not come."""

        def quiet() -> bool:
            return (
                not self.post.waiting
                and not verdict.unfinished(self.engine)
                and not verdict.in_progress(self.standin)
                and all(verdict.reviewed(self.standin, work) for work in self.people.works)
            )

        try:
            wait("the end", quiet, seconds)
        except TimedOutError:
            left = f"{self.post.waiting} deliveries, {verdict.statuses(self.engine)}"
            self.outcome.wrong.append(f"not settled within {seconds} s: {left}")

    def finish(self) -> None:
        """Judge, and note what every scenario notes."""
        self.settle()
        self.outcome.wrong += verdict.wrong(self.standin, self.people.works)
        figures, standin = self.outcome.figures, self.standin
        with standin.world.lock:
            runs = Counter(run.conclusion for run in standin.world.runs.values())
        figures["pull requests"] = len(self.people.works)
        figures["reviews posted"] = runs["success"] + runs["failure"]
        figures["superseded"] = runs["cancelled"]
        figures["deliveries taken"] = self.post.taken
        refused = {str(code or "no connection"): n for code, n in self.post.refused.items()}
        figures["deliveries refused, then taken"] = dict(sorted(refused.items()))
        figures["comments"] = sum(len(w.pull.review_comments) for w in self.people.works)
        figures["killed"] = dict(sorted(self.fleet.kills.items()))
        if standin.chaos:
            figures["faults"] = dict(sorted(standin.chaos.struck.items()))
        figures["MB at most"] = {k: round(v) for k, v in sorted(self.fleet.most.items())}
        others = {k: n for k, n in verdict.statuses(self.engine).items() if k != "SUCCESS"}
        figures["workflows that failed"] = others

    def judge_file(self) -> None:
        """Say so if SQLite's file is damaged."""
        with self.engine.connect() as tx:
            sound = tx.execute(text("pragma integrity_check")).scalar()
        if sound != "ok":
            self.outcome.wrong.append(f"the database is damaged: {sound}")


@contextmanager
def scene(
    name: str,
    database: str,
    seed: int,
    *,
    hosts: int = 0,
    installations: int = 10,
    validate: bool = True,
    **settings: str,
) -> Iterator[Scene]:
    """The App on one host with SQLite, on two with PostgreSQL; all of it is gone afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="secreview-")))
        url = postgres.new_database() if database == "postgresql" else ""
        standin = stack.enter_context(StandIn(validate=validate))
        values = {
            **standin.environment(),
            "SECREVIEW_DATA": str(folder),
            "SECREVIEW_RECONCILE_SECONDS": RECONCILE,
            "DATABASE_URL": url,
            **settings,
        }
        count = hosts or (2 if database == "postgresql" else 1)
        fleet = Fleet([Host(values, folder) for _ in range(count)])
        post = RoughPost(standin.world, lambda: fleet.urls, seed)
        stack.callback(post.close)
        standin.courier = standin.world.courier = post
        engine = store.open_engine(Settings.model_validate(values))
        stack.callback(engine.dispose)
        people = People(standin, seed, installations)
        outcome = Outcome(name, database)
        began = time.monotonic()
        stack.enter_context(running(fleet))
        dice = random.Random(seed)
        try:
            yield Scene(standin, post, people, fleet, engine, outcome, dice, folder)
        finally:
            outcome.figures["seconds"] = round(time.monotonic() - began)
            outcome.wrong += _unforeseen(_kept_logs(fleet, f"{name} on {database}"))


def _kept_logs(fleet: Fleet, name: str) -> list[str]:
    """The texts of the hosts' logs, which are kept where people find them."""
    LOGS.mkdir(parents=True, exist_ok=True)
    texts = [host.log.read_text() for host in fleet.hosts]
    for number, told in enumerate(texts):
        (LOGS / f"{name.replace(' ', '-')}-{number}.log").write_text(told)
    return texts


def _unforeseen(logs: list[str]) -> list[str]:
    """Errors of ours in the logs; what the tests cause themselves is a warning there."""
    lines = [line for log in logs for line in log.splitlines() if "review failed" in line]
    return [f"log: {line[:300]}" for line in lines[:5]]


@contextmanager
def beside(action: Callable[[], None], pause: Callable[[], float]) -> Iterator[None]:
    """Do *action* again and again, with pauses between, until the block ends."""
    stop = threading.Event()

    def go_on() -> None:
        while not stop.wait(pause()):
            action()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
