"""Our own tables, beside the queue's in the same database: deliveries, targets, workers.

Functions take a connection inside a transaction, so that what belongs together is
committed together. Times are seconds since the epoch by the *database's* clock.
The same SQL runs on SQLite and on PostgreSQL.
"""

import fcntl
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, text

from reviewer.model import Target
from reviewer.settings import Settings

POOL = 8
# How long and how often we ask for the one lock for writing that SQLite has.
BUSY_SECONDS = 8.0
ASK_SECONDS = 0.002
# Whoever commits the page that fills the log carries it over into the database, which may take
# half a second: with SQLite's own 1,000 pages it is the worker's queue that does so first.
CHECKPOINT_PAGES = 10_000
_WRITES = ("insert", "update", "delete", "replace", "create", "alter", "drop")
# Statements of each version, in order; a version that was released is never edited.
MIGRATIONS: Sequence[Sequence[str]] = (
    (
        """create table secreview_delivery (
            guid text primary key, workflow text not null, installation bigint not null,
            repository bigint not null, received double precision not null)""",
        "create index secreview_delivery_received on secreview_delivery (received)",
        """create table secreview_target (
            key text primary key, installation bigint not null, repository bigint not null,
            generation bigint not null)""",
        "create index secreview_target_installation on secreview_target (installation)",
        """create table secreview_worker (
            executor text primary key, seen double precision not null)""",
    ),
    (
        """create table secreview_pace (
            installation bigint primary key, turn double precision not null,
            tokens double precision not null, counted double precision not null)""",
        """create table secreview_note (
            key text primary key, value text not null, noted double precision not null)""",
        "alter table secreview_target add column reviewed text not null default ''",
    ),
    (
        """create table secreview_count (
            name text not null, labels text not null, value double precision not null,
            primary key (name, labels))""",
    ),
    (
        """create table secreview_review (
            target text not null, generation bigint not null, installation bigint not null,
            repository bigint not null, name text not null, ended double precision not null,
            seconds double precision, verdict text not null,
            primary key (target, generation))""",
        "create index secreview_review_ended on secreview_review (ended)",
        """create table secreview_finding (
            target text not null, fingerprint text not null, content text not null,
            installation bigint not null, repository bigint not null, number bigint not null,
            rule text not null, path text not null, introduced double precision,
            fixed double precision, suppressed double precision, silenced int not null,
            reason text not null, until text not null, seen double precision not null,
            primary key (target, fingerprint))""",
        "create index secreview_finding_repository on secreview_finding (repository)",
        "create index secreview_finding_seen on secreview_finding (seen)",
    ),
)
VERSION_TABLE = "secreview_version"
_OF_REPOSITORIES = (
    "secreview_target", "secreview_delivery", "secreview_review", "secreview_finding",
)  # fmt: skip
_MIGRATION_LOCK = 7305116  # any number that other users of the database will not think of


def open_engine(settings: Settings) -> Engine:
    """An engine for our database; connects when first used. Creates the SQLite file's folder."""
    url = settings.database_url
    if not settings.is_sqlite:
        return sa.create_engine(
            url, pool_size=POOL, max_overflow=0, pool_pre_ping=True, pool_timeout=5,
            connect_args={"connect_timeout": 3},
        )  # fmt: skip
    with suppress(OSError):  # connecting says so, as for any other reason
        Path(str(url.database)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = sa.create_engine(url, pool_size=POOL, max_overflow=0, pool_timeout=5)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "before_cursor_execute", _begin_to_write)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Writers queue up instead of failing, readers never wait, a commit survives a power cut."""
    connection.isolation_level = None  # we begin, below; SQLAlchemy commits
    for pragma in (
        f"busy_timeout={BUSY_SECONDS * 1000:.0f}",
        "journal_mode=wal",
        "synchronous=full",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        "foreign_keys=on",
    ):
        connection.execute(f"pragma {pragma}")


def _begin_to_write(
    _engine: object, cursor: Any, statement: str, _parameters: object, _context: object, _: object
) -> None:
    """Take the lock for writing before the first write of a transaction.

    SQLite itself asks for a lock that is held less and less often, up to ten times a second:
    beside workers that write all the time, some deliveries waited for seconds. We do not give up.
    """
    connection = cursor.connection
    if connection.in_transaction or not statement.lstrip()[:7].lower().startswith(_WRITES):
        return
    patience = time.monotonic() + BUSY_SECONDS
    connection.execute("pragma busy_timeout=0")
    try:
        while not _has_begun(connection):
            if time.monotonic() > patience:
                raise sqlite3.OperationalError("database is locked")
            time.sleep(ASK_SECONDS)
    except sqlite3.Error as error:
        raise sa.exc.OperationalError("begin immediate", {}, error) from error
    finally:
        connection.execute(f"pragma busy_timeout={BUSY_SECONDS * 1000:.0f}")


def _has_begun(connection: sqlite3.Connection) -> bool:
    """Try to begin a transaction that writes; False when another one is at it."""
    try:
        connection.execute("begin immediate")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return False
        raise
    return True


@contextmanager
def file_lock(path: Path, *, wait: bool) -> Iterator[bool]:
    """Hold an exclusive lock on *path* until the block, or this process, ends.

    Yields whether it was got; with *wait* it always is.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True


