"""The documentation: every page is reached, every link leads somewhere, all is in step."""

import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from checks import RULES
from checks.api import Bad, Rule
from checks.engine import Engine
from checks.model import Profile
from checks.source import SourceFile

HOUSE = Path(__file__).parent.parent
DOCS = HOUSE / "docs"
SITE: dict[str, Any] = yaml.safe_load((HOUSE / "mkdocs.yml").read_text())
# What docs/hooks.py takes from the root of the repository into the site.
ELSEWHERE = {"security.md": "SECURITY.md", "changelog.md": "CHANGELOG.md"}
WRITTEN = [HOUSE / "README.md", *(HOUSE / name for name in ELSEWHERE.values())]
WRITTEN += sorted(DOCS.glob("*.md"))
each_text = pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
LIST = re.compile(r"(?:[-*+]|\d+[.)]) +\S")


def listed(entry: Any) -> Iterator[str]:
    """The pages of an entry of the navigation."""
    if isinstance(entry, str):
        yield entry
    else:
        for below in entry.values() if isinstance(entry, dict) else entry:
            yield from listed(below)


def parsed(path: Path) -> list[Token]:
    """The text as GitHub reads it."""
    return MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))


def targets(path: Path) -> Iterator[str]:
    """What the links and pictures of a text lead to."""
    for token in parsed(path):
        for child in token.children or ():
            yield from (str(child.attrs[at]) for at in ("href", "src") if at in child.attrs)


def anchors(path: Path) -> set[str]:
    """The anchors of a text's headings."""
    tokens = parsed(path)
    return {
        re.sub(r"[^\w -]", "", inline.content.lower()).replace(" ", "-")
        for heading, inline in pairwise(tokens)
        if heading.type == "heading_open"
    }


def test_what_is_taken_from_the_code_is_in_step() -> None:
    """Rules, settings, configuration and command line: ``make pages`` would change nothing."""
    look = [sys.executable, str(DOCS / "generate.py"), "--check"]
    done = subprocess.run(look, capture_output=True, text=True, check=False, cwd=HOUSE)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_page_is_in_the_navigation_once() -> None:
    """No page is there that nobody finds, and nothing is listed that is not there."""
    shown = [*listed(SITE["nav"])]
    there = {path.name for path in DOCS.glob("*.md")} | {*ELSEWHERE} | {"rules/README.md"}
    assert len(shown) == len({*shown})
    assert {*shown} == there


def test_nothing_of_the_site_comes_from_elsewhere() -> None:
    """No fonts, no scripts, no statistics, no counting of stars on other hosts."""
    assert SITE["theme"]["font"] is False
    assert not {"repo_url", "extra_javascript"} & {*SITE}
    assert all((DOCS / name).exists() for name in SITE["extra_css"])
    assert {*SITE["extra"]} == {"generator"}


@each_text
def test_every_link_leads_somewhere(path: Path) -> None:
    """Inside the repository to a file and a heading that exist; outside to an https address."""
    for target in targets(path):
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            assert parts.scheme == "https", target
            assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", parts.netloc), target
            continue
        meant = (path.parent / parts.path).resolve() if parts.path else path
        assert meant.is_relative_to(HOUSE), target
        assert meant.exists(), target
        if parts.fragment:
            assert parts.fragment in anchors(meant), target


@each_text
def test_a_list_is_a_list_on_github_and_on_the_site(path: Path) -> None:
    """The site's Markdown begins a list only behind an empty line."""
    fenced = {
        line
        for token in parsed(path)
        if token.type in {"fence", "code_block", "html_block"} and token.map
        for line in range(*token.map)
    }
    lines = path.read_text(encoding="utf-8").splitlines()
    begun = [
        f"{path.name}:{number + 1}"
        for number, line in enumerate(lines[1:], 1)
        if number not in fenced
        and LIST.match(line)
        and lines[number - 1]
        and not LIST.match(lines[number - 1])
        and not lines[number - 1].startswith(" ")
    ]
    assert not begun


def test_the_readme_knows_how_many_rules_there_are() -> None:
    """The number that it names is today's."""
    assert f"[{len(RULES)} rules]" in (HOUSE / "README.md").read_text(encoding="utf-8")


def test_the_rule_that_people_are_taught_to_write_works() -> None:
    """Put together as the page says, it finds its bad examples alone, and mends the first."""
    page = (DOCS / "writing-a-rule.md").read_text(encoding="utf-8")
    first, imports, visit, *_ = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    begun = "from checks.api import Bad, Rule\n"
    assert begun in first
    written: dict[str, Any] = {}
    exec(first.replace(begun, imports) + visit, written)
    rule: Rule = written["rule"]
    rule.doc = written["__doc__"]  # as the catalogue does
    engine = Engine({rule.id: rule}, {}, Profile.TESTS)

    def assessed(code: str) -> list[int]:
        found = engine.assess(SourceFile(Bad(code).path, code.encode())).findings
        return [finding.place.line for finding in found]

    assert [assessed(bad.code) for bad in rule.bad] == [[bad.line] for bad in rule.bad]
    assert not [code for code in rule.good if assessed(str(code))]
    assert rule.bad[0].fixed
    assert not assessed(rule.bad[0].fixed)
