"""The pages of setup: choose, create on GitHub, come back; nothing else is served meanwhile."""

import re
from http import HTTPStatus

import structlog
from flask import Blueprint, Flask, Response, current_app, jsonify, redirect, request
from werkzeug.exceptions import HTTPException

from reviewer.settings import Unregistered
from reviewer.setup import keeping, manifest
from reviewer.setup.access import Entry
from reviewer.setup.choice import GITHUB, BadChoice, is_local
from reviewer.setup.conversion import NotConverted
from reviewer.setup.keeping import NotKept
from reviewer.setup.progress import BadReturn, Progress
from reviewer.setup.rendering import harden, page

COOKIE = "secreview-setup"
ENTRIES = {
    Entry.WRONG: "This link is not the one that was printed when secreview was started. Copy all "
    "of it from the terminal.",
    Entry.USED: "This link was used already; it opens setup once. If that was not you, end "
    "secreview. Start it again for a new link.",
    Entry.EXPIRED: "This link is too old; it is good for an hour. Start secreview again for a "
    "new one.",
}
NO_SESSION = (
    "Setup is open in the browser that used the printed link first, until it rests for an hour. "
    "Use that browser, or start secreview again for a new link."
)
FOREIGN = "This form did not come from the page that was shown last. Open setup again."
WAITING = "secreview has no GitHub App yet. Open the link to setup that it printed at its start."
NOT_HERE = "secreview is not set up yet, and there is only its setup here."
FAILED = "This is an error of secreview's own; its log says more. Load the page again."
LATER_ROUTES = ("/webhook", "/readyz", "/metrics")

_ORIGIN = re.compile(r"https?://[0-9A-Za-z.:\[\]-]+")

log = structlog.get_logger()
routes = Blueprint("setup", __name__)


