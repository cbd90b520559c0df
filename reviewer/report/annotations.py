"""Annotations of the check run: plain text on lines, in GitHub's shape."""

from typing import Any

from checks.model import Finding, Severity
from reviewer.model import Review
from reviewer.report.markdown import clip, visible

TITLE = "{severity}: {title} ({rule})"
MESSAGE = "{reason}\n\n{remedy}"

LEVELS = {Severity.HIGH: "failure", Severity.MEDIUM: "warning", Severity.LOW: "notice"}
_TITLE_LIMIT = 255
_MESSAGE_LIMIT = 4_000  # GitHub takes 64 KB; nobody reads them


def annotations(review: Review) -> list[dict[str, Any]]:
    """One annotation for each finding, worst first; GitHub takes 50 a request."""
    return [annotation(finding) for finding in review.findings]


def annotation(finding: Finding) -> dict[str, Any]:
    """The annotation of *finding*; columns only where GitHub takes them, on a single line."""
    place = finding.place
    shape: dict[str, Any] = {
        "path": place.path,
        "start_line": place.line,
        "end_line": place.end_line,
        "annotation_level": LEVELS[finding.severity],
        "title": heading(finding),
        "message": message(finding),
    }
    if place.line == place.end_line:
        shape |= {"start_column": place.column, "end_column": place.end_column}
    return shape


def heading(finding: Finding) -> str:
    """The title in plain text, at most 255 characters."""
    severity = finding.severity.capitalize()
    text = TITLE.format(severity=severity, title=finding.title, rule=finding.rule)
    return clip(visible(text), _TITLE_LIMIT)


def message(finding: Finding) -> str:
    """What is wrong and what to write instead, in plain text."""
    text = MESSAGE.format(reason=finding.reason, remedy=finding.remedy)
    return clip(visible(text, keep="\n"), _MESSAGE_LIMIT)
