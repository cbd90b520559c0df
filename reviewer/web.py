"""The web process: gunicorn around the receiver.

``gunicorn.conf.py`` hands the same options to a gunicorn that a platform starts.
"""

import logging
import socket
import sys
import threading
from contextlib import suppress
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from reviewer import log
from reviewer.receiver import create_app
from reviewer.settings import Settings, load
from reviewer.work import Queue

# From the first byte of a request to the last of its body. GitHub gives up after 10 seconds.
READ_SECONDS = 5.0


class PromptWorker(ThreadWorker):  # type: ignore[misc]
    """A worker whose threads are not held by clients that send a byte now and then."""

    def handle(self, conn: TConn) -> Any:
        """Handle one request, of which all has to arrive within ``READ_SECONDS``."""
        late = threading.Timer(READ_SECONDS, _stop_reading, (conn,))
        late.daemon = True
        late.start()
        try:
            return super().handle(conn)
        finally:
            late.cancel()


def _stop_reading(conn: TConn) -> None:
    """End what comes in: what waits for more sees the end, and an answer can still go out."""
    with suppress(OSError):
        conn.sock.shutdown(socket.SHUT_RD)


def options(settings: Settings) -> dict[str, Any]:
    """Gunicorn's settings by their names.

    Threads wait for the database and for slow clients, two processes share the work.
    Preloading would fork connections; the control socket would be one for every gunicorn of
    the user.
    """
    host = f"[{settings.address}]" if ":" in settings.address else settings.address
    return {
        "bind": f"{host}:{settings.port}",
        "worker_class": "reviewer.web.PromptWorker",
        "workers": 2,
        "threads": 64,
        "timeout": 30,
        "graceful_timeout": 6,
        "control_socket_disable": True,
        "loglevel": "warning",
        "on_starting": _log_as_we_do,
    }


def _log_as_we_do(_server: object) -> None:
    """Let gunicorn's own records take the form of ours."""
    log.configure()
    for name in ("gunicorn.error", "gunicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True


class Web(BaseApplication):  # type: ignore[misc]
    """Gunicorn on a socket that the supervisor keeps open, so that a restart loses nothing."""

    def __init__(self, settings: Settings, listening: int) -> None:
        self._settings = settings
        self._listening = listening
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn our options."""
        for name, value in options(self._settings).items():
            self.cfg.set(name, value)
        self.cfg.set("bind", f"fd://{self._listening}")

    def load(self) -> Flask:
        """The application, made in each of gunicorn's worker processes."""
        return create_app(self._settings, Queue(self._settings))


def main() -> None:
    """``python -m reviewer.web FD``: be the web process on that file descriptor."""
    Web(load(), int(sys.argv[1])).run()


if __name__ == "__main__":
    main()