class _Problem(Exception):  # noqa: N818  # it names what there is
    """A page that says what is wrong and what to do."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


def create_app(place: Unregistered, progress: Progress) -> Flask:
    """The WSGI application of setup."""
    app = Flask(__name__, static_folder=None)
    app.extensions["setup"] = (place, progress)
    app.register_blueprint(routes)
    app.register_error_handler(_Problem, _problem)
    app.register_error_handler(HTTPException, _elsewhere)
    app.register_error_handler(Exception, _failed)
    app.after_request(harden)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    return app


@routes.get("/healthz")
def healthz() -> Response:
    """This process is alive: whoever watches it must not end it while a person sets it up."""
    return jsonify(result="alive")


@routes.get("/setup")
def start() -> Response:
    """The link from the terminal; and, in the browser that opened it, the choices."""
    _, progress = _here()
    if "token" not in request.args:
        _admitted()
        return _form(progress, HTTPStatus.OK, {})
    entry, session = progress.access.enter(request.args["token"])
    if entry is Entry.USED and progress.access.admits(request.cookies.get(COOKIE, "")):
        return _to("/setup")
    if entry is not Entry.OPENED:
        log.warning("setup refused", link=entry.value, sender=request.remote_addr)
        raise _Problem(HTTPStatus.FORBIDDEN, ENTRIES[entry])
    log.info("setup opened", sender=request.remote_addr)
    answer = _to("/setup")
    # Lax: GitHub sends the person back from its own site. No Expires: gone with the browser.
    answer.set_cookie(
        COOKIE, session, path="/setup", httponly=True, samesite="Lax", secure=_is_secure()
    )
    return answer


@routes.post("/setup")
def choose() -> Response:
    """Take the choices in, and find out what could go wrong later."""
    place, progress = _here()
    _admitted(form=True)
    try:
        keeping.check(place.data) if progress.keeps else None
        progress.choose(request.form, _origin())
    except BadChoice as bad:
        return _form(progress, HTTPStatus.UNPROCESSABLE_ENTITY, bad.problems)
    except NotKept as not_kept:
        raise _Problem(HTTPStatus.INSUFFICIENT_STORAGE, str(not_kept)) from None
    return _to("/setup/create")


@routes.get("/setup/create")
def create() -> Response:
    """What GitHub will be asked for, and the button that asks it."""
    _, progress = _here()
    _admitted()
    asked = progress.asked()
    if not asked or progress.registered:
        return _to("/setup")
    why = [(name, level, manifest.WHY[name]) for name, level in manifest.permissions().items()]
    return page("create", asked=asked, permissions=why, form_action=asked.choice.web)


@routes.get("/setup/done")
def done() -> Response:
    """The person is back from GitHub: get the credentials, keep them."""
    _, progress = _here()
    _admitted()
    try:
        progress.come_back(request.args.get("state", ""), request.args.get("code", ""))
    except BadReturn as bad:
        raise _Problem(HTTPStatus.FORBIDDEN, str(bad)) from None
    except NotConverted as failed:
        log.warning("not registered", why=str(failed))
        status = HTTPStatus.SERVICE_UNAVAILABLE if failed.again else HTTPStatus.BAD_GATEWAY
        raise _Problem(status, str(failed)) from None
    return _kept(progress)


@routes.post("/setup/keep")
def keep() -> Response:
    """Try once more to write the credentials down."""
    _, progress = _here()
    _admitted(form=True)
    return _kept(progress) if progress.registered else _to("/setup")


def _kept(progress: Progress) -> Response:
    """Write the credentials down, show what comes next, and end setup when that was sent."""
    registered = progress.registered
    assert registered, "of callers that have it"
    try:
        where = progress.keep()
    except NotKept as not_kept:
        log.warning("not kept", why=str(not_kept))
        status, form = HTTPStatus.INSUFFICIENT_STORAGE, progress.access.form
        return page("keep", status, why=str(not_kept), form=form)
    answer = page("done", registered=registered, where=where)
    answer.call_on_close(progress.finish)
    return answer


def _here() -> tuple[Unregistered, Progress]:
    found: tuple[Unregistered, Progress] = current_app.extensions["setup"]
    return found


def _admitted(*, form: bool = False) -> None:
    """Go on for the browser that opened the link, and, of forms, with our own alone."""
    _, progress = _here()
    if not progress.access.admits(request.cookies.get(COOKIE, "")):
        raise _Problem(HTTPStatus.FORBIDDEN, NO_SESSION)
    if form and not progress.access.is_ours(request.form.get("form", "")):
        raise _Problem(HTTPStatus.FORBIDDEN, FOREIGN)


def _form(progress: Progress, status: HTTPStatus, problems: dict[str, str]) -> Response:
    """The choices, with what was given last, and what is wrong with it."""
    place, _ = _here()
    if progress.registered:
        return _kept(progress)
    given = {"owner": "account", "organisation": "", "host": GITHUB, "url": place.url}
    asked = progress.asked()
    if request.method == "POST":
        given |= {name: request.form.get(name, "") for name in given}
    elif asked:
        choice = asked.choice
        given |= {"host": choice.host, "url": choice.url, "organisation": choice.organisation}
        given["owner"] = "organisation" if choice.organisation else "account"
    elif not given["url"] and not is_local(request.host_url):
        given["url"] = f"https://{request.host}"
    return page("start", status, given=given, problems=problems, form=progress.access.form)


def _origin() -> str:
    """Where the browser has this page open, which a proxy before us may know better than we do."""
    told = request.headers.get("Origin", "")
    return told if _ORIGIN.fullmatch(told) else request.host_url.rstrip("/")


def _is_secure() -> bool:
    return "https" in (request.scheme, request.headers.get("X-Forwarded-Proto", ""))


def _to(path: str) -> Response:
    answer = redirect(path, HTTPStatus.SEE_OTHER)
    assert isinstance(answer, Response)
    return answer


def _problem(problem: _Problem) -> Response:
    _, progress = _here()
    inside = progress.access.admits(request.cookies.get(COOKIE, ""))
    return page("problem", problem.status, why=problem.why, inside=inside)


def _elsewhere(error: HTTPException) -> Response:
    """Whatever else is asked for: there is no App yet."""
    if request.path in LATER_ROUTES:
        answer = jsonify(result="refused", why=WAITING)
        answer.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        return answer
    _, progress = _here()
    if progress.is_over:
        # The way on may be clicked before we have made room for the App itself.
        answer = page("starting", HTTPStatus.SERVICE_UNAVAILABLE)
        answer.headers["Refresh"] = "1"
        return answer
    status = HTTPStatus(error.code or HTTPStatus.NOT_FOUND)
    return page("problem", status, why=NOT_HERE, inside=False)


def _failed(error: Exception) -> Response:
    """An error of ours: the log has all of it, the page nothing of the inside."""
    log.error("request failed", exc_info=error)
    return page("problem", HTTPStatus.INTERNAL_SERVER_ERROR, why=FAILED, inside=False)