def migrate(settings: Settings) -> None:
    """Bring our tables to this version. Any number of starters may call it at once."""
    engine = open_engine(settings)
    try:
        if not settings.is_sqlite:
            _migrate(engine, f"select pg_advisory_xact_lock({_MIGRATION_LOCK})")
            return
        # The switch to the write-ahead log does not wait for others, so a file lock does.
        with file_lock(Path(f"{engine.url.database}.migrate.lock"), wait=True):
            _migrate(engine, "begin immediate")
    finally:
        engine.dispose()


def _migrate(engine: Engine, lock: str) -> None:
    with engine.begin() as tx:
        tx.execute(text(lock))
        tx.execute(text("create table if not exists secreview_version (version int not null)"))
        done = tx.execute(text("select max(version) from secreview_version")).scalar() or 0
        for version, statements in enumerate(MIGRATIONS[done:], start=done + 1):
            for statement in statements:
                tx.execute(text(statement))
            tx.execute(text("insert into secreview_version values (:v)"), {"v": version})


def now(tx: Connection) -> float:
    """The database's clock."""
    clock = (
        "(julianday('now') - 2440587.5) * 86400.0"
        if tx.dialect.name == "sqlite"
        else "extract(epoch from clock_timestamp())"
    )
    return float(tx.execute(text(f"select {clock}")).scalar_one())


def claim_delivery(tx: Connection, guid: str, installation: int, repository: int) -> str:
    """Record a delivery; "" for a new one, else the workflow that an earlier attempt started.

    The row stays locked until the transaction ends: of two at once, one is the earlier.
    """
    row = {"guid": guid, "i": installation, "r": repository, "now": now(tx)}
    return str(
        tx.execute(
            text(
                "insert into secreview_delivery"
                " (guid, workflow, installation, repository, received)"
                " values (:guid, '', :i, :r, :now)"
                " on conflict (guid) do update set guid = excluded.guid returning workflow"
            ),
            row,
        ).scalar_one()
    )


def is_delivered(tx: Connection, guid: str) -> bool:
    """Whether a delivery was taken in."""
    query = text("select 1 from secreview_delivery where guid = :guid and workflow <> ''")
    return tx.execute(query, {"guid": guid}).scalar() is not None


def start_workflow(tx: Connection, guid: str, workflow: str) -> None:
    """Note which workflow a delivery started."""
    tx.execute(
        text("update secreview_delivery set workflow = :workflow where guid = :guid"),
        {"guid": guid, "workflow": workflow},
    )


def raise_generation(tx: Connection, target: Target) -> int:
    """The number of a new review of *target*; every earlier one is not the newest any more.

    Counting starts at the time in milliseconds: a generation is never used twice, not even after
    the database was lost or the target forgotten, so an old check run is never taken for ours.
    """
    row = {"key": target.key, "i": target.installation, "r": target.repository}
    return int(
        tx.execute(
            text(
                "insert into secreview_target (key, installation, repository, generation)"
                " values (:key, :i, :r, :first) on conflict (key) do update set"
                " generation = secreview_target.generation + 1,"
                " installation = excluded.installation returning generation"
            ),
            {**row, "first": int(now(tx) * 1000)},
        ).scalar_one()
    )


def is_known(tx: Connection, key: str) -> bool:
    """Whether the target was ever to be reviewed."""
    query = text("select 1 from secreview_target where key = :key")
    return tx.execute(query, {"key": key}).scalar() is not None


def generation(tx: Connection, key: str) -> int:
    """The number of the target's newest review; 0 for none."""
    query = text("select generation from secreview_target where key = :key")
    return int(tx.execute(query, {"key": key}).scalar() or 0)


def is_newest(tx: Connection, key: str, generation: int) -> bool:
    """Whether this review of the target may still post; False once the target is forgotten."""
    query = text("select generation from secreview_target where key = :key")
    return bool(tx.execute(query, {"key": key}).scalar() == generation)


def set_reviewed(tx: Connection, key: str, generation: int, head_sha: str) -> None:
    """Note that the target's newest review is complete, and on which head."""
    tx.execute(
        text("update secreview_target set reviewed = :sha where key = :key and generation = :g"),
        {"key": key, "g": generation, "sha": head_sha},
    )


