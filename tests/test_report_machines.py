"""What machines read: SARIF and the JSON document, valid against their schemas."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft202012Validator

from checks import RULES
from checks.model import Category, Severity
from reviewer.model import Review
from reviewer.report.concise import concise
from reviewer.report.json_report import document
from reviewer.report.sarif import sarif
from tests import report_reviews as reviews

ROOT = Path(__file__).parent.parent
SARIF = Draft4Validator(json.loads((ROOT / "tests/schemas/sarif-2.1.0.json").read_text()))
REPORT = Draft202012Validator(json.loads((ROOT / "docs/schemas/report.schema.json").read_text()))
ALL = [reviews.clean, reviews.three, reviews.many, reviews.incomplete, reviews.hostile]


def run(review: Review, root: str = "/home/someone/service", **options: bool) -> dict[str, Any]:
    """The one run of the review's SARIF log, as a reader of the file sees it."""
    (only,) = json.loads(json.dumps(sarif(review, root, **options)))["runs"]
    assert isinstance(only, dict)
    return only


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("root", ["", "/home/some one/service"])
def test_sarif_is_valid(make: Callable[[], Review], root: str) -> None:
    """Every kind of review is a valid SARIF 2.1.0 log."""
    log = json.loads(json.dumps(sarif(make(), root)))
    assert not [error.message for error in SARIF.iter_errors(log)]


@pytest.mark.parametrize("make", ALL)
def test_the_document_is_valid(make: Callable[[], Review]) -> None:
    """Every kind of review is valid against the published schema."""
    made = json.loads(json.dumps(document(make())))
    assert not [error.message for error in REPORT.iter_errors(made)]


def test_every_result_has_its_rule_and_its_category() -> None:
    """The rule's index leads to the rule of that name; the category is one of the eight."""
    only = run(reviews.three())
    rules = only["tool"]["driver"]["rules"]
    assert only["results"]
    for result in only["results"]:
        assert Category(result["properties"]["category"])
        if "ruleIndex" in result:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        else:
            assert result["ruleId"] not in {rule["id"] for rule in rules}


def test_findings_and_evidence_are_told_apart() -> None:
    """Findings fail with a level; evidence is informational, of level none."""
    results = run(reviews.three())["results"]
    failing = [r for r in results if r["kind"] == "fail"]
    informing = [r for r in results if r["kind"] == "informational"]
    assert [r["level"] for r in failing] == ["error", "warning", "note", "error"]
    assert {r["level"] for r in informing} == {"none"}
    assert {r["ruleId"] for r in informing} >= {"evidence/mocks", "evidence/errors"}
    assert len(failing) + len(informing) == len(results)
    assert {r["kind"] for r in run(reviews.three(), evidence=False)["results"]} == {"fail"}


def test_a_finding_carries_its_fingerprints_fix_and_suppression() -> None:
    """What code scanning needs to follow, mend and respect a finding."""
    suggested, *_, silenced = (r for r in run(reviews.three())["results"] if r["kind"] == "fail")
    finding = reviews.suggested()
    assert suggested["partialFingerprints"] == {
        "secreview/v1": finding.fingerprint,
        "secreviewContent/v1": finding.content,
    }
    (fix,) = suggested["fixes"]
    (replacement,) = fix["artifactChanges"][0]["replacements"]
    assert replacement == {
        "deletedRegion": {"startLine": 12, "endLine": 12},
        "insertedContent": {"text": "    response = requests.get(url, verify=True)"},
    }
    assert "suppressions" not in suggested
    assert silenced["suppressions"] == [
        {"kind": "inSource", "status": "accepted", "justification": "the server is our own"}
    ]


def test_a_fix_applied_as_written_gives_the_suggested_lines() -> None:
    """A region without columns is whole lines without their last line end."""
    (result, *_) = run(reviews.review(reviews.assessment(reviews.suggested())))["results"]
    replacement = result["fixes"][0]["artifactChanges"][0]["replacements"][0]
    source = "\n".join(f"line {number}" for number in range(1, 15))
    lines = source.split("\n")
    region = replacement["deletedRegion"]
    lines[region["startLine"] - 1 : region["endLine"]] = [replacement["insertedContent"]["text"]]
    assert lines[10:13] == [
        "line 11",
        "    response = requests.get(url, verify=True)",
        "line 13",
    ]


def test_every_rule_is_described_with_help_weight_and_cwe() -> None:
    """Code scanning shows the help, sorts by the score and filters by the tag."""
    described = {rule["id"]: rule for rule in run(reviews.clean())["tool"]["driver"]["rules"]}
    assert {*RULES} | {f"evidence/{category}" for category in Category} == {*described}
    for rule_id, rule in RULES.items():
        shown = described[rule_id]
        assert rule.remedy in shown["help"]["text"]
        assert f"external/cwe/cwe-{rule.cwe:03d}" in shown["properties"]["tags"]
        assert 0 < float(shown["properties"]["security-severity"]) < 10


def test_paths_inside_are_relative_and_others_absolute() -> None:
    """Inside the folder: encoded, below the root. Outside: an address of the file."""
    inside = reviews.assessment(reviews.finding(path="tests/a b#c.py"), path="tests/a b#c.py")
    outside = reviews.assessment(reviews.finding(path="/srv/x.py"), path="/srv/x.py")
    only = run(reviews.review(inside, outside), root="/home/some one")
    assert only["originalUriBaseIds"]["%SRCROOT%"]["uri"] == "file:///home/some%20one/"
    places = [r["locations"][0]["physicalLocation"] for r in only["results"]]
    assert {"uri": "tests/a%20b%23c.py", "uriBaseId": "%SRCROOT%"} in [
        p["artifactLocation"] for p in places
    ]
    assert {"uri": "file:///srv/x.py"} in [p["artifactLocation"] for p in places]
    assert only["columnKind"] == "unicodeCodePoints"


