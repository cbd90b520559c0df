"""Our tables, on both databases."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from reviewer import store
from reviewer.model import Target
from reviewer.work import migrate
from tests.postgres import new_database
from tests.work_rig import settings_in

APPLES = Target(1, 10, "orchard", "apples", 5)
PEARS = Target(1, 11, "orchard", "pears", 5)
ELSEWHERE = Target(2, 20, "garden", "roses", 5)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """A database whose tables several starters made at the same time."""
    url = new_database() if request.param == "postgresql" else ""
    settings = settings_in(tmp_path_factory.mktemp(request.param), url)
    with ThreadPoolExecutor(3) as starters:
        list(starters.map(migrate, [settings] * 3))
    engine = store.open_engine(settings)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(database: Engine) -> Engine:
    """That database with nothing in it."""
    with database.begin() as tx:
        for table in ("delivery", "target", "worker"):
            tx.execute(text(f"delete from secreview_{table}"))
    return database


WRITER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], timeout=30)
end = time.monotonic() + 5
while time.monotonic() < end:
    connection.execute("update secreview_version set version = version")
    time.sleep(0.003)
    connection.commit()
    time.sleep(0.005)
"""


def test_a_delivery_waits_no_longer_than_others_write(tmp_path: Path) -> None:
    """SQLite's own way of waiting lets some wait for a second or two beside eight writers."""
    settings = settings_in(tmp_path)
    store.migrate(settings)
    engine, waits = store.open_engine(settings), []
    file = str(tmp_path / "secreview.sqlite")
    others = [subprocess.Popen([sys.executable, "-c", WRITER, file]) for _ in range(8)]
    while any(other.poll() is None for other in others):
        asked = time.monotonic()
        with engine.begin() as tx:
            store.claim_delivery(tx, f"delivery {len(waits)}", 1, 1)
        waits.append(time.monotonic() - asked)
    engine.dispose()
    assert max(waits) < 0.5


def test_a_database_that_stays_locked_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As SQLAlchemy tells it, in time for an answer to GitHub; and later all is well."""
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.3)
    settings = settings_in(tmp_path)
    store.migrate(settings)
    engine = store.open_engine(settings)
    other = sqlite3.connect(tmp_path / "secreview.sqlite")
    other.execute("begin immediate")
    with pytest.raises(OperationalError, match="locked"), engine.begin() as tx:
        store.claim_delivery(tx, "one", 1, 1)
    other.rollback()
    with engine.begin() as tx:
        assert store.claim_delivery(tx, "one", 1, 1) == ""
    engine.dispose()
    other.close()


def test_any_number_of_starters_migrate_once(engine: Engine) -> None:
    """Each version is recorded once, however many start together."""
    with engine.connect() as tx:
        versions = list(tx.execute(text("select version from secreview_version")).scalars())
    assert versions == list(range(1, len(store.MIGRATIONS) + 1))


def test_of_two_deliveries_at_once_one_is_the_earlier(engine: Engine) -> None:
    """The second waits for the first, and sees the workflow that it started."""
    claimed, started = threading.Event(), threading.Event()

    def second() -> str:
        claimed.wait(5)
        with engine.begin() as tx:
            started.set()
            return store.claim_delivery(tx, "guid", 1, 10)

    with ThreadPoolExecutor(1) as pool:
        with engine.begin() as tx:
            assert store.claim_delivery(tx, "guid", 1, 10) == ""
            claimed.set()
            waiting = pool.submit(second)
            started.wait(5)
            time.sleep(0.1)
            store.start_workflow(tx, "guid", "work")
        assert waiting.result(5) == "work"


def test_generations_rise_and_only_the_last_is_the_newest(engine: Engine) -> None:
    """Raised from many threads at once, no number is given twice."""

    def raise_it(_: int) -> int:
        with engine.begin() as tx:
            return store.raise_generation(tx, APPLES)

    with ThreadPoolExecutor(6) as pool:
        given = list(pool.map(raise_it, range(18)))
    assert len(set(given)) == 18
    with engine.connect() as tx:
        newest = [number for number in given if store.is_newest(tx, APPLES.key, number)]
    assert newest == [max(given)]


def test_a_generation_is_never_used_twice(engine: Engine) -> None:
    """A target that was forgotten does not count from where old check runs may stand."""
    with engine.begin() as tx:
        first = store.raise_generation(tx, APPLES)
        store.forget(tx, APPLES.installation, None)
        assert not store.is_known(tx, APPLES.key)
        time.sleep(0.01)
        assert store.raise_generation(tx, APPLES) > first


def test_only_what_was_lost_is_forgotten(engine: Engine) -> None:
    """A repository, or a whole installation; never another's."""
    with engine.begin() as tx:
        for target in (APPLES, PEARS, ELSEWHERE):
            store.raise_generation(tx, target)
            store.claim_delivery(tx, target.name, target.installation, target.repository)
        assert store.forget(tx, 1, [APPLES.repository, ELSEWHERE.repository]) == [10]
        known = [t.name for t in (APPLES, PEARS, ELSEWHERE) if store.is_known(tx, t.key)]
        assert known == ["pears", "roses"]
        assert store.claim_delivery(tx, "apples", 1, 10) == ""
        assert store.forget(tx, 1, None) == [10, 11]
        assert store.is_known(tx, ELSEWHERE.key)
        assert store.forget(tx, 1, []) == []


