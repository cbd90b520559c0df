"""What is counted, and where it waits until it is written to the database.

Counting happens in several processes, so the sums live in the database (``metrics_rows``); a
process only holds what it counted since it wrote last. It writes every few seconds and when it
ends. One that is killed takes a few seconds of counts with it, never more; sums may be a
little short after a crash, and a review that was recovered in its last moment counts twice.

Label values come from closed sets, or are numbers that GitHub gave out (installations, HTTP
status). Anything else becomes "other": no text from outside ever gets into a label.
"""

import re
import threading
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from checks import RULES
from reviewer.metrics_endpoints import ENDPOINTS, OTHER, endpoint

SUM = "sum"

OUTCOMES = (
    "clean", "findings", "incomplete", "failed", "superseded", "closed", "already reviewed",
    "skipped", "gone",
)  # fmt: skip
# Those with which the check run says what came of the files.
REVIEWED = ("clean", "findings", "incomplete")
FAILURES = ("github", "configuration", "limits", "crash", "ours")
RESULTS = ("accepted", "duplicate", "ignored", "refused", "failed")
GOOD = ("accepted", "duplicate", "ignored")
RESOURCES = ("core", "graphql")
UNANSWERED = "none"

_STATUS = re.compile(r"[1-5][0-9]{2}")
_NUMBER = re.compile(r"[0-9]{1,19}")

Label = Sequence[str] | re.Pattern[str]


class Kind(StrEnum):
    """What Prometheus calls it."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing that is counted: its name without our prefix, and what its labels may be.

    ``buckets`` are the upper bounds of a histogram, in seconds. ``whole``: every combination
    of labels is shown from the start, as 0.
    """

    name: str
    kind: Kind
    told: str
    labels: Mapping[str, Label] = field(default_factory=dict)
    buckets: Sequence[float] = ()
    whole: bool = False

    def fitted(self, labels: Mapping[str, str]) -> dict[str, str]:
        """*labels* with every value that is not allowed replaced by "other"."""
        given = {name: labels.get(name, OTHER) for name in self.labels}
        return {n: v if _allows(self.labels[n], v) else OTHER for n, v in given.items()}


def _allows(label: Label, value: str) -> bool:
    if isinstance(label, re.Pattern):
        return bool(label.fullmatch(value))
    return value in label


def _bounds(buckets: Sequence[float]) -> tuple[str, ...]:
    return (*(f"{bound:g}" for bound in buckets), "+Inf")


def _histogram(name: str, told: str, *buckets: float) -> Metric:
    return Metric(name, Kind.HISTOGRAM, told, {"le": (*_bounds(buckets), SUM)}, buckets)


STATUS: Label = _STATUS
METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "deliveries", Kind.COUNTER, "Webhook deliveries by what became of them.",
            {"result": RESULTS, "status": STATUS},
        ),
        Metric(
            "last_good_delivery", Kind.GAUGE,
            "When the last signed delivery was taken in, seconds since the epoch.",
        ),
        Metric(
            "reviews", Kind.COUNTER, "Reviews that ended, by outcome.",
            {"outcome": OUTCOMES}, whole=True,
        ),
        Metric(
            "review_failures", Kind.COUNTER, "Reviews that ended as failed, by reason.",
            {"reason": FAILURES}, whole=True,
        ),
        Metric(
            "findings", Kind.COUNTER, "Findings in completed reviews, by rule.",
            {"rule": tuple(RULES)},
        ),
        Metric(
            "github_requests", Kind.COUNTER,
            "Requests to GitHub by endpoint and the answer's status; none: no answer.",
            {"endpoint": ENDPOINTS, "status": re.compile(rf"{_STATUS.pattern}|{UNANSWERED}")},
        ),
        Metric(
            "github_rate_limit_remaining", Kind.GAUGE,
            "Requests that GitHub grants until the limit is reset; installation 0: the App.",
            {"installation": _NUMBER, "resource": RESOURCES},
        ),
        Metric(
            "github_rate_limit_reset", Kind.GAUGE,
            "When that limit is reset, seconds since the epoch.",
            {"installation": _NUMBER, "resource": RESOURCES},
        ),
        _histogram(
            "analysis_seconds", "Seconds that the sandbox took for the files of one side.",
            0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 90,
        ),
        _histogram(
            "review_seconds", "Seconds from the delivery to the conclusion of the check run.",
            1, 2, 5, 10, 20, 30, 60, 120, 300, 900, 3600,
        ),
    )
}  # fmt: skip

