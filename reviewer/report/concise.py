"""One line for each finding, as editors and terminals take them: ``path:line:column: ...``.

The form is stable: ``path:line:column: rule severity message``.
"""

from checks.model import Finding, NotAssessed
from reviewer.model import Review
from reviewer.report.markdown import one_line, visible
from reviewer.report.summary import verdict

LINE = "{path}:{line}:{column}: {rule} {severity} {message}"
NOT_ASSESSED = "not-assessed"

_LIMIT = 600


def concise(review: Review) -> str:
    """A line for each gap and each finding, by path and line; the verdict in a last line."""
    gaps = sorted(review.not_assessed, key=lambda gap: (gap.path, gap.line or 1))
    found = sorted(
        review.findings, key=lambda f: (f.place.path, f.place.line, f.place.column, f.rule)
    )
    lines = [*map(_gap, gaps), *map(_finding, found), verdict(review)]
    return "".join(f"{line}\n" for line in lines)


def _finding(finding: Finding) -> str:
    place = finding.place
    return LINE.format(
        path=visible(place.path),
        line=place.line,
        column=place.column,
        rule=finding.rule,
        severity=finding.severity,
        message=one_line(finding.reason, _LIMIT),
    )


def _gap(gap: NotAssessed) -> str:
    return LINE.format(
        path=visible(gap.path),
        line=gap.line or 1,
        column=1,
        rule=NOT_ASSESSED,
        severity="error",
        message=one_line(gap.reason, _LIMIT),
    )
