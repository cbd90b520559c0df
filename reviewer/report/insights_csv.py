"""The trends as one table of comma-separated values, for a spreadsheet or a script."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from reviewer.report.insights import Trends
from reviewer.report.markdown import one_line

COLUMNS = (
    "record", "week", "repository", "rule", "reviews", "median_seconds", "introduced", "fixed",
    "suppressed", "left_open", "pull_request", "path", "reason", "until", "state", "last_seen",
)  # fmt: skip
REVIEWS, FINDINGS, SUPPRESSION = "reviews", "findings", "suppression"

_LONGEST = 400
# A spreadsheet takes a cell that begins so for a formula; the last four are their wide forms.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_QUOTE = "'"


def as_csv(trends: Trends) -> str:
    """*trends* with a heading line; what ``record`` says is what a line is about.

    ``reviews``: the reviews of a repository in a week. ``findings``: those of a repository and a
    rule in a week. ``suppression``: one that was seen last on the day ``last_seen``. What does
    not belong to a line is left empty, so that a column can be summed.
    """
    made = io.StringIO()
    table = csv.DictWriter(made, COLUMNS, restval="", lineterminator="\n")
    table.writeheader()
    for line in (*_reviews(trends), *_findings(trends), *_suppressions(trends)):
        table.writerow({name: _cell(value) for name, value in line.items()})
    return made.getvalue()


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return "" if value is None else value
    shown = one_line(value, _LONGEST)
    return f"{_QUOTE}{shown}" if shown.startswith(_FORMULA) else shown


def _reviews(trends: Trends) -> Iterator[dict[str, Any]]:
    for (week, repository, rule), tally in sorted(trends.cells.items()):
        if not rule:
            seconds = tally.median
            yield {
                "record": REVIEWS, "week": week, "repository": repository,
                "reviews": tally.reviews,
                "median_seconds": None if seconds is None else round(seconds, 2),
            }  # fmt: skip


def _findings(trends: Trends) -> Iterator[dict[str, Any]]:
    for (week, repository, rule), tally in sorted(trends.cells.items()):
        if rule:
            yield {
                "record": FINDINGS, "week": week, "repository": repository, "rule": rule,
                "introduced": tally.introduced, "fixed": tally.fixed,
                "suppressed": tally.suppressed, "left_open": tally.left_open,
            }  # fmt: skip


def _suppressions(trends: Trends) -> Iterator[dict[str, Any]]:
    for one in trends.suppressions:
        yield {
            "record": SUPPRESSION, "repository": one.repository, "rule": one.rule,
            "pull_request": one.number, "path": one.path, "reason": one.reason,
            "until": one.until, "state": one.state(trends.today), "last_seen": one.seen,
        }  # fmt: skip
