"""The sums of all processes, one row for each metric and its labels."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from reviewer import store
from reviewer.metrics import METRICS, Counts, Key

SAVE_SECONDS = 3.0
_LIMITS = ("github_rate_limit_remaining", "github_rate_limit_reset")


class Row(NamedTuple):
    """A metric's value for some labels."""

    name: str
    labels: dict[str, str]
    value: float


def save(tx: Connection, sums: Mapping[Key, float], last: Mapping[Key, float]) -> None:
    """Add *sums* to what is there, and put *last* in its place."""
    for counted, value in (
        (sums, "secreview_count.value + excluded.value"),
        (last, "excluded.value"),
    ):
        if counted:
            tx.execute(
                text(
                    "insert into secreview_count (name, labels, value)"  # noqa: S608 - constants
                    " values (:name, :labels, :value)"
                    f" on conflict (name, labels) do update set value = {value}"
                ),
                # In order: of two processes that write the same rows, one waits for the other.
                [
                    {"name": name, "labels": _as_text(dict(labels)), "value": number}
                    for (name, labels), number in sorted(counted.items())
                ],
            )


def load(tx: Connection) -> Iterator[Row]:
    """What is known now. Rows that are none of ours, or of limits that were reset, are left out."""
    found = tx.execute(text("select name, labels, value from secreview_count")).all()
    now = store.now(tx)
    live = {
        row.labels for row in found if row.name == "github_rate_limit_reset" and row.value > now
    }
    for name, labels, value in found:
        metric = METRICS.get(name)
        if metric and (name not in _LIMITS or labels in live):
            told = json.loads(labels)
            if told == metric.fitted(told):
                yield Row(name, told, value)


def prune(tx: Connection, before: float) -> None:
    """Forget the rate limits that were reset before that time: nobody asked since."""
    tx.execute(
        text(
            "delete from secreview_count where name in (:a, :b) and labels in"
            " (select labels from secreview_count where name = :b and value < :before)"
        ),
        {"a": _LIMITS[0], "b": _LIMITS[1], "before": before},
    )


def _as_text(labels: Mapping[str, str]) -> str:
    return json.dumps(labels, sort_keys=True, separators=(",", ":"))


class Saver:
    """Writes what a web process counted: a few seconds later, in a thread, never in a request."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self.counts = Counts()
        self._engine = engine
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def soon(self) -> None:
        """Write within a few seconds; called any number of times, it writes once."""
        with self._lock:
            if self._timer is None:
                self._timer = threading.Timer(SAVE_SECONDS, self._due)
                self._timer.daemon = True
                self._timer.start()

    def save(self) -> bool:
        """Write now; False where the database is away, and the counts wait."""
        if self.counts:
            try:
                with self.counts.taken() as counted, self._engine().begin() as tx:
                    save(tx, *counted)
            except SQLAlchemyError:
                return False
        return True

    def _due(self) -> None:
        with self._lock:
            self._timer = None
        if not self.save():
            self.soon()
