"""Inline ignores: ``# secreview: ignore[rule-id, other-id] until=2027-01-31 -- reason``."""

import contextlib
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from checks.model import Assessment, Finding, Suppression
from checks.source import Source

_SIGN = "secreview:"
_COMMENT = re.compile(
    r"#\s*secreview:\s*(?P<verb>\w+)\s*(?:\[(?P<rules>[^\]]*)\])?"
    r"(?P<options>(?:\s+\w+=\S*)*)\s*(?:--\s*(?P<reason>.*\S))?\s*$"
)
_UNTIL = re.compile(r"until=(\S*)")
FORM = "# secreview: ignore[rule-id] -- reason"


def find(source: Source, known: frozenset[str]) -> tuple[Suppression, ...]:
    """All suppressions of a file, valid or not, in order. *known* are the rules' ids.

    Only real comments count: the same words inside a string do not.
    """
    if _SIGN not in source.text:
        return ()
    return tuple(_parse(source, token, known) for token in _comments(source.text))


def _comments(text: str) -> Iterator[tokenize.TokenInfo]:
    # The tokenizer can give up on what the parser accepts: what was read so far counts.
    with contextlib.suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and _SIGN in token.string:
                yield token


def _parse(source: Source, token: tokenize.TokenInfo, known: frozenset[str]) -> Suppression:
    line, column = token.start
    alone = not token.line[:column].strip()
    match = _COMMENT.search(token.string)
    rules = tuple(part.strip() for part in ((match and match["rules"]) or "").split(",") if part)
    until = _UNTIL.search(match["options"]) if match else None
    ends = until[1] if until else ""
    reason = (match["reason"] or "") if match else ""
    return Suppression(
        path=source.path,
        line=source.git_line(line),
        covers=source.git_line(line + alone),
        rules=rules,
        reason=reason,
        until=ends,
        problem=_problem(match, rules, reason, ends, known),
    )


def _problem(
    match: re.Match[str] | None,
    rules: tuple[str, ...],
    reason: str,
    until: str,
    known: frozenset[str],
) -> str:
    if not match or match["verb"] != "ignore" or not rules:
        return f"it is not of the form `{FORM}`"
    unknown = [rule for rule in rules if rule not in known]
    if unknown:
        return f"there is no rule `{unknown[0]}`"
    options = match["options"].split()
    if any(not option.startswith("until=") for option in options):
        return "the only option is `until=YYYY-MM-DD`"
    if until or options:
        try:
            date.fromisoformat(until)
        except ValueError:
            return f"`until={until}` is not a date of the form YYYY-MM-DD"
    if not reason:
        return f"it gives no reason; write `{FORM}`"
    return ""


def apply(assessment: Assessment, today: date) -> Assessment:
    """The same assessment with findings marked as suppressed, and expired ignores named."""
    current = tuple(_expired(s, today) for s in assessment.suppressions)
    valid = [s for s in current if not s.problem]
    findings = tuple(
        replace(finding, suppressed=_silencer(finding, valid)) for finding in assessment.findings
    )
    return replace(assessment, findings=findings, suppressions=current)


def unused(assessment: Assessment) -> tuple[Suppression, ...]:
    """The valid suppressions that silence none of the findings, once they were applied."""
    used = {finding.suppressed for finding in assessment.findings}
    return tuple(s for s in assessment.suppressions if not s.problem and s not in used)


def _expired(suppression: Suppression, today: date) -> Suppression:
    if suppression.until and not suppression.problem:
        last = date.fromisoformat(suppression.until)
        if today > last:
            return replace(suppression, problem=f"it expired on {last.isoformat()}")
    return suppression


def _silencer(finding: Finding, valid: list[Suppression]) -> Suppression | None:
    place = finding.place
    return next(
        (s for s in valid if finding.rule in s.rules and place.line <= s.covers <= place.end_line),
        None,
    )
