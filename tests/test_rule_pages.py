"""The pages of the rules: in step, complete, and linked from where rules are named."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from markdown_it import MarkdownIt
from rich.console import Console

from checks import CATEGORIES, RULES
from checks.api import MARK
from reviewer import pages
from reviewer.report.comments import comment
from reviewer.report.explain import explain
from reviewer.report.markdown import visible
from reviewer.report.rule_page import groups
from reviewer.report.rule_page import pages as made
from reviewer.report.sarif import sarif
from reviewer.report.summary import summary
from tests import report_reviews as reviews

HOUSE = Path(__file__).parent.parent
FOLDER = HOUSE / "docs" / "rules"
MADE = made(RULES.values())
ADDRESS = "https://secreview.example.org/rules"
CWE = "https://cwe.mitre.org/data/definitions/"


def plain(text: str) -> str:
    """The words of *text*, without Markdown, line breaks and a terminal's padding."""
    return re.sub(r"[\s`*>•\\]+", "", text)


def test_the_folder_holds_a_page_for_each_rule_and_no_other() -> None:
    """No page is missing, none is left of a rule that is gone."""
    assert {path.name for path in FOLDER.iterdir()} == {*MADE}, "run: make pages"
    assert {*MADE} == {f"{rule}.md" for rule in RULES} | {"README.md"}


@pytest.mark.parametrize("name", MADE)
def test_the_page_is_what_the_rule_says_today(name: str) -> None:
    """A rule that changes changes its page in the same commit."""
    assert (FOLDER / name).read_text(encoding="utf-8") == MADE[name], "run: make pages"


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


def test_what_people_read_leads_to_the_page() -> None:
    """The check run and the comment link a finding's rule to its page, where there is one."""
    link = f"[`tls-verify-off`]({ADDRESS}/tls-verify-off)"
    review = reviews.three()
    served = replace(review, scope=replace(review.scope, pages=ADDRESS))
    assert link in summary(served)
    assert link in comment(reviews.finding(), ADDRESS)
    assert "(`tls-verify-off`)" in summary(review)
    assert "[`tls-verify-off`]" not in comment(reviews.finding())


def test_machines_are_led_to_the_weakness() -> None:
    """A report file does not know where its rules are served."""
    rules = sarif(reviews.three())["runs"][0]["tool"]["driver"]["rules"]
    (rule,) = (rule for rule in rules if rule["id"] == "tls-verify-off")
    assert rule["helpUri"] == "https://cwe.mitre.org/data/definitions/295.html"


@pytest.mark.parametrize("rule", ["tls-verify-off", "trojan-source", ""])
def test_the_app_serves_the_pages(rule: str) -> None:
    """A page is HTML with no script, from this App alone, and its links lead to other pages."""
    app = Flask("pages")
    app.register_blueprint(pages.routes)
    answer = app.test_client().get(f"/rules/{rule}")
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src")
    targets = re.findall(r'href="([^"]*)"', answer.text)
    assert targets
    assert "<h1>" in answer.text
    assert not [t for t in targets if not (t == "./" or t in RULES or t.startswith(CWE))]


def test_an_unknown_rule_has_no_page() -> None:
    """Whatever is asked for in the address stays out of the answer."""
    app = Flask("pages")
    app.register_blueprint(pages.routes)
    answer = app.test_client().get("/rules/<script>alert(1)")
    assert answer.status_code == 404
    assert "script>" not in answer.text
