"""What goes over the wire: a log of every request, faults on demand, and the pace of content."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.standin.web import Answer, Refused

# Between two creations, less what the way here may take off the second that was kept.
APART = 1.0 - 0.1
A_MINUTE, AN_HOUR = (60.0, 80), (3600.0, 500)
DROP, TRUNCATED = 0, -1  # in place of a status: what happens to the answer on its way
HANDS = "the-people-of-the-stand-in"


@dataclass
class Logged:
    """One request and how it was answered; the Authorization header is not kept.

    ``at`` is when it came in, by the monotonic clock; ``operation`` is what GitHub's
    description calls it, "" for what the stand-in does not know.
    """

    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int = 0
    at: float = field(default_factory=time.monotonic)
    operation: str = ""


@dataclass
class Fault:
    """What the next ``times`` fitting requests get instead of their answer."""

    method: str
    path: re.Pattern[str]
    status: int
    after_effect: bool
    headers: Mapping[str, str]
    message: str
    times: int
    body: Any = None

    def answer(self) -> Answer:
        """Return the broken answer."""
        body = self.body or {"message": self.message, "documentation_url": ""}
        return Answer(body, self.status, dict(self.headers))


@dataclass
class Pace:
    """How fast installations create content; ``strict``: less than a second apart is wrong."""

    strict: bool = True
    times: dict[int, list[float]] = field(default_factory=dict)
    _last: dict[int, float] = field(default_factory=dict)

    def create(self, installation: int, at: float, *, by_app: bool) -> str | None:
        """Count a creation at ``at``; return what is wrong with the App's pace, or None.

        Raises:
            Refused: 403, there were 80 in the minute or 500 in the hour before.
        """
        times = self.times.setdefault(installation, [])
        for seconds, most in (A_MINUTE, AN_HOUR):
            recent = sorted(each for each in times if each > at - seconds)
            if len(recent) >= most:
                raise blocked(recent[-most] + seconds - at)
        times.append(at)
        if not by_app:
            return None
        gap = at - self._last.get(installation, -AN_HOUR[0])
        self._last[installation] = at
        if self.strict and gap < APART:
            return f"content was created {gap:.2f} s after the last; GitHub wants a second"
        return None


def blocked(seconds: float) -> Refused:
    """Return the secondary limit on content, over in so many seconds."""
    problem = "You have exceeded a secondary rate limit and have been temporarily blocked from"
    problem += " content creation. Please retry your request again later."
    return Refused(403, problem, headers={"Retry-After": str(max(1, int(seconds + 1)))})


# GitHub's words and headers for each way of saying that it is enough for now.
LIMITS: Mapping[str, tuple[int, str]] = {
    "primary": (403, "API rate limit exceeded for installation."),
    "secondary": (403, "You have exceeded a secondary rate limit. Please wait a few minutes."),
    "too many": (429, "You have exceeded a secondary rate limit. Please wait a few minutes."),
    "abuse": (422, "Validation Failed"),
}


def limit(kind: str, seconds: int) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Return status, headers and body with which GitHub limits; LookupError for no ``kind``.

    A primary limit says when it ends by ``X-RateLimit-Reset``, a secondary one by
    ``Retry-After`` (none if ``seconds`` is 0), an abuse not at all.
    """
    status, message = LIMITS[kind]
    body: dict[str, Any] = {"message": message, "documentation_url": "", "status": str(status)}
    headers: dict[str, str] = {}
    if kind == "primary":
        reset = str(int(time.time()) + seconds)
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    elif kind == "abuse":
        body["errors"] = [{"resource": "PullRequestReviewComment", "code": "abuse"}]
    elif seconds:
        headers = {"Retry-After": str(seconds)}
    return status, headers, body
