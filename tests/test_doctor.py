"""The offline examination: each line is ok or says what to do."""

from pathlib import Path

import pytest

from reviewer.doctor import examine, lines
from reviewer.readiness import Line
from reviewer.settings import Settings, load
from reviewer.work import migrate
from tests.work_rig import SECRET, settings_in


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A complete environment whose data folder is new."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    settings_in(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_APP_ID", "17")
    monkeypatch.setenv("GITHUB_PRIVATE_KEY_PATH", str(tmp_path / "key.pem"))
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", SECRET)
    return monkeypatch


def wrong() -> list[Line]:
    return [line for line in lines(online=False) if not line.ok]


def test_a_new_installation_is_all_right(env, capsys: pytest.CaptureFixture[str]) -> None:
    """Before the first start there are no tables, which is no fault."""
    assert wrong() == []
    assert examine(online=False) == 0
    said = capsys.readouterr().out
    assert "FIX" not in said
    assert SECRET not in said


def test_an_installation_that_runs_is_all_right(env) -> None:
    """Every setting has a line; key, database and clock are looked at."""
    migrate(load())
    names = {line.name for line in lines(online=False)}
    assert {str(f.validation_alias) for f in Settings.model_fields.values()} <= names
    assert {"key", "data folder", "database", "clock"} <= names
    assert wrong() == []


def test_missing_settings_have_a_line_each(env, capsys: pytest.CaptureFixture[str]) -> None:
    """And the exit code says that something is to be done."""
    env.delenv("GITHUB_APP_ID")
    env.delenv("GITHUB_WEBHOOK_SECRET")
    assert [line.said.split()[0] for line in wrong()] == ["GITHUB_APP_ID", "GITHUB_WEBHOOK_SECRET"]
    assert examine(online=False) == 1
    assert capsys.readouterr().out.count("FIX") == 2


def test_a_weak_secret_is_told(env) -> None:
    """It works, and is to be changed."""
    env.setenv("GITHUB_WEBHOOK_SECRET", "hunter2")
    (line,) = wrong()
    assert "random characters" in line.said
    assert "hunter2" not in line.said


def test_a_data_folder_that_cannot_be_is_told(env, tmp_path: Path) -> None:
    """A file stands where the folder should."""
    (tmp_path / "var").write_text("")
    assert "data folder" in [line.name for line in wrong()]


def test_a_data_folder_that_anybody_may_write_is_told(env, tmp_path: Path) -> None:
    """The database and the key's file would be anybody's."""
    (tmp_path / "var").mkdir()
    (tmp_path / "var").chmod(0o777)
    (line,) = wrong()
    assert "chmod o-w" in line.said


def test_a_database_that_is_away_is_told(env) -> None:
    """With what to look at, and without its password."""
    env.setenv("DATABASE_URL", "postgresql://ann:pa55word@127.0.0.1:1/none")
    told = {line.name: line.said for line in wrong()}
    assert set(told) == {"database", "clock"}
    assert "is it up" in told["database"]
    assert "pa55word" not in str(list(lines(online=False)))
