"""How fast we may talk: GitHub limits what an installation creates, whoever of us creates it.

Reviews, comments, edits and reactions go out at most one a second, which keeps them below
80 a minute, and at most 500 in any hour; GitHub counts what people do on the web with
them. One row for each installation, shared by all workers.
"""

import time

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from reviewer import store
from reviewer.github import RetryLater

SPACING = 1.0
# A bucket of so many, filled again within an hour: two of them are the most in any hour.
BUCKET = 250.0
HOUR = 3600.0
# Longer waits are the queue's: a sleeping step holds a thread.
PATIENCE = 5.0

BUSY = "this installation has said as much as GitHub lets it say in a while"


class Pace:
    """Waits for an installation's turn to create something.

    Args:
        engine: the connections to our database.
        installation: the installation's id.
    """

    def __init__(self, engine: Engine, installation: int) -> None:
        self._engine = engine
        self._installation = installation

    def __call__(self) -> None:
        """Return when it is our turn.

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
