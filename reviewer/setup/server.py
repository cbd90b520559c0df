"""The process that setup runs in: gunicorn with one worker, which ends itself when all is kept."""

import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from reviewer.settings import NotRegistered, SettingsError, Unregistered, load, load_unregistered
from reviewer.setup import keeping
from reviewer.setup.access import Access
from reviewer.setup.conversion import Registered
from reviewer.setup.pages import create_app
from reviewer.setup.progress import Progress
from reviewer.web import options

OPEN = "secreview has no GitHub App yet. To make one, open this in a browser, within an hour:\n\n"
ANYWHERE = "\nFrom another machine, put this one's address in the place of localhost.\n"
KEPT = "The App {slug} is registered; its settings are in {path}.\n"
PRINTED = (
    "The App {slug} is registered. These are its settings; they are shown this once. Put them "
    "where your platform keeps secrets, each as a setting of its own:\n\n"
)
ALREADY = (
    "this secreview has its App already (GITHUB_APP_ID is {app_id}), so there is nothing to set "
    "up. For another App, take the three GITHUB_ settings away first"
)
ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  # to recognise, not to listen on


class Site(BaseApplication):  # type: ignore[misc]
    """Gunicorn around setup, on a socket that somebody else may go on with afterwards."""

    def __init__(
        self, place: Unregistered, listening: socket.socket, progress: Callable[[], Progress]
    ) -> None:
        self._place = place
        self._address = listening.getsockname()[:2]
        self._descriptor = listening.detach()  # gunicorn closes it when it has its own
        self._progress = progress
        super().__init__()

    def load_config(self) -> None:
        """One process, because what it knows stands in its memory."""
        here: dict[str, Any] = {"bind": f"fd://{self._descriptor}", "workers": 1, "threads": 8}
        # A browser's next request is to find whoever listens then.
        here["keepalive"] = 0
        for name, value in (options(self._place) | here).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application; a process that replaces a dead one has a link of its own."""
        progress = self._progress()
        _write(_invitation(self._place.url, self._address, progress.access.token))
        return create_app(self._place, progress)


def run(place: Unregistered, listening: socket.socket, *, printed: bool = False) -> None:
    """Serve setup until the App is registered or somebody ends us; ends the process, 0 if well.

    *printed*: show the settings in the terminal in the end, instead of writing them.

    Raises:
        SettingsError: they are to be written, and the data folder cannot be.
    """
    if not printed:
        try:
            keeping.foresee(place.data)
        except keeping.NotKept as not_kept:
            raise SettingsError([str(not_kept)]) from None
    keep = _print if printed else _keeper(place)
    api_url = place.api_url if "api_url" in place.model_fields_set else ""

    def progress() -> Progress:
        return Progress(Access(), keep, _finish, keeps=not printed, api_url=api_url)

    Site(place, listening, progress).run()


def unregistered() -> Unregistered:
    """The settings, when there is no App yet.

    Raises:
        SettingsError: there is one, or a setting is malformed.
    """
    try:
        settings = load()
    except NotRegistered:
        return load_unregistered()
    raise SettingsError([ALREADY.format(app_id=settings.app_id)])


def _invitation(url: str, address: tuple[str, int], token: str) -> str:
    """What a person opens: at the address that people reach us at, or the one we listen on."""
    host, port = address
    anywhere = not url and host in ANY_ADDRESS
    shown = "localhost" if anywhere else f"[{host}]" if ":" in host else host
    link = f"{url or f'http://{shown}:{port}'}/setup?token={token}"
    return f"{OPEN}{link}\n{ANYWHERE if anywhere else ''}"


def _keeper(place: Unregistered) -> Callable[[Registered], str]:
    def keep(registered: Registered) -> str:
        path = str(keeping.keep(place.data, registered))
        _write(KEPT.format(slug=registered.slug, path=path))
        return path

    return keep


def _print(registered: Registered) -> str:
    lines = "\n".join(keeping.lines(registered))
    _write(f"{PRINTED.format(slug=registered.slug)}{lines}\n")
    return ""


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _finish() -> None:
    """Ask gunicorn, whose worker this is, to end both of us; what is being sent is sent first."""
    os.kill(os.getppid(), signal.SIGTERM)