Key = tuple[str, tuple[tuple[str, str], ...]]


class Counts:
    """What this process counted and has not written yet. Any number of threads may add."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: dict[Key, float] = {}
        self._last: dict[Key, float] = {}

    def add(self, name: str, value: float = 1.0, /, **labels: str) -> None:
        """Count *value* more."""
        self._again({_key(name, labels): value}, {})

    def put(self, name: str, value: float, /, **labels: str) -> None:
        """It is *value* now."""
        with self._lock:
            self._last[_key(name, labels)] = value

    def observe(self, name: str, seconds: float) -> None:
        """Count one that took so many *seconds*."""
        buckets = METRICS[name].buckets
        self.add(name, le=_bounds(buckets)[bisect_left(buckets, seconds)])
        self.add(name, seconds, le=SUM)

    def __bool__(self) -> bool:
        return bool(self._sums or self._last)

    @contextmanager
    def taken(self) -> Iterator[tuple[dict[Key, float], dict[Key, float]]]:
        """Sums and last values, to be written; all is counted again if the block fails."""
        with self._lock:
            sums, self._sums = self._sums, {}
            last, self._last = self._last, {}
        try:
            yield sums, last
        except BaseException:
            self._again(sums, last)
            raise

    def _again(self, sums: Mapping[Key, float], last: Mapping[Key, float]) -> None:
        with self._lock:
            for key, value in sums.items():
                self._sums[key] = self._sums.get(key, 0.0) + value
            self._last = {**last, **self._last}


def _key(name: str, labels: Mapping[str, str]) -> Key:
    return name, tuple(sorted(METRICS[name].fitted(labels).items()))


# Those of the worker: requests to GitHub are made in many places.
COUNTS = Counts()


def delivered(counts: Counts, result: str, status: int) -> None:
    """A delivery was answered."""
    counts.add("deliveries", result=result, status=str(status))
    if result in GOOD:
        counts.put("last_good_delivery", time.time())


def review_ended(outcome: str, reason: str, seconds: float | None = None) -> None:
    """A review ended; *reason* is why it failed, *seconds* how long ago it was asked for."""
    COUNTS.add("reviews", outcome=outcome)
    if outcome == "failed":
        COUNTS.add("review_failures", reason=reason)
    if outcome in REVIEWED and seconds is not None:
        COUNTS.observe("review_seconds", seconds)


def found(rules: Iterable[str]) -> None:
    """A review was concluded with findings of these rules."""
    for rule in rules:
        COUNTS.add("findings", rule=rule)


def analysed(seconds: float) -> None:
    """The sandbox was at work for so long."""
    COUNTS.observe("analysis_seconds", seconds)


def asked(verb: str, path: str, status: int | None) -> None:
    """GitHub was asked for *path*, and answered with *status*; None: there was no answer."""
    told = UNANSWERED if status is None else str(status)
    COUNTS.add("github_requests", endpoint=endpoint(verb, path), status=told)


def granted(installation: int, headers: Mapping[str, str]) -> None:
    """Note what an answer's *headers* say of the rate limit; they may say nothing."""
    remaining, reset = headers.get("x-ratelimit-remaining"), headers.get("x-ratelimit-reset")
    if remaining and reset and _NUMBER.fullmatch(remaining) and _NUMBER.fullmatch(reset):
        resource = headers.get("x-ratelimit-resource") or RESOURCES[0]
        of = {"installation": str(installation), "resource": resource}
        COUNTS.put("github_rate_limit_remaining", float(remaining), **of)
        COUNTS.put("github_rate_limit_reset", float(reset), **of)
