"""Every rule proves itself: its examples are run, and its file is what its id says."""

import ast
import re

import pytest

import checks
from checks.api import MARK, Bad, Good, Rule
from checks.engine import Engine
from checks.model import Assessment, Category, Profile, Side
from checks.source import SourceFile
from checks.suggestions import patched, suggest

RULES = list(checks.RULES.values())
BAD = [pytest.param(r, b, id=f"{r.id}-{n}") for r in RULES for n, b in enumerate(r.bad)]
GOOD = [
    pytest.param(g if isinstance(g, Good) else Good(g), id=f"{r.id}-{n}")
    for r in RULES
    for n, g in enumerate(r.good)
]


def assess(example: Bad | Good) -> Assessment:
    """The assessment of an example against all rules."""
    file = SourceFile(example.path, example.code.encode(), Side(example.side))
    return Engine(checks.RULES, checks.CATEGORIES, Profile(example.profile)).assess(file)


@pytest.mark.parametrize(("rule", "bad"), BAD)
def test_bad_example_has_exactly_one_finding_at_its_line(rule: Rule, bad: Bad) -> None:
    """A bad example is found once, at the marked line, by its own rule and no other."""
    result = assess(bad)
    assert not result.not_assessed
    assert [(rule.id, bad.line)] == [(f.rule, f.place.line) for f in result.findings]


@pytest.mark.parametrize(("rule", "bad"), [p for p in BAD if p.values[1].fixed])
def test_suggestion_gives_the_fixed_example_and_silences_the_rule(rule: Rule, bad: Bad) -> None:
    """The proved suggestion turns a bad example into its fixed form, which is clean."""
    (finding,) = assess(bad).findings
    source = bad.code.encode()
    (finding,) = suggest(SourceFile(bad.path, source), [finding], Profile(bad.profile))
    assert finding.suggestion is not None
    assert bad.fixed == patched(bad.code, finding.suggestion)
    assert not assess(Good(bad.fixed, bad.path, bad.profile, bad.side)).findings


@pytest.mark.parametrize("good", GOOD)
def test_good_example_is_left_alone_by_every_rule(good: Good) -> None:
    """A good example has no finding from any rule, and every rule got through it."""
    result = assess(good)
    assert not result.not_assessed
    assert [(f.rule, f.place.line) for f in result.findings] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.id)
def test_rule_is_documented_and_has_examples(rule: Rule) -> None:
    """A rule has a title, a reason, a remedy, three bad examples and three good ones."""
    assert len(rule.paragraphs) >= 3
    assert len(rule.title) <= 90
    assert rule.severity in {"high", "medium", "low"}
    assert len(rule.bad) >= 3
    assert len(rule.good) >= 3
    if any(_IMPORT.search(bad.code) for bad in rule.bad):
        assert any(_ALIAS.search(bad.code) for bad in rule.bad)


_IMPORT = re.compile(r"^\s*(from \S+ )?import ", re.MULTILINE)
_ALIAS = re.compile(r"^\s*(from \S+ )?import .* as ", re.MULTILINE)


@pytest.mark.parametrize("category", list(Category))
def test_category_has_two_rules_and_evidence(category: Category) -> None:
    """Every category finds and every category can show what it looked at."""
    assert len([r for r in RULES if r.category is category]) >= 2
    assert checks.CATEGORIES[category].collectors


@pytest.mark.parametrize(
    "example", [p.values[-1] for p in (*BAD, *GOOD)], ids=[str(p.id) for p in (*BAD, *GOOD)]
)
def test_every_place_is_exactly_a_node_of_the_tree(example: Bad | Good) -> None:
    """The range of every piece of evidence begins and ends where statements of the tree do."""
    tree = [n for n in ast.walk(ast.parse(example.code)) if hasattr(n, "lineno")]
    starts = {(n.lineno, n.col_offset) for n in tree} | {(1, 0)}
    ends = {(n.end_lineno, n.end_col_offset) for n in tree} | {(1, 0)}
    lines = example.code.split("\n")
    for fact in assess(example).evidence:
        place = fact.place
        start = len(lines[place.line - 1][: place.column - 1].encode())
        end = len(lines[place.end_line - 1][: place.end_column - 1].encode())
        assert (place.line, start) in starts
        assert (place.end_line, end) in ends
        assert fact.sentence.endswith((".", ":"))


def test_marked_line_is_read_from_the_example() -> None:
    """``# <-`` marks the expected line; without it the last line is meant."""
    assert Bad(f"a\nb  {MARK}\nc").line == 2
    assert Bad("a\nb\n").line == 2
