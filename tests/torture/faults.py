"""Scenarios in which something breaks: processes, the database, the disk, GitHub."""

import time
from contextlib import suppress

from sqlalchemy import Engine, text

from tests import postgres
from tests.running import TimedOutError, wait
from tests.standin.chaos import Chaos
from tests.torture.scene import Outcome, Scene, beside, scene


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
            on.judge_file()
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
            # On PostgreSQL a worker's name has the number of its process.
            its = f":{on.fleet.last_killed}:" if database == "postgresql" else ""
            held = {review: was for review, was in before.items() if its in was[0]}
            wait("recovery", lambda held=held: _moved(on.engine, held), 60)
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


END_WITHIN = 10.0
ROLL_SECONDS = (2.0, 7.0)


def restarts(database: str, seed: int, reviews: int = 120) -> Outcome:
    """A host after the other is asked to end and started again, while reviews are made."""
    with scene("rolling restarts", database, seed) as on:
        ended: list[float] = []

        def roll() -> None:
            with suppress(TimedOutError):
                host = on.fleet.hosts[len(ended) % len(on.fleet.hosts)]
                ended.append(END_WITHIN + 5)
                ended[-1] = host.restart(END_WITHIN + 5)

        roll()
        with beside(roll, lambda: on.dice.uniform(*ROLL_SECONDS)):
            for _ in range(reviews):
                on.people.open()
                if on.dice.random() < 0.3:
                    on.people.push()
                time.sleep(on.dice.uniform(0.0, 0.6))
        on.finish()
        on.outcome.figures["asked to end"] = len(ended)
        on.outcome.figures["seconds until the last process had ended, at most"] = round(
            max(ended), 1
        )
        if max(ended) > END_WITHIN:
            on.outcome.wrong.append(f"it took {max(ended):.1f} s to end")
        if on.outcome.figures["workflows that failed"]:
            on.outcome.wrong.append("a restart failed reviews")
    return on.outcome


FULL_SECONDS = 20.0


def full(database: str, seed: int, reviews: int = 60) -> Outcome:
    """For a while the disk takes no more: no file of the App can grow over what the database has.

    PostgreSQL's files are its own; that its server goes away is a part of ``kills``.
    """
    if database == "postgresql":
        return Outcome("a full disk", database)
    with scene("a full disk", database, seed) as on:
        for number in range(reviews):
            on.people.open()
            time.sleep(0.1)
            if number == reviews // 3:
                on.fleet.limit_files(1024)
                full_at = time.monotonic()
            elif number == 2 * reviews // 3:
                time.sleep(max(0.0, full_at + FULL_SECONDS - time.monotonic()))
                on.outcome.figures["deliveries refused while it was full"] = on.post.refused[503]
                on.fleet.limit_files(None)
        on.finish()
        if not on.outcome.figures["deliveries refused while it was full"]:
            on.outcome.wrong.append("nothing was refused: nothing was shown")
        on.judge_file()
    return on.outcome
