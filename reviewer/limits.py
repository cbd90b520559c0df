"""What a run of the sandbox may use, and when it has to end."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

MIB = 1024 * 1024
POLL = 0.3


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use: sizes in bytes, times in seconds; None is no limit.

    ``file_*`` and ``answer`` (the JSON about one file) hold for each file, the others for
    all of them together, ``files`` for test files; where several children run, ``cpu`` and
    ``answers`` hold for each.
    """

    file_bytes: int = 2 * MIB
    file_cpu: int = 20
    file_wall: float = 90
    answer: int = 8 * MIB
    answers: int | None = 32 * MIB
    memory: int = 512 * MIB
    cpu: int | None = 60
    wall: float | None = 90
    files: int | None = 1_000


class Stopped(Exception):  # noqa: N818  # not an error: somebody asked for it
    """``go_on`` said no: the child is gone, and nothing was decided about the files."""


class Watch:
    """When to stop: asks *go_on* every 0.3 seconds at most, and knows the deadline."""

    def __init__(self, go_on: Callable[[], bool], wall: float | None) -> None:
        self._go_on = go_on
        self._lock = threading.Lock()
        self._next = 0.0
        self._stopped = False
        self.deadline = time.monotonic() + wall if wall else float("inf")

    def stop(self) -> None:
        """Let every later check fail."""
        self._stopped = True

    def check(self) -> None:
        """Return at once, or raise Stopped."""
        with self._lock:
            if time.monotonic() >= self._next and not self._stopped:
                self._stopped = not self._go_on()
                self._next = time.monotonic() + POLL
            if self._stopped:
                raise Stopped
