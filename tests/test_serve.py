"""``serve`` as a person starts it: one command, two kinds of process, nothing left behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import requests

from reviewer.settings import Settings
from tests.work_rig import HOUSE, SECRET, eventually, settings_in


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What a person sets before the first start, and nothing of what this process has set."""
    settings_in(folder)
    names = {str(field.validation_alias) for field in Settings.model_fields.values()}
    kept = {name: value for name, value in os.environ.items() if name not in names}
    return kept | {
        "GITHUB_APP_ID": "17",
        "GITHUB_PRIVATE_KEY_PATH": str(folder / "key.pem"),
        "GITHUB_WEBHOOK_SECRET": SECRET,
        "PORT": "0",
        "HOST": "127.0.0.1",
        "PYTHONPATH": str(HOUSE),
        **more,
    }


@contextmanager
def serving(folder: Path, **more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``secreview serve`` in *folder* on a free port; its process and its URL."""
    with (folder / "log").open("a") as told:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "reviewer", "serve"],
            cwd=folder,
            env=environment(folder, **more),
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
        )
    family = []
    try:
        assert process.stdout
        where = re.search(r"http://\S+", process.stdout.readline())
        yield process, where[0] if where else ""
    finally:
        with process:
            family = descendants(process)
            process.kill()
        for left in family:
            left.kill()


def descendants(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Everything that *process* started, and what those started."""
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def workers(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The worker processes that run."""
    found = []
    for child in descendants(process):
        with suppress(psutil.Error):
            if child.cmdline()[-1:] == ["worker"]:
                found.append(child)
    return found


def gone(family: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family)


def ready(url: str) -> bool:
    """The port takes connections before the App behind it is there: on a busy machine, long."""
    return requests.get(f"{url}/readyz", timeout=30).status_code == 200


def test_one_command_serves_restarts_and_ends_whole(tmp_path: Path) -> None:
    """Ready by itself, the worker is replaced when it dies, SIGTERM leaves no process."""
    (tmp_path / "app.py").write_text("raise SystemExit('a stranger')")
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "__init__.py").write_text("raise SystemExit('a stranger')")
    with serving(tmp_path) as (process, url):
        eventually(lambda: ready(url))
        (first,) = workers(process)
        first.kill()
        eventually(lambda: workers(process) not in ([], [first]))
        family = descendants(process)
        assert len(family) >= 4
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(12) == 0
        assert time.monotonic() - asked < 10
        assert gone(family)


def test_children_end_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    """And the next one takes the place over at once."""
    with serving(tmp_path) as (process, url):
        eventually(lambda: ready(url))
        family = descendants(process)
        process.kill()
        eventually(lambda: gone(family), 12)


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    """What is in the way, and what to do; exit 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with serving(tmp_path, PORT=port) as (process, _):
            assert process.wait(30) == 2
    said = (tmp_path / "log").read_text().strip()
    assert f"cannot listen on 127.0.0.1:{port}" in said
    assert len(said.splitlines()) == 1


def test_a_missing_setting_is_told_in_one_line(tmp_path: Path) -> None:
    """The line names it; exit 2; nothing is created."""
    with serving(tmp_path, GITHUB_WEBHOOK_SECRET="") as (process, _):
        assert process.wait(30) == 2
    said = (tmp_path / "log").read_text().strip()
    assert "GITHUB_WEBHOOK_SECRET is not set" in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "var").exists()


def gunicorn(folder: Path, **more: str) -> subprocess.Popen[str]:
    """The web line of the Procfile."""
    procfile = (HOUSE / "Procfile").read_text()
    (command,) = re.findall(r"^web: gunicorn (.*)$", procfile, re.MULTILINE)
    return subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *command.split()],
        cwd=HOUSE,
        env=environment(folder, SECREVIEW_DATA=str(folder), **more),
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_platforms_gunicorn_serves_the_same(tmp_path: Path) -> None:
    """app.py and gunicorn.conf.py alone, with the port that the platform gives."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def lives() -> bool:
        with suppress(requests.ConnectionError):
            return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).ok
        return False

    with gunicorn(tmp_path, PORT=str(port)) as process:
        eventually(lives)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_platforms_gunicorn_names_a_missing_setting(tmp_path: Path) -> None:
    """One line instead of a traceback from each of its workers."""
    with gunicorn(tmp_path, GITHUB_APP_ID="") as process:
        _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert said.startswith("secreview: GITHUB_APP_ID is not set")
    assert len(said.splitlines()) == 1
