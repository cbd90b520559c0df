"""Inline ignores need a known rule and a reason, and end when they say."""

from datetime import date

import pytest

from checks import assess
from checks.model import Assessment
from checks.source import SourceFile
from checks.suppressions import apply

TODAY = date(2026, 11, 23)
CALL = "import requests\nrequests.get(url, verify=False)"


def assessed(code: str, today: date = TODAY) -> Assessment:
    (result,) = assess([SourceFile("tests/test_a.py", code.encode())])
    return apply(result, today)


@pytest.mark.parametrize(
    "comment",
    [
        "# secreview: ignore[tls-verify-off] -- the proxy under test has no certificate",
        "#secreview:ignore[ yaml-load , tls-verify-off ] until=2026-11-23 -- soon",
    ],
)
def test_a_reasoned_ignore_silences_its_line(comment: str) -> None:
    """The finding stays in the assessment and names what silences it."""
    (finding,) = assessed(f"{CALL}  {comment}").findings
    assert finding.suppressed
    assert finding.suppressed.line == 2


def test_an_ignore_on_a_line_of_its_own_speaks_for_the_next() -> None:
    """A comment that stands alone covers the statement below it."""
    code = "import requests\n# secreview: ignore[tls-verify-off] -- why\n" + CALL.split("\n")[1]
    (finding,) = assessed(code).findings
    assert finding.suppressed


@pytest.mark.parametrize(
    ("comment", "problem"),
    [
        ("# secreview: ignore[tls-verify-off]", "no reason"),
        ("# secreview: ignore -- why", "form"),
        ("# secreview: ignore[] -- why", "form"),
        ("# secreview: ignore[no-such-rule] -- why", "no rule"),
        ("# secreview: allow[tls-verify-off] -- why", "form"),
        ("# secreview: ignore[tls-verify-off] until=soon -- why", "not a date"),
        ("# secreview: ignore[tls-verify-off] until= -- why", "not a date"),
        ("# secreview: ignore[tls-verify-off] by=me -- why", "only option"),
        ("# secreview: ignore[tls-verify-off] until=2026-11-22 -- why", "expired"),
    ],
)
def test_a_bad_ignore_counts_for_nothing_and_says_why(comment: str, problem: str) -> None:
    """The finding stands, and the suppression carries its problem."""
    result = assessed(f"{CALL}  {comment}")
    assert not result.findings[0].suppressed
    assert problem in result.suppressions[0].problem


def test_an_ignore_inside_a_string_is_data() -> None:
    """Only comments suppress."""
    text = '"# secreview: ignore[tls-verify-off] -- no"'
    result = assessed(f"import requests\nrequests.get({text}, verify=False)")
    assert not result.findings[0].suppressed
    assert not result.suppressions


def test_an_ignore_for_another_rule_does_not_silence() -> None:
    """Each ignore names what it ignores."""
    result = assessed(f"{CALL}  # secreview: ignore[yaml-load] -- wrong rule")
    assert not result.findings[0].suppressed
