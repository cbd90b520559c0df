"""The plots on the page of trends: numbers in, coordinates out."""

import math
from collections.abc import Callable, Iterable, Sequence
from statistics import quantiles

from reviewer.model import Verdict
from reviewer.report import insights_words as words
from reviewer.report.counting import counted
from reviewer.report.insights import Tally, Trends
from reviewer.report.insights_axes import (
    BOTTOM,
    HEIGHT,
    TICKS,
    TOP,
    Bar,
    Column,
    Label,
    Plot,
    bar,
    months,
    rooms,
    rounded,
    week_of,
)  # fmt: skip

SPARK_WIDTH = 120
SPARK_HEIGHT = 22

_FILLED = 0.68  # of the room of a week
_STEPS = (1, 2, 5, 10)
_SECONDS = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800)


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
    highest = max((each[2] for each in quarters if each), default=0.0)
    step = next((s for s in _SECONDS if highest / s <= TICKS), highest / TICKS)
    steps = max(1, math.ceil(highest / step))
    bottom = HEIGHT - BOTTOM
    unit = (bottom - TOP) / (step * steps)
    places = rooms(trends.weeks)
    runs = _runs(
        _points(place.x + place.width / 2, bottom, unit, each) if each else None
        for place, each in zip(places, quarters, strict=True)
    )
    told = [
        f"{week_of(week)}: {_median(each, len(tally.seconds))}"
        for (week, tally), each in zip(trends.by_week.items(), quarters, strict=True)
    ]
    return Plot(
        columns=tuple(Column(place, (), text) for place, text in zip(places, told, strict=True)),
        ticks=tuple(_time(bottom - unit * step * n, step * n) for n in range(steps + 1)),
        months=months(trends.weeks, places),
        zero=bottom,
        band=" ".join(_band(run) for run in runs if len(run) > 1),
        line=" ".join(_path([(x, y) for x, _, y, _ in run]) for run in runs if len(run) > 1),
        dots=tuple((rounded(x), rounded(y)) for run in runs for x, _, y, _ in run),
    )


def spark(tally: Tally) -> tuple[Bar, ...]:
    """The findings that were introduced, a small bar for each week."""
    most = max(tally.weekly, default=0)
    width = SPARK_WIDTH / max(1, len(tally.weekly))
    return tuple(
        bar(n * width, SPARK_HEIGHT - height, max(width - 1, width / 2), height)
        for n, number in enumerate(tally.weekly)
        if (height := max(1.5, number / most * SPARK_HEIGHT) if number else 0)
    )


Points = tuple[float, float, float, float]
Quarters = tuple[float, float, float]
Part = tuple[str, Callable[[Tally], int]]


def _stacked(
    trends: Trends, up: Sequence[Part], down: Sequence[Part], told: Callable[[Tally], str]
) -> Plot:
    tallies = list(trends.by_week.values())
    above = max(sum(value(tally) for _, value in up) for tally in tallies)
    below = max(sum(value(tally) for _, value in down) for tally in tallies)
    step = _step(above + below)
    above, below = (step * math.ceil(most / step) for most in (above or 1, below))
    unit = (HEIGHT - TOP - BOTTOM) / (above + below)
    zero = TOP + above * unit
    places = rooms(trends.weeks)
    columns = []
    for (week, tally), room in zip(trends.by_week.items(), places, strict=True):
        bars = [*_pile(tally, up, room, zero, -unit), *_pile(tally, down, room, zero, unit)]
        columns.append(Column(room, tuple(bars), f"{week_of(week)}: {told(tally)}"))
    ticks = range(-below, above + 1, step)
    return Plot(
        columns=tuple(columns),
        ticks=tuple(Label(rounded(zero - unit * tick), f"{abs(tick):,}") for tick in ticks),
        months=months(trends.weeks, places),
        zero=rounded(zero),
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
            bars.append(bar(x, min(at, at + height), width, abs(height), kind))
        at += height
    return bars


def _step(most: int) -> int:
    """The distance of the lines behind the bars: 1, 2 or 5, with noughts."""
    size: int = 10 ** max(0, int(math.log10(max(1, most / TICKS))))
    return next(size * step for step in _STEPS if most <= size * step * TICKS)


def _quarters(seconds: Sequence[float]) -> Quarters | None:
    """A quarter, half and three quarters of *seconds* are no more than these."""
    if len(seconds) < 2:
        return (seconds[0], seconds[0], seconds[0]) if seconds else None
    low, middle, high = quantiles(seconds, n=4, method="inclusive")
    return low, middle, high


def _points(x: float, bottom: float, unit: float, quarters: Quarters) -> Points:
    low, middle, high = quarters
    return x, bottom - unit * low, bottom - unit * middle, bottom - unit * high


def _time(at: float, seconds: float) -> Label:
    return Label(rounded(at), words.duration(seconds) if seconds else "0")


def _median(quarters: Quarters | None, number: int) -> str:
    if quarters is None:
        return "no review"
    return f"median {words.duration(quarters[1])} of {counted(number, 'review')}"


def _runs(points: Iterable[Points | None]) -> list[list[Points]]:
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
    return "M" + "L".join(f"{rounded(x):g} {rounded(y):g}" for x, y in points)
