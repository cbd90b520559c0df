"""Trends: what the reviews of some weeks came to, by week, by rule and by repository. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import TypeVar

from reviewer.model import Verdict
from reviewer.report import insights_words as words

SOON_DAYS = 30
_WEEK = timedelta(days=7)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review: on which day (UTC) it ended, of which repository, as what.

    ``seconds`` is how long it took from the delivery on, None where nobody knows.
    """

    day: date
    repository: str
    verdict: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """A finding of one pull request: on which days (UTC) it was what; None for never."""

    repository: str
    rule: str
    introduced: date | None = None
    fixed: date | None = None
    suppressed: date | None = None

    @property
    def is_open(self) -> bool:
        """Whether it was introduced, and is neither fixed nor silenced."""
        return bool(self.introduced) and not (self.fixed or self.suppressed)


@dataclass(frozen=True, slots=True)
class Silenced:
    """A suppressed finding as it was seen last: on the day ``seen`` by pull request ``number``."""

    repository: str
    number: int
    rule: str
    path: str
    reason: str
    until: date | None
    seen: date

    def state(self, today: date) -> str:
        """One of ``insights_words.STATES``."""
        if self.until is None:
            return words.ENDLESS
        if self.until < today:
            return words.EXPIRED
        return words.SOON if (self.until - today).days <= SOON_DAYS else words.ENDS


@dataclass(frozen=True, slots=True)
class History:
    """What is kept: ``repositories`` are the names of all of which there is a review."""

    repositories: tuple[str, ...]
    reviews: tuple[Reviewed, ...]
    changes: tuple[Change, ...]
    suppressions: tuple[Silenced, ...]

    def of(self, repository: str) -> "History":
        """The same of one repository."""

        def mine(each: Iterable[T], name: Callable[[T], str]) -> tuple[T, ...]:
            return tuple(one for one in each if name(one) == repository)

        return History(
            (repository,),
            mine(self.reviews, lambda one: one.repository),
            mine(self.changes, lambda one: one.repository),
            mine(self.suppressions, lambda one: one.repository),
        )


@dataclass(slots=True)
class Tally:
    """The numbers of one week, rule, repository or of everything.

    ``weekly`` is how many findings were introduced in each week, where that was counted.
    """

    reviews: int = 0
    verdicts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    introduced: int = 0
    fixed: int = 0
    suppressed: int = 0
    left_open: int = 0
    seconds: list[float] = field(default_factory=list)
    weekly: list[int] = field(default_factory=list)

    @property
    def median(self) -> float | None:
        """The median time to a verdict in seconds, None for no review that it is known of."""
        return median(self.seconds) if self.seconds else None

    @property
    def changes(self) -> int:
        """Findings introduced, fixed and suppressed together."""
        return self.introduced + self.fixed + self.suppressed

    def add_review(self, one: Reviewed) -> None:
        """Count a review."""
        self.reviews += 1
        self.verdicts[one.verdict] = self.verdicts.get(one.verdict, 0) + 1
        if one.seconds is not None:
            self.seconds.append(one.seconds)


@dataclass(frozen=True, slots=True)
class Trends:
    """Everything that is shown: the first days of the weeks, and the numbers.

    ``rules`` and ``repositories`` have the most findings first; ``suppressions`` stand in the
    order of ``insights_words.STATES``, and in that by their end. ``only`` is the repository that
    this is of, "" for all.
    """

    weeks: tuple[date, ...]
    today: date
    total: Tally
    by_week: dict[date, Tally]
    rules: dict[str, Tally]
    repositories: dict[str, Tally]
    cells: dict[tuple[date, str, str], Tally]
    suppressions: tuple[Silenced, ...]
    only: str = ""

    @property
    def states(self) -> dict[str, int]:
        """How many suppressions are in each state."""
        found = [one.state(self.today) for one in self.suppressions]
        return {state: found.count(state) for state in words.STATES}


def monday(day: date) -> date:
    """The first day of the week of *day*."""
    return day - timedelta(days=day.weekday())


def trends(history: History, weeks: int, today: date, only: str = "") -> Trends:
    """The last *weeks* weeks, that of *today* included, which is not over yet."""
    last = monday(today)
    shown = tuple(last - _WEEK * back for back in reversed(range(weeks)))
    total, by_week = _tally(weeks), {week: Tally() for week in shown}
    rules: dict[str, Tally] = {}
    repositories: dict[str, Tally] = {}
    cells: dict[tuple[date, str, str], Tally] = {}

    def each(day: date, repository: str, rule: str = "") -> Iterator[Tally]:
        """All the tallies that something of that day belongs to."""
        week = monday(day)
        yield total
        yield by_week[week]
        yield repositories.setdefault(repository, _tally(weeks))
        yield cells.setdefault((week, repository, rule), Tally())
        if rule:
            yield rules.setdefault(rule, _tally(weeks))

    for review in history.reviews:
        if monday(review.day) in by_week:
            for tally in each(review.day, review.repository):
                tally.add_review(review)
    for change in history.changes:
        _count(change, each, by_week)
    return Trends(
        shown, today, total, by_week, _sorted(rules), _sorted(repositories), cells,
        tuple(sorted(history.suppressions, key=lambda one: _urgency(one, today))), only,
    )  # fmt: skip


def _count(
    change: Change, each: Callable[[date, str, str], Iterator[Tally]], by_week: dict[date, Tally]
) -> None:
    weeks = list(by_week)
    for what in (words.INTRODUCED, words.FIXED, words.SUPPRESSED):
        day = getattr(change, what)
        if day is None or monday(day) not in by_week:
            continue
        for tally in each(day, change.repository, change.rule):
            setattr(tally, what, getattr(tally, what) + 1)
            if what == words.INTRODUCED:
                tally.left_open += change.is_open
                if tally.weekly:
                    tally.weekly[weeks.index(monday(day))] += 1


def _tally(weeks: int) -> Tally:
    return Tally(weekly=[0] * weeks)


def _sorted(tallies: dict[str, Tally]) -> dict[str, Tally]:
    """Those with the most findings first, then those with the most reviews, then by name."""

    def order(item: tuple[str, Tally]) -> tuple[int, int, int, str]:
        name, tally = item
        return -tally.introduced, -tally.changes, -tally.reviews, name.lower()

    return dict(sorted(tallies.items(), key=order))


def _urgency(one: Silenced, today: date) -> tuple[int, date, str, str, str]:
    rank = list(words.STATES).index(one.state(today))
    return rank, one.until or date.max, one.repository.lower(), one.path, one.rule


def shortened(tallies: dict[str, Tally], most: int) -> tuple[Sequence[tuple[str, Tally]], int]:
    """The first *most* of *tallies*, and how many more there are."""
    items = list(tallies.items())
    return items[:most], max(0, len(items) - most)
