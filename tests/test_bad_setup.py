"""What a person gets wrong before secreview runs: a sentence that says what to do, and exit 2."""

import errno
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from reviewer import private_key, serve
from reviewer.private_key import from_file
from reviewer.serve import listen
from reviewer.settings import SettingsError, load, load_unregistered
from reviewer.setup import keeping
from reviewer.work import Refused, Unavailable, migrate
from tests.setup_rig import started
from tests.test_serve import environment
from tests.test_setup import Person, person, said
from tests.work_rig import settings_in

__all__ = ["person"]
NOBODY = 65534


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of root, where the tests have them."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(was)


def unread(path: Path) -> str:
    with pytest.raises(ValueError, match=r".") as caught:
        from_file(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "(there is nothing in it)"),
        (b"\xff\xfe", "(it is not a PEM text file)"),
        (b"-----BEGIN RSA PRIVATE KEY-----\nhunter2", "(the PEM text is damaged"),
        (b"hunter2" * 20_000, "(it is far too long for a key)"),
    ],
)
def test_a_file_that_is_no_key_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    """With what to do, and with nothing that stands in it."""
    file = tmp_path / "app.pem"
    file.write_bytes(content)
    told = unread(file)
    assert words in told
    assert "make a new key on the App's page" in told
    assert "hunter2" not in told


def test_a_key_file_without_an_end_is_not_read_to_it() -> None:
    """A device or a pipe in its place holds nothing up."""
    assert "far too long" in unread(Path("/dev/zero"))


def test_a_key_file_that_we_may_not_read_is_told(tmp_path: Path) -> None:
    """Not the path is wrong, but who owns it."""
    file = tmp_path / "app.pem"
    file.write_bytes(b"")
    file.chmod(0)
    with as_nobody():
        told = unread(file)
    assert told == f"Permission denied; {private_key.DENIED}"


