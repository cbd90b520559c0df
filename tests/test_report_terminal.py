"""The report in a terminal: verdict first, nothing hidden, readable on any width."""

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from checks import CATEGORIES, RULES
from reviewer.model import Review
from reviewer.report.explain import explain
from reviewer.report.terminal import render
from tests import report_reviews as reviews

ALL = [reviews.clean, reviews.three, reviews.incomplete, reviews.hostile]


def printed(
    review: Review, width: int = 100, *, colour: bool = False, evidence: bool = True
) -> str:
    """What a terminal of *width* columns shows."""
    file = io.StringIO()
    console = Console(file=file, width=width, color_system=None)
    render(review, console, evidence=evidence)
    return file.getvalue()


def test_the_verdict_comes_first() -> None:
    """The first line is what the reader came for."""
    assert printed(reviews.clean()).splitlines()[0] == "No security defects are detected."
    assert printed(reviews.three()).splitlines()[0] == "3 findings: 1 high, 1 medium, 1 low."
    assert printed(reviews.incomplete()).startswith("Review incomplete: 2 of 14 test files")


def test_a_finding_shows_place_code_reason_and_remedy() -> None:
    """All that is needed to mend it, without opening anything."""
    text = printed(reviews.three())
    for part in (
        "HIGH  TLS certificate verification is turned off",
        f"{reviews.PATH}:12\n",
        "tls-verify-off, CWE-295, TestMigrate.test_spawn_fails",
        "12     response = requests.get(url, verify=False)",
        "verify=False makes this request accept any certificate.",
        "To fix: Give the client your test CA instead",
        "Suggestion (review it):",
        "12     response = requests.get(url, verify=True)",
    ):
        assert part in text


def test_evidence_is_listed_by_category_with_its_lines() -> None:
    """All eight categories in order; equal sentences share a row."""
    text = printed(reviews.clean())
    positions = [text.index(info.title) for info in CATEGORIES.values()]
    assert positions == sorted(positions)
    assert "Database interactions  nothing relevant found" in text
    assert "40, 80  patches time.sleep in a decorator" in text
    assert "1083-1160  simulates a failing spawn (HypervisorUnavailable)" in text


def test_evidence_can_be_left_out() -> None:
    """``--no-evidence`` takes the whole part away."""
    assert "Mocks and stubs" not in printed(reviews.clean(), evidence=False)


def test_too_much_evidence_is_counted_and_pointed_to() -> None:
    """A whole test suite's evidence is not poured into a terminal."""
    text = printed(reviews.many())
    assert "Mocks and stubs  1,000 facts in 200 files" in text
    assert "--format json" in text
    assert "module_3.call_1" not in text


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_prose_never_runs_past_the_edge(make: Callable[[], Review], width: int) -> None:
    """Only a path, which must stay whole to be opened, may be wider than the terminal."""
    for line in printed(make(), width).splitlines():
        is_place = "tests/" in line
        assert len(line) <= width or is_place or " " not in line.strip()


@pytest.mark.parametrize("make", ALL)
def test_a_terminal_gets_no_control_character_from_outside(make: Callable[[], Review]) -> None:
    """No escape sequence, no bell, no bidirectional control reaches the screen."""
    text = printed(make())
    assert text.replace("\n", "").isprintable()


def test_suppressions_and_ignores_that_do_not_count_are_named() -> None:
    """The last part says what was silenced, by what, and what failed to."""
    text = printed(reviews.three())
    assert "tls-verify-off: the server is our own" in text
    assert "does not count: it gives no reason" in text


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_can_be_explained(rule: str) -> None:
    """Title, category, why, remedy, example, and how to keep a line."""
    file = io.StringIO()
    explain(RULES[rule], Console(file=file, width=100))
    text = file.getvalue()
    assert text.startswith(RULES[rule].title)
    assert CATEGORIES[RULES[rule].category].title in text
    assert f"# secreview: ignore[{rule}] -- reason" in text
    assert "# <-" not in text