def test_workers_are_seen_while_they_beat(engine: Engine) -> None:
    """By the database's clock, until they leave or fall silent."""
    with engine.begin() as tx:
        store.beat(tx, "one")
        store.beat(tx, "two")
        store.beat(tx, "one")
        assert store.alive(tx, 5) == {"one", "two"}
        store.leave(tx, "one")
    time.sleep(0.05)
    with engine.begin() as tx:
        assert store.alive(tx, 5) == {"two"}
        assert store.alive(tx, 0.02) == set()


def test_old_deliveries_and_workers_are_pruned(engine: Engine) -> None:
    """What is younger stays."""
    with engine.begin() as tx:
        store.claim_delivery(tx, "old", 1, 10)
        store.beat(tx, "gone")
        between = store.now(tx) + 0.01
        time.sleep(0.05)
    with engine.begin() as tx:
        store.claim_delivery(tx, "young", 1, 10)
        assert store.prune(tx, between) == 1
        assert store.alive(tx, 60) == set()
        assert list(tx.execute(text("select guid from secreview_delivery")).scalars()) == ["young"]


def test_the_clock_is_the_databases_and_right(engine: Engine) -> None:
    """Here both run on one machine."""
    with engine.connect() as tx:
        assert abs(store.now(tx) - time.time()) < 1


def test_a_database_without_our_tables_is_not_writable(tmp_path: Path) -> None:
    """So that a forgotten migration shows in /readyz."""
    engine = store.open_engine(settings_in(tmp_path))
    with pytest.raises(SQLAlchemyError), engine.begin() as tx:
        store.check_writable(tx)
    engine.dispose()


def test_sqlite_keeps_what_was_committed(tmp_path: Path) -> None:
    """Write-ahead log, full synchronisation, writers that wait; in a folder of our own."""
    settings = settings_in(tmp_path, f"sqlite:///{tmp_path}/new/db.sqlite")
    migrate(settings)
    engine = store.open_engine(settings)
    with engine.connect() as tx:
        got = [
            tx.execute(text(f"pragma {name}")).scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        ]
    engine.dispose()
    assert got == ["wal", 2, 8000, 1]
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_file_lock_is_held_until_the_block_ends(tmp_path: Path) -> None:
    """The second asker learns at once that it is taken."""
    path = tmp_path / "lock"
    with store.file_lock(path, wait=False) as got:
        assert got
        with store.file_lock(path, wait=False) as second:
            assert not second
    with store.file_lock(path, wait=True) as again:
        assert again
