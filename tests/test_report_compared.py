"""The words for what a pull request introduced, what was there before and what it mended."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.model import NotAssessed, Severity
from reviewer.model import Review
from reviewer.report.summary import (
    CLEAN,
    GROUP,
    INTRODUCED_ONLY,
    LIMIT,
    PULL,
    failure_summary,
    summary,
    title,
)
from tests import report_reviews as reviews
from tests.report_html import active, page


def with_gap(review: Review) -> Review:
    """The same, and a file that could not be read."""
    scope = replace(review.scope, selected=review.scope.selected + 1)
    return replace(review, scope=scope, unread=(NotAssessed("tests/test_b.py", "it is binary"),))


@pytest.mark.parametrize(
    ("introduced", "existing", "expected"),
    [
        (2, 3, "2 findings: 1 high, 1 medium"),
        (1, 0, "1 finding: 1 high"),
        (0, 3, "No security defects introduced; 3 existing"),
        (0, 0, CLEAN),
    ],
)
def test_the_title_counts_what_is_introduced(introduced: int, existing: int, expected: str) -> None:
    """What the base has too is told apart from what the pull request brings."""
    assert title(reviews.compared(introduced=introduced, existing=existing)) == expected


def test_only_existing_findings_pass_and_are_folded() -> None:
    """They are all there to be read, below a fold, and the check is green."""
    review = reviews.compared(introduced=0, existing=3, fixed=0)
    text = summary(review)
    assert not review.failing
    assert text.startswith("No security defects introduced; 3 existing.")
    fold = text.partition("<summary>3 findings that the base has too</summary>")[2]
    assert fold.partition("</details>")[0].count("\n- **") == 3


def test_introduced_findings_stand_open_before_the_existing_ones() -> None:
    """Two in the open, three in the fold, each once."""
    text = summary(reviews.compared(introduced=2, existing=3))
    opened, _, folded = text.partition("<details>")
    assert opened.count("\n- **") == 2
    assert folded.partition("</details>")[0].count("\n- **") == 3
    assert text.startswith("2 findings: 1 high, 1 medium. 3 more were there before.")


@pytest.mark.parametrize(("fixed", "thanks"), [(1, "1 finding"), (4, "4 findings")])
def test_what_is_fixed_is_thanked_for_in_the_first_line(fixed: int, thanks: str) -> None:
    """One short sentence, with the verdict."""
    first = summary(reviews.compared(fixed=fixed)).split("\n", 1)[0]
    assert first.endswith(f"Fixed here: {thanks}. Thank you.")


def test_when_every_finding_counts_none_is_folded() -> None:
    """Under ``scope: files`` the existing ones fail the check, and stand in the open."""
    review = reviews.compared(introduced=0, existing=3)
    review = replace(review, scope=replace(review.scope, introduced_only=False))
    assert review.failing
    assert title(review) == "3 findings: 1 high, 1 medium, 1 low"
    assert "that the base has too" not in summary(review)


@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.booleans(), st.booleans())
def test_the_clean_sentence_means_no_finding_and_no_gap(
    introduced: int, existing: int, fixed: int, gap: bool, everything: bool
) -> None:
    """Whatever counts, it is said if and only if nothing is found and nothing is missing."""
    review = reviews.compared(introduced=introduced, existing=existing, fixed=fixed)
    review = replace(review, scope=replace(review.scope, introduced_only=not everything))
    review = with_gap(review) if gap else review
    clean = not (introduced or existing or gap)
    assert (CLEAN in summary(review)) == clean
    assert (title(review) == CLEAN) == clean


@given(st.integers(0, 3), st.integers(0, 3), st.booleans())
def test_how_many_test_files_were_assessed_is_always_said(
    introduced: int, existing: int, gap: bool
) -> None:
    """Of all that were selected, and what is missing by name."""
    review = reviews.compared(introduced=introduced, existing=existing)
    text = summary(with_gap(review) if gap else review)
    assert f"1 of {2 if gap else 1} Python test file" in text
    assert ("tests/test_b.py" in text) == gap


@pytest.mark.parametrize(("group", "target"), [(False, PULL), (True, GROUP)])
def test_a_merge_group_is_not_called_a_pull_request(group: bool, target: str) -> None:
    """The words name what was reviewed."""
    review = reviews.compared()
    text = summary(replace(review, scope=replace(review.scope, group=group)))
    assert INTRODUCED_ONLY.format(target=target) in text
    assert ("pull request" in text) == (not group)
    assert "pull request" not in failure_summary("GitHub answered 500")


def test_findings_below_the_threshold_of_their_own_file_are_explained() -> None:
    """A high one may pass where the configuration says so; then the words are not wrong."""
    high = reviews.review(reviews.assessment(reviews.finding(severity=Severity.HIGH)))
    passing = replace(high, failing_findings=frozenset())
    assert not passing.failing
    text = summary(passing)
    assert text.startswith("1 finding: 1 high. None reaches the threshold of its file, so")


def test_existing_findings_are_shortened_before_those_of_the_pull_request() -> None:
    """Of 1,000 and 1,000, more of the introduced ones stand, and every count is kept."""
    review = reviews.compared(introduced=1_000, existing=1_000)
    text = summary(review)
    assert len(text.encode()) <= LIMIT
    own, _, before = text.partition("1,000 findings that the base has too")
    assert own.count("\n- **") > before.count("\n- **")
    assert not active(page(text))
