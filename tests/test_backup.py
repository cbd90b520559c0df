"""Back-up and restore with the commands of docs/operations.md, while the App writes."""

import os
import re
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text
from structlog.testing import capture_logs

from reviewer import store
from reviewer.webhook import ReviewRequested
from reviewer.work import migrate
from reviewer.work.queue import review_of, table
from tests.postgres import new_database, server
from tests.work_rig import HOUSE, PullRequest, Rig, eventually

GUIDE = (HOUSE / "docs" / "operations.md").read_text()
FILE = "secreview.sqlite"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Log lines are not printed; rendering a traceback for people takes a second."""
    with capture_logs():
        yield


def documented(what: str, **settings: str) -> None:
    """Run the guide's block of commands that holds *what*."""
    (block,) = [b for b in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL) if what in b]
    path = os.environ["PATH"]
    if what.startswith("pg_"):
        path = f"{server().bin_path}{os.pathsep}{path}"
    subprocess.run(["sh", "-euc", block], check=True, env={"PATH": path, **settings}, timeout=60)


@dataclass
class Kind:
    """One of the two databases: how it is backed up, and restored into a new place."""

    name: str
    folder: Path

    def started(self) -> Rig:
        """A new App."""
        (self.folder / "old").mkdir()
        rig = Rig(self.folder / "old", new_database() if self.name == "postgresql" else "")
        migrate(rig.settings)
        return rig

    def back_up(self, rig: Rig) -> None:
        if self.name == "postgresql":
            documented("pg_dump", BACKUP=str(self.folder), DATABASE_URL=rig.database_url)
        else:
            documented(".backup(", BACKUP=str(self.folder), SECREVIEW_DATA=str(rig.folder))

    def restored(self) -> Rig:
        """An App on what was backed up, on another host."""
        new = self.folder / "new"
        new.mkdir()
        if self.name == "postgresql":
            url = new_database()
            documented("pg_restore", BACKUP=str(self.folder), NEW_DATABASE_URL=url)
            return Rig(new, url)
        for end in ("wal", "shm"):
            (new / f"{FILE}-{end}").write_bytes(b"of the database that is replaced")
        documented("rm -f", BACKUP=str(self.folder), SECREVIEW_DATA=str(new))
        return Rig(new)


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Kind:
    return Kind(request.param, tmp_path)


def pull(rig: Rig, number: int) -> PullRequest:
    return PullRequest(rig.folder / str(number), number)


@contextmanager
def deliveries(rig: Rig) -> Iterator[list[int]]:
    """One delivery after the other, until the block ends; the numbers of those accepted."""
    accepted: list[int] = []
    stop = threading.Event()

    def deliver() -> None:
        while not stop.wait(0.02):
            number = len(accepted) + 1
            assert pull(rig, number).opened(f"delivery {number}", rig.queue)
            accepted.append(number)

    thread = threading.Thread(target=deliver)
    thread.start()
    try:
        yield accepted
    finally:
        stop.set()
        thread.join()


def states(rig: Rig) -> dict[str, str]:
    """Every workflow's status by its id."""
    with rig.queue.engine.connect() as tx:
        found = tx.execute(text(f"select workflow_uuid, status from {table(tx)}")).all()
    return {row.workflow_uuid: row.status for row in found}


def test_a_back_up_made_while_being_written_to_goes_on_elsewhere(kind: Kind) -> None:
    """It is one consistent state; what was queued is reviewed, what was accepted is known."""
    old = kind.started()
    with old.worker(), deliveries(old) as accepted:
        eventually(lambda: len(accepted) >= 10 and "SUCCESS" in states(old).values())
        before = len(accepted)
        kind.back_up(old)
        after = len(accepted)
        eventually(lambda: len(accepted) > after)
    old.queue.close()
    new = kind.restored()
    with new.queue.engine.connect() as tx:
        rows = tx.execute(text("select guid, workflow from secreview_delivery")).all()
        assert before <= len(rows) < len(accepted)
        assert {row.workflow for row in rows} == set(states(new))
        assert all(store.is_newest(tx, *review_of(row.workflow)) for row in rows)
    migrate(new.settings)
    with new.worker():
        eventually(lambda: set(states(new).values()) == {"SUCCESS"}, 60)
        assert not pull(new, 1).opened("delivery 1", new.queue)
        late = len(rows) + 1
        assert pull(new, late).opened(f"delivery {late}", new.queue)
        assert new.queue.accept("newer", ReviewRequested(pull(new, 1).target, "synchronize")).new
        eventually(lambda: "clean" in pull(new, late).notes)
        eventually(lambda: "begun synchronize" in pull(new, 1).notes)
    new.queue.close()


def test_copying_the_file_is_not_enough(tmp_path: Path) -> None:
    """What was committed lately stands in another file; the guide's command has it."""
    rig = Kind("sqlite", tmp_path).started()
    for number in range(1, 4):
        pull(rig, number).opened(f"delivery {number}", rig.queue)
    shutil.copy(rig.folder / FILE, tmp_path / "copied.sqlite")
    documented(".backup(", BACKUP=str(tmp_path), SECREVIEW_DATA=str(rig.folder))

    def count(path: Path) -> int:
        with closing(sqlite3.connect(path)) as database:
            (found,) = database.execute("select count(*) from secreview_delivery").fetchone()
            assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
            return int(found)

    assert count(tmp_path / "copied.sqlite") < 3
    assert count(tmp_path / FILE) == 3
    rig.queue.close()


def test_a_back_up_of_nothing_is_an_error(tmp_path: Path) -> None:
    """A wrong folder is said at once, and not when the back-up is needed."""
    with pytest.raises(subprocess.CalledProcessError):
        documented(".backup(", BACKUP=str(tmp_path), SECREVIEW_DATA=str(tmp_path / "nowhere"))


def test_after_a_lost_database_no_number_is_used_again(kind: Kind) -> None:
    """An empty database begins above every generation that was ever given out."""
    old = kind.started()
    given = 0
    for number in range(3):
        accepted = old.queue.accept(f"d{number}", ReviewRequested(pull(old, 1).target, "opened"))
        given = accepted.generation
    old.queue.close()
    time.sleep(0.01)
    (kind.folder / "empty").mkdir()
    new = Rig(kind.folder / "empty", new_database() if kind.name == "postgresql" else "")
    migrate(new.settings)
    again = new.queue.accept("d0", ReviewRequested(pull(new, 1).target, "opened"))
    assert again.generation > given
    new.queue.close()


def test_the_alerts_are_explained() -> None:
    """Every alert of the guide's rules has its line that says what it means and what to do."""
    blocks = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    (rules,) = [each for each in map(yaml.safe_load, blocks) if "groups" in each]
    alerts = [rule["alert"] for group in rules["groups"] for rule in group["rules"]]
    assert len(alerts) == len(set(alerts)) > 8
    lines = [line.split(" | ") for line in GUIDE.splitlines() if line.startswith("| Secreview")]
    assert [cells[0].removeprefix("| ") for cells in lines] == alerts
    assert all(len(cells) == 3 and len(cells[2]) > 40 for cells in lines)
