"""A GitHub on a bad day: seeded faults at any request of the App, and a watch on stated waits."""

import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.standin.state import Token
from tests.standin.traffic import TRUNCATED, Fault, Logged, limit

# A request that was on its way when the limit was told cannot be called back, and other processes
# hear of it a moment later; longer, where all of them are short of processor.
GRACE = 2.0
ANY = re.compile("")
KINDS = {
    "502 before": 3,
    "502 after": 3,
    "503 before": 2,
    "reset before": 2,
    "answer lost": 3,
    "truncated": 2,
    "primary": 1,
    "secondary": 2,
    "too many": 2,
    "abuse": 1,
    "token revoked": 1,
}
READS = ("GET", "HEAD")


@dataclass
class Chaos:
    """What goes wrong with requests of the App.

    ``rate`` of them get a fault of ``kinds`` (name -> weight), ``slow`` of them wait ``delay``
    seconds. Limits state a wait of 1 to ``longest`` seconds; an abuse states none, and comes
    once in a while only, because it means a minute. ``struck`` counts the faults, ``early``
    tells of requests that came before a stated wait was over.
    """

    seed: int
    rate: float = 0.1
    slow: float = 0.0
    delay: float = 20.0
    longest: int = 3
    kinds: dict[str, float] = field(default_factory=lambda: dict(KINDS))
    struck: Counter[str] = field(default_factory=Counter)
    early: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._lock = threading.Lock()
        self._waits: dict[int, tuple[float, float]] = {}

    def strike(self, entry: Logged, token: Token | None) -> Fault | None:
        """Return what goes wrong with this request of the App, if anything does."""
        with self._lock:
            self._watch(entry, token)
            late = self._random.random() < self.slow
            kind = self._kind(entry) if self._random.random() < self.rate else ""
        if late:
            self.struck["slow"] += 1
            time.sleep(self.delay)
        if not kind:
            return None
        self.struck[kind] += 1
        if kind == "token revoked":
            if token:
                token.expires = 0.0
            return None
        return self._fault(kind, token)

    def _kind(self, entry: Logged) -> str:
        kinds = dict(self.kinds)
        if entry.method in READS:
            kinds.pop("abuse", None)  # GitHub says so of content only.
        return self._random.choices([*kinds], [*kinds.values()])[0] if kinds else ""

    def _watch(self, entry: Logged, token: Token | None) -> None:
        told, until = self._waits.get(self._who(token), (0.0, 0.0))
        if told + GRACE < entry.at < until:
            self.early.append(f"{entry.method} {entry.path}: {until - entry.at:.2f} s too early")

    def _fault(self, kind: str, token: Token | None) -> Fault:
        if kind in ("primary", "secondary", "too many", "abuse"):
            seconds = self._random.randint(1, self.longest)
            status, headers, body = limit(kind, seconds)
            if kind != "abuse":
                told = time.monotonic()
                # The App may round a stated second; X-RateLimit-Reset has no more than seconds.
                with self._lock:
                    self._waits[self._who(token)] = (told, told + seconds - 1.0)
            return Fault("", ANY, status, False, headers, "", 1, body)
        after = kind in ("502 after", "answer lost", "truncated")
        status = {"502": 502, "503": 503, "tru": TRUNCATED}.get(kind[:3], 0)
        return Fault("", ANY, status, after, {}, "Server Error", 1)

    @staticmethod
    def _who(token: Token | None) -> int:
        return token.installation.id if token else 0
