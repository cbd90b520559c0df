"""How fast we may talk: GitHub limits what an installation creates, whoever of us creates it.

Reviews, comments, edits and reactions go out one after the other, a second after the answer
to the one before, which keeps them below 80 a minute, and at most 500 in any hour; GitHub
counts what people do on the web with them. One row for each installation, shared by all
workers. So is what GitHub tells us to wait: nothing is asked in the name of that
installation until it is over, whatever process was told.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum

import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from reviewer import store
from reviewer.github import RetryLater

SPACING = 1.0
# A request takes no longer; whoever has not given its turn back by then has died.
HOLD = 60.0
POLL = 0.25
# A bucket of so many, filled again within an hour: two of them are the most in any hour.
BUCKET = 250.0
HOUR = 3600.0
# Longer waits are the queue's: a sleeping step holds a thread.
PATIENCE = 5.0

# What another process was told may be known to this one so many seconds later.
FRESH = 0.2

log = structlog.get_logger()

LIMITED = "GitHub wants us to wait"
HELD = "another review of this installation is saying something"
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

    @contextmanager
    def creating(self) -> Iterator[None]:
        """Create or edit something, as the only one of the installation, when it is our turn.

        Raises:
            RetryLater: that is too far away to wait for, or the database is.
        """
        time.sleep(self._turn())
        try:
            yield
        finally:
            # If this cannot be noted, the turn ends by itself.
            with suppress(SQLAlchemyError), self._engine.begin() as tx:
                leave(tx, self._installation)

    def _turn(self) -> float:
        """Take the turn; in how many seconds it begins."""
        patience = time.monotonic() + PATIENCE
        while True:
            try:
                with self._engine.begin() as tx:
                    wait, turn = take(tx, self._installation)
            except SQLAlchemyError as error:
                raise RetryLater(5, "the database is away", "ours") from error
            if turn is Turn.OURS:
                return wait
            if turn is Turn.SPENT:
                raise RetryLater(wait, BUSY, "limits")
            if time.monotonic() > patience:
                raise RetryLater(1, HELD, "ours")
            time.sleep(POLL)


class Turn(Enum):
    """Whose turn it is: ours, another's, or nobody's because there was too much already."""

    OURS = "ours"
    HELD = "held"
    SPENT = "spent"


def take(tx: Connection, installation: int) -> tuple[float, Turn]:
    """Take the turn, if nobody has it; and in how many seconds it begins or may be asked for.

    It is ours until ``leave``, or for ``HOLD`` seconds.
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
    if tokens < 1:
        return max(SPACING, (1 - tokens) * HOUR / BUCKET), Turn.SPENT
    wait = max(0.0, found.turn - now)
    if wait > SPACING:
        return wait, Turn.HELD
    tx.execute(
        text(
            "update secreview_pace set turn = :turn, tokens = :tokens, counted = :now"
            " where installation = :i"
        ),
        {"i": installation, "turn": now + wait + HOLD, "tokens": tokens - 1, "now": now},
    )
    return wait, Turn.OURS


def leave(tx: Connection, installation: int) -> None:
    """Let others have the next turn, a second from now."""
    query = "update secreview_pace set turn = :turn where installation = :i"
    tx.execute(text(query), {"i": installation, "turn": store.now(tx) + SPACING})
