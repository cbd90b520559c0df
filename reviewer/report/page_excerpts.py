"""Which source lines the page shows beside findings and evidence, and what is masked in them.

What a finding cites was masked where it was found. Everything else here is raw source, so it is
masked again, and rather too much than too little.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.model import Category, Evidence, Finding, Place
from checks.values import is_generated, looks_random, masked, urls
from reviewer.model import Review

Excerpts = Mapping[str, Mapping[int, str]]
"""Path -> git line -> that line, masked."""

CONTEXT = 2
EVIDENCE_LINES = 4
EVIDENCE_PLACES = 2

_QUOTE = re.compile("[\"']")
_CONNECTS = re.compile("pass|pwd|://", re.IGNORECASE)
_RUN = re.compile(r"(?=[A-Za-z+/]*[0-9])[A-Za-z0-9+/]{16,}")
_LONG_NUMBER = 32


@dataclass(slots=True)
class Wanted:
    """The lines of one file that the page would like to show.

    ``length`` is how many lines the file had when it was assessed; ``cited`` are lines as their
    findings show them. ``secret`` are lines on which something begins that may hold a secret,
    ``inside`` those on which it goes on; ``database`` are lines about a database.
    """

    length: int
    lines: set[int] = field(default_factory=set)
    cited: dict[int, str] = field(default_factory=dict)
    secret: set[int] = field(default_factory=set)
    inside: set[int] = field(default_factory=set)
    database: set[int] = field(default_factory=set)


def wanted(review: Review, *, evidence: bool = True) -> dict[str, Wanted]:
    """What is to be read of which file; without *evidence*, only what stands around findings."""
    asked = {}
    for assessment in review.assessments:
        of_file = Wanted(assessment.lines)
        for finding in assessment.findings:
            _want_finding(of_file, finding)
        for fact in assessment.evidence:
            _want_fact(of_file, fact)
        if not evidence:
            of_file.lines = {n for f in assessment.findings for n in around(f)}
        if of_file.lines:
            asked[assessment.path] = of_file
    return asked


def cut(text: str, asked: Wanted) -> dict[int, str]:
    """The lines of *text* that were *asked* for, masked.

    None of them where the file is not the one that was assessed: nobody knows then which of
    its lines hold a secret.
    """
    lines = text.split("\n")
    if asked.length != len(lines) - (not lines[-1]):
        return {}
    return {
        number: _masked(lines[number - 1].rstrip("\r"), number, asked)
        for number in sorted(asked.lines)
        if 0 < number <= asked.length
    }


def is_whole_file(place: Place) -> bool:
    """Whether *place* stands for the file and not for a line of it."""
    return (place.line, place.column, place.end_line, place.end_column) == (1, 1, 1, 1)


def shown(fact: Evidence) -> range:
    """The lines that are shown of a *fact*; one alone where the others would be masked."""
    most = 1 if fact.category is Category.SECRETS else EVIDENCE_LINES
    return range(fact.place.line, min(fact.place.end_line, fact.place.line + most - 1) + 1)


def guarded(line: str) -> str:
    """*line* without passwords in addresses and without values that were generated."""
    for url in urls(line):
        if url.password:
            line = line.replace(f":{url.password}@", f":{masked()}@")
    return _RUN.sub(_without_value, line)


def around(finding: Finding) -> list[int]:
    """The lines before and behind a *finding* that are shown with it."""
    first, last = finding.place.line, finding.place.end_line
    return [*range(first - CONTEXT, first), *range(last + 1, last + CONTEXT + 1)]


def _want_finding(asked: Wanted, finding: Finding) -> None:
    place, code = finding.place, finding.code.split("\n")
    asked.lines.update(around(finding))
    for number, line in zip(range(place.line, place.end_line + 1), code, strict=False):
        if masked() in line:
            asked.cited[number] = line
    if finding.category is Category.SECRETS or masked() in finding.code:
        _hide(asked, place)


def _want_fact(asked: Wanted, fact: Evidence) -> None:
    if is_whole_file(fact.place):
        return
    asked.lines.update(shown(fact))
    if fact.category is Category.SECRETS:
        _hide(asked, fact.place)
    elif fact.category is Category.DATABASE:
        asked.database.update(range(fact.place.line, fact.place.end_line + 1))


def _hide(asked: Wanted, place: Place) -> None:
    asked.secret.add(place.line)
    asked.inside.update(range(place.line + 1, place.end_line + 1))


def _masked(line: str, number: int, asked: Wanted) -> str:
    if number in asked.cited:
        line = asked.cited[number]
    elif number in asked.inside:
        return masked()  # It may be the middle of a string, where quotes say nothing.
    elif number in asked.secret or (number in asked.database and _CONNECTS.search(line)):
        line = _up_to_string(line)
    return guarded(line)


def _up_to_string(line: str) -> str:
    """*line* up to its first string, of which nothing is shown, nor of what is behind it."""
    quote = _QUOTE.search(line)
    return f"{line[: quote.end()]}{masked()}{quote[0]}" if quote else line


def _without_value(word: re.Match[str]) -> str:
    """A run of letters and digits, masked where it was generated and not written."""
    text = word[0]
    generated = len(text) >= _LONG_NUMBER and is_generated(text)
    return masked() if generated or looks_random(text) else text
