"""The account of a review: who asked, what decided, what was ignored; and all for machines."""

import json
import re
from collections.abc import Iterator
from typing import Any

from checks import RULES_VERSION
from checks.model import Finding, Suppression
from reviewer.model import Review
from reviewer.repo_config import PATH
from reviewer.report.fitting import Block
from reviewer.report.locations import location
from reviewer.report.markdown import clip, code, fence, one_line, prose, visible
from reviewer.report.tool import version

ASKED = "Asked for by {by} ({reason})."
BECAUSE = "Reviewed because {reason}."
BECAUSE_OF = "Reviewed because of: {reason}."
REASONS = {
    "opened": "the pull request was opened",
    "reopened": "the pull request was reopened",
    "synchronize": "its commits changed",
    "ready_for_review": "the pull request was marked as ready for review",
    "retargeted": "its base branch was changed",
    "merge queue": "the merge queue asked for it",
    "missed": "an event had been missed",
}
CONFIGURED = "Configuration: blob {sha} of {where}."
UNCONFIGURED = "Configuration: the defaults; neither this repository nor its owner has one."
SUPPRESSED = "### Suppressed"
SUPPRESSED_BY = "`{rule}` at {place}: {reason}"
ADDED = "**Added here:** "
UNTIL = " (until {date})"
DOES_NOT_COUNT = "The ignore at {place} does not count: {problem}"
IGNORED_IN_VAIN = "The ignore here does not count: {problem}."
UNUSED = "The ignore at {place} silences nothing and can go."
PROPOSED = "This pull request changes `{path}`. It takes effect after the merge; {state}."
VALID = "the change is valid"
INVALID = "the new text **cannot be used**: {problems}"
PROBLEM_AT = r"line \1, column \2: "
MORE = "and {more:,} more"
FOR_MACHINES = "The same for machines"

_PROBLEMS = 10
_AT = re.compile(r"\A(\d+):(\d+): ")
# Both are never left out of a summary, whatever else is: they must stay small beside its limit.
_JSON_BYTES = 8_000
_BREAKING = {ord(character): f"\\u{ord(character):04x}" for character in "`<>&"}


def asked(review: Review) -> Iterator[str]:
    """Who asked for the review, and which configuration decided."""
    about = review.scope
    if about.by:
        yield ASKED.format(by=code(about.by, limit=60), reason=prose(about.reason, limit=60))
    elif about.reason in REASONS:
        yield BECAUSE.format(reason=REASONS[about.reason])
    elif about.reason:
        yield BECAUSE_OF.format(reason=prose(about.reason, limit=60))
    if about.config:
        sha = code("+".join(part[:12] for part in about.config.blob_sha.split("+")))
        yield CONFIGURED.format(sha=sha, where=prose(about.config.where, limit=150))
    elif about.head_sha:
        yield UNCONFIGURED


def proposal(review: Review) -> str:
    """What a pull request's own change of the configuration comes to; "" where it makes none."""
    if review.proposal is None:
        return ""
    problems = [
        prose(_AT.sub(PROBLEM_AT, problem), limit=200) for problem in review.proposal[:_PROBLEMS]
    ]
    rest = len(review.proposal) - len(problems)
    problems += [MORE.format(more=rest)] if rest else []
    state = INVALID.format(problems="; ".join(problems)) if problems else VALID
    return PROPOSED.format(path=PATH, state=state)


def suppressions(review: Review) -> Iterator[Block]:
    """Those used, with the ones that the pull request adds first; then the idle and invalid."""
    used = [(f, by) for f in review.suppressed if (by := f.suppressed)]
    used.sort(key=lambda each: not _is_added(review, each[1]))
    items = [
        *(_suppressed(review, finding, by) for finding, by in used),
        *(_with_place(review, DOES_NOT_COUNT, s) for s in review.invalid_suppressions),
        *(_with_place(review, UNUSED, s) for s in review.unused_suppressions),
    ]
    if items:
        yield Block(SUPPRESSED, tuple(f"- {item}" for item in items), rank=3, noun="suppression")


def ignored_in_vain(review: Review, finding: Finding) -> str:
    """Why the ignore that stands on an unsuppressed *finding* does not count; "" for none."""
    place = finding.place
    for ignore in review.invalid_suppressions:
        on_it = ignore.path == place.path and place.line <= ignore.covers <= place.end_line
        if on_it and finding.rule in ignore.rules:
            return IGNORED_IN_VAIN.format(problem=prose(ignore.problem, limit=200).rstrip("."))
    return ""


def machine_block(review: Review) -> str:
    """What decided and what came of it, as JSON in a fold; at most some kilobytes.

    Suppressions behind the first few kilobytes are left out and counted.
    """
    about, config = review.scope, review.scope.config
    shown: list[dict[str, Any]] = []
    size = 0
    for each in map(_told, (review,) * len(review.suppressed), review.suppressed):
        size += len(json.dumps(each, indent=1))
        if size > _JSON_BYTES:
            break
        shown.append(each)
    told = {
        "secreview": 1,
        "version": version(),
        "rules_version": RULES_VERSION,
        "verdict": review.verdict.value,
        "failing": review.failing,
        "head": about.head_sha,
        "base": about.base_sha,
        "profile": about.profile.value,
        "scope": "introduced" if about.introduced_only else "files",
        "config": config and {"blob_sha": config.blob_sha, "where": one_line(config.where, 150)},
        "reason": one_line(about.reason, 60),
        "by": one_line(about.by, 60),
        "test_files": about.selected,
        "assessed": review.assessed,
        "not_assessed": len({gap.path for gap in review.not_assessed}),
        "introduced": len(review.introduced),
        "existing": len(review.existing_findings),
        "fixed": len(review.fixed),
        "suppressed": shown,
        "suppressed_left_out": len(review.suppressed) - len(shown),
    }
    text = fence(json.dumps(told, indent=1).translate(_BREAKING), "json")
    return f"<details>\n<summary>{FOR_MACHINES}</summary>\n\n{text}\n\n</details>"


def _told(review: Review, finding: Finding) -> dict[str, Any]:
    by = finding.suppressed
    return {
        "rule": finding.rule,
        "path": clip(visible(finding.place.path), 200),
        "line": finding.place.line,
        "reason": one_line(by.reason if by else "", 100),
        "added": bool(by and _is_added(review, by)),
    }


def _suppressed(review: Review, finding: Finding, by: Suppression) -> str:
    place = location(review, finding.place.path, finding.place.line, finding.place.end_line)
    until = UNTIL.format(date=prose(by.until)) if by.until else ""
    said = SUPPRESSED_BY.format(rule=finding.rule, place=place, reason=prose(by.reason))
    return f"{ADDED if _is_added(review, by) else ''}{said}{until}"


def _with_place(review: Review, sentence: str, suppression: Suppression) -> str:
    place = location(review, suppression.path, suppression.line, suppression.line)
    return sentence.format(place=place, problem=prose(suppression.problem))


def _is_added(review: Review, suppression: Suppression) -> bool:
    return (suppression.path, suppression.line) in review.added_suppressions
