"""Annotations of the check run and of a workflow's log."""

import re

import pytest

from checks.model import Severity
from reviewer.report.annotations import annotations
from reviewer.report.workflow import workflow_commands
from tests import report_reviews as reviews


def test_each_finding_is_annotated_worst_first() -> None:
    """Level by severity, the place, a title and a message; suppressed findings are left out."""
    made = annotations(reviews.three())
    assert [item["annotation_level"] for item in made] == ["failure", "warning", "notice"]
    assert made[0] == {
        "path": reviews.PATH,
        "start_line": 12,
        "end_line": 12,
        "start_column": 5,
        "end_column": 40,
        "annotation_level": "failure",
        "title": "High: TLS certificate verification is turned off (tls-verify-off)",
        "message": "`verify=False` makes this request accept any certificate.\n\n"
        'Give the client your test CA instead: `verify="tests/ca.pem"`.',
    }


def test_columns_only_on_a_single_line() -> None:
    """GitHub refuses columns on a range of lines."""
    _, several, _ = annotations(reviews.three())
    assert (several["start_line"], several["end_line"]) == (30, 33)
    assert "start_column" not in several
    assert "end_column" not in several


def test_lengths_stay_within_github_s() -> None:
    """A title of 255 characters and a message below 64 KB, whatever the finding says."""
    long = reviews.finding(title="t" * 999, reason="é" * 99_999)
    (made,) = annotations(reviews.review(reviews.assessment(long)))
    assert len(made["title"]) <= 255
    assert len(made["message"].encode()) < 64 * 1024


def test_hidden_characters_are_visible_in_an_annotation() -> None:
    """Plain text is no excuse for a bidirectional control."""
    (made,) = annotations(
        reviews.review(reviews.assessment(reviews.finding(reason="\u202eevil\x1b[31m")))
    )
    assert made["message"].startswith("\\u202eevil\\x1b[31m")


def unescape(text: str) -> str:
    """What the runner makes of a property's value."""
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_a_workflow_command_per_finding_and_gap_then_the_verdict() -> None:
    """Level by severity; gaps are errors; the verdict is the last line."""
    lines = workflow_commands(reviews.incomplete()).splitlines()
    assert lines[0] == "::error file=tests/test_huge.py,title=Not assessed::it is larger than 2 MiB"
    assert lines[1].startswith("::error file=tests/test_broken.py,line=3,title=Not assessed::")
    assert lines[2].startswith(f"::error file={reviews.PATH},line=12,endLine=12,col=5,endColumn=40")
    assert lines[2].endswith('Give the client your test CA instead: `verify="tests/ca.pem"`.')
    assert "%0A%0A" in lines[2]
    assert lines[-1].startswith("Review incomplete: 2 of 14 test files not assessed.")
    levels = [line.split(" ")[0] for line in workflow_commands(reviews.three()).splitlines()]
    assert levels[:3] == ["::error", "::warning", "::notice"]


@pytest.mark.parametrize("name", reviews.HOSTILE)
def test_a_hostile_name_cannot_start_a_command_or_a_property(name: str) -> None:
    """The path comes back as it was, in one property of one line."""
    found = reviews.finding(path=name, reason=name, severity=Severity.LOW)
    text = workflow_commands(reviews.review(reviews.assessment(found, path=name)))
    command, verdict = text.split("\n")[:2]
    assert text.count("\n") == 2
    match = re.fullmatch(r"::notice file=([^,:]*),line=12,.*,title=[^,:]*::.*", command)
    assert match
    assert unescape(match[1]) == name
    assert verdict.startswith("1 finding: 1 low.")
