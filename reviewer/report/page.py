"""The HTML page: one self-contained file that a browser opens without asking anybody else.

Everything from outside goes through the template's escaping; the page's own style and script are
the only ones that its content security policy lets in.
"""

import base64
import hashlib
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from checks import CATEGORIES, RULES_VERSION
from checks.model import Category, Finding, Severity
from reviewer.model import Review, Verdict
from reviewer.report import account
from reviewer.report.counting import counted, severities, span
from reviewer.report.page_code import inline
from reviewer.report.page_excerpts import Excerpts
from reviewer.report.page_files import evidence_by_file
from reviewer.report.page_findings import address, cards, ordered, rules, shown_path
from reviewer.report.page_matrix import Matrix, Row, matrix
from reviewer.report.summary import scope, title, verdict
from reviewer.report.tool import NAME, version

LIMIT = 5_000_000
"""In bytes. Where everything takes more, what matters least is left out, and the page says so."""

_POLICY = (
    "default-src 'none'; style-src '{style}'; script-src '{script}'; "
    "base-uri 'none'; form-action 'none'"
)
_MARKS = {Verdict.CLEAN: "✓", Verdict.FINDINGS: "!", Verdict.INCOMPLETE: "?"}
# Our own sentences, with foreign words in them as code; none of them may become a link.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(["link", "image", "autolink"])


@dataclass(frozen=True, slots=True)
class Detail:
    """How much is shown.

    Code beside evidence, evidence at all, how many findings in full and as a line, and how many
    files, suppressions and gaps are listed.
    """

    excerpts: bool = True
    evidence: bool = True
    cards: int = 1_000
    rows: int = 5_000
    listed: int = 5_000


_DETAILS = (
    Detail(),
    Detail(excerpts=False),
    Detail(excerpts=False, evidence=False),
    Detail(excerpts=False, evidence=False, cards=200, rows=1_000, listed=1_000),
)


def page(review: Review, excerpts: Excerpts | None = None, *, evidence: bool = True) -> str:
    """The whole account as HTML, in at most ``LIMIT`` bytes.

    *excerpts* are the source lines that ``page_excerpts.wanted`` asks for, as far as they are
    at hand. Without *evidence* nothing is said of it. Equal arguments give equal pages.
    """
    if not evidence:
        bare = tuple(replace(each, evidence=()) for each in review.assessments)
        review = replace(review, assessments=bare)
    text = ""
    for detail in _DETAILS:
        text = _rendered(review, excerpts or {}, detail, evidence=evidence)
        if len(text.encode(errors="backslashreplace")) <= LIMIT:
            break
    return text


def _rendered(review: Review, excerpts: Excerpts, detail: Detail, *, evidence: bool) -> str:
    around = excerpts if detail.excerpts else {}
    found, picture = ordered(review), matrix(review)
    groups = _groups(picture, detail.listed)
    shown = list(cards(review, found[: detail.cards], around))
    values: dict[str, Any] = {
        **_frame(review),
        "review": review,
        "detail": detail,
        "evidence": evidence,
        "matrix": picture,
        "cards": shown,
        "rows": found[detail.cards :][: detail.rows],
        "unlisted": max(0, len(found) - detail.cards - detail.rows),
        "first": _first_numbers(found[: detail.cards]),
        "groups": groups,
        "ids": {row.path: number for _, _, listed in groups for number, row in listed},
        "by_file": evidence_by_file(review, around) if evidence and detail.evidence else {},
        "rules": rules(review, [*found, *review.suppressed]),
    }
    return environment().get_template("page.html.jinja").render(values)


def _frame(review: Review) -> dict[str, Any]:
    """What stands around the findings: the verdict, the numbers, the settings, the means."""
    heading = f"{title(review).rstrip('.')}."
    means = {"style": source("page.css.jinja"), "script": source("page.js.jinja")}
    return {
        **means,
        "policy": _POLICY.format(**{name: digest(text) for name, text in means.items()}),
        "heading": heading,
        "beside": verdict(review).removeprefix(heading).strip(),
        "mark": _MARKS[review.verdict],
        "counts": severities(review.decisive),
        "about": [_markdown(text) for text in (scope(review), *account.asked(review))],
        "proposal": _markdown(account.proposal(review)),
        "tool": f"{NAME} {version()}, rules {RULES_VERSION}",
    }


def _groups(picture: Matrix, most: int) -> list[tuple[Row | None, int, list[tuple[int, Row]]]]:
    """All files by folder, or in one group that has none: (folder, its files, the first of them).

    At most *most* files are listed, each with a number of its own.
    """
    alone = tuple(sorted(picture.rows, key=lambda row: row.path))
    given: list[tuple[Row | None, tuple[Row, ...]]] = [(None, alone)]
    if picture.folders:
        given = [(folder.row, folder.files) for folder in picture.folders]
    numbers = iter(range(1, most + 1))
    return [
        (row, len(files), [(n, file) for file, n in zip(files, numbers, strict=False)])
        for row, files in given
        if files
    ]


def _first_numbers(findings: list[Finding]) -> dict[tuple[str, Category], int]:
    """The number of the first finding of each file and category."""
    numbers: dict[tuple[str, Category], int] = {}
    for number, finding in enumerate(findings, 1):
        numbers.setdefault((finding.place.path, finding.category), number)
    return numbers


def _markdown(text: str) -> Markup:
    return Markup(_MARKDOWN.renderInline(text))  # noqa: S704  # HTML in it is escaped


@cache
def environment() -> Environment:
    """What renders the templates of this folder; whatever they are given is escaped."""
    made = Environment(
        loader=PackageLoader("reviewer", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"counted": counted, "inline": inline, "path": shown_path, "span": span}
    made.globals |= {
        "CATEGORIES": CATEGORIES,
        "SEVERITIES": list(Severity),
        "address": address,
    }
    return made


@cache
def source(name: str) -> Markup:
    """A part of the page that is not a template, as it stands in its file."""
    made = environment()
    assert made.loader is not None
    return Markup(made.loader.get_source(made, name)[0])  # noqa: S704  # our own


def digest(text: str) -> str:
    """How a content security policy names an inline *text*."""
    hashed = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(hashed).decode()}"
