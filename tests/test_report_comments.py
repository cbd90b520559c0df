"""The inline comment: short, inert, found again, and with a suggestion where one is proved."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import RULES
from checks.api import Bad
from checks.model import Finding, Severity, Suggestion
from reviewer.report import tool
from reviewer.report.comments import (
    MOST_GROUPED,
    comment,
    example,
    fixed_body,
    grouped_comment,
    is_fixed,
    markers,
    review_body,
    suggestion_block,
)
from tests import report_reviews as reviews
from tests.report_html import active, page

OURS = {"p", "strong", "code", "pre", "sub", "a"}


def read_more(cwe: int) -> set[str]:
    """The only addresses that a comment may lead to."""
    return {tool.cwe_url(cwe)}


def test_a_comment_says_what_is_wrong_why_and_what_to_type() -> None:
    """Heading, reason, why, remedy, suggestion, how to keep the line, marker: in this order."""
    text = comment(reviews.suggested())
    parts = [
        "**High: TLS certificate verification is turned off**",
        "`verify=False` makes this request accept any certificate.",
        "**Why it matters:**",
        "**To fix:** Give the client your test CA instead",
        "```suggestion\n    response = requests.get(url, verify=True)\n```",
        "**Review** this suggestion",
        "`# secreview: ignore[tls-verify-off] -- reason`",
        "<!-- secreview:v1 ",
    ]
    positions = [text.index(part) for part in parts]
    assert positions == sorted(positions)
    assert len(text) < 1_200


def test_without_a_suggestion_the_rule_s_example_shows_before_and_after() -> None:
    """Where nothing could be proved, the first fixed example of the rule stands instead."""
    text = comment(reviews.finding())
    assert "```suggestion" not in text
    assert "```diff" in text
    assert "-requests.get(url, verify=False)\n+requests.get(url, verify=True)" in text


def test_an_unknown_rule_still_makes_a_comment() -> None:
    """A finding of a rule that this version does not have loses its why, nothing else."""
    text = comment(reviews.finding(rule="gone-rule"))
    assert "Why it matters" not in text
    assert "ignore[gone-rule]" in text


def test_safe_and_review_are_said_in_words() -> None:
    """The reader is told how far to trust a suggestion."""
    assert "This suggestion is **safe**" in comment(reviews.suggested(safe=True))
    assert "**Review** this suggestion before you apply it" in comment(reviews.suggested())


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_s_comment_is_short_and_inert(rule: str) -> None:
    """A comment of any rule of ours is read in seconds, and nothing in it acts."""
    known = RULES[rule]
    text = comment(
        replace(reviews.finding(rule=rule, title=known.title), remedy=known.remedy, cwe=known.cwe)
    )
    found = page(text)
    assert {*found.elements} <= OURS
    assert {*found.links} <= read_more(known.cwe)
    assert not active(found)
    assert len(text) < 2_500


@pytest.mark.parametrize("name", reviews.HOSTILE)
def test_a_hostile_finding_brings_no_markup_and_no_second_marker(name: str) -> None:
    """Whatever the reason holds, the page has our elements only and one hidden comment."""
    found = page(comment(reviews.finding(reason=f"{name} is `{name}`", path=name, symbol=name)))
    assert {*found.elements} <= OURS
    assert {*found.links} <= read_more(295)
    assert not active(found)
    assert len(found.comments) == 1


def test_the_marker_is_found_again() -> None:
    """A comment's fingerprint and content are read back from its last line."""
    finding = reviews.finding()
    assert markers(comment(finding)) == ((finding.fingerprint, finding.content),)
    assert markers(comment(finding).replace("\n", "\r\n") + "\r\n") == (
        (finding.fingerprint, finding.content),
    )


def test_only_the_last_line_is_a_marker() -> None:
    """A marker that somebody wrote into a code block or a reply is not ours."""
    fake = "<!-- secreview:v1 aaa bbb -->"
    assert markers(f"{fake}\n\nthanks!") == ()
    assert markers("") == ()
    finding = reviews.finding(reason=f"`{fake}`")
    assert markers(comment(finding)) == ((finding.fingerprint, finding.content),)


@given(st.lists(st.text("`~ab \t'\"é", max_size=20), min_size=1, max_size=6))
def test_a_suggestion_s_lines_come_back_exactly(lines: list[str]) -> None:
    """Between its fences a suggestion block holds the lines, whatever backticks are in them."""
    block = suggestion_block(Suggestion(1, 1, tuple(lines), safe=True))
    opening, *body = block.rpartition("\n\n")[0].split("\n")
    fence = opening.removesuffix("suggestion")
    assert {*fence} == {"`"}
    assert body[-1] == fence
    assert body[:-1] == lines
    assert fence not in "\n".join(lines)


