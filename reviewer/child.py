"""One child process of the sandbox: started, asked line by line, ended.

What it may do is decided in ``checks/child.py``, by itself, before it reads any input.
"""

import importlib.util
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from reviewer.limits import POLL

_START = "import sys; sys.path += sys.argv[2:]; from checks import child; child.main()"
_CHUNK = 64 * 1024


class Child:
    """One process in its own group, with pipes that are never waited on for long."""

    def __init__(self, options: dict[str, Any], folders: list[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # our own words, no shell
            [sys.executable, "-I", "-S", "-B", "-c", _START, json.dumps(options), *folders],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={},
            cwd="/",
            bufsize=0,
            start_new_session=True,
        )
        for pipe in (self._stdin, self._stdout):
            os.set_blocking(pipe.fileno(), False)

    @property
    def _stdin(self) -> IO[bytes]:
        assert self._process.stdin
        return self._process.stdin

    @property
    def _stdout(self) -> IO[bytes]:
        assert self._process.stdout
        return self._process.stdout

    def exchange(self, line: bytes, until: float, check: Callable[[], None]) -> bytes:
        """Send *line* and return the line that answers; *check* may raise to break it off.

        Raises:
            EOFError: the child is gone. TimeoutError: it is *until* (monotonic) already.
        """
        waiting, answer = memoryview(line), bytearray()
        with selectors.DefaultSelector() as ready:
            ready.register(self._stdout, selectors.EVENT_READ)
            if waiting:
                ready.register(self._stdin, selectors.EVENT_WRITE)
            while not answer.endswith(b"\n"):
                check()
                if time.monotonic() >= until:
                    raise TimeoutError
                for key, _ in ready.select(min(POLL, max(0, until - time.monotonic()))):
                    if key.fileobj is self._stdin:
                        waiting = waiting[self._send(waiting[:_CHUNK]) :]
                        if not waiting:
                            ready.unregister(self._stdin)
                    else:
                        answer += self._receive()
        return bytes(answer)

    def _send(self, part: memoryview) -> int:
        try:
            return os.write(self._stdin.fileno(), part)
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            raise EOFError from None

    def _receive(self) -> bytes:
        part = os.read(self._stdout.fileno(), _CHUNK)
        if not part:
            raise EOFError
        return part

    def last_words(self) -> str:
        """The last line that it said to stderr before it confined itself; ends it."""
        assert self._process.stderr
        os.set_blocking(self._process.stderr.fileno(), False)
        lines = (self._process.stderr.read() or b"").decode(errors="replace").split("\n")
        self.end()
        return next((line for line in reversed(lines) if line), "it said nothing")

    def end(self, patience: float = 0) -> int:
        """Release its pipes and kill it, unless it ends by itself within *patience* seconds.

        The return code; minus the number of a signal that killed it.
        """
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()
        return self._process.returncode


def folders(*, suggesting: bool) -> list[str]:
    """Where a child finds ``checks``, and libcst if it makes suggestions: it has no site."""
    found = [importlib.util.find_spec(name) for name in ("checks", "libcst")[: 1 + suggesting]]
    return [str(Path(spec.origin).parent.parent) for spec in found if spec and spec.origin]
