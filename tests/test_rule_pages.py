"""The pages of the rules: in step, complete, and linked from where rules are named."""

import io
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from rich.console import Console

from checks import CATEGORIES, RULES
from checks.api import MARK
from reviewer.report import tool
from reviewer.report.comments import comment
from reviewer.report.explain import explain
from reviewer.report.markdown import visible
from reviewer.report.rule_page import groups, pages
from reviewer.report.sarif import sarif
from reviewer.report.summary import summary
from tests import report_reviews as reviews

HOUSE = Path(__file__).parent.parent
FOLDER = HOUSE / "docs" / "rules"
MADE = pages(RULES.values())
HOME = "https://github.com/example/secreview"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> str:
    """A package that declares its repository."""
    monkeypatch.setattr(tool, "home", lambda: HOME)
    return HOME


def plain(text: str) -> str:
    """The words of *text*, without Markdown, line breaks and a terminal's padding."""
    return re.sub(r"[\s`*>•\\]+", "", text)


def test_the_folder_holds_a_page_for_each_rule_and_no_other() -> None:
    """No page is missing, none is left of a rule that is gone."""
    assert {path.name for path in FOLDER.iterdir()} == {*MADE}, "run: make docs"
    assert {*MADE} == {f"{rule}.md" for rule in RULES} | {"README.md"}


@pytest.mark.parametrize("name", MADE)
def test_the_page_is_what_the_rule_says_today(name: str) -> None:
    """A rule that changes changes its page in the same commit."""
    assert (FOLDER / name).read_text(encoding="utf-8") == MADE[name], "run: make docs"


@pytest.mark.parametrize("rule", RULES)
def test_a_page_tells_all_there_is_to_know(rule: str) -> None:
    """Title, category, severity, weakness, why, remedy, every example, and how to keep a line."""
    known, page = RULES[rule], MADE[f"{rule}.md"]
    assert page.index(f"# {rule}\n") < page.index(f"**{known.title}.**")
    assert f"| severity | {known.severity} |" in page
    assert f"(https://cwe.mitre.org/data/definitions/{known.cwe}.html)" in page
    assert known.why in page
    assert known.remedy in page
    assert (
        page.count("```python\n")
        == sum(1 + bool(example.fixed) for _, examples in groups(known) for example in examples) + 1
    )
    assert sum(len(examples) for _, examples in groups(known)) == len(known.bad) + len(known.good)
    assert f"# secreview: ignore[{rule}] -- reason" in page
    assert MARK not in page


@pytest.mark.parametrize("rule", RULES)
def test_the_terminal_says_what_the_page_says(rule: str) -> None:
    """``secreview explain`` and the page are one text in two dresses."""
    file = io.StringIO()
    explain(RULES[rule], Console(file=file, width=300))
    shown, known = plain(file.getvalue()), RULES[rule]
    for part in (known.title, known.remedy, CATEGORIES[known.category].title, f"CWE-{known.cwe}"):
        assert plain(part) in shown
    for heading, examples in groups(known):
        assert plain(heading) in shown
        for example in examples:
            assert plain(visible(example.code.split("\n")[0])) in shown


@pytest.mark.parametrize("name", MADE)
def test_every_link_inside_the_folder_leads_somewhere(name: str) -> None:
    """Pages and headings that are linked exist."""
    headings = {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", MADE["README.md"], re.MULTILINE)
    }
    links = [
        str(child.attrs["href"])
        for token in MarkdownIt("commonmark").enable("table").parse(MADE[name])
        for child in token.children or []
        if child.type == "link_open"
    ]
    assert links
    for target in links:
        page, _, anchor = target.partition("#")
        assert page in MADE or page.startswith("https://cwe.mitre.org/data/definitions/")
        assert not anchor or (page == "README.md" and anchor in headings)


def test_the_index_lists_every_rule_under_its_category() -> None:
    """By category in the order of a review, each with its number of rules."""
    index = MADE["README.md"]
    sections = re.split(r"^## ", index, flags=re.MULTILINE)[1:]
    assert [s.split("\n")[0] for s in sections] == [info.title for info in CATEGORIES.values()]
    for category, section in zip(CATEGORIES, sections, strict=True):
        listed = re.findall(r"^\| \[`([\w-]+)`\]\(\1\.md\)", section, re.MULTILINE)
        assert listed == [rule.id for rule in RULES.values() if rule.category is category]
        assert f"{len(listed)} rule" in section


def test_what_people_and_machines_read_leads_to_the_page(home: str) -> None:
    """The check run, the comment and SARIF link a finding's rule to its page."""
    page = f"{home}/blob/HEAD/docs/rules/tls-verify-off.md"
    link = f"[`tls-verify-off`]({page})"
    assert link in summary(reviews.three())
    assert link in comment(reviews.finding())
    rules = sarif(reviews.three())["runs"][0]["tool"]["driver"]["rules"]
    assert page in {rule.get("helpUri") for rule in rules}
    file = io.StringIO()
    explain(RULES["tls-verify-off"], Console(file=file, width=100))
    assert page in file.getvalue()


def test_without_a_known_repository_nothing_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fork that declares no repository gets the rule's name, and the weakness as help."""
    monkeypatch.setattr(tool, "home", lambda: "")
    assert "(`tls-verify-off`)" in summary(reviews.three())
    assert "[`tls-verify-off`]" not in comment(reviews.finding())
    rules = sarif(reviews.three())["runs"][0]["tool"]["driver"]["rules"]
    (rule,) = (rule for rule in rules if rule["id"] == "tls-verify-off")
    assert rule["helpUri"] == "https://cwe.mitre.org/data/definitions/295.html"
