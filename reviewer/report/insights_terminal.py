"""The trends in a terminal: the numbers of all, by week, by rule and repository, suppressions."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reviewer.report import insights_words as words
from reviewer.report.counting import counted
from reviewer.report.insights import Silenced, Tally, Trends, shortened
from reviewer.report.markdown import one_line, visible
from reviewer.report.terminal import prose

MOST_RULES = 12
MOST_REPOSITORIES = 20
MOST_SUPPRESSIONS = 30

_BARS = "▁▂▃▄▅▆▇█"
_BAR = 16
_SPARK = 12
_FINDINGS = (words.INTRODUCED, words.FIXED, words.SUPPRESSED, words.LEFT_OPEN)
_STYLES = {words.EXPIRED: "bold red", words.SOON: "bold yellow", words.ENDS: "", words.ENDLESS: ""}


def render(trends: Trends, console: Console) -> None:
    """Print *trends* on *console*; it reads on any background."""
    weeks, total = trends.weeks, trends.total
    console.print(Text(words.TITLE.format(weeks=counted(len(weeks), "week")), style="bold"))
    console.print(Text(words.SPAN.format(first=weeks[0], last=trends.today), style="dim"))
    if trends.only:
        console.print(Text(words.ONE.format(name=visible(trends.only)), style="dim"))
    console.print()
    console.print(_totals(total))
    if not total.reviews and not total.changes:
        console.print(Text(words.NO_REVIEWS))
    else:
        _section(console, "By week", _by_week(trends))
        if total.changes:
            _listed(console, "By rule", trends.rules, MOST_RULES, reviews=False)
        if not trends.only:
            _listed(console, "By repository", trends.repositories, MOST_REPOSITORIES, reviews=True)
    _suppressions(console, trends)
    _section(console, "What the words mean", _definitions())


def sparkline(numbers: Sequence[int], columns: int = _SPARK) -> str:
    """*numbers* as bars of eight heights, the last *columns* of them; 0 is a space."""
    most = max(numbers, default=0)
    heights = [-(-number * len(_BARS) // most) if most else 0 for number in numbers[-columns:]]
    return "".join(_BARS[height - 1] if height else " " for height in heights)


def _totals(total: Tally) -> Table:
    table = Table.grid(padding=(0, 3))
    names = (words.REVIEWS, *_FINDINGS, words.MEDIAN)
    values = [*_numbers(total, reviews=True), words.duration(total.median) or "–"]
    table.add_row(*(Text(value, style="bold") for value in values))
    table.add_row(*(Text(name, style="dim") for name in names))
    return table


def _by_week(trends: Trends) -> Table:
    table = _table("week of", words.REVIEWS, *_FINDINGS, "median")
    table.add_column("")
    most = max(tally.introduced for tally in trends.by_week.values())
    for week, tally in trends.by_week.items():
        bar = "█" * -(-tally.introduced * _BAR // most) if most else ""
        numbers = [*_numbers(tally, reviews=True), words.duration(tally.median)]
        table.add_row(week.isoformat(), *numbers, Text(bar, style="yellow"))
    return table


def _listed(
    console: Console, heading: str, tallies: dict[str, Tally], most: int, *, reviews: bool
) -> None:
    shown, more = shortened(tallies, most)
    table = _table("", *([words.REVIEWS] if reviews else []), *_FINDINGS)
    if reviews:
        table.add_column("median", justify="right", no_wrap=True)
    table.add_column("by week", no_wrap=True)
    for name, tally in shown:
        numbers = _numbers(tally, reviews=reviews)
        if reviews:
            numbers.append(words.duration(tally.median))
        trend = Text(sparkline(tally.weekly), style="yellow")
        table.add_row(Text(one_line(name, 60)), *numbers, trend)
    _section(console, heading, table)
    _more(console, more)


def _suppressions(console: Console, trends: Trends) -> None:
    if not trends.suppressions:
        _section(console, "Suppressions", Text(words.NO_SUPPRESSIONS))
        return
    shown = trends.suppressions[:MOST_SUPPRESSIONS]
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in shown:
        state = one.state(trends.today)
        ends = f"{one.until} {state}" if one.until else state
        table.add_row(Text(ends, style=_STYLES[state]), _suppression(one))
    _section(console, "Suppressions", table)
    _more(console, len(trends.suppressions) - len(shown))


def _suppression(one: Silenced) -> Text:
    where = f"{visible(one.repository)}  {visible(one.path)}"
    seen = f"  {one.rule}, seen {one.seen} in #{one.number}"
    return Text.assemble((where, "cyan"), (seen, "dim"), "\n", one_line(one.reason, 300))


def _definitions() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for word, meaning in words.DEFINITIONS.items():
        table.add_row(word, prose(meaning, "dim"))
    return table


def _table(first: str, *names: str) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim")
    table.add_column(first, overflow="fold")
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _numbers(tally: Tally, *, reviews: bool) -> list[str]:
    numbers = [tally.introduced, tally.fixed, tally.suppressed, tally.left_open]
    return [f"{number:,}" for number in ([tally.reviews] if reviews else []) + numbers]


def _section(console: Console, heading: str, content: Table | Text) -> None:
    console.print()
    console.rule(Text(heading, style="bold"), align="left", style="dim")
    console.print(content)


def _more(console: Console, count: int) -> None:
    if count:
        console.print(Text(words.AND_MORE.format(count=f"{count:,}"), style="dim"))