@pytest.mark.parametrize("hidden", ["\u202e", "\x00", "\r", "\u200b"])
def test_a_suggestion_that_could_hide_something_is_not_made(hidden: str) -> None:
    """What a reader cannot see must not be one click away from the code."""
    finding = replace(
        reviews.finding(), suggestion=Suggestion(12, 12, (f"x = 1  # {hidden}",), safe=True)
    )
    assert "```suggestion" not in comment(finding)


def test_an_example_is_a_diff_without_header_and_mark() -> None:
    """Before and after of an example, only the lines that a reader needs."""
    bad = Bad("import a\na.b(1)  # <-\na.c()", fixed="import a\na.b(2)\na.c()")
    assert example(bad) == " import a\n-a.b(1)\n+a.b(2)\n a.c()"


def test_the_review_s_body_counts_what_it_comments_on() -> None:
    """One sentence above the inline comments."""
    body = review_body({Severity.MEDIUM: 1, Severity.HIGH: 2})
    assert body.startswith("3 findings: 2 high, 1 medium.")


def test_the_review_s_body_says_what_is_left_to_the_check() -> None:
    """Findings that there was no room for are counted, and their place is named."""
    assert review_body({Severity.HIGH: 25}, held_back=3).endswith(
        "And 3 more findings in the check."
    )
    assert "more" not in review_body({Severity.HIGH: 25})


def test_a_group_names_each_of_its_lines_once_with_a_link() -> None:
    """In the order of the file, ranges as ranges; the words stand there once."""
    found = [reviews.finding(n, end_line=e) for n, e in ((52, 52), (12, 12), (30, 33), (12, 14))]
    text = grouped_comment(found, blob_url=reviews.BLOB_URL)
    shown = page(text)
    blob = f"{reviews.BLOB_URL}{reviews.PATH}"
    assert [link for link in shown.links if link.startswith(blob)] == [
        f"{blob}#L12-L14",
        f"{blob}#L30-L33",
        f"{blob}#L52",
    ]
    assert "4 places in this file: lines [12-14](" in text
    assert text.count("**Why it matters:**") == 1
    assert markers(text) == tuple((f.fingerprint, f.content) for f in found)
    assert "lines 12-14, 30-33, 52." in grouped_comment(found)


def test_a_group_makes_no_suggestion() -> None:
    """A button that mends one of several lines would mislead."""
    found = [reviews.suggested(), *map(reviews.finding, (20, 30, 40))]
    assert "```suggestion" not in grouped_comment(found)


@pytest.mark.parametrize("path", [reviews.PATH, "tests/" + "é" * 300 + ".py"])
def test_the_largest_group_fits_into_a_comment(path: str) -> None:
    """With the markers of all, and when it is marked as fixed: GitHub allows 65,536 characters."""
    found = [reviews.finding(100_000 + n, path=path) for n in range(MOST_GROUPED)]
    text = grouped_comment(found, "https://reviewer.example/rules", reviews.BLOB_URL)
    assert len(markers(text)) == MOST_GROUPED
    assert f"and {MOST_GROUPED - 50} more." in text
    assert len(fixed_body(text, reviews.SHA)) < 65_536


@pytest.mark.parametrize("name", reviews.HOSTILE)
def test_a_hostile_group_is_inert(name: str) -> None:
    """As a single comment is; its links lead to the file alone."""
    found = [reviews.finding(n, reason=name, path=name, symbol=name) for n in range(1, 5)]
    shown = page(fixed_body(grouped_comment(found, blob_url=reviews.BLOB_URL), reviews.SHA))
    assert {*shown.elements} <= {*OURS, "details", "summary"}
    assert all(
        link.startswith(reviews.BLOB_URL) for link in {*shown.links} - read_more(found[0].cwe)
    )
    assert not active(shown)
    assert len(shown.comments) == 1


@pytest.mark.parametrize("make", [reviews.finding, reviews.suggested])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_fixed_comment_begins_so_and_keeps_its_words_and_marker(
    make: Callable[[], Finding], end: str
) -> None:
    """Whichever line ends GitHub hands out; and it is not marked twice."""
    body = comment(make())
    fixed = fixed_body(body.replace("\n", end), reviews.SHA)
    assert fixed.startswith(f"Fixed in `{reviews.SHA[:12]}`.\n")
    assert body.rpartition("\n")[0].rstrip() in fixed
    assert markers(fixed) == markers(body)
    assert is_fixed(fixed.replace("\n", end))
    assert not is_fixed(body)
    assert fixed_body(fixed, "0" * 40) == fixed
    assert {*page(fixed).elements} <= {*OURS, "details", "summary"}


def test_only_the_beginning_of_a_comment_says_that_it_is_fixed() -> None:
    """A reason that quotes the words does not close a finding."""
    body = comment(reviews.finding(reason="Fixed in `deadbeef`."))
    assert not is_fixed(body)
    assert not is_fixed("Fixed in a while.")