def test_a_wrong_key_file_is_told_by_the_setting_that_names_it(tmp_path: Path) -> None:
    """In one line, exit 2; and nothing is made."""
    settings_in(tmp_path)
    file = tmp_path / "cut.pem"
    file.write_bytes((tmp_path / "key.pem").read_bytes()[:500])
    ended = secreview(tmp_path, "migrate", GITHUB_PRIVATE_KEY_PATH=str(file))
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"GITHUB_PRIVATE_KEY_PATH is '{file}': that file cannot be used")
    assert len(ended.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.pem", "key.pem"]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may look into, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.mark.parametrize("name", [".env", "data/app.env"])
def test_settings_that_we_may_not_read_are_told(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """As after a setup by root, when secreview is run by a user of its own."""
    file = open_folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("GITHUB_APP_ID=17\n")
    file.chmod(0)
    monkeypatch.chdir(open_folder)
    monkeypatch.setenv("SECREVIEW_DATA", "data")
    with as_nobody(), pytest.raises(SettingsError) as caught:
        load()
    assert str(caught.value).startswith(f"{file} cannot be read (Permission denied): give")


def test_a_folder_that_we_may_not_look_into_has_no_settings(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the home of who called sudo: started there, we are started all the same."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".env").write_text("SECREVIEW_JOBS=many\n")
    monkeypatch.chdir(home)
    monkeypatch.setenv("SECREVIEW_DATA", str(open_folder))
    home.chmod(0)
    with as_nobody():
        assert load_unregistered().data == open_folder


def test_settings_that_are_no_text_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the file, and nothing that stands in it."""
    (tmp_path / ".env").write_bytes(b"GITHUB_APP_ID=hunter2\xff\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"\.env cannot be read \(it is no text\)") as caught:
        load_unregistered()
    assert "hunter2" not in str(caught.value)


def secreview(folder: Path, command: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command with the settings of a right installation, apart from *more*."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "reviewer", command],
        cwd=folder,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("host", "todo"),
    [
        ("nowhere.invalid", serve.ELSEWHERE),
        ("a..b", serve.ELSEWHERE),
        ("192.0.2.1", serve.ELSEWHERE),  # of documentation, so no machine has it
    ],
)
def test_an_address_of_elsewhere_is_told_at_once(tmp_path: Path, host: str, todo: str) -> None:
    """There is nothing to wait for, unlike with a port that is being given back."""
    with pytest.raises(Refused) as caught:
        listen(settings_in(tmp_path, HOST=host, PORT="0"))
    assert str(caught.value).startswith(f"cannot listen on {host}:0 (")
    assert str(caught.value).endswith(f"): {todo}")
    assert "while attempting" not in str(caught.value)


def test_a_port_of_the_systems_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs us without rights cannot have it, even if nothing uses it."""

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    # Not every system keeps them: what one that does would say.
    monkeypatch.setattr(socket, "create_server", denied)
    with pytest.raises(Refused) as caught:
        listen(settings_in(tmp_path, PORT="80"))
    told = f"cannot listen on 0.0.0.0:80 (Permission denied): {serve.RESERVED}"
    assert str(caught.value) == told


def test_a_taken_port_is_told_to_who_sets_up(tmp_path: Path) -> None:
    """Exit 2; no link is printed that would lead to somebody else."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started(tmp_path, "setup", PORT=str(port)) as running:
            assert running.process.wait(30) == 2
    (line,) = running.log.read_text().splitlines()
    assert line.startswith(f"cannot listen on 127.0.0.1:{port}")
    assert line.endswith(serve.TAKEN)
    assert not running.printed


@pytest.mark.parametrize("command", ["migrate", "worker"])
def test_a_place_without_a_database_is_told(tmp_path: Path, command: str) -> None:
    """A file stands where the folder should be; exit 2, one line, and it stays as it was."""
    (tmp_path / "data").write_text("a file")
    ended = secreview(tmp_path, command, SECREVIEW_DATA=str(tmp_path / "data"))
    assert ended.returncode == 2
    assert "secreview.sqlite cannot be prepared (File exists)" in ended.stderr
    assert ended.stderr.rstrip().endswith("or set SECREVIEW_DATA or DATABASE_URL to another")
    assert len(ended.stderr.splitlines()) == 1
    assert (tmp_path / "data").read_text() == "a file"


def test_a_database_that_we_may_not_write_is_told(tmp_path: Path) -> None:
    """The right is missing, not the database; nothing is changed."""
    settings = settings_in(tmp_path)
    migrate(settings)
    before = sorted(tmp_path.iterdir())
    for file in before:
        file.chmod(0)
    with as_nobody(), pytest.raises(Unavailable) as caught:
        migrate(settings)
    assert "give the user that runs secreview the right" in str(caught.value)
    assert sorted(tmp_path.iterdir()) == before


def test_a_server_that_is_away_is_told_without_its_password(tmp_path: Path) -> None:
    """With what to look at, which is not the data folder."""
    with pytest.raises(Unavailable) as caught:
        migrate(settings_in(tmp_path, "postgresql://ann:hunter2@127.0.0.1:1/reviews"))
    assert "is it up, and are host, name, user and password in DATABASE_URL right?" in str(
        caught.value
    )
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("command", ["serve", "setup"])
def test_setup_without_a_place_for_the_key_is_not_offered(tmp_path: Path, command: str) -> None:
    """Before a link is printed, and long before GitHub is asked; exit 2, nothing is made."""
    (tmp_path / "data").write_text("a file")
    folder = tmp_path / "data" / "deep"
    with started(tmp_path, command, SECREVIEW_DATA=str(folder)) as running:
        assert running.process.wait(30) == 2
    (line,) = running.log.read_text().splitlines()
    assert line.startswith(f"The data folder {folder} cannot be written ({tmp_path / 'data'} is")
    assert "set SECREVIEW_DATA to another folder" in line
    assert not running.printed
    assert (tmp_path / "data").read_text() == "a file"


def test_a_place_is_foreseen_without_making_it(tmp_path: Path) -> None:
    """A folder that can be made is fine; one that cannot is told."""
    keeping.foresee(tmp_path / "a" / "b")
    assert not list(tmp_path.iterdir())
    tmp_path.chmod(0o500)
    with as_nobody(), pytest.raises(keeping.NotKept, match="give the user that runs secreview"):
        keeping.foresee(tmp_path / "a")


def test_a_manifest_that_github_refuses_can_be_sent_again(person: Person) -> None:
    """The page says so, nothing was made, and the same way back still works."""
    person.enter().choose()
    page = person.get("/setup/create")
    assert said(page, "nothing was made: come back to this page")
    new = f"{person.standin.url}/organizations/acme/settings/apps/new"
    assert requests.post(new, {"manifest": "{}"}, timeout=10).status_code == 422
    assert not person.file.exists()
    person.standin.violations.clear()
    assert person.get(person.at_github()).status_code == 200
    assert person.file.exists()


def test_setup_is_alive_to_whoever_watches(person: Person) -> None:
    """A platform's health check must not end it while a person sets it up."""
    answer = person.stranger.get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"result": "alive"})
