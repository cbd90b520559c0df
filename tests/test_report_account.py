"""The account: who asked, which configuration decided, what was ignored, and all for machines."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from checks import RULES_VERSION
from checks.model import Suppression
from reviewer.model import ConfigSource, Review
from reviewer.report.account import REASONS
from reviewer.report.summary import LIMIT, summary
from reviewer.webhook import REVIEWED_ACTIONS
from tests import report_reviews as reviews
from tests.report_html import active, page
from tests.test_report_markdown import HOSTILE_TEXT
from tests.test_report_summary import OURS

BLOCK = re.compile(
    r"\n<details>\n<summary>[^<]*</summary>\n\n`{3,}json\n(\{.*\})\n`{3,}\n", re.DOTALL
)


def told(text: str) -> dict[str, Any]:
    """What the block for machines at the end of a summary says."""
    (block,) = BLOCK.findall(text[text.rindex("\n<details>") :])
    found: dict[str, Any] = json.loads(block)
    return found


def scoped(review: Review | None = None, **changes: Any) -> Review:
    """A review, and what is different about its scope."""
    review = review or reviews.compared()
    return replace(review, scope=replace(review.scope, **changes))


def silenced(count: int, reason: str = "our own server") -> Review:
    """A review with *count* findings that are all ignored."""
    ignores = [
        Suppression(reviews.PATH, n, n, ("tls-verify-off",), reason, "", "")
        for n in range(1, count + 1)
    ]
    found = [replace(reviews.finding(s.line), suppressed=s) for s in ignores]
    return reviews.review(reviews.assessment(*found))


def test_the_block_says_what_decided_and_what_came_of_it() -> None:
    """Verdict, commits, configuration, rules and counts, to be read by a program."""
    review = scoped(config=ConfigSource("ab" * 20, "this repository"))
    found = told(summary(review))
    expected = {
        "secreview": 1,
        "verdict": "findings",
        "failing": True,
        "head": reviews.SHA,
        "base": reviews.SHA[::-1],
        "config": {"blob_sha": "ab" * 20, "where": "this repository"},
        "rules_version": RULES_VERSION,
        "introduced": 2,
        "existing": 3,
        "fixed": 1,
        "suppressed": [],
        "not_assessed": 0,
        "reason": "command",
        "by": "mira",
    }
    assert expected.items() <= found.items()


def test_the_block_is_never_dropped() -> None:
    """However much there is to say, and however long the ignores' reasons are."""
    review = silenced(2_000, reason="😀" * 300)
    findings = reviews.many(1_000).assessments
    text = summary(replace(review, assessments=(*review.assessments, *findings)))
    assert len(text.encode()) <= LIMIT
    found = told(text)
    assert found["introduced"] == 1_000
    assert len(found["suppressed"]) + found["suppressed_left_out"] == 2_000
    assert found["suppressed"]


@settings(max_examples=50)
@given(HOSTILE_TEXT, HOSTILE_TEXT, HOSTILE_TEXT)
def test_nothing_breaks_out_of_the_account(path: str, reason: str, where: str) -> None:
    """Paths, reasons, logins and problems are inert whoever wrote them, and the JSON is whole."""
    ignore = Suppression(path, 1, 1, ("tls-verify-off",), reason, reason, "")
    found = replace(reviews.finding(1, path=path), suppressed=ignore)
    review = scoped(
        reviews.review(reviews.assessment(found, path=path)),
        config=ConfigSource("ab" * 20, where),
        reason=reason,
        by=where,
    )
    idle = replace(ignore, line=9)
    text = summary(replace(review, unused_suppressions=(idle,), proposal=(reason, where)))
    told(text)
    shown = page(text)
    assert {*shown.elements} <= OURS
    assert all(link.startswith(reviews.BLOB_URL) for link in shown.links)
    assert not active(shown)
    assert not shown.comments


def test_who_asked_is_named() -> None:
    """A command and a button have somebody behind them."""
    assert "Asked for by `mira` (command)." in summary(reviews.compared())


@pytest.mark.parametrize("reason", [*REVIEWED_ACTIONS, "retargeted", "merge queue", "missed"])
def test_every_event_that_leads_to_a_review_has_its_words(reason: str) -> None:
    """Nobody asked; what happened is said in a sentence."""
    assert f"Reviewed because {REASONS[reason]}." in summary(scoped(by="", reason=reason))


def test_an_unforeseen_reason_is_shown_as_it_is() -> None:
    """Inert, and not hidden."""
    text = summary(scoped(by="", reason="@octocat said so"))
    assert "Reviewed because of: `@octocat` said so." in text


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (ConfigSource("ab" * 20, "this repository"), "blob `abababababab` of this repository."),
        (ConfigSource("ab" * 20 + "+" + "cd" * 20, "x"), "blob `abababababab+cdcdcdcdcdcd` of x."),
        (None, "the defaults; neither this repository nor its owner has one."),
    ],
)
def test_which_configuration_decided_is_said(config: ConfigSource | None, sentence: str) -> None:
    """By its blob and its place, or that there is none."""
    assert f"Configuration: {sentence}" in summary(scoped(config=config))


def test_new_ignores_come_first() -> None:
    """A reviewer looks at those that the pull request adds before those that were there."""
    text = summary(replace(silenced(3), added_suppressions=frozenset({(reviews.PATH, 3)})))
    listed = re.findall(r"^- (.*our own server)$", text, re.MULTILINE)
    assert len(listed) == 3
    assert listed[0].startswith("**Added here:** `tls-verify-off` at")
    assert "#L3" in listed[0]
    assert not any("Added" in line for line in listed[1:])


def test_idle_and_expired_ignores_are_reported() -> None:
    """What silences nothing, and what does no longer, can be cleared away."""
    expired = replace(reviews.suppression(), problem="it expired on 2026-01-31", line=5, covers=5)
    idle = replace(reviews.suppression(), line=7)
    review = replace(reviews.review(reviews.assessment(expired)), unused_suppressions=(idle,))
    text = summary(review)
    assert re.search(
        r"The ignore at \[.*:5`\]\(.*\) does not count: it expired on 2026-01-31", text
    )
    assert re.search(r"The ignore at \[.*:7`\]\(.*\) silences nothing and can go\.", text)


def test_a_finding_says_why_the_ignore_on_it_does_not_count() -> None:
    """An ignore by somebody who may not write leaves the finding, and the finding says so."""
    vain = reviews.suppression(problem="its author may not write to this repository")
    other = reviews.finding(40)
    text = summary(reviews.review(reviews.assessment(reviews.finding(), other, vain)))
    said = "The ignore here does not count: its author may not write to this repository."
    (line,) = [line for line in text.split("\n") if said in line]
    assert line.strip().startswith("`verify=False`")
    assert text.count(said) == 1


@pytest.mark.parametrize(
    ("problems", "sentence"),
    [
        ((), "It takes effect after the merge; the change is valid."),
        (
            ("3:1: `x` is not a setting",),
            "the new text **cannot be used**: line 3, column 1: `x` is not",
        ),
        (("1:1: no",) * 14, "; and 4 more."),
    ],
)
def test_a_proposed_configuration_is_validated(problems: tuple[str, ...], sentence: str) -> None:
    """Its author learns at once whether it will work, and that it does not decide yet."""
    assert sentence in summary(replace(reviews.compared(), proposal=problems))
    assert "takes effect" not in summary(reviews.compared())


def test_the_command_line_has_no_block_for_machines() -> None:
    """There are formats for that; outside a commit nothing was asked for either."""
    text = summary(reviews.review(head_sha=""))
    assert "machines" not in text
    assert "Configuration:" not in text
