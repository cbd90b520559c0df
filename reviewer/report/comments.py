"""The inline comment: what is wrong here, why it matters in a test, and what to type."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import replace

from checks import RULES
from checks.api import MARK, Bad
from checks.model import Finding, Severity, Suggestion
from reviewer.report.counting import tally
from reviewer.report.locations import rule_link
from reviewer.report.markdown import code, fence, link, prose, visible
from reviewer.report.tool import NAME, cwe_url

HEADING = "**{severity}: {title}**"
WHY = "**Why it matters:** {why}"
FIX = "**To fix:** {remedy}"
SAFE = "This suggestion is **safe**: it was checked, and a correct test behaves the same with it."
REVIEW = "**Review** this suggestion before you apply it: it changes what the test does."
KEEP = "<sub>{rule}, {cwe}. To keep this line, end it with {ignore}.</sub>"
IGNORE = "# secreview: ignore[{rule}] -- reason"
REVIEW_BODY = "{tally}. Each has a comment on its line; the check {name} has the whole account."

_MARKER = "<!-- secreview:v1 {fingerprint} {content} -->"
_MARKER_FORM = re.compile(r"<!-- secreview:v1 ([0-9A-Za-z_-]+) ([0-9A-Za-z_-]+) -->")
_EXAMPLE_LINES = 12


def comment(finding: Finding, pages: str = "") -> str:
    """The body of an inline comment on *finding*: Markdown, ending in a hidden marker.

    *pages* is the address below which the rules' pages are; "" for none.
    """
    heading = HEADING.format(severity=finding.severity.capitalize(), title=prose(finding.title))
    why = _why(finding.rule)
    parts = [
        heading,
        prose(finding.reason),
        WHY.format(why=prose(why)) if why else "",
        FIX.format(remedy=prose(finding.remedy)),
        suggestion_block(finding.suggestion) if finding.suggestion else _example(finding.rule),
        KEEP.format(
            rule=rule_link(finding.rule, pages),
            cwe=link(f"CWE-{finding.cwe}", cwe_url(finding.cwe)),
            ignore=code(IGNORE.format(rule=finding.rule)),
        ),
        _MARKER.format(fingerprint=finding.fingerprint, content=finding.content),
    ]
    return "\n\n".join(part for part in parts if part)


def markers(body: str) -> tuple[str, str] | None:
    """The fingerprint and content that *body* carries in its last line, if it is ours."""
    last = body.rstrip().rsplit("\n", 1)[-1].strip()
    match = _MARKER_FORM.fullmatch(last)
    return (match[1], match[2]) if match else None


def review_body(counts: Mapping[Severity, int]) -> str:
    """The text above the inline comments of one review; *counts* are those comments'."""
    return REVIEW_BODY.format(tally=tally(counts), name=code(NAME))


def suggestion_block(suggestion: Suggestion) -> str:
    """GitHub's suggestion block and how far to trust it; "" where it could hide something.

    The block replaces exactly ``suggestion.line..end_line``: the comment must stand there.
    """
    text = "\n".join(suggestion.lines)
    if visible(text, keep="\n\t") != text:
        return ""
    trust = SAFE if suggestion.safe else REVIEW
    return f"{fence(text, 'suggestion')}\n\n{trust}"


def before(bad: Bad) -> str:
    """The code of a bad example, without the mark on its line."""
    return "\n".join(line.removesuffix(MARK).rstrip() for line in bad.code.rstrip("\n").split("\n"))


def example(bad: Bad) -> str:
    """Before and after of a rule's example, as the lines of a diff without its header."""
    old, new = before(bad).split("\n"), before(replace(bad, code=bad.fixed or "")).split("\n")
    return "\n".join(list(difflib.unified_diff(old, new, n=3, lineterm=""))[3:])


def _example(rule: str) -> str:
    """The rule's first example with a fix, where it is short enough to read at a glance."""
    bad = next((bad for bad in RULES[rule].bad if bad.fixed), None) if rule in RULES else None
    if bad is None:
        return ""
    shown = example(bad)
    return fence(shown, "diff") if shown.count("\n") < _EXAMPLE_LINES else ""


def _why(rule: str) -> str:
    """The rule's first paragraph of reasons."""
    return RULES[rule].why.split("\n\n")[0] if rule in RULES else ""
