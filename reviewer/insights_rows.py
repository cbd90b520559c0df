"""The reviews that ended and what became of their findings: kept for trends, without any code.

A row of ``secreview_review`` is one review, written once however often its last step runs. A
row of ``secreview_finding`` is one finding of one pull request, as its newest review left it.
Merge groups have the first alone: what is in them was reviewed on its pull requests.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from reviewer import store
from reviewer.insights_tracking import Tracked, read_paths, tracked
from reviewer.model import Review, Target
from reviewer.report.insights import Change, History, Reviewed, Silenced
from reviewer.report.markdown import one_line

_LONGEST_NAME = 200
_FIELDS = (
    "fingerprint", "content", "rule", "path", "introduced", "fixed", "suppressed", "silenced",
    "reason", "until",
)  # fmt: skip
_COLUMNS = ("target", *_FIELDS, "installation", "repository", "number", "seen")
_SILENCED = (
    "select target, fingerprint, path from secreview_finding"
    " where repository = :r and silenced = 1 and target <> :key"
)


def record(
    tx: Connection, target: Target, generation: int, review: Review, seconds: float | None
) -> bool:
    """Keep what *review* came to; False where that was done before, or the target is forgotten.

    *seconds* is how long it took from the delivery to the verdict, None where nobody knows.
    """
    key, at = target.key, store.now(tx)
    if not _lock(tx, key):
        return False
    row = {
        "key": key, "g": generation, "i": target.installation, "r": target.repository, "at": at,
        "name": one_line(target.full_name, _LONGEST_NAME), "s": seconds,
        "verdict": review.verdict.value,
    }  # fmt: skip
    written = tx.execute(
        text(
            "insert into secreview_review (target, generation, installation, repository, name,"
            " ended, seconds, verdict) values (:key, :g, :i, :r, :name, :at, :s, :verdict)"
            " on conflict (target, generation) do nothing"
        ),
        row,
    )
    if not written.rowcount:
        return False
    newest = text("select max(generation) from secreview_review where target = :key")
    if target.number and tx.execute(newest, {"key": key}).scalar_one() == generation:
        _follow(tx, target, review, at)
    return True


def _lock(tx: Connection, key: str) -> bool:
    """Have other reviews of the target wait until the transaction ends; False: it is forgotten."""
    lock = "update secreview_target set generation = generation where key = :key"
    return bool(tx.execute(text(lock), {"key": key}).rowcount)


def _follow(tx: Connection, target: Target, review: Review, at: float) -> None:
    """Bring what is kept of the pull request's findings to what *review* says of them."""
    columns = ", ".join(_FIELDS)
    query = f"select {columns} from secreview_finding where target = :key"  # noqa: S608 - constants
    found = tx.execute(text(query), {"key": target.key}).mappings()
    known = [Tracked(**{**row, "silenced": bool(row["silenced"])}) for row in found]
    after = tracked(known, review, at)
    kept = {each.fingerprint for each in after}
    gone = [{"key": target.key, "f": k.fingerprint} for k in known if k.fingerprint not in kept]
    _each(tx, "delete from secreview_finding where target = :key and fingerprint = :f", gone)
    names, values = ", ".join(_COLUMNS), ", ".join(f":{name}" for name in _COLUMNS)
    changed = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[2:])
    rows = [
        {name: getattr(each, name) for name in _FIELDS}
        | {
            "target": target.key, "silenced": int(each.silenced), "number": target.number,
            "installation": target.installation, "repository": target.repository, "seen": at,
        }
        for each in after
    ]  # fmt: skip
    _each(
        tx,
        f"insert into secreview_finding ({names}) values ({values})"  # noqa: S608 - constants
        f" on conflict (target, fingerprint) do update set {changed}",
        rows,
    )
    _retire(tx, target, review, {each.fingerprint for each in after if each.silenced})


def _retire(tx: Connection, target: Target, review: Review, silenced: set[str]) -> None:
    """What an earlier pull request has left silenced in files just read, and is no more there."""
    paths = read_paths(review)
    found = tx.execute(text(_SILENCED), {"r": target.repository, "key": target.key})
    gone = [
        {"key": row.target, "f": row.fingerprint}
        for row in found
        if row.path in paths and row.fingerprint not in silenced
    ]
    query = "update secreview_finding set silenced = 0 where target = :key and fingerprint = :f"
    _each(tx, query, gone)


def _each(tx: Connection, statement: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        tx.execute(text(statement), sorted(rows, key=lambda row: list(map(str, row.values()))))


def prune(tx: Connection, before: float) -> None:
    """Forget reviews that ended, and findings that were last seen, before that time."""
    tx.execute(text("delete from secreview_review where ended < :b"), {"b": before})
    tx.execute(text("delete from secreview_finding where seen < :b"), {"b": before})


def load(tx: Connection, since: date) -> History:
    """What is kept of the time from *since* on (UTC), and the suppressions of whichever time.

    A repository goes by the name it had in its last review.
    """
    start = datetime.combine(since, datetime.min.time(), UTC).timestamp()
    names = _names(tx)
    reviews = tx.execute(
        text("select repository, ended, seconds, verdict from secreview_review where ended >= :s"),
        {"s": start},
    )
    findings = tx.execute(
        text(
            "select repository, rule, introduced, fixed, suppressed from secreview_finding"
            " where introduced >= :s or fixed >= :s or suppressed >= :s"
        ),
        {"s": start},
    )
    return History(
        repositories=tuple(sorted({*names.values()}, key=str.lower)),
        reviews=tuple(_reviewed(row, names.get) for row in reviews if row.repository in names),
        changes=tuple(_change(row, names.get) for row in findings if row.repository in names),
        suppressions=tuple(_suppressions(tx, names)),
    )


def _names(tx: Connection) -> dict[int, str]:
    """The last known name of each repository."""
    query = "select repository, name, max(ended) from secreview_review group by repository, name"
    found = sorted(tx.execute(text(query)), key=lambda row: row[2])
    return {row.repository: row.name for row in found}


def _reviewed(row: Row[Any], name: Callable[[int, str], str]) -> Reviewed:
    return Reviewed(_day(row.ended), name(row.repository, ""), row.verdict, row.seconds)


def _change(row: Row[Any], name: Callable[[int, str], str]) -> Change:
    introduced, fixed, suppressed = map(_day_or_none, (row.introduced, row.fixed, row.suppressed))
    return Change(name(row.repository, ""), row.rule, introduced, fixed, suppressed)


def _suppressions(tx: Connection, names: dict[int, str]) -> Iterable[Silenced]:
    """Each suppressed finding once, as it was seen last."""
    query = (
        "select repository, fingerprint, number, rule, path, reason, until, seen"
        " from secreview_finding where silenced = 1 order by seen"
    )
    last = {(row.repository, row.fingerprint): row for row in tx.execute(text(query))}
    for row in last.values():
        if row.repository in names:
            yield Silenced(
                names[row.repository], row.number, row.rule, row.path, row.reason,
                date.fromisoformat(row.until) if row.until else None, _day(row.seen),
            )  # fmt: skip


def _day(seconds: float) -> date:
    return datetime.fromtimestamp(seconds, UTC).date()


def _day_or_none(seconds: float | None) -> date | None:
    return None if seconds is None else _day(seconds)
