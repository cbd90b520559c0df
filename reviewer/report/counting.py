"""Numbers in words for people: "1 finding", "2 findings: 1 high, 1 medium", "lines 3-9"."""

from collections import Counter
from collections.abc import Iterable, Mapping

from checks.model import Finding, Place, Severity


def counted(number: int, noun: str) -> str:
    """*number* and *noun*, which takes an s unless it is one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def severities(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many *findings* there are of each severity that occurs, worst first."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in Severity if counts[severity]}


def tally(counts: Mapping[Severity, int]) -> str:
    """*counts* in words, without a full stop: "2 findings: 1 high, 1 medium"."""
    parts = ", ".join(f"{counts[s]:,} {s}" for s in Severity if counts.get(s))
    total = counted(sum(counts.values()), "finding")
    return f"{total}: {parts}" if parts else total


def span(place: Place) -> str:
    """The lines of *place*: "12" or "12-20"."""
    if place.end_line > place.line:
        return f"{place.line}-{place.end_line}"
    return str(place.line)
