"""The geometry of the plots on the page of trends: numbers in, coordinates out.

All is in the units of one drawing, ``WIDTH`` wide; y grows downwards, as in SVG.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import quantiles

from reviewer.model import Verdict
from reviewer.report import insights_words as words
from reviewer.report.counting import counted
from reviewer.report.insights import Tally, Trends

WIDTH = 1000
HEIGHT = 230
SPARK_WIDTH = 120
SPARK_HEIGHT = 22

_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 12, 26
_APART = 58  # of two labels below the axis
_TICKS = 4
_FILLED = 0.68  # of the room of a week
_STEPS = (1, 2, 5, 10)
_SECONDS = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800)


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle; ``kind`` is what it stands for."""

    x: float
    y: float
    width: float
    height: float
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A week: the room it has, its bars, and its numbers in words."""

    room: Bar
    bars: tuple[Bar, ...]
    told: str


@dataclass(frozen=True, slots=True)
class Label:
    """Where on an axis something is written."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing by week; ``zero`` is the height of the axis, ``kinds`` what bars stand for.

    ``band``, ``line``: paths in SVG's words, "" for none; ``dots``: places on the line.
    """

    columns: tuple[Column, ...]
    ticks: tuple[Label, ...]
    months: tuple[Label, ...]
    zero: float
    kinds: tuple[str, ...] = ()
    band: str = ""
    line: str = ""
    dots: tuple[tuple[float, float], ...] = ()


def reviews(trends: Trends) -> Plot:
    """The reviews of each week, one on the other by their verdicts."""
    return _stacked(
        trends,
        up=[(verdict.value, lambda tally, v=verdict: tally.verdicts[v]) for verdict in Verdict],  # type: ignore[misc]
        down=[],
        told=lambda tally: (
            f"{counted(tally.reviews, 'review')}: "
            + ", ".join(
                f"{tally.verdicts[verdict]:,} {words.VERDICTS[verdict]}" for verdict in Verdict
            )
        ),
    )


def findings(trends: Trends) -> Plot:
    """What was introduced above the axis; below it what was fixed and suppressed."""
    return _stacked(
        trends,
        up=[(words.INTRODUCED, lambda tally: tally.introduced)],
        down=[
            (words.FIXED, lambda tally: tally.fixed),
            (words.SUPPRESSED, lambda tally: tally.suppressed),
        ],
        told=lambda tally: (
            f"{tally.introduced:,} introduced, {tally.fixed:,} fixed, "
            f"{tally.suppressed:,} suppressed"
        ),
    )


def times(trends: Trends) -> Plot:
    """The median time to a verdict as a line, the middle half of the times as a band."""
    quarters = [_quarters(tally.seconds) for tally in trends.by_week.values()]
    highest = max((each[2] for each in quarters if each), default=1.0)
    step = next((s for s in _SECONDS if highest / s <= _TICKS), highest / _TICKS)
    top = step * math.ceil(highest / step)
    bottom = HEIGHT - _BOTTOM
    unit = (bottom - _TOP) / top
    room = _rooms(trends.weeks)
    points = [
        (place.x + place.width / 2, *(bottom - unit * value for value in each)) if each else None
        for place, each in zip(room, quarters, strict=True)
    ]
    ticks = tuple(
        Label(bottom - unit * step * n, words.duration(step * n) if n else "0")
        for n in range(round(top / step) + 1)
    )
    told = [
        f"{_week(week)}: {_median(each, len(tally.seconds))}"
        for (week, tally), each in zip(trends.by_week.items(), quarters, strict=True)
    ]
    runs = _runs(points)
    return Plot(
        columns=tuple(Column(place, (), text) for place, text in zip(room, told, strict=True)),
        ticks=ticks,
        months=_months(trends.weeks, room),
        zero=bottom,
        band=" ".join(_band(run) for run in runs if len(run) > 1),
        line=" ".join(_path([(x, y) for x, _, y, _ in run]) for run in runs if len(run) > 1),
        dots=tuple((_r(x), _r(y)) for run in runs for x, _, y, _ in run),
    )


def spark(tally: Tally) -> tuple[Bar, ...]:
    """The findings that were introduced, a small bar for each week."""
    most = max(tally.weekly, default=0)
    width = SPARK_WIDTH / max(1, len(tally.weekly))
    return tuple(
        _bar(n * width, SPARK_HEIGHT - height, max(width - 1, width / 2), height)
        for n, number in enumerate(tally.weekly)
        if (height := max(1.5, number / most * SPARK_HEIGHT) if number else 0)
    )


Points = tuple[float, float, float, float]
Part = tuple[str, Callable[[Tally], int]]


def _stacked(
    trends: Trends, up: Sequence[Part], down: Sequence[Part], told: Callable[[Tally], str]
) -> Plot:
    tallies = list(trends.by_week.values())
    above = max(sum(value(tally) for _, value in up) for tally in tallies)
    below = max(sum(value(tally) for _, value in down) for tally in tallies)
    step = _step(above + below)
    above, below = (step * math.ceil(most / step) for most in (above or 1, below))
    unit = (HEIGHT - _TOP - _BOTTOM) / (above + below)
    zero = _TOP + above * unit
    rooms = _rooms(trends.weeks)
    columns = []
    for (week, tally), room in zip(trends.by_week.items(), rooms, strict=True):
        bars = [*_pile(tally, up, room, zero, -unit), *_pile(tally, down, room, zero, unit)]
        columns.append(Column(room, tuple(bars), f"{_week(week)}: {told(tally)}"))
    ticks = range(-below, above + 1, step)
    return Plot(
        columns=tuple(columns),
        ticks=tuple(Label(_r(zero - unit * tick), f"{abs(tick):,}") for tick in ticks),
        months=_months(trends.weeks, rooms),
        zero=_r(zero),
        kinds=tuple(kind for kind, _ in (*up, *down)),
    )


def _pile(
    tally: Tally, parts: Sequence[Part], room: Bar, zero: float, unit: float
) -> Sequence[Bar]:
    bars, at = [], zero
    for kind, value in parts:
        height = value(tally) * unit
        if height:
            x, width = room.x + room.width * (1 - _FILLED) / 2, room.width * _FILLED
            bars.append(_bar(x, min(at, at + height), width, abs(height), kind))
        at += height
    return bars


def _step(most: int) -> int:
    """The distance of the lines behind the bars: 1, 2 or 5, with noughts."""
    size = 10 ** max(0, int(math.log10(max(1, most / _TICKS))))
    return next(size * step for step in _STEPS if most <= size * step * _TICKS)


def _rooms(weeks: Sequence[date]) -> list[Bar]:
    width = (WIDTH - _LEFT - _RIGHT) / len(weeks)
    height = HEIGHT - _TOP - _BOTTOM
    return [_bar(_LEFT + n * width, _TOP, width, height) for n in range(len(weeks))]


def _months(weeks: Sequence[date], rooms: Sequence[Bar]) -> tuple[Label, ...]:
    """The first week of each month, with the year where it is new, as far as there is room."""
    labels: list[Label] = []
    year = 0
    for week, before, room in zip(weeks, [None, *weeks], rooms, strict=False):
        at = room.x + room.width / 2
        if before and before.month == week.month:
            continue
        # A year's first label is longer, and the last one must not run over the edge.
        if (labels and at - labels[-1].at < _APART) or at > WIDTH - _APART / 2:
            continue
        labels.append(Label(_r(at), f"{week:%b %Y}" if week.year != year else f"{week:%b}"))
        year = week.year
    return tuple(labels)


def _quarters(seconds: Sequence[float]) -> tuple[float, float, float] | None:
    """A quarter, half and three quarters of *seconds* are no more than these."""
    if len(seconds) < 2:
        return (seconds[0], seconds[0], seconds[0]) if seconds else None
    low, middle, high = quantiles(seconds, n=4, method="inclusive")
    return low, middle, high


def _median(quarters: tuple[float, float, float] | None, number: int) -> str:
    if quarters is None:
        return "no review"
    return f"median {words.duration(quarters[1])} of {counted(number, 'review')}"


def _runs(points: Sequence[Points | None]) -> list[list[Points]]:
    """The points of weeks that follow each other; a week without reviews parts them."""
    runs: list[list[Points]] = [[]]
    for point in points:
        if point:
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _band(run: Sequence[Points]) -> str:
    there = [(x, high) for x, _, _, high in run]
    back = [(x, low) for x, low, _, _ in reversed(run)]
    return f"{_path([*there, *back])}Z"


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{_r(x):g} {_r(y):g}" for x, y in points)


def _week(week: date) -> str:
    return f"Week of {week.isoformat()}"


def _bar(x: float, y: float, width: float, height: float, kind: str = "") -> Bar:
    return Bar(_r(x), _r(y), _r(width), _r(height), kind)


def _r(number: float) -> float:
    return round(number, 2)
