"""The account of a review: who asked, which configuration decided, and all of it for machines."""

import json
from collections.abc import Iterator

from checks import RULES_VERSION
from reviewer.model import Review
from reviewer.repo_config import PATH
from reviewer.report.locations import location
from reviewer.report.markdown import code, fence, one_line, prose
from reviewer.report.tool import version

ASKED = "Asked for by {by} ({reason})."
REASON = "Asked for by: {reason}."
CONFIGURED = "Configuration: blob {sha} of {where}."
UNCONFIGURED = "Configuration: the defaults; neither this repository nor its owner has one."
UNUSED = "The ignore at {place} silences nothing and can go."
PROPOSED = "This pull request changes `{path}`. It takes effect after the merge; {state}."
VALID = "the new text is valid"
INVALID = "the new text **cannot be used**: {problems}"
GONE = "the file is removed"
FOR_MACHINES = "The same for machines"

_MOST = 50


def asked(review: Review) -> Iterator[str]:
    """Who asked for the review, and which configuration decided."""
    about = review.scope
    if about.by:
        yield ASKED.format(by=code(about.by, limit=60), reason=prose(about.reason, limit=60))
    elif about.reason:
        yield REASON.format(reason=prose(about.reason, limit=60))
    if about.config:
        sha = code("+".join(part[:12] for part in about.config.blob_sha.split("+")))
        yield CONFIGURED.format(sha=sha, where=prose(about.config.where, limit=150))
    elif about.head_sha:
        yield UNCONFIGURED


def proposal(review: Review) -> str:
    """What a pull request's own change of the configuration comes to; "" where it makes none."""
    if review.proposal is None:
        return ""
    problems = "; ".join(prose(problem, limit=200) for problem in review.proposal[:10])
    state = INVALID.format(problems=problems) if problems else VALID
    return PROPOSED.format(path=PATH, state=state)


def unused(review: Review) -> Iterator[str]:
    """The suppressions that silence nothing, a sentence each."""
    for suppression in review.unused_suppressions:
        place = location(review, suppression.path, suppression.line, suppression.line)
        yield UNUSED.format(place=place)


def machine_block(review: Review) -> str:
    """What decided and what came of it, as JSON in a fold; at most some kilobytes."""
    about, config = review.scope, review.scope.config
    suppressed = [
        {
            "rule": finding.rule,
            "path": one_line(finding.place.path, 200),
            "line": finding.place.line,
            "reason": one_line(finding.suppressed.reason, 100),
            "added": (by.path, by.line) in review.added_suppressions,
        }
        for finding in review.suppressed[:_MOST]
        if (by := finding.suppressed)
    ]
    told = {
        "secreview": 1,
        "version": version(),
        "rules": RULES_VERSION,
        "verdict": review.verdict.value,
        "failing": review.failing,
        "head": about.head_sha,
        "base": about.base_sha,
        "profile": about.profile.value,
        "scope": "introduced" if about.introduced_only else "files",
        "config": config and {"blob": config.blob_sha, "where": config.where},
        "reason": one_line(about.reason, 60),
        "by": one_line(about.by, 60),
        "test_files": about.selected,
        "assessed": review.assessed,
        "introduced": len(review.introduced),
        "existing": len(review.existing_findings),
        "fixed": len(review.fixed),
        "suppressions_used": len(review.suppressed),
        "suppressed": suppressed,
    }
    shown = fence(json.dumps(told, indent=1), "json")
    return f"<details>\n<summary>{FOR_MACHINES}</summary>\n\n{shown}\n\n</details>"
