"""The check run's title and summary."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import CATEGORIES
from checks.model import NotAssessed, Place, Severity
from reviewer.model import Review
from reviewer.report.evidence_table import NOTHING
from reviewer.report.summary import (
    CLEAN,
    LIMIT,
    NONE_CHANGED,
    NONE_FOUND,
    OTHERS,
    failure_summary,
    failure_title,
    summary,
    title,
)
from tests import report_reviews as reviews
from tests.report_html import active, page

ALL = [reviews.clean, reviews.three, reviews.many, reviews.incomplete, reviews.hostile]
OURS = {
    *("p", "ul", "li", "strong", "a", "code", "h3", "hr", "sub", "br", "details", "summary", "b"),
    *("table", "thead", "tbody", "tr", "th", "td"),
    "pre",
}


@pytest.mark.parametrize(
    ("review", "expected"),
    [
        (reviews.clean(), "No security defects are detected."),
        (reviews.three(), "3 findings: 1 high, 1 medium, 1 low"),
        (reviews.review(reviews.assessment(reviews.finding())), "1 finding: 1 high"),
        (reviews.incomplete(), "Review incomplete: 2 of 14 test files not assessed"),
        (
            reviews.review(reviews.assessment(NotAssessed("app.py", "it is binary")), selected=0),
            "Review incomplete: 1 file not assessed",
        ),
    ],
)
def test_the_title_is_the_design_s(review: Review, expected: str) -> None:
    """Each verdict has its title, in plain text."""
    assert title(review) == expected


@pytest.mark.parametrize("make", ALL)
def test_the_clean_sentence_stands_if_and_only_if_the_verdict_is_clean(
    make: Callable[[], Review],
) -> None:
    """Only a clean review begins with the sentence; no other holds it anywhere."""
    review = make()
    text = summary(review)
    assert text.startswith(CLEAN) == (review.verdict == "clean")
    assert (CLEAN in text) == (review.verdict == "clean")


def test_a_review_whose_findings_are_all_suppressed_is_clean_and_says_so() -> None:
    """Suppressed findings do not count, and are listed with their reason."""
    silenced = replace(reviews.finding(), suppressed=reviews.suppression())
    text = summary(reviews.review(reviews.assessment(silenced)))
    assert text.startswith(CLEAN)
    assert "the server is our own" in text


@pytest.mark.parametrize(("sha", "sentence"), [(reviews.SHA, NONE_CHANGED), ("", NONE_FOUND)])
def test_no_test_files_are_clean_and_said_to_be_none(sha: str, sentence: str) -> None:
    """Without a test file the summary says which kind of nothing it is, and has no table."""
    text = summary(reviews.review(head_sha=sha))
    assert text.startswith(f"{CLEAN} {sentence}")
    assert "|" not in text


def test_a_double_in_the_product_is_a_finding_without_any_test_file() -> None:
    """Other files do not count as test files, and have no table; what is found in them counts."""
    found = reviews.assessment(reviews.finding(path="app/a.py"), path="app/a.py")
    text = summary(reviews.review(found, selected=0, others=("app/a.py",)))
    assert text.startswith("1 finding: 1 high.")
    assert "Scope: 0 of 0 Python test files assessed at" in text
    assert OTHERS in text
    assert "What was looked at" not in text
    clean = reviews.review(reviews.assessment(path="app/a.py"), selected=0, others=("app/a.py",))
    assert summary(clean).startswith(f"{CLEAN} {NONE_CHANGED}")


def test_a_gap_in_another_file_is_not_called_one_of_the_test_files() -> None:
    """It makes the review incomplete all the same."""
    gap = reviews.assessment(NotAssessed("app/a.py", "it is too large"), path="app/a.py")
    review = reviews.review(reviews.assessment(), gap, selected=1, others=("app/a.py",))
    assert title(review) == "Review incomplete: 1 file not assessed"
    assert review.assessed == 1


def test_the_parts_come_in_order() -> None:
    """Verdict, not assessed, findings, categories, suppressions, scope, version."""
    text = summary(reviews.hostile())
    headings = re.findall(r"^(### .*|---|<sub>)", text, re.MULTILINE)
    assert headings == [
        *("### Not assessed", "### Findings", "### What was looked at", "### Suppressed"),
        *("---", "<sub>"),
    ]


def test_every_category_has_a_row_in_order() -> None:
    """All eight are reported on; the ones with nothing say so."""
    rows = re.findall(
        r"^\| ([A-Z][\w ,-]+) \| (\S+) \| (.*) \|$", summary(reviews.clean()), re.MULTILINE
    )
    table = {name: (found, evidence) for name, found, evidence in rows if name != "Category"}
    assert [*table] == [info.title for info in CATEGORIES.values()]
    assert table["Database interactions"] == ("–", NOTHING)
    assert "HypervisorUnavailable" in table["Error handling"][1]


def test_findings_and_evidence_link_to_their_exact_lines() -> None:
    """A finding's place and each line of evidence lead to the blob at the reviewed commit."""
    links = page(summary(reviews.three())).links
    blob = f"{reviews.BLOB_URL}{reviews.PATH}"
    expected = ("#L12", "#L30-L33", "#L52", "#L77", "#L1083-L1160", "#L40", "#L80")
    assert {f"{blob}{anchor}" for anchor in expected} <= {*links}


