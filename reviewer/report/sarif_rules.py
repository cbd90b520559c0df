"""The rules as SARIF describes them: help text, weight, tags; and one kind of evidence each."""

from typing import Any

from checks import CATEGORIES, RULES
from checks.api import Rule
from checks.model import Category, Severity
from reviewer.report.comments import example
from reviewer.report.markdown import fence
from reviewer.report.tool import cwe_url

EVIDENCE_ID = "evidence/{category}"
EVIDENCE_TITLE = "Evidence: {title}"
EVIDENCE_HELP = "{meaning} A fact that a careful reviewer would cite; never a defect."
HELP = "{why}\n\n{remedy}"
EXAMPLE = "Example:\n\n{diff}"

LEVELS = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
_SCORES = {Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "3.0"}

Json = dict[str, Any]


def descriptors(*, evidence: bool = True) -> list[Json]:
    """Every rule, then the evidence of every category; fresh, so that a caller may change it."""
    rules = [_rule(rule) for rule in RULES.values()]
    return rules + [_evidence(category) for category in Category if evidence]


def _rule(rule: Rule) -> Json:
    severity = Severity(rule.severity)
    return {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.id.split("-")),
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": rule.why},
        "help": {"text": _help(rule), "markdown": _help(rule, with_example=True)},
        "helpUri": cwe_url(rule.cwe),
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {
            "category": rule.category,
            "tags": ["security", "test", f"external/cwe/cwe-{rule.cwe:03d}"],
            "precision": "high",
            "security-severity": _SCORES[severity],
        },
    }


def _help(rule: Rule, *, with_example: bool = False) -> str:
    text = HELP.format(why=rule.why, remedy=rule.remedy)
    bad = next((bad for bad in rule.bad if bad.fixed), None)
    if bad and with_example:
        text += "\n\n" + EXAMPLE.format(diff=fence(example(bad), "diff"))
    return text


def _evidence(category: Category) -> Json:
    info = CATEGORIES[category]
    text = EVIDENCE_HELP.format(meaning=info.meaning)
    return {
        "id": EVIDENCE_ID.format(category=category),
        "name": f"Evidence{category.capitalize()}",
        "shortDescription": {"text": EVIDENCE_TITLE.format(title=info.title)},
        "fullDescription": {"text": text},
        "help": {"text": text},
        "defaultConfiguration": {"level": "none"},
        "properties": {"category": category, "tags": ["evidence", "test"]},
    }
