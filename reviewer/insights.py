"""``secreview insights``: what the App's reviews came to, for the terminal, a browser, a table."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from rich.console import Console

from reviewer import insights_rows
from reviewer.formats import CANNOT_WRITE, refuse_unwritable
from reviewer.insights_database import reading
from reviewer.local import UsageError
from reviewer.report.insights import History, Trends, monday, trends
from reviewer.report.insights_csv import as_csv
from reviewer.report.insights_terminal import render
from reviewer.report.markdown import one_line
from reviewer.settings import Settings

WEEKS = 26
MOST_WEEKS = 522
STDOUT = "-"

NONE_YET = (
    "No review is kept yet. Reviews are kept from this version of the App on: the first one that "
    "ends is shown here."
)
NO_DATE = "--since {given} is no date. Write one such as 2026-01-31."
FUTURE = "--since {given} is in the future. Give the first day to look at, or --weeks."
LONG_AGO = "--since {given} is too long ago. Give a day of the last ten years, or --weeks."
EITHER = "--since and --weeks exclude each other. Leave one out."
SAME = "--html and --csv name the same file. Give each its own."
UNKNOWN = "No review of {name} is kept."
NEAREST = " Did you mean {nearest}?"
KNOWN = " There are reviews of {names}."
KNOWN_MORE = " There are reviews of {names} and {count} more."
WRITTEN = "{what} of {reviews} reviews is in {path}."

_PLAIN_WIDTH = 100
_NAMED = 5
_NAME = 200


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: "" and None are for what is not.

    ``since`` is an ISO date, ``weeks`` a number of weeks, ``repository`` OWNER/NAME, ``html`` a
    file, ``csv`` a file or "-" for standard output.
    """

    since: str = ""
    weeks: int | None = None
    repository: str = ""
    html: Path | None = None
    csv: str = ""


def run(request: Request, settings: Settings, today: date) -> int:
    """Show or write what is asked for, as of *today* (UTC); the exit code, 0.

    Raises:
        UsageError: the request cannot be carried out; nothing was written.
    """
    weeks = _weeks(request, today)
    for file in _files(request):
        refuse_unwritable(file)
    with reading(settings) as tx:
        # A week begins before it ends: the first day of the first one.
        history = insights_rows.load(tx, trends(_EMPTY, weeks, today).weeks[0])
    if not history.repositories:
        _say(NONE_YET)
        return 0
    only = _named(request.repository, history.repositories) if request.repository else ""
    found = trends(history.of(only) if only else history, weeks, today, only)
    _show(found, request)
    return 0


_EMPTY = History((), (), (), ())


def _weeks(request: Request, today: date) -> int:
    """How many weeks are asked for; that of *since* is one of them from its Monday on."""
    if not request.since:
        return request.weeks or WEEKS
    if request.weeks is not None:
        raise UsageError(EITHER)
    given = one_line(request.since, _NAME)
    try:
        since = date.fromisoformat(request.since)
    except ValueError:
        raise UsageError(NO_DATE.format(given=given)) from None
    if since > today:
        raise UsageError(FUTURE.format(given=given))
    weeks = (monday(today) - monday(since)).days // 7 + 1
    if weeks > MOST_WEEKS:
        raise UsageError(LONG_AGO.format(given=given))
    return weeks


def _files(request: Request) -> Iterator[Path]:
    table = Path(request.csv) if request.csv not in ("", STDOUT) else None
    if table and request.html and table.absolute() == request.html.absolute():
        raise UsageError(SAME)
    yield from filter(None, (request.html, table))


def _named(given: str, names: Sequence[str]) -> str:
    """The repository that is meant, in whichever case it was written."""
    by_lower = {name.lower(): name for name in names}
    if given.lower() in by_lower:
        return by_lower[given.lower()]
    nearest = get_close_matches(given.lower(), by_lower, n=1)
    if nearest:
        hint = NEAREST.format(nearest=by_lower[nearest[0]])
    else:
        more, listed = len(names) - _NAMED, ", ".join(names[:_NAMED])
        hint = (KNOWN_MORE if more > 0 else KNOWN).format(names=listed, count=more)
    raise UsageError(UNKNOWN.format(name=one_line(given, _NAME)) + hint)


def _show(found: Trends, request: Request) -> None:
    if request.html:
        from reviewer.report.insights_page import page  # its templates take a while

        _write(request.html, page(found), "The page", found)
    if request.csv == STDOUT:
        sys.stdout.write(as_csv(found))
    elif request.csv:
        _write(Path(request.csv), as_csv(found), "The table", found)
    if not (request.html or request.csv):
        render(found, Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH))


def _write(path: Path, text: str, what: str, found: Trends) -> None:
    try:
        path.write_bytes(text.encode(errors="backslashreplace"))
    except OSError as error:
        raise UsageError(CANNOT_WRITE.format(path=path, reason=error.strerror)) from None
    _say(WRITTEN.format(what=what, reviews=f"{found.total.reviews:,}", path=path))


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)  # noqa: T201  # the command line speaks
