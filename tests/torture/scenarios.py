"""The scenarios: each takes a database's name and a seed, and returns an ``Outcome``."""

import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from reviewer import store
from reviewer.settings import Settings
from tests import postgres
from tests.running import HOUSE, TimedOutError, wait
from tests.standin import StandIn
from tests.standin.chaos import Chaos
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


def kills(database: str, seed: int, reviews: int = 220) -> Outcome:
    """Any process may die at any moment; on PostgreSQL a whole host does, and stays dead."""
    with scene("kill -9 anywhere", database, seed) as on:
        on.post.late = on.post.twice = 0.1

        def kill() -> None:
            on.fleet.kill(on.dice)

        with beside(kill, lambda: on.dice.uniform(0.3, 2.0)):
            for number in range(reviews):
                on.people.open()
                if on.dice.random() < 0.3:
                    on.people.push()
                time.sleep(on.dice.uniform(0.0, 0.35))
                if number == reviews // 2:
                    _lose_something(on)
            with suppress(TimedOutError):
                wait("half of the deliveries", lambda: on.post.waiting < reviews // 4, 60)
        on.finish()
        if database == "sqlite":
            with on.engine.connect() as tx:
                sound = tx.execute(text("pragma integrity_check")).scalar()
            if sound != "ok":
                on.outcome.wrong.append(f"the database is damaged: {sound}")
    return on.outcome


def _lose_something(on: Scene) -> None:
    """The database is away for some seconds; then, where there are two hosts, one is lost."""
    if on.engine.dialect.name == "sqlite":
        with on.engine.connect() as tx:
            tx.execute(text("update secreview_worker set seen = seen"))
            time.sleep(12)  # longer than anybody waits for the lock
            tx.rollback()
        return
    on.engine.dispose()
    postgres.server().stop()
    time.sleep(5)
    postgres.server().start()
    on.fleet.hosts[-1].vanish()
    on.outcome.figures["hosts lost for good"] = 1


def recovery(database: str, seed: int, kills: int = 5) -> Outcome:
    """How soon somebody goes on with the reviews of a worker that was killed."""
    with scene("recovery", database, seed) as on:
        # Reviews that are under way for a while: every answer takes half a second.
        on.standin.delay = 0.5
        waits = []
        for _ in range(kills):
            for _ in range(6):
                on.people.open()
            wait("reviews under way", lambda: _running(on.engine), 30)
            time.sleep(on.dice.uniform(0.0, 1.0))
            before = _running(on.engine)
            killed = time.monotonic()
            on.fleet.kill(on.dice, "worker")
            wait("recovery", lambda held=before: _moved(on.engine, held), 60)
            waits.append(time.monotonic() - killed)
        on.standin.delay = 0.0
        on.finish()
        on.outcome.figures["seconds until recovery began"] = [round(each, 1) for each in waits]
        if max(waits) > 15:
            on.outcome.wrong.append(f"recovery began after {max(waits):.1f} s")
    return on.outcome


def _running(engine: Engine) -> dict[str, tuple[str, int]]:
    """The reviews under way: by whom, and since when (milliseconds since the epoch)."""
    schema = "" if engine.dialect.name == "sqlite" else "dbos."
    query = (
        "select workflow_uuid, executor_id, started_at_epoch_ms"
        f" from {schema}workflow_status where status = 'PENDING' and name = 'review'"
    )
    with engine.connect() as tx:
        return {row[0]: (row[1], row[2] or 0) for row in tx.execute(text(query))}


def _moved(engine: Engine, held: dict[str, tuple[str, int]]) -> bool:
    """Whether each of them has ended, or was begun again."""
    with suppress(Exception):
        now = _running(engine)
        return all(now.get(each) != was for each, was in held.items())
    return False


def misbehaviour(database: str, seed: int, reviews: int = 500) -> Outcome:
    """One request in ten goes wrong in some way, and a few take 20 seconds."""
    with scene("GitHub misbehaves", database, seed, installations=25) as on:
        on.standin.chaos = Chaos(seed, rate=0.1, slow=0.003)
        on.standin.chaos.kinds["abuse"] = 0.3
        # Lost answers and slow requests may bring two creations of one installation together.
        on.standin.strict_pace = False
        on.post.late = on.post.twice = 0.05
        for _ in range(reviews):
            on.people.open()
            if on.dice.random() < 0.1:
                on.people.push()
            time.sleep(0.1)
        on.settle(400)
        on.standin.chaos.rate = on.standin.chaos.slow = 0.0
        on.finish()
    return on.outcome


def order(database: str, seed: int, pushes: int = 50) -> Outcome:
    """Everything comes late, twice and out of order; and one pull request gets 50 pushes."""
    with scene("order and repetition", database, seed, installations=5) as on:
        on.post.late, on.post.twice = 0.5, 0.5
        for _ in range(30):
            on.people.open()
            on.people.push()
        burst = on.people.open(defects=1)
        for _ in range(pushes):
            on.people.push(burst, defects=1)
        on.finish()
        with on.standin.world.lock:
            runs = [
                run
                for run in on.standin.world.runs.values()
                if f"#{burst.pull.number}@" in run.external_id
                and run.suite.repository is burst.pull.repository
            ]
        ended = [run for run in runs if run.conclusion in verdict.DONE]
        on.outcome.figures["pushes in a burst"] = pushes
        on.outcome.figures["reviews of the burst that ran to the end"] = len(ended)
    return on.outcome


def burst(database: str, seed: int, pushes: int = 50) -> Outcome:
    """50 pushes to one pull request, as fast as they can be delivered."""
    with scene("a burst of pushes", database, seed, installations=1) as on:
        work = on.people.open(defects=1)
        for _ in range(pushes):
            on.people.push(work, defects=1)
        on.finish()
        with on.standin.world.lock:
            runs = [*on.standin.world.runs.values()]
        ended = [run for run in runs if run.conclusion in verdict.DONE]
        on.outcome.figures["pushes in a burst"] = pushes
        on.outcome.figures["reviews that ran to the end"] = len(ended)
        if len(ended) > 2:
            on.outcome.wrong.append(f"{len(ended)} reviews of a burst ran to the end")
    return on.outcome


def fairness(database: str, seed: int, reviews: int = 500) -> Outcome:
    """One installation has hundreds of reviews queued when another's first one is asked for."""
    with scene("fairness", database, seed, installations=2, validate=False) as on:
        busy, other = on.people.repositories
        on.people.open(other, 0)
        on.settle()
        for _ in range(reviews):
            on.people.open(busy, 0)
        wait("the backlog", lambda: on.post.waiting == 0, 60)
        before, began = _completed(on), time.monotonic()
        work = on.people.open(other, 0)
        wait("the other's review", lambda: verdict.reviewed(on.standin, work), 60)
        took, between = time.monotonic() - began, _completed(on) - before - 1
        left = verdict.unfinished(on.engine)
        on.finish()
        on.outcome.figures["queued by one when the other asked"] = left + between
        on.outcome.figures["reviews that ended before the other's"] = between
        on.outcome.figures["seconds that the other waited"] = round(took, 1)
        if left < reviews // 2:
            on.outcome.wrong.append(f"only {left} were left: nothing was shown")
        if between > MOST_BEFORE:
            on.outcome.wrong.append(f"{between} reviews came before the other's")
    return on.outcome


def _completed(on: Scene) -> int:
    with on.standin.world.lock:
        return sum(run.status == "completed" for run in on.standin.world.runs.values())


# Those that were under way: eight on each of two hosts, and what came in between polls.
MOST_BEFORE = 24
ACKNOWLEDGED = {"sqlite": 0.5, "postgresql": 0.25}
DRAINED = 5.0
GROWN = 20.0
WARM = 0.2


def load(database: str, seed: int, reviews: int = 1_000, within: float = 20.0) -> Outcome:
    """A thousand deliveries in 20 seconds: every one is acknowledged soon, and reviewed."""
    with scene("load", database, seed, installations=50, validate=False) as on:
        # The reviews that everything is loaded by.
        for _ in range(4):
            on.people.open()
        on.settle()
        on.post.holding = True
        for _ in range(reviews):
            on.people.open()
        held, on.post.holding = on.post.released(), False
        file = on.folder / "deliveries.jsonl"
        lines = [{"headers": {**d.headers}, "body": d.content.decode()} for d in held]
        file.write_text("\n".join(map(json.dumps, lines)))
        before, curve = time.monotonic(), Curve(on)
        with beside(curve.look, lambda: 0.5):
            sent = subprocess.run(
                [
                    *(sys.executable, "-m", "tests.torture.sender"),
                    *(str(file), str(within), *on.fleet.urls),
                ],
                cwd=HOUSE,
                capture_output=True,
                text=True,
                check=True,
            )
            on.settle(600)
        took = time.monotonic() - before
        answers = json.loads(sent.stdout)
        on.finish()
        _judge_load(on, answers, reviews / took, curve)
    return on.outcome


class Curve:
    """How much memory the processes take while reviews are made."""

    def __init__(self, on: Scene) -> None:
        self._on = on
        self.sizes: list[tuple[int, dict[str, float]]] = []

    def look(self) -> None:
        """Note how many reviews are done, and the largest process of each role."""
        runs = [*self._on.standin.world.runs.values()]
        done = sum(run.status == "completed" for run in runs)
        self.sizes.append((done, self._on.fleet.memory()))

    def growth(self, role: str, reviews: int) -> float:
        """MB that the process of that role grew by after a fifth of the reviews was done."""
        warm = [size[role] for done, size in self.sizes if done >= reviews * WARM and role in size]
        return max(warm) - warm[0] if warm else 0.0


def _judge_load(on: Scene, answers: list[list[float]], rate: float, curve: Curve) -> None:
    figures, wrong, database = on.outcome.figures, on.outcome.wrong, on.outcome.database
    statuses = Counter(int(status) for status, _ in answers)
    seconds = sorted(took for _, took in answers)
    p99 = statistics.quantiles(seconds, n=100)[98]
    figures["answers"] = {str(status): n for status, n in statuses.items()}
    figures["acknowledged in ms: p50, p99, worst"] = [
        round(each * 1000) for each in (statistics.median(seconds), p99, seconds[-1])
    ]
    figures["reviews a second until all were done"] = round(rate, 2)
    grown = {role: round(curve.growth(role, len(answers)), 1) for role in ("web", "worker")}
    figures["MB grown after warm-up"] = grown
    if set(statuses) != {202}:
        wrong.append(f"not all were acknowledged: {statuses}")
    if p99 > ACKNOWLEDGED[database]:
        wrong.append(f"p99 of the answers was {p99 * 1000:.0f} ms")
    if rate < DRAINED and database == "postgresql":
        wrong.append(f"{rate:.1f} reviews a second")
    wrong += [f"{role} grew by {size} MB" for role, size in grown.items() if size > GROWN]
