"""The inline comment: short, inert, found again, and with a suggestion where one is proved."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import RULES
from checks.api import Bad
from checks.model import Severity, Suggestion
from reviewer.report import tool
from reviewer.report.comments import (
    comment,
    example,
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