def reviewed(tx: Connection, key: str) -> str:
    """The head SHA of the target's last complete review; "" for none."""
    query = text("select reviewed from secreview_target where key = :key")
    return str(tx.execute(query, {"key": key}).scalar() or "")


def note(tx: Connection, key: str, value: str) -> None:
    """Remember *value* under *key*, in place of what was there."""
    tx.execute(
        text(
            "insert into secreview_note (key, value, noted) values (:key, :value, :now)"
            " on conflict (key) do update set value = excluded.value, noted = excluded.noted"
        ),
        {"key": key, "value": value, "now": now(tx)},
    )


def claim(tx: Connection, key: str, every: float) -> bool:
    """Whether *key* was not claimed in the last *every* seconds; it is then."""
    row = {"key": key, "now": now(tx), "every": every}
    found = tx.execute(
        text(
            "insert into secreview_note (key, value, noted) values (:key, '', :now)"
            " on conflict (key) do update set noted = excluded.noted"
            " where secreview_note.noted <= :now - :every returning key"
        ),
        row,
    )
    return found.scalar() is not None


def close_for(tx: Connection, installation: int, seconds: float) -> None:
    """GitHub wants nothing to be asked for this installation for so long."""
    note(tx, f"closed:{installation}", repr(now(tx) + seconds))


def closed_for(tx: Connection, installation: int) -> float:
    """How many seconds GitHub still wants us to wait; 0 for none."""
    until = noted(tx, f"closed:{installation}")
    return max(0.0, float(until) - now(tx)) if until else 0.0


def claim_turn(tx: Connection, key: str) -> str:
    """Which workflow's turn it is to post to the target of that key; "" for none.

    The row stays locked until the transaction ends.
    """
    row = {"key": f"turn:{key}", "now": now(tx)}
    return str(
        tx.execute(
            text(
                "insert into secreview_note (key, value, noted) values (:key, '', :now)"
                " on conflict (key) do update set noted = excluded.noted returning value"
            ),
            row,
        ).scalar_one()
    )


def set_turn(tx: Connection, key: str, workflow: str) -> None:
    """It is that workflow's turn to post to the target now; "": nobody's."""
    note(tx, f"turn:{key}", workflow)


def noted(tx: Connection, key: str, within: float = float("inf")) -> str | None:
    """What was noted under *key* in the last *within* seconds, None for nothing."""
    query = text("select value, noted from secreview_note where key = :key")
    found = tx.execute(query, {"key": key}).one_or_none()
    return found.value if found and found.noted >= now(tx) - within else None


def forget(tx: Connection, installation: int, repositories: Sequence[int] | None) -> list[int]:
    """Delete what we hold of an installation, or of some of its repositories.

    Returns the ids of the repositories of which we held something.
    """
    held: set[int] = set()
    for name in _OF_REPOSITORIES:
        table = sa.table(name, sa.column("installation"), sa.column("repository"))
        statement = sa.delete(table).where(table.c.installation == installation)
        if repositories is not None:
            statement = statement.where(table.c.repository.in_(repositories))
        held |= set(tx.execute(statement.returning(table.c.repository)).scalars())
    return sorted(held - {0})


def beat(tx: Connection, executor: str) -> None:
    """This worker process is alive."""
    tx.execute(
        text(
            "insert into secreview_worker (executor, seen) values (:e, :now)"
            " on conflict (executor) do update set seen = excluded.seen"
        ),
        {"e": executor, "now": now(tx)},
    )


def leave(tx: Connection, executor: str) -> None:
    """This worker process ends; others may take over what it leaves."""
    tx.execute(text("delete from secreview_worker where executor = :e"), {"e": executor})


def alive(tx: Connection, within: float) -> set[str]:
    """The workers that were seen during the last *within* seconds."""
    query = text("select executor from secreview_worker where seen > :then")
    return set(tx.execute(query, {"then": now(tx) - within}).scalars())


def prune(tx: Connection, before: float) -> int:
    """Delete deliveries, notes and workers of *before* that time; how many deliveries went."""
    tx.execute(text("delete from secreview_worker where seen < :b"), {"b": before})
    tx.execute(text("delete from secreview_note where noted < :b"), {"b": before})
    gone = tx.execute(text("delete from secreview_delivery where received < :b"), {"b": before})
    return gone.rowcount


def check_writable(tx: Connection) -> int:
    """Write without changing anything; the version of our tables.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database is away, read-only, or was never migrated.
    """
    tx.execute(text("update secreview_worker set seen = seen where executor = ''"))
    return int(tx.execute(text("select max(version) from secreview_version")).scalar_one())
