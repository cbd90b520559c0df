"""The fuzz targets without a fuzzer: their seeds are answered rightly, and they can fail."""

import ast
import random
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from checks import RULES
from checks.api import Ask, Rule
from checks.indices import By
from tests.fuzz import __main__ as runner
from tests.fuzz import patches, sources, webhooks

TARGETS = {"sources": sources, "patches": patches, "webhooks": webhooks}


def test_every_target_is_run() -> None:
    """Those that there are."""
    assert {*runner.TARGETS} == {*TARGETS}


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_seeds_and_what_is_made_of_them_are_answered_rightly(target: ModuleType) -> None:
    """A few hundred inputs; the same chance makes the same ones."""
    chance, again = random.Random(5), random.Random(5)
    seeds = [*target.seeds()]
    for seed in seeds:
        target.one(seed)
    for _ in range(200):
        data = chance.choice(seeds)
        made = target.mutated(data, target.LONGEST, chance)
        assert made == target.mutated(again.choice(seeds), target.LONGEST, again)
        assert len(made) <= target.LONGEST
        target.one(made)


def test_a_base_that_is_not_the_base_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The patches' target fails where a patch is undone wrongly."""
    monkeypatch.setattr(patches, "undone", lambda content, patch: b"wrong")
    with pytest.raises(AssertionError):
        patches.one(b"a\n\x1eb\n\x1e")


def test_a_status_that_is_none_of_ours_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The webhooks' target fails where the web server says something else."""
    monkeypatch.setattr(webhooks, "_STATUSES", {500})
    with pytest.raises(AssertionError):
        webhooks._served("ping", b"{}", "sha256=", "x")


def test_a_rule_that_raises_and_a_secret_that_is_shown_are_noticed(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """The sources' target fails where a rule breaks, and where one does not say what is secret."""
    code = b'import requests\nrequests.get("https://x.test", auth=("bob", "k3Jx9QpL2mVz8RtW"))\n'
    sources.one(code)

    def broken(*_: object) -> Iterator[None]:
        raise KeyError
        yield

    rule: Rule = RULES["tls-verify-off"]
    monkeypatch.setattr(rule, "asks", [Ask(By.TYPE, (ast.Module,), broken)])
    sources._answer.cache_clear()
    request.addfinalizer(sources._answer.cache_clear)
    with pytest.raises(AssertionError):
        sources.one(code)


def test_the_figures_have_their_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A page that is not there is made; the part of the page is replaced, the rest is kept."""
    page = tmp_path / "reliability.md"
    monkeypatch.setattr(runner, "PAGE", page)
    figures = [runner.Figures("sources", "200,000", 321.4, "9 features, 8 edges", 0)]
    runner.put(runner.section(figures, 7))
    assert page.read_text().startswith("# Reliability\n\n<!-- fuzz: begin -->\n")
    page.write_text(page.read_text() + "\n## More\n")
    runner.put(runner.section(figures, 8))
    text = page.read_text()
    assert "| sources | 200,000 | 321 | 9 features, 8 edges | 0 |" in text
    assert "the seed 8:" in text
    assert text.count("<!-- fuzz: end -->") == 1
    assert text.endswith("\n## More\n")
