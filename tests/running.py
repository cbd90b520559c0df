"""The App as a user runs it: ``secreview serve`` in processes of its own, against the stand-in."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.standin import StandIn

HOUSE = Path(__file__).parents[1]


class TimedOutError(Exception):
    """What was waited for did not happen in time."""


def wait(what: str, look: Callable[[], Any], seconds: float = 30) -> Any:
    """Ask *look* until it answers something true; its answer.

    Raises:
        TimedOutError: nothing true within *seconds*.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise TimedOutError(f"{what} did not happen within {seconds:.0f} seconds")


@contextmanager
def app(standin: StandIn, data: Path, **more: str) -> Iterator[str]:
    """``secreview serve`` on a free port, with its log in *data*; the URL of its webhook.

    Ends with everything that it started.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {**standin.environment(), "SECREVIEW_DATA": str(data), "PORT": str(port), **more}
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOST": "127.0.0.1", **settings}
    with (data / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "reviewer", "serve"],
            cwd=HOUSE, env=environment, stdout=log, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        wait("the App's start", lambda: _is_ready(url, process, data / "serve.log"))
        yield f"{url}/webhook"
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _is_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> bool:
    if process.poll() is not None:
        raise TimedOutError(f"secreview serve ended with {process.returncode}:\n{log.read_text()}")
    try:
        return requests.get(f"{url}/readyz", timeout=5).status_code == 200
    except (requests.ConnectionError, requests.Timeout):
        return False
