"""``secreview insights`` as its user runs it: beside the App, and where something is wrong."""

import csv
import hashlib
import io
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from reviewer import store
from reviewer.insights import NONE_YET, Request, run
from reviewer.insights_database import NO_FILE, TOO_OLD, reading
from reviewer.local import UsageError
from reviewer.settings import Settings
from reviewer.work import migrate
from tests.insights_half_year import fill
from tests.postgres import new_database
from tests.running import app, wait
from tests.standin import StandIn
from tests.test_end_to_end import BAD, GOOD, Stage
from tests.test_report_page import parsed
from tests.work_rig import HOUSE, settings_in

TODAY = datetime.now(UTC).date()
OLDER = TOO_OLD.partition("}")[2]


@dataclass
class Place:
    """A folder with the App's database of eight weeks, and its settings."""

    folder: Path
    settings: Settings
    url: str
    reviews: int

    def command(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return command(self.folder, *arguments, DATABASE_URL=self.url, **more)


def command(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run it in a process of its own, without any credentials."""
    environment = {"PYTHONPATH": str(HOUSE), "SECREVIEW_DATA": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", "reviewer", "insights", *arguments],
        capture_output=True, text=True, check=False, timeout=60, cwd=folder,
        env=environment | more,
    )  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp(request.param)
    url = new_database() if request.param == "postgresql" else ""
    settings = settings_in(folder, url)
    migrate(settings)
    engine = store.open_engine(settings)
    with engine.begin() as tx:
        reviews = fill(tx, datetime.now(UTC), days=56)
    engine.dispose()
    return Place(folder, settings, url, reviews)


def refused(place: Place, **asked: object) -> str:
    """The sentence that a request ends with."""
    with pytest.raises(UsageError) as error:
        run(Request(**asked), place.settings, TODAY)  # type: ignore[arg-type]
    sentence = str(error.value)
    assert sentence.endswith((".", "?"))
    return sentence


def test_it_is_shown_in_the_terminal_without_any_key(place: Place) -> None:
    """The database's address is enough; all reviews of the time are counted."""
    done = place.command("--weeks", "10")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("What the reviews of 10 weeks came to\n")
    assert f"{place.reviews:,}" in done.stdout
    assert "acme/warehouse-replication" in done.stdout


def test_page_and_table_are_written(place: Place) -> None:
    """Both at once, and what was done is said; nothing on standard output."""
    done = place.command("--html", "trends.html", "--csv", "trends.csv", "--since", "2026-01-01")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [
        f"The page of {place.reviews:,} reviews is in trends.html.",
        f"The table of {place.reviews:,} reviews is in trends.csv.",
    ]
    assert len(parsed((place.folder / "trends.html").read_text()).of("svg")) > 20
    with (place.folder / "trends.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    assert sum(int(row["reviews"] or 0) for row in found) == place.reviews


def test_the_table_goes_to_standard_output(place: Place) -> None:
    """And nothing else does."""
    done = place.command("--csv", "-", "--repository", "ACME/Billing", "--weeks", "9")
    assert (done.returncode, done.stderr) == (0, "")
    found = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["repository"] for row in found} == {"acme/billing"}


def test_reading_changes_nothing_and_holds_no_lock(place: Place) -> None:
    """While it reads the App writes; it sees one state, and cannot write itself."""
    engine = store.open_engine(place.settings)
    count = text("select count(*) from secreview_review")
    with reading(place.settings) as tx:
        before = tx.execute(count).scalar_one()
        with engine.begin() as writing:
            store.beat(writing, "somebody")
            writing.execute(text("update secreview_review set generation = generation + 1000"))
            writing.execute(text("delete from secreview_review where generation > 1002"))
        assert tx.execute(count).scalar_one() == before == place.reviews
        with pytest.raises(UsageError), reading(place.settings) as other:
            other.execute(text("delete from secreview_review"))
    with reading(place.settings) as tx:
        place.reviews = tx.execute(count).scalar_one()
    engine.dispose()
    assert 0 < place.reviews < before


def test_an_unknown_repository_has_the_nearest_named(place: Place) -> None:
    """Or the first few, where none is near."""
    assert refused(place, repository="acme/biling") == (
        "No review of acme/biling is kept. Did you mean acme/billing?"
    )
    far = refused(place, repository="\x1b[31mzzz")
    assert far.startswith(r"No review of \x1b[31mzzz is kept. There are reviews of acme/accounts,")
    assert re.search(r"and \d+ more\.$", far)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"since": "yesterday"}, "--since yesterday is no date. Write one such as 2026-01-31."),
        ({"since": str(TODAY + timedelta(days=1))}, "is in the future."),
        ({"since": "0001-01-01"}, "is too long ago."),
        ({"since": str(TODAY), "weeks": 3}, "--since and --weeks exclude each other."),
        ({"html": Path("none/x.html")}, "there is no folder none."),
        ({"csv": "/"}, "it is a folder."),
        ({"html": Path("x"), "csv": "x"}, "name the same file."),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is(
    place: Place, asked: dict[str, object], told: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A sentence with what to do; no file is written."""
    monkeypatch.chdir(tmp_path)
    assert told in refused(place, **asked)
    assert list(tmp_path.iterdir()) == []


def test_since_shows_the_whole_week_of_its_day(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """From its Monday on."""
    assert run(Request(since="2026-01-01"), place.settings, date(2026, 1, 14)) == 0
    assert "2025-12-29 to 2026-01-14 (weeks begin on Monday, UTC)" in capsys.readouterr().out


def test_the_settings_of_the_app_are_needed(tmp_path: Path) -> None:
    """No database: exit 2 with where it was looked for, and none is made."""
    done = command(tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == NO_FILE.format(path=tmp_path / "secreview.sqlite") + "\n"
    assert not (tmp_path / "secreview.sqlite").exists()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: sqlite3.connect(path).execute("create table t (x)"), OLDER),
        (lambda path: path.write_text("no database " * 100), "file is not a database"),
    ],
    ids=["older", "other"],
)
def test_another_file_is_no_database_of_ours(
    make: Callable[[Path], object], told: str, tmp_path: Path
) -> None:
    """Of an earlier version, or something else: exit 2, and it is as it was."""
    path = tmp_path / "secreview.sqlite"
    make(path)
    before = hashlib.sha256(path.read_bytes()).digest()
    done = command(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert hashlib.sha256(path.read_bytes()).digest() == before


def test_a_server_that_is_away_is_told_without_the_password(tmp_path: Path) -> None:
    """One sentence, exit 2."""
    url = "postgresql://ann:correct-horse@127.0.0.1:9/reviews?password=battery"
    done = command(tmp_path, DATABASE_URL=url)
    assert done.returncode == 2
    assert done.stderr.startswith("The database postgresql+psycopg://ann:***@127.0.0.1:9/reviews ")
    assert "correct-horse" not in done.stderr
    assert "battery" not in done.stderr


def test_before_the_first_review_there_is_a_sentence(tmp_path: Path) -> None:
    """Nothing is wrong: exit 0; no page is written that would be empty."""
    migrate(settings_in(tmp_path))
    done = command(tmp_path, "--html", "x.html")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"{NONE_YET}\n")
    assert not (tmp_path / "x.html").exists()


def test_beside_the_running_app_its_reviews_are_counted(tmp_path: Path) -> None:
    """The whole road: a pull request is reviewed, mended, reviewed; then the table says so."""
    with StandIn() as standin, app(standin, tmp_path) as webhook:
        standin.webhook_url = webhook
        opened = Stage(standin).open({"tests/test_a.py": BAD})
        assert opened.run()["conclusion"] == "failure"
        standin.push(opened.pull, {"tests/test_a.py": GOOD})
        assert opened.run()["conclusion"] == "success"

        def look() -> list[dict[str, str]]:
            shown = list(csv.DictReader(io.StringIO(command(tmp_path, "--csv", "-").stdout)))
            return shown if shown and shown[0]["reviews"] == "2" else []

        reviews, findings = wait("both reviews in the table", look)
    assert reviews["repository"] == opened.pull.repository.full_name
    assert 0 < float(reviews["median_seconds"]) < 60
    assert (findings["rule"], findings["introduced"], findings["fixed"]) == (
        "tls-verify-off", "1", "1",
    )  # fmt: skip
