"""The rules' pages, served for those who follow a link in a finding. Needs no settings."""

import re
from functools import cache
from html import escape
from http import HTTPStatus

from flask import Blueprint, Response, abort
from markdown_it import MarkdownIt

import checks
from reviewer.report import rule_page

STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font: 14px/1.5 ui-monospace, monospace }
pre { overflow-x: auto; padding: .8rem; border-radius: 6px; background: #8881 }
table { border-collapse: collapse } td, th { text-align: left; padding: .2rem .8rem .2rem 0 }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2rem }
"""
PAGE = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>{style}</style></head>
<body>{body}</body>
</html>
"""
HEADERS = {
    # The style is this page's own; nothing else is loaded, and nothing runs.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "public, max-age=300",
}

INDEX = "The rules of secreview"
_INDEX_LINK = re.compile(r'href="README\.md[^"]*"')

routes = Blueprint("pages", __name__, url_prefix="/rules")


@routes.get("/")
def index() -> Response:
    """All rules by category."""
    return _response(INDEX)


@routes.get("/<rule>")
def of_rule(rule: str) -> Response:
    """One rule: what it finds, why that matters in a test, what to write instead."""
    if rule not in checks.RULES:
        abort(HTTPStatus.NOT_FOUND)
    return _response(rule)


def _response(name: str) -> Response:
    return Response(_html(name), content_type="text/html; charset=utf-8", headers=HEADERS)


@cache
def _html(name: str) -> str:
    """The page of a rule, or the index, from the same Markdown as ``docs/rules``."""
    rule = checks.RULES.get(name)
    markdown = rule_page.page(rule) if rule else rule_page.index(list(checks.RULES.values()))
    # The notices to editors at the top of the files are comments that readers need not see.
    text = "\n".join(line for line in markdown.split("\n") if not line.startswith("<!--"))
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    body = _INDEX_LINK.sub('href="./"', body).replace('.md"', '"')
    return PAGE.format(title=escape(name), style=STYLE, body=body)
