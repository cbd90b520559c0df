"""What the App itself serves of setup, once it is over: what comes next. No state, no secrets."""

from http import HTTPStatus

from flask import Blueprint, Response

from reviewer.setup.rendering import page

routes = Blueprint("closing", __name__)


@routes.get("/installed")
def installed() -> Response:
    """Where GitHub sends a person who has installed the App."""
    return page("installed")


@routes.get("/setup")
@routes.get("/setup/<path:_rest>")
def closed(_rest: str = "") -> Response:
    """There is no setup any more."""
    return page("closed", HTTPStatus.NOT_FOUND)