def test_what_was_not_assessed_is_a_notification_and_no_success() -> None:
    """An incomplete run says so in the one place where readers of SARIF look."""
    (invocation,) = run(reviews.incomplete())["invocations"]
    assert invocation["executionSuccessful"] is False
    said = [n["message"]["text"] for n in invocation["toolExecutionNotifications"]]
    assert said[0] == "tests/test_huge.py is not assessed: it is larger than 2 MiB"
    assert len(said) == 2
    (complete,) = run(reviews.three())["invocations"]
    assert complete["executionSuccessful"] is True


def test_a_message_is_no_link() -> None:
    """SARIF reads brackets followed by parentheses as a link; text from outside has none."""
    found = reviews.finding(reason="[click](https://evil.example)")
    (result,) = run(reviews.review(reviews.assessment(found)))["results"]
    assert "](" not in result["message"]["text"]


def test_the_document_tells_the_suppressed_from_the_rest() -> None:
    """A reader who counts findings counts what decides the verdict."""
    made = document(reviews.three())
    assert (made["verdict"], made["failing"]) == ("findings", True)
    assert [f["severity"] for f in made["findings"]] == ["high", "medium", "low"]
    assert [f["suppression"]["reason"] for f in made["suppressed"]] == ["the server is our own"]
    assert made["findings"][0]["suggestion"]["safe"] is False
    assert document(reviews.three(), evidence=False)["evidence"] == []


def test_the_document_counts_what_is_missing() -> None:
    """Selected, assessed and the gaps themselves."""
    made = document(reviews.incomplete())
    assert (made["scope"]["selected"], made["scope"]["assessed"]) == (14, 12)
    assert [gap["line"] for gap in made["not_assessed"]] == [None, 3]


def test_an_edit_never_leaves_the_house() -> None:
    """What a rule would have liked to write is not part of a report; only proved lines are."""
    made = document(reviews.review(reviews.assessment(replace(reviews.suggested(), edit=None))))
    assert "edit" not in made["findings"][0]


def test_without_evidence_there_are_no_rules_of_evidence() -> None:
    """Code scanning lists the rules of a tool; these eight would never have a result."""
    only = run(reviews.three(), evidence=False)
    assert {rule["id"] for rule in only["tool"]["driver"]["rules"]} == {*RULES}


def test_every_text_of_a_rule_fits_code_scanning() -> None:
    """Names of 255 characters, descriptions of 1,024, ten tags; help as text and as Markdown."""
    for rule in run(reviews.clean())["tool"]["driver"]["rules"]:
        assert len(rule["name"]) <= 255
        assert 0 < len(rule["shortDescription"]["text"]) <= 1_024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1_024
        assert len(rule["properties"]["tags"]) <= 10
        if rule["id"] in RULES:
            assert rule["help"]["markdown"].startswith(rule["help"]["text"])
            assert rule["properties"]["precision"] == "high"
            assert "security" in rule["properties"]["tags"]


def test_a_long_message_is_cut() -> None:
    """Readable where it is shown in a line."""
    found = reviews.finding(reason="so " * 1_000)
    only = run(reviews.review(reviews.assessment(found, reviews.fact("so " * 1_000))))
    assert [len(r["message"]["text"]) <= 1_024 for r in only["results"]] == [True, True]


def test_of_too_many_results_the_worst_are_kept() -> None:
    """More than 25,000 and code scanning takes none; how many are missing is told."""
    low = replace(reviews.finding(severity=Severity.LOW), suggestion=None)
    ignored = replace(reviews.finding(), suppressed=reviews.suppression())
    many = reviews.assessment(ignored, *[low] * 24_999, reviews.finding(line=90), reviews.fact())
    only = run(reviews.review(many))
    assert len(only["results"]) == 25_000
    assert {r["kind"] for r in only["results"]} == {"fail"}
    assert not [r for r in only["results"] if "suppressions" in r]
    assert only["results"][-1]["locations"][0]["physicalLocation"]["region"]["startLine"] == 90
    (notification,) = only["invocations"][0]["toolExecutionNotifications"]
    said = "2 more results are left out: a run holds at most 25,000."
    assert notification["message"]["text"] == said
    assert only["invocations"][0]["executionSuccessful"] is True


def test_concise_lines_can_be_read_by_a_program() -> None:
    """``path:line:column: rule severity message``, by path and line, and the verdict last."""
    text = concise(reviews.three())
    *lines, last = text.splitlines()
    read = [re.fullmatch(r"(.+):(\d+):(\d+): ([a-z-]+) (high|medium|low) (.+)", e) for e in lines]
    assert [(m[1], m[4], m[5]) for m in read if m] == [
        (f.place.path, f.rule, f.severity)
        for f in sorted(reviews.three().findings, key=lambda f: (f.place.path, f.place.line))
    ]
    assert last == "3 findings: 1 high, 1 medium, 1 low."
    assert lines[0] == (
        f"{reviews.PATH}:12:5: tls-verify-off high `verify=False` makes this request accept any "
        "certificate."
    )


@pytest.mark.parametrize("make", ALL)
def test_concise_has_one_line_each(make: Callable[[], Review]) -> None:
    """Whatever a path or a reason holds; what is missing has a line, too."""
    made = make()
    lines = concise(made).splitlines()
    assert len(lines) == len(made.findings) + len(made.not_assessed) + 1
    assert len(lines) == concise(made).count("\n")
    assert all(line.isprintable() for line in lines)
    gaps = [line for line in lines if ": not-assessed error " in line]
    assert len(gaps) == len(made.not_assessed)
