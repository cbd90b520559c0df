"""A self-contained HTML page of a pull request, from what GitHub's REST API returns."""

import html
from pathlib import Path
from typing import Any

import jinja2
import nh3
from markdown_it import MarkdownIt

from tests.demo.github import Reader

_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_ALLOWED = nh3.ALLOWED_TAGS | {"details", "summary", "sub", "sup"}
_ATTRIBUTES = {**nh3.ALLOWED_ATTRIBUTES, "details": {"open"}, "code": {"class"}}
_STEPS = {"queued": "●", "in_progress": "●", "success": "✓", "failure": "✗", "cancelled": "⊘"}
_REACTIONS = {"eyes": "👀", "rocket": "🚀", "confused": "😕", "+1": "👍", "-1": "👎"}


def rendered(text: str | None) -> str:
    """Markdown as GitHub would show it: CommonMark and tables, then sanitised."""
    raw = _MARKDOWN.render(text or "")
    return nh3.clean(raw, tags=_ALLOWED, attributes=_ATTRIBUTES)


def diff(patch: str | None, last: int = 0) -> str:
    """A patch as coloured lines; only its *last* ones, as GitHub shows them above a comment."""
    kinds = {"+": "add", "-": "del", "@": "hunk"}
    lines = (patch or "").split("\n")[-last:]
    return "".join(
        f'<div class="{kinds.get(line[:1], "ctx")}">{html.escape(line) or " "}</div>'
        for line in lines
    )


def render(reader: Reader) -> str:
    """The page of a pull request as its readers see it now."""
    folder = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(
        loader=folder, autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters |= {"markdown": rendered, "diff": diff}
    runs: list[Any] = reader.check_runs()
    return environment.get_template("page.html.jinja").render(
        pull=reader.pull(),
        repository=reader.repository,
        runs=runs,
        annotations={run["id"]: reader.annotations(run) for run in runs},
        reviews=[review for review in reader.reviews() if review["body"]],
        threads=reader.review_comments(),
        comments=reader.comments(),
        files=reader.files(),
        marks=_STEPS,
        reactions=_REACTIONS,
    )
