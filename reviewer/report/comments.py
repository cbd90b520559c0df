"""The inline comment: what is wrong here, why it matters in a test, and what to type."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from checks import RULES
from checks.api import MARK, Bad
from checks.model import Finding, Severity, Suggestion
from reviewer.report.counting import counted, span, tally
from reviewer.report.locations import rule_link
from reviewer.report.markdown import code, fence, link, prose, url, visible
from reviewer.report.tool import NAME, cwe_url

HEADING = "**{severity}: {title}**"
WHY = "**Why it matters:** {why}"
FIX = "**To fix:** {remedy}"
SAFE = "This suggestion is **safe**: it was checked, and a correct test behaves the same with it."
REVIEW = "**Review** this suggestion before you apply it: it changes what the test does."
KEEP = "<sub>{rule}, {cwe}. To keep this line, end it with {ignore}.</sub>"
IGNORE = "# secreview: ignore[{rule}] -- reason"
REVIEW_BODY = "{tally}. The comments are on their lines; the check {name} has the whole account."
HELD_BACK = "And {more} in the check."
GROUPED = "{count} places in this file: lines {lines}."
MORE_LINES = "{lines} and {more:,} more"
FIXED = "Fixed in `{sha}`."
WAS = "What it was"

MOST_GROUPED = 1_000
"""So many markers take 50,000 of the 65,536 characters that GitHub allows a comment."""

_MARKER = "<!-- secreview:v1 {pairs} -->"
_MARKER_FORM = re.compile(r"<!-- secreview:v1((?: [0-9A-Za-z_-]+ [0-9A-Za-z_-]+)+) -->")
_FIXED_FORM = re.compile(r"Fixed in `[0-9a-f]{7,64}`\.\n")
_EXAMPLE_LINES = 12
_LINES = 50
_LINKS_LIMIT = 10_000


def comment(finding: Finding, pages: str = "") -> str:
    """The body of an inline comment on *finding*: Markdown, ending in a hidden marker.

    *pages* is the address below which the rules' pages are; "" for none.
    """
    return _comment([finding], prose(finding.reason), finding.suggestion, pages)


def grouped_comment(findings: Sequence[Finding], pages: str = "", blob_url: str = "") -> str:
    """One comment on several findings of one rule in one file: the same, and their lines.

    At most ``MOST_GROUPED`` findings, so that the marker of each has room. The lines are linked
    below *blob_url*, the address of the head's files ("" for none). No suggestion is made: it
    would mend one line of several.
    """
    said = GROUPED.format(count=f"{len(findings):,}", lines=_lines(findings, blob_url))
    return _comment(findings, f"{said} {prose(findings[0].reason)}", None, pages)


def fixed_body(body: str, head_sha: str) -> str:
    """The *body* of a comment whose findings are gone since *head_sha*, folded away.

    One that says so already stays as it is.
    """
    if is_fixed(body):
        return body
    text, _, marker = body.replace("\r\n", "\n").rstrip().rpartition("\n")
    folded = f"<details>\n<summary>{WAS}</summary>\n\n{text.rstrip()}\n\n</details>"
    return f"{FIXED.format(sha=head_sha[:12])}\n\n{folded}\n\n{marker}"


def is_fixed(body: str) -> bool:
    """Whether the *body* of one of our comments says that its findings are gone."""
    return bool(_FIXED_FORM.match(body.replace("\r\n", "\n")))


def markers(body: str) -> tuple[tuple[str, str], ...]:
    """The fingerprints and contents that *body* carries in its last line; none: not ours."""
    last = body.rstrip().rsplit("\n", 1)[-1].strip()
    match = _MARKER_FORM.fullmatch(last)
    words = match[1].split() if match else []
    return tuple(zip(words[::2], words[1::2], strict=True))


def review_body(counts: Mapping[Severity, int], held_back: int = 0) -> str:
    """The text above the inline comments of one review; *counts* are what those say.

    *held_back* counts the findings that there was no room for.
    """
    body = REVIEW_BODY.format(tally=tally(counts), name=code(NAME))
    more = HELD_BACK.format(more=counted(held_back, "more finding")) if held_back else ""
    return f"{body} {more}".rstrip()


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


def _comment(
    findings: Sequence[Finding], said: str, suggestion: Suggestion | None, pages: str
) -> str:
    finding = findings[0]
    heading = HEADING.format(severity=finding.severity.capitalize(), title=prose(finding.title))
    why = _why(finding.rule)
    parts = [
        heading,
        said,
        WHY.format(why=prose(why)) if why else "",
        FIX.format(remedy=prose(finding.remedy)),
        suggestion_block(suggestion) if suggestion else _example(finding.rule),
        KEEP.format(
            rule=rule_link(finding.rule, pages),
            cwe=link(f"CWE-{finding.cwe}", cwe_url(finding.cwe)),
            ignore=code(IGNORE.format(rule=finding.rule)),
        ),
        _MARKER.format(pairs=" ".join(f"{f.fingerprint} {f.content}" for f in findings)),
    ]
    return "\n\n".join(part for part in parts if part)


def _lines(findings: Sequence[Finding], blob_url: str) -> str:
    """The lines of *findings* in order, as links where all of them have room."""
    places = {f.place.line: f.place for f in sorted(findings, key=lambda f: f.place.end_line)}
    shown = [places[line] for line in sorted(places)[:_LINES]]
    labels = [span(place) for place in shown]
    if blob_url:
        addresses = [url(blob_url, p.path, p.line, p.end_line) for p in shown]
        linked = [link(*pair) for pair in zip(labels, addresses, strict=True)]
        labels = linked if sum(map(len, linked)) <= _LINKS_LIMIT else labels
    listed = ", ".join(labels)
    rest = len(places) - len(shown)
    return MORE_LINES.format(lines=listed, more=rest) if rest else listed


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
