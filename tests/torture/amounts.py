"""Scenarios in which much comes at once, twice, late, or for a long time."""

import json
import statistics
import subprocess
import sys
import time
from collections import Counter

from sqlalchemy import text

from tests.running import HOUSE, wait
from tests.torture import verdict
from tests.torture.scene import Outcome, Scene, beside, scene


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
        # Not those that GitHub sends along and nobody reviews anything for.
        held = [d for d in on.post.released() if d.headers["X-GitHub-Event"] == "pull_request"]
        on.post.holding = False
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
                start_new_session=True,
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

    def grown(self, reviews: int) -> dict[str, float]:
        """MB that the processes of each lasting role grew by."""
        return {role: round(self.growth(role, reviews), 1) for role in ("web", "worker", "serve")}

    def judged(self, reviews: int) -> list[str]:
        """Who grew by too much, in a sentence each."""
        grown = self.grown(reviews).items()
        return [f"{role} grew by {size} MB" for role, size in grown if size > GROWN]


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
    figures["MB grown after warm-up"] = curve.grown(len(answers))
    if set(statuses) != {202}:
        wrong.append(f"not all were acknowledged: {statuses}")
    if p99 > ACKNOWLEDGED[database]:
        wrong.append(f"p99 of the answers was {p99 * 1000:.0f} ms")
    if rate < DRAINED and database == "postgresql":
        wrong.append(f"{rate:.1f} reviews a second")
    wrong += curve.judged(len(answers))


BACKLOG = 60


def soak(database: str, seed: int, reviews: int = 5_000) -> Outcome:
    """Thousands of reviews in 50 installations, as fast as they are made: nothing grows."""
    with scene("soak", database, seed, installations=50, validate=False) as on:
        curve, before, told = Curve(on), time.monotonic(), 0
        with beside(curve.look, lambda: 2.0):
            for number in range(reviews):
                on.people.open()
                while number - _completed(on) > BACKLOG:
                    time.sleep(0.05)
                if number - told >= SHOWN:
                    told = number
                    sizes = {k: round(mb) for k, mb in on.fleet.memory().items()}
                    sys.stderr.write(f"{number} of {reviews}, MB: {sizes}\n")
            on.settle(600)
        took = time.monotonic() - before
        on.finish()
        figures = on.outcome.figures
        figures["reviews a second"] = round(reviews / took, 2)
        figures["MB grown after warm-up"] = curve.grown(reviews)
        figures["MB of the database"] = round(database_bytes(on) / 1024**2, 1)
        on.outcome.wrong += curve.judged(reviews)
    return on.outcome


SHOWN = 250


def database_bytes(on: Scene) -> int:
    """What the database takes on the disk."""
    query = "select pg_database_size(current_database())"
    if on.outcome.database == "sqlite":
        query = "select page_count * page_size from pragma_page_count(), pragma_page_size()"
    with on.engine.connect() as tx:
        return int(tx.execute(text(query)).scalar() or 0)
