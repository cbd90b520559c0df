"""How many workflows wait and run, and for how long."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from reviewer import store
from reviewer.work.queue import table

STATES = {"ENQUEUED": "waiting", "DELAYED": "delayed", "PENDING": "running"}
REVIEWS = "reviews"
QUEUES = (REVIEWS, "asks")  # of whichever version of ours


@dataclass(frozen=True, slots=True)
class Census:
    """``lengths`` by queue and state; ``oldest``: the longest that a review waits, in seconds.

    A review that GitHub has put off waits from the end of that on.
    """

    lengths: dict[tuple[str, str], int]
    oldest: float


def census(tx: Connection) -> Census:
    """Count what is not finished."""
    lengths = dict.fromkeys(((q, s) for q in QUEUES for s in STATES.values()), 0)
    first: int | None = None
    for queue, status, count, since in tx.execute(
        text(
            "select queue_name, status, count(*),"  # noqa: S608 - constants
            " min(coalesce(delay_until_epoch_ms, created_at))"
            f" from {table(tx)} where status in ('ENQUEUED', 'DELAYED', 'PENDING')"
            " group by queue_name, status"
        )
    ):
        kind = str(queue).partition(":")[0]
        if kind in QUEUES:
            lengths[kind, STATES[status]] += count
            if kind == REVIEWS and status == "ENQUEUED":
                first = min(first or since, since)
    return Census(lengths, max(0.0, store.now(tx) - first / 1000) if first else 0.0)


def age(tx: Connection, workflow: str) -> float | None:
    """How many seconds ago a workflow was asked for; None where it is not known any more."""
    query = text(f"select created_at from {table(tx)} where workflow_uuid = :id")  # noqa: S608
    created = tx.execute(query, {"id": workflow}).scalar()
    return max(0.0, store.now(tx) - created / 1000) if created else None
