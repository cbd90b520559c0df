"""SARIF 2.1.0: findings, evidence, suppressions and gaps for tools that read them."""

from typing import Any

from checks.model import Evidence, Finding, NotAssessed, Place, Severity, Suggestion
from reviewer.model import Review, Verdict
from reviewer.report.markdown import clip, quoted_path, visible
from reviewer.report.sarif_rules import EVIDENCE_ID, LEVELS, descriptors
from reviewer.report.tool import NAME, version

MESSAGE = "{reason}\n\n{remedy}"
SAFE_FIX = "A checked rewrite; a correct test behaves the same with it."
LEFT_OUT = "{number:,} more results are left out: a run holds at most {limit:,}."
REVIEW_FIX = "A checked rewrite that changes what the test does; review it before applying."

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"
# What code scanning takes: it refuses a run with more, and shows the worst 5,000 of them.
_MAX_RESULTS = 25_000
_MAX_MESSAGE = 1_024
_RANKS = {Severity.HIGH: 90.0, Severity.MEDIUM: 60.0, Severity.LOW: 30.0}

Json = dict[str, Any]


def sarif(review: Review, root: str = "", *, evidence: bool = True) -> Json:
    """The review as a SARIF log with one run.

    *root* is the absolute folder that relative paths start from ("" when it is not
    known, as for a pull request); absolute paths become ``file://`` addresses.
    """
    rules = descriptors(evidence=evidence)
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    facts = review.evidence if evidence else ()
    findings = [f for assessment in review.assessments for f in assessment.findings]
    left_out = max(0, len(findings) + len(facts) - _MAX_RESULTS)
    findings = sorted(findings, key=_importance)[:_MAX_RESULTS]
    findings.sort(key=lambda f: (f.place.path, f.place.line, f.place.column, f.rule))
    results = [_finding(finding) for finding in findings]
    results += [_evidence(fact) for fact in facts[: _MAX_RESULTS - len(results)]]
    for result in results:
        if result["ruleId"] in index:
            result["ruleIndex"] = index[result["ruleId"]]
    run = {
        "tool": {"driver": {"name": NAME, "semanticVersion": version(), "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: _base(root)},
        "invocations": [_invocation(review, left_out)],
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _importance(finding: Finding) -> tuple[bool, int]:
    return finding.suppressed is not None, finding.severity.rank


def _base(root: str) -> Json:
    if root:
        return {"uri": f"file://{quoted_path(root.rstrip('/'))}/"}
    return {"description": {"text": "The root of the repository."}}


def _invocation(review: Review, left_out: int) -> Json:
    notifications = [_gap(gap) for gap in review.not_assessed]
    if left_out:
        text = LEFT_OUT.format(number=left_out, limit=_MAX_RESULTS)
        notifications.append({"level": "warning", "message": {"text": text}})
    return {
        "executionSuccessful": review.verdict is not Verdict.INCOMPLETE,
        "toolExecutionNotifications": notifications,
    }


def _gap(gap: NotAssessed) -> Json:
    physical: Json = {"artifactLocation": _artifact(gap.path)}
    if gap.line:
        physical["region"] = {"startLine": gap.line}
    text = f"{visible(gap.path)} is not assessed: {visible(gap.reason)}"
    return {
        "level": "error",
        "message": {"text": _plain(text)},
        "locations": [{"physicalLocation": physical}],
    }


def _finding(finding: Finding) -> Json:
    text = MESSAGE.format(reason=finding.reason, remedy=finding.remedy)
    result: Json = {
        "ruleId": finding.rule,
        "kind": "fail",
        "level": LEVELS[finding.severity],
        "rank": _RANKS[finding.severity],
        "message": {"text": clip(_plain(visible(text, keep="\n")), _MAX_MESSAGE)},
        "locations": [_location(finding.place, finding.code)],
        "partialFingerprints": {
            "secreview/v1": finding.fingerprint,
            "secreviewContent/v1": finding.content,
        },
        "properties": {"category": finding.category, "severity": finding.severity},
    }
    if finding.suggestion:
        result["fixes"] = [_fix(finding.place.path, finding.suggestion)]
    if finding.suppressed:
        justification = visible(finding.suppressed.reason)
        result["suppressions"] = [
            {"kind": "inSource", "status": "accepted", "justification": justification}
        ]
    return result


def _evidence(fact: Evidence) -> Json:
    return {
        "ruleId": EVIDENCE_ID.format(category=fact.category),
        "kind": "informational",
        "level": "none",
        "message": {"text": clip(_plain(visible(fact.sentence)), _MAX_MESSAGE)},
        "locations": [_location(fact.place)],
        "properties": {"category": fact.category},
    }


def _location(place: Place, code: str = "") -> Json:
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    physical: Json = {"artifactLocation": _artifact(place.path), "region": region}
    if code:
        # Whole lines, with secrets masked: the surroundings of the region, not its text.
        context = {"startLine": place.line, "endLine": place.end_line, "snippet": {"text": code}}
        physical["contextRegion"] = context
    location: Json = {"physicalLocation": physical}
    if place.symbol:
        location["logicalLocations"] = [{"fullyQualifiedName": place.symbol}]
    return location


def _fix(path: str, suggestion: Suggestion) -> Json:
    # Without columns a region is whole lines, less the line end of the last one.
    replacement = {
        "deletedRegion": {"startLine": suggestion.line, "endLine": suggestion.end_line},
        "insertedContent": {"text": "\n".join(suggestion.lines)},
    }
    return {
        "description": {"text": SAFE_FIX if suggestion.safe else REVIEW_FIX},
        "artifactChanges": [{"artifactLocation": _artifact(path), "replacements": [replacement]}],
    }


def _artifact(path: str) -> Json:
    if path.startswith("/"):
        return {"uri": f"file://{quoted_path(path)}"}
    return {"uri": quoted_path(path), "uriBaseId": _ROOT}


def _plain(text: str) -> str:
    """*text* without the one form that a SARIF message reads as a link."""
    return text.replace("](", "] (")
