"""The web side: takes signed webhooks in and answers within milliseconds. Reviews nothing."""

import atexit
import json
import re
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

import structlog
from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from structlog.contextvars import bind_contextvars, clear_contextvars
from werkzeug.exceptions import HTTPException

from reviewer import metrics, metrics_page, metrics_rows, pages, readiness, registered, webhook
from reviewer.settings import Settings
from reviewer.setup import closing
from reviewer.work import Queue, Unavailable

DELIVERY_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

log = structlog.get_logger()
routes = Blueprint("receiver", __name__)


class _Refused(Exception):  # noqa: N818 - it names what happened
    """The request is refused with this status, for this reason."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Receiver:
    """What the routes work with; one for each Flask application."""

    def __init__(self, settings: Settings, queue: Queue) -> None:
        self.settings = settings
        self.queue = queue
        self.secret = settings.webhook_secret.get_secret_value().encode()
        self.counted = metrics_rows.Saver(lambda: queue.engine)


def create_app(settings: Settings, queue: Queue) -> Flask:
    """The WSGI application: POST /webhook; GET /healthz, /readyz, /metrics, /rules/, /installed."""
    app = Flask("reviewer", static_folder=None)
    app.extensions["receiver"] = receiver = Receiver(settings, queue)
    atexit.register(receiver.counted.save)
    app.register_blueprint(routes)
    app.register_blueprint(metrics_page.routes)
    app.register_blueprint(pages.routes)
    app.register_blueprint(closing.routes)
    app.register_error_handler(_Refused, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _failed)
    app.after_request(_harden)
    return app


@routes.post("/webhook")
def receive() -> Response:
    """Take one delivery: size, signature, JSON, event, in this order; nothing before it is due."""
    clear_contextvars()
    receiver: Receiver = current_app.extensions["receiver"]
    body = _bounded_body(receiver.settings.max_delivery)
    if not webhook.verify(receiver.secret, body, request.headers.get("X-Hub-Signature-256")):
        raise _Refused(HTTPStatus.UNAUTHORIZED, "the signature is missing or wrong")
    delivery = request.headers.get("X-GitHub-Delivery", "")
    name = request.headers.get("X-GitHub-Event", "")
    if not DELIVERY_ID.fullmatch(delivery) or not name:
        raise _Refused(HTTPStatus.BAD_REQUEST, "X-GitHub-Delivery or X-GitHub-Event is missing")
    bind_contextvars(delivery=delivery, github_event=name)
    event = _event(name, body, receiver.settings.app_id)
    bind_contextvars(**_about(event))
    if isinstance(event, webhook.Ignored):
        log.info("ignored", why=event.why)
        return _answer("ignored", HTTPStatus.OK, why=event.why)
    return _accept(receiver.queue, delivery, event)


@routes.after_request
def _count(response: Response) -> Response:
    """Count a delivery by its answer; it is written a little later, by another thread."""
    if request.endpoint == "receiver.receive":
        counted: metrics_rows.Saver = current_app.extensions["receiver"].counted
        metrics.delivered(counted.counts, g.get("result", ""), response.status_code)
        counted.soon()
    return response


@routes.get("/healthz")
def healthz() -> Response:
    """This process is alive; says nothing of the rest."""
    return _answer("alive", HTTPStatus.OK)


@routes.get("/readyz")
def readyz() -> Response:
    """Whether a webhook would be reviewed now, item by item; 503 where one is missing."""
    receiver: Receiver = current_app.extensions["receiver"]
    engine = receiver.queue.engine
    lines = [
        readiness.database(engine),
        readiness.key(receiver.settings),
        readiness.worker(engine),
    ]
    ready = all(line.ok for line in lines)
    items = {line.name: {"ok": line.ok, "said": line.said} for line in lines}
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    # What GitHub has registered is told, and decides nothing: deliveries are taken in without it.
    told = registered.remembered(engine)
    return _answer("ready" if ready else "not ready", status, items=items, registered=told)


def _bounded_body(limit: int) -> bytes:
    """The raw body, of which the size was known and allowed before anything was read."""
    length = request.content_length
    if length is None or "chunked" in request.headers.get("Transfer-Encoding", ""):
        raise _Refused(HTTPStatus.LENGTH_REQUIRED, "send Content-Length")
    if length > limit:
        raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {limit} bytes")
    return request.get_data(cache=False)


def _event(name: str, body: bytes, app_id: int) -> webhook.Event:
    """The event in a body that GitHub signed."""
    if request.mimetype != "application/json":
        raise _Refused(HTTPStatus.BAD_REQUEST, "set the webhook's content type to application/json")
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise _Refused(HTTPStatus.BAD_REQUEST, "the body is not JSON") from None
    try:
        return webhook.route(name, payload, app_id)
    except webhook.BadPayload as error:
        why = f"not an event as GitHub sends it: {error}"
        raise _Refused(HTTPStatus.BAD_REQUEST, why) from None


def _accept(queue: Queue, delivery: str, event: webhook.Event) -> Response:
    try:
        accepted = queue.accept(delivery, event)
    except Unavailable:
        why = "the database is away; deliver again"
        raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE, why) from None
    result = "accepted" if accepted.new else "duplicate"
    number = {"generation": accepted.generation} if accepted.generation else {}
    log.info(result, workflow=accepted.workflow, **number)
    status = HTTPStatus.ACCEPTED if accepted.new else HTTPStatus.OK
    return _answer(result, status, workflow=accepted.workflow)


def _about(event: webhook.Event) -> dict[str, Any]:
    """What a log line says an event is about."""
    match event:
        case (
            webhook.ReviewRequested(target)
            | webhook.TargetClosed(target)
            | webhook.Commanded(target)
        ):
            group = {"merge_group": target.group_head} if target.group_head else {}
            return {"repository": target.full_name, "pull_request": target.number} | group
        case webhook.HeadRequested():
            return {"repository": f"{event.owner}/{event.name}", "head": event.head_sha}
        case webhook.InstallationChanged() | webhook.SweepRequested():
            return asdict(event)
        case webhook.Ignored():
            return {}


def _answer(result: str, status: HTTPStatus, **more: Any) -> Response:
    g.result = result
    response = jsonify(result=result, **more)
    response.status_code = status
    return response


def _refused(refusal: _Refused) -> Response:
    """One log line that holds nothing of the body."""
    log.warning("refused", status=int(refusal.status), why=refusal.why, sender=request.remote_addr)
    return _answer("refused", refusal.status, why=refusal.why)


def _http_error(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    return _answer("refused", status, why=status.phrase)


def _failed(error: Exception) -> Response:
    """An error of ours: the log has all of it, the sender nothing of the inside."""
    log.error("request failed", exc_info=error)
    return _answer("failed", HTTPStatus.INTERNAL_SERVER_ERROR, why="an error of ours; see the log")


def _harden(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
