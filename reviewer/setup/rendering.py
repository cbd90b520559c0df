"""Pages from templates, and the headers that keep them from being framed, stored or scripted."""

import base64
import hashlib
from functools import cache
from http import HTTPStatus
from importlib import resources

from flask import Response
from jinja2 import Environment, PackageLoader, StrictUndefined

HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Of where a person comes from, GitHub sees the host, which the manifest names anyway.
    "Referrer-Policy": "strict-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
POLICY = (
    "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self' {form_action}"
)


def page(
    name: str, status: HTTPStatus = HTTPStatus.OK, *, form_action: str = "", **told: object
) -> Response:
    """The page *name*; its forms may go to us and to *form_action*."""
    template = _environment().get_template(f"{name}.html.jinja")
    answer = Response(template.render(style=_style(), **told), status, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = _policy(form_action)
    return answer


def harden(response: Response) -> Response:
    """Put the headers on a response that has none of them."""
    response.headers.setdefault("Content-Security-Policy", _policy(""))
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _policy(form_action: str) -> str:
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return POLICY.format(style=digest, form_action=form_action).strip()


@cache
def _style() -> str:
    return resources.files("reviewer.setup").joinpath("templates/style.css").read_text("utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("reviewer.setup"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
