"""The frame of the plots on the page of trends: weeks from left to right, numbers upwards.

All is in the units of one drawing, ``WIDTH`` wide; y grows downwards, as in SVG.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH = 1000
HEIGHT = 230
LEFT, RIGHT, TOP, BOTTOM = 52, 8, 12, 26
"""How far the place for bars and lines is from the edges."""

TICKS = 4
_APART = 58  # of two labels below the axis


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


def rooms(weeks: Sequence[date]) -> list[Bar]:
    """The places of the weeks."""
    width = (WIDTH - LEFT - RIGHT) / len(weeks)
    height = HEIGHT - TOP - BOTTOM
    return [bar(LEFT + n * width, TOP, width, height) for n in range(len(weeks))]


def months(weeks: Sequence[date], places: Sequence[Bar]) -> tuple[Label, ...]:
    """The first week of each month, with the year where it is new, as far as there is room."""
    labels: list[Label] = []
    year = 0
    for week, before, room in zip(weeks, [None, *weeks], places, strict=False):
        at = room.x + room.width / 2
        if before and before.month == week.month:
            continue
        # A year's first label is longer, and the last one must not run over the edge.
        if (labels and at - labels[-1].at < _APART) or at > WIDTH - _APART / 2:
            continue
        labels.append(Label(rounded(at), f"{week:%b %Y}" if week.year != year else f"{week:%b}"))
        year = week.year
    return tuple(labels)


def week_of(week: date) -> str:
    """What a week is called."""
    return f"Week of {week.isoformat()}"


def bar(x: float, y: float, width: float, height: float, kind: str = "") -> Bar:
    """A rectangle, rounded to what can be seen."""
    return Bar(rounded(x), rounded(y), rounded(width), rounded(height), kind)


def rounded(number: float) -> float:
    """*number*, rounded to what can be seen."""
    return round(number, 2)
