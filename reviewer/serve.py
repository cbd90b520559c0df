"""``secreview serve``: the whole App as one command, the web process and one worker, supervised."""

import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from reviewer import log as logs
from reviewer.settings import Settings, Unregistered, load
from reviewer.work import Refused, migrate

# A process ends within 8 seconds by itself; platforms grant us 10.
PATIENCE_SECONDS = 9.0
# An instance that was killed may hold the port for as long as its children drain.
PORT_SECONDS = 3.0
POLL_SECONDS = 0.2
STEADY_SECONDS = 60.0
LONGEST_PAUSE = 30.0
MOST_FAILURES = 6
# The pause grows to 4 seconds for one that is killed again and again.
KILLS = 3
BACKLOG = 2048
UNUSABLE = 2  # the exit code of a process that has said what must be changed before it can run
PR_SET_PDEATHSIG = 1

NOT_LISTENING = "cannot listen on {address}:{port} ({reason}): {todo}"
TAKEN = "end what uses it, or set PORT to another"
RESERVED = "the system keeps the ports below 1024; set PORT to another, such as 8000"
ELSEWHERE = "set HOST to an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them"

log = structlog.get_logger()


@dataclass
class Child:
    """A supervised process; ``failures`` counts its ends without a steady time between them.

    ``ends_well``: to end by itself with 0 is no failure; it is not started again.
    """

    name: str
    arguments: Sequence[str]
    inherits: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    failures: int = 0
    ends_well: bool = False

    @property
    def has_succeeded(self) -> bool:
        """Whether it has ended by itself with nothing left to do."""
        return self.process is not None and self.process.poll() == 0

    def tend(self) -> None:
        """Start it when it is due; when it ended, make it due again, later each time.

        Raises:
            Refused: it says that it cannot run, or ends as soon as it is started.
        """
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.started, self.process = now, _start(self.arguments, self.inherits)
            return
        code = self.process.poll()
        if code is None or (self.ends_well and not code):
            return
        self._sweep()
        self.process = None
        steady = now - self.started > STEADY_SECONDS
        if code < 0:
            # Killed from outside, by the kernel or an operator: that says nothing against it.
            self.failures = 0 if steady else min(self.failures + 1, KILLS)
        else:
            self.failures = 1 if steady else self.failures + 1
        if code == UNUSABLE or self.failures >= MOST_FAILURES:
            raise Refused(
                f"the {self.name} process cannot run (exit code {code}); its reason is above"
            )
        self.due = now + min(2.0 ** (self.failures - 1), LONGEST_PAUSE)
        log.error("process ended; starting it again", process=self.name, code=code)

    def stop(self) -> None:
        """Ask it to end."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def end(self, deadline: float) -> None:
        """Wait for its end until *deadline* (monotonic seconds); then leave nothing of it."""
        if self.process:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(max(0.0, deadline - time.monotonic()))
            self._sweep()
            self.process.wait()

    def _sweep(self) -> None:
        """Kill it and whatever it started and left behind."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


def serve(settings: Settings) -> None:
    """Prepare the database, then run the web process and one worker until SIGTERM or SIGINT.

    Before there is an App, setup is offered first; it ends in the settings of one. Everything has
    ended when this returns, within 10 seconds of the signal.

    Raises:
        Refused: the port is taken, a process cannot run, or there is no place for what setup
            makes; ``str()`` says what to do.
        Unavailable: the database cannot be prepared.
        SettingsError: what setup wrote is overruled by something else that is set.
    """
    logs.configure()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    with listen(settings) as listening:
        if isinstance(settings, Unregistered):
            if not _registered(settings, listening, stop):
                return
            settings = load()
        migrate(settings)
        _say_where(listening)
        web = Child("web", ["reviewer.web", str(listening.fileno())], [listening.fileno()])
        _supervise((web, Child("worker", ["reviewer", "worker"])), stop.is_set, stop)


def _registered(settings: Settings, listening: socket.socket, stop: threading.Event) -> bool:
    """Offer setup until the App is registered; False when we are to end before that.

    Raises:
        Refused: what it makes could not be kept.
    """
    from reviewer.setup import keeping  # of setup alone; it brings GitHub's client along

    try:
        keeping.foresee(settings.data)
    except keeping.NotKept as not_kept:
        raise Refused(str(not_kept)) from None
    number = listening.fileno()
    setup = Child("setup", ["reviewer.setup", str(number)], [number], ends_well=True)
    _supervise([setup], lambda: stop.is_set() or setup.has_succeeded, stop)
    return not stop.is_set()


def _supervise(
    children: Sequence[Child], is_over: Callable[[], bool], stop: threading.Event
) -> None:
    """Keep *children* running until it is over; all of them have ended then."""
    try:
        while not is_over():
            for child in children:
                child.tend()
            stop.wait(POLL_SECONDS)
    finally:
        deadline = time.monotonic() + PATIENCE_SECONDS
        for child in children:
            child.stop()
        for child in children:
            child.end(deadline)


def _start(arguments: Sequence[str], inherits: Sequence[int]) -> subprocess.Popen[bytes]:
    """Start one of our modules, in a session of its own: Ctrl-C is for us to pass on, in order."""
    house = str(Path(__file__).parent.parent)
    path = os.pathsep.join(filter(None, (house, os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(  # noqa: S603 - our own modules
        # -P: nothing is imported from whatever folder we were started in.
        [sys.executable, "-P", "-m", *arguments],
        env={**os.environ, "PYTHONPATH": path},
        pass_fds=inherits,
        start_new_session=True,
        preexec_fn=_ending_with(os.getpid()),
    )


def _ending_with(parent: int) -> Callable[[], None] | None:
    """What a child does at its start so that it ends when we are killed; None where it cannot."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def end_with_parent() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return end_with_parent


def listen(settings: Settings) -> socket.socket:
    """The listening socket; ours, so that connections wait while the web process restarts.

    Raises:
        Refused: the address is taken or is none of ours; ``str()`` says what to do.
    """
    address, port = settings.address, settings.port
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    deadline = time.monotonic() + PORT_SECONDS
    while True:
        try:
            return socket.create_server((address, port), family=family, backlog=BACKLOG)
        except (OSError, UnicodeError) as error:
            if getattr(error, "errno", None) != errno.EADDRINUSE or time.monotonic() > deadline:
                raise Refused(_not_listening(address, port, error)) from None
            time.sleep(POLL_SECONDS)


def _not_listening(address: str, port: int, error: Exception) -> str:
    """What is in the way, and what to do about it."""
    number: int = getattr(error, "errno", 0)
    # What does not resolve has a negative number, or none, and words that say less.
    reason = os.strerror(number) if number > 0 else "there is no such address"
    todo = {errno.EADDRINUSE: TAKEN, errno.EACCES: RESERVED}.get(number, ELSEWHERE)
    return NOT_LISTENING.format(address=address, port=port, reason=reason, todo=todo)


def _say_where(listening: socket.socket) -> None:
    """Tell the person who started us where to point GitHub."""
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(
        f"secreview listens on http://{shown}:{port} (webhooks: POST /webhook; "
        "state: GET /readyz). Ctrl-C ends it.\n"
    )
    sys.stdout.flush()