@pytest.mark.parametrize("make", ALL)
def test_only_our_own_markup_is_in_the_page(make: Callable[[], Review]) -> None:
    """Nothing from outside becomes an element, a link, a mention or a reference."""
    found = page(summary(make()))
    assert {*found.elements} <= OURS
    assert all(link.startswith(reviews.BLOB_URL) for link in found.links)
    assert not active(found)
    assert not found.comments


def test_two_hundred_findings_fit_with_every_count_kept() -> None:
    """What does not fit is counted; evidence goes before findings."""
    review = reviews.many()
    text = summary(review)
    assert len(text.encode()) <= LIMIT
    assert text.startswith("200 findings: 67 high, 67 medium, 66 low.")
    (dropped,) = re.findall(r"^- and ([\d,]+) more findings$", text, re.MULTILINE)
    assert text.count("(`tls-verify-off`)") + int(dropped) == 200
    folds = [int(n.replace(",", "")) for n in re.findall(r"All ([\d,]+) facts", text)]
    assert folds == [1_000] * 8
    assert text.count("\n- and 1,000 more lines\n") == 8


def test_two_thousand_findings_are_shortened_from_the_least_severe() -> None:
    """The worst findings stay, and the number of the dropped ones is said."""
    text = summary(reviews.many(2_000))
    assert len(text.encode()) <= LIMIT
    (dropped,) = re.findall(r"^- and ([\d,]+) more findings$", text, re.MULTILINE)
    assert int(dropped.replace(",", "")) + text.count("(`tls-verify-off`)") == 2_000
    assert text.index("**High:") < text.index("1,980 more findings")


def test_without_a_limit_nothing_is_left_out() -> None:
    """The command line writes everything there is."""
    text = summary(reviews.many(), limit=None)
    assert "and 1 more" not in text
    assert text.count("`module_199.call_") >= 40


@settings(max_examples=30)
@given(st.text(max_size=20), st.integers(min_value=1, max_value=200))
def test_any_path_however_long_and_often_stays_within_the_limit(name: str, length: int) -> None:
    """The limit holds in bytes, whatever the files are called."""
    path = name * length
    many = range(1, 31)
    one = reviews.assessment(
        *[reviews.finding(line, path=path) for line in many],
        *[reviews.fact(f"{path} {line}", line, line, path=path) for line in many],
        *[NotAssessed(path, path) for _ in many],
        path=path,
    )
    text = summary(reviews.review(one, not_covered=(path,) * 30))
    assert len(text.encode()) <= LIMIT
    assert not active(page(text))


def test_without_evidence_there_is_no_table() -> None:
    """What was asked to be left out is left out whole."""
    text = summary(reviews.three(), evidence=False)
    assert "What was looked at" not in text
    assert "### Findings" in text


@pytest.mark.parametrize(
    ("threshold", "sentence"),
    [
        (Severity.HIGH, "1 finding: 1 low. None reaches high, so the check passes."),
        (None, "1 finding: 1 low. The check reports them and passes."),
        (Severity.LOW, "1 finding: 1 low.\n"),
    ],
)
def test_a_passing_check_with_findings_says_why_it_passes(
    threshold: Severity | None, sentence: str
) -> None:
    """Below the threshold the first sentences say so."""
    low = reviews.assessment(reviews.finding(severity=Severity.LOW))
    assert summary(reviews.review(low, fail_on=threshold)).startswith(sentence)


def test_what_is_not_python_is_named() -> None:
    """Tests in other languages are said to be not covered."""
    assert "`web/tests/login.spec.ts`" in summary(reviews.incomplete())


def test_a_failure_of_ours_says_so_and_how_to_go_on() -> None:
    """Title and summary of a broken review carry the reason, inert."""
    assert failure_title("GitHub\nanswered 500") == "Review failed: GitHub answered 500"
    assert len(failure_title("x" * 999)) <= 255
    text = failure_summary("@octocat said <no>")
    assert "**Re-run**" in text
    assert CLEAN not in text
    assert not active(page(text))


def test_what_is_so_in_many_whole_files_is_counted_once() -> None:
    """What stands at a line comes first; that nothing is there is said for all files together."""
    paths = ("tests/test_a.py", "tests/test_b.py", "tests/test_c.py")
    absent = [replace(reviews.fact("Nothing of it is here."), place=start(path)) for path in paths]
    files = [reviews.assessment(fact, path=fact.place.path) for fact in absent]
    seen = reviews.assessment(reviews.fact("`a` fails", 7, 7, path="tests/test_d.py"), path="d")
    text = summary(reviews.review(*files, seen))
    (row,) = [line for line in text.splitlines() if line.startswith("| Error handling |")]
    assert re.search(
        r"`test_d.py` \[7\]\S+: `a` fails<br>3 files: Nothing of it is here\. \|$", row
    )
    assert "All 4 facts about <b>Error handling</b>, in 4 files" in text


def start(path: str) -> Place:
    """The place of what is said about a file as a whole."""
    return Place(path, 1, 1, 1, 1, "")
