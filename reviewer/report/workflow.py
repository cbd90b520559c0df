"""Workflow commands: what a job of GitHub Actions prints to put annotations on lines."""

from collections.abc import Iterator

from checks.model import Finding, NotAssessed, Severity
from reviewer.model import Review
from reviewer.report.annotations import heading, message
from reviewer.report.markdown import visible
from reviewer.report.summary import verdict

GAP_TITLE = "Not assessed"

_LEVELS = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "notice"}


def workflow_commands(review: Review) -> str:
    """A command for each gap and each finding, and the verdict in a last line."""
    lines = [*map(_gap, review.not_assessed), *map(_finding, review.findings), verdict(review)]
    return "".join(f"{line}\n" for line in lines)


def _finding(finding: Finding) -> str:
    place = finding.place
    where = {"file": place.path, "line": str(place.line), "endLine": str(place.end_line)}
    if place.line == place.end_line:
        where |= {"col": str(place.column), "endColumn": str(place.end_column)}
    return _command(_LEVELS[finding.severity], where, heading(finding), message(finding))


def _gap(gap: NotAssessed) -> str:
    where = {"file": gap.path} | ({"line": str(gap.line)} if gap.line else {})
    return _command("error", where, GAP_TITLE, visible(gap.reason, keep="\n"))


def _command(level: str, where: dict[str, str], title: str, text: str) -> str:
    properties = ",".join(_properties(where | {"title": title}))
    return f"::{level} {properties}::{_data(text)}"


def _properties(values: dict[str, str]) -> Iterator[str]:
    for name, value in values.items():
        yield f"{name}={_data(value).replace(':', '%3A').replace(',', '%2C')}"


def _data(text: str) -> str:
    """*text* as the runner decodes it: percent signs and line ends encoded."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
