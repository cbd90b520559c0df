"""How fast we may talk: GitHub limits what an installation creates, whoever of us creates it.

Reviews, comments, edits and reactions go out less than one a second, which keeps them below
80 a minute, and at most 500 in any hour; GitHub counts what people do on the web with
them. One row for each installation, shared by all workers. So is what GitHub tells us to
wait: nothing is asked in the name of that installation until it is over, whatever process
was told.
"""

import time
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from reviewer import store
from reviewer.github import RetryLater

# A second is what GitHub wants between two; requests do not all take equally long to arrive.
SPACING = 1.2
# A bucket of so many, filled again within an hour: two of them are the most in any hour.
BUCKET = 250.0
HOUR = 3600.0
# Longer waits are the queue's: a sleeping step holds a thread.
PATIENCE = 5.0

# What another process was told may be known to this one so many seconds later.
FRESH = 0.2

log = structlog.get_logger()

LIMITED = "GitHub wants us to wait"
BUSY = "this installation has said as much as GitHub lets it say in a while"


@dataclass
class _Known:
    """What this process knows of a gate; both by the monotonic clock."""

    looked: float = -FRESH
    closed: float = 0.0


_known: dict[tuple[str, int], _Known] = {}


class Pace:
    """The gate of one installation; that of 0 is the App's own.

    Args:
        engine: the connections to our database.
        installation: the installation's id.
    """

    def __init__(self, engine: Engine, installation: int) -> None:
        self._engine = engine
        self._installation = installation
        self._known = _known.setdefault((str(engine.url), installation), _Known())

    def check(self) -> None:
        """Return if a request may go out now.

        Raises:
            RetryLater: GitHub wants us to wait, and that is not over; or the database is away.
        """
        now = time.monotonic()
        if now - self._known.looked >= FRESH and now >= self._known.closed:
            try:
                with self._engine.connect() as tx:
                    self._known.closed = now + store.closed_for(tx, self._installation)
            except SQLAlchemyError as error:
                raise RetryLater(5, "the database is away", "ours") from error
            self._known.looked = now
        if self._known.closed > now:
            raise RetryLater(self._known.closed - now, LIMITED, "limits")

    def close(self, seconds: float) -> None:
        """GitHub wants no request for so many seconds."""
        self._known.closed = max(self._known.closed, time.monotonic() + seconds)
        try:
            with self._engine.begin() as tx:
                store.close_for(tx, self._installation, seconds)
        except SQLAlchemyError as error:
            # This process keeps to it all the same.
            log.warning("a wait was not noted", reason=type(error).__name__)

    def create(self) -> None:
        """Return when it is our turn to create or edit something.

        Raises:
            RetryLater: that is too far away to wait for, or the database is.
        """
        try:
            with self._engine.begin() as tx:
                wait, granted = take(tx, self._installation)
        except SQLAlchemyError as error:
            raise RetryLater(5, "the database is away", "ours") from error
        if not granted:
            raise RetryLater(wait, BUSY, "limits")
        time.sleep(wait)


def take(tx: Connection, installation: int) -> tuple[float, bool]:
    """Take the next turn: how many seconds away it is, and whether it was taken.

    A turn further away than ``PATIENCE`` is not taken.
    """
    now = store.now(tx)
    row = {"i": installation, "now": now, "full": BUCKET}
    # The write comes first: it locks the row, on SQLite the database, until the commit.
    found = tx.execute(
        text(
            "insert into secreview_pace (installation, turn, tokens, counted)"
            " values (:i, :now, :full, :now) on conflict (installation)"
            " do update set installation = excluded.installation"
            " returning turn, tokens, counted"
        ),
        row,
    ).one()
    tokens = min(BUCKET, found.tokens + max(0.0, now - found.counted) * BUCKET / HOUR)
    turn = max(now, found.turn)
    if tokens < 1:
        turn = max(turn, now + (1 - tokens) * HOUR / BUCKET)
    wait = turn - now
    if wait > PATIENCE:
        return wait, False
    tx.execute(
        text(
            "update secreview_pace set turn = :turn, tokens = :tokens, counted = :now"
            " where installation = :i"
        ),
        {"i": installation, "turn": turn + SPACING, "tokens": tokens - 1, "now": now},
    )
    return wait, True
