"""The review as one JSON document; its shape is published in docs/schemas/report.schema.json."""

from typing import Any

from checks import RULES_VERSION
from checks.model import Evidence, Finding, NotAssessed, Place, Suggestion, Suppression
from reviewer.model import Review
from reviewer.report.tool import NAME, version

FORMAT_VERSION = 1
"""Raised when a key disappears or changes its meaning; new keys do not raise it."""

Json = dict[str, Any]


def document(review: Review, *, evidence: bool = True) -> Json:
    """The review as plain values. Suppressed findings stand apart from those that count."""
    about = review.scope
    return {
        "version": FORMAT_VERSION,
        "tool": {"name": NAME, "version": version(), "rules": RULES_VERSION},
        "verdict": review.verdict,
        "failing": review.failing,
        "scope": {
            "selected": about.selected,
            "assessed": review.assessed,
            "profile": about.profile,
            "fail_on": about.fail_on,
            "head_sha": about.head_sha or None,
            "not_covered": list(about.not_covered),
            "rules_off": list(about.rules_off),
            "baselined": about.baselined,
        },
        "files": [{"path": a.path, "lines": a.lines} for a in review.assessments],
        "findings": [_finding(finding) for finding in review.findings],
        "suppressed": [_finding(finding) for finding in review.suppressed],
        "invalid_suppressions": [_suppression(s) for s in review.invalid_suppressions],
        "evidence": [_evidence(fact) for fact in review.evidence] if evidence else [],
        "not_assessed": [_gap(gap) for gap in review.not_assessed],
    }


def _finding(finding: Finding) -> Json:
    return {
        "rule": finding.rule,
        "category": finding.category,
        "severity": finding.severity,
        "cwe": finding.cwe,
        "title": finding.title,
        "reason": finding.reason,
        "remedy": finding.remedy,
        "place": _place(finding.place),
        "code": finding.code,
        "fingerprint": finding.fingerprint,
        "content": finding.content,
        "suggestion": _suggestion(finding.suggestion) if finding.suggestion else None,
        "suppression": _suppression(finding.suppressed) if finding.suppressed else None,
    }


def _place(place: Place) -> Json:
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "symbol": place.symbol,
    }


def _suggestion(suggestion: Suggestion) -> Json:
    return {
        "line": suggestion.line,
        "end_line": suggestion.end_line,
        "lines": list(suggestion.lines),
        "safe": suggestion.safe,
    }


def _suppression(suppression: Suppression) -> Json:
    return {
        "path": suppression.path,
        "line": suppression.line,
        "rules": list(suppression.rules),
        "reason": suppression.reason,
        "until": suppression.until or None,
        "problem": suppression.problem or None,
    }


def _evidence(fact: Evidence) -> Json:
    return {"category": fact.category, "sentence": fact.sentence, "place": _place(fact.place)}


def _gap(gap: NotAssessed) -> Json:
    return {"path": gap.path, "line": gap.line or None, "reason": gap.reason}
