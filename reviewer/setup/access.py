"""Who may set up: whoever read the link in the terminal, in one browser."""

import hmac
import secrets
import threading
import time
from collections.abc import Callable
from enum import Enum

LIFETIME = 3600.0
"""Seconds that the link is good for, and that the session it opens may rest."""


class Entry(Enum):
    """What became of a link."""

    OPENED = "opened"
    WRONG = "wrong"
    USED = "used"
    EXPIRED = "expired"


class Once:
    """A random value that somebody must show us, one time, before it expires.

    Args:
        clock: seconds of a clock that never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.value = secrets.token_urlsafe(32)
        self._clock = clock
        self._until = clock() + LIFETIME
        self._used = False
        self._lock = threading.Lock()

    def take(self, shown: str) -> Entry:
        """What *shown* is worth; ``OPENED`` is answered once."""
        if not same(shown, self.value):
            return Entry.WRONG
        with self._lock:
            if self._used:
                return Entry.USED
            if self._clock() > self._until:
                return Entry.EXPIRED
            self._used = True
            return Entry.OPENED

    def give_back(self) -> None:
        """Let it be shown once more: what it was shown for did not come about."""
        with self._lock:
            self._used = False


class Access:
    """The link's token and the one session that it opens.

    Args:
        clock: seconds of a clock that never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._link = Once(clock)
        self._session = ""
        self._until = 0.0
        self.form = secrets.token_urlsafe(32)
        """What our own forms carry, so that no other site's can be sent in their place."""

    def is_ours(self, form: str) -> bool:
        """Whether *form* is what our own forms carry."""
        return same(form, self.form)

    @property
    def token(self) -> str:
        """What the link carries."""
        return self._link.value

    def enter(self, token: str) -> tuple[Entry, str]:
        """What *token* is worth, and the session's cookie where it opens one."""
        entry = self._link.take(token)
        if entry is Entry.OPENED:
            self._session = secrets.token_urlsafe(32)
            self._until = self.clock() + LIFETIME
        return entry, self._session if entry is Entry.OPENED else ""

    def admits(self, cookie: str) -> bool:
        """Whether *cookie* is the session's, and it was used within the hour."""
        known = bool(self._session) and same(cookie, self._session)
        admitted = known and self.clock() <= self._until
        if admitted:
            self._until = self.clock() + LIFETIME
        return admitted


def same(one: str, other: str) -> bool:
    """Whether both are equal, in a time that does not tell how far they are."""
    return hmac.compare_digest(one.encode(errors="replace"), other.encode())
