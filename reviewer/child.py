"""One child process of the sandbox: asked for, asked line by line, ended.

What it may do is decided in ``checks/child.py``, by itself, before it reads any input. It is forked
from a mould (``reviewer/mould.py``) that is started when the first child is wanted, and ends with
us.
"""

import atexit
import importlib.util
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import IO, Any

from reviewer.limits import POLL
from reviewer.mould import FRAME, frame

# Nothing that is imported is garbage, so nobody looks for any meanwhile.
_START = (
    "import gc, sys; gc.disable(); sys.path += sys.argv[1:]; "
    "from reviewer import mould; mould.main()"
)
_CHUNK = 64 * 1024
_BURIAL = 5.0

Kind = dict[str, Any]


class Child:
    """One process in its own group, with pipes that are never waited on for long.

    ``kind`` is the ``profile`` and whether it is to ``suggest`` or to look for ``evidence``,
    ``options`` are its limits.

    Raises:
        OSError: no child can be had, not even from a new mould.
    """

    _numbers = count(1)

    def __init__(self, kind: Kind, options: dict[str, Any]) -> None:
        self._number = next(self._numbers)
        self._ended: int | None = None
        (reads, self._stdin), (self._stdout, writes), (self._end, ends) = (
            os.pipe(),
            os.pipe(),
            os.pipe(),
        )
        theirs = [reads, writes, ends]
        try:
            message = {"child": self._number, "kind": kind, "options": options}
            self._mould = _send(message, theirs)
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        for descriptor in (self._stdin, self._stdout):
            os.set_blocking(descriptor, False)

    def exchange(self, request: bytes, until: float, check: Callable[[], None]) -> bytes:
        """Send *request* and return the line that answers; *check* may raise to break it off.

        Raises:
            EOFError: the child is gone. TimeoutError: it is *until* (monotonic) already.
        """
        waiting, answer = memoryview(request), bytearray()
        with selectors.DefaultSelector() as ready:
            ready.register(self._stdout, selectors.EVENT_READ)
            if waiting:
                ready.register(self._stdin, selectors.EVENT_WRITE)
            while not answer.endswith(b"\n"):
                check()
                if time.monotonic() >= until:
                    raise TimeoutError
                for key, _ in ready.select(min(POLL, max(0, until - time.monotonic()))):
                    if key.fileobj == self._stdin:
                        waiting = waiting[self._send(waiting[:_CHUNK]) :]
                        if not waiting:
                            ready.unregister(self._stdin)
                    else:
                        answer += self._receive()
        return bytes(answer)

    def _send(self, part: memoryview) -> int:
        try:
            return os.write(self._stdin, part)
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            raise EOFError from None

    def _receive(self) -> bytes:
        part = os.read(self._stdout, _CHUNK)
        if not part:
            raise EOFError
        return part

    def last_words(self) -> str:
        """The last line that its mould said to stderr; ends the child."""
        self.end()
        return self._mould.last_words()

    def end(self, patience: float = 0) -> int:
        """Release its pipes and kill it, unless it ends by itself within *patience* seconds.

        The return code; minus the number of a signal that killed it.
        """
        if self._ended is None:
            code = self._code(patience)
            if code is None:
                self._mould.tell({"kill": self._number})
                code = self._code(_BURIAL)
            self._ended = -signal.SIGKILL if code is None else code
            for descriptor in (self._stdin, self._stdout, self._end):
                os.close(descriptor)
        return self._ended

    def _code(self, seconds: float) -> int | None:
        """How it ended, if it does within so many seconds; as if killed where nobody knows."""
        with selectors.DefaultSelector() as ready:
            ready.register(self._end, selectors.EVENT_READ)
            if not ready.select(seconds):
                return None
        return int(os.read(self._end, _CHUNK) or -signal.SIGKILL)


class _Mould:
    """The process that children are forked from."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        words = [sys.executable, "-I", "-S", "-B", "-c", _START]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # our own words, no shell
                words + _folders(),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={},
                cwd="/",
                bufsize=0,
                start_new_session=True,
            )

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(self, message: dict[str, Any], descriptors: list[int]) -> None:
        """Send a frame with file descriptors.

        Raises:
            OSError: it is gone.
        """
        with self.lock:
            sent = socket.send_fds(self._ours, [frame(message)], descriptors)
            self._ours.sendall(frame(message)[sent:FRAME])

    def tell(self, message: dict[str, Any]) -> None:
        """Send a frame; if it is gone, so are its children."""
        try:
            self.ask(message, [])
        except OSError:
            return

    def last_words(self) -> str:
        """The last line that it said to stderr, after a moment in which it may end."""
        stderr: IO[bytes] | None = self._process.stderr
        assert stderr
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            os.set_blocking(stderr.fileno(), False)
        lines = (stderr.read() or b"").decode(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line), "it said nothing")

    def close(self) -> None:
        """Have it end."""
        self._ours.close()
        self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()


_moulds: list[_Mould] = []  # one, or none yet
_lock = threading.Lock()


def _send(message: dict[str, Any], descriptors: list[int]) -> _Mould:
    """Send *message* to the mould, a new one if the old one is gone."""
    mould = _mould()
    try:
        mould.ask(message, descriptors)
    except OSError:
        # It ended just now. A second one in a row that does is broken.
        mould = _mould()
        try:
            mould.ask(message, descriptors)
        except OSError as error:
            raise OSError(mould.last_words()) from error
    return mould


def _mould() -> _Mould:
    with _lock:
        if not (_moulds and _moulds[0].is_alive):
            _end_moulds()
            _moulds.append(_Mould())
        return _moulds[0]


def _end_moulds() -> None:
    while _moulds:
        _moulds.pop().close()


def forget_moulds() -> None:
    """End the mould, and its children: the next child has a new one."""
    with _lock:
        _end_moulds()


atexit.register(forget_moulds)


def _folders() -> list[str]:
    """Where the mould finds ``checks``, and libcst for suggestions: it has no site."""
    found = [importlib.util.find_spec(name) for name in ("checks", "libcst")]
    return [str(Path(spec.origin).parent.parent) for spec in found if spec and spec.origin]
