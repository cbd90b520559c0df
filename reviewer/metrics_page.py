"""``GET /metrics`` for Prometheus; closed to everybody but its token's holder, or this host."""

import hmac
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Response, current_app, request
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from reviewer import metrics_text
from reviewer.settings import LOOPBACK, Settings
from reviewer.work import Queue

CLOSED = (
    "Closed: send SECREVIEW_METRICS_TOKEN as a bearer token, or, where it is not set, ask from "
    "this host itself, without a proxy.\n"
)
AWAY = "The database is away, and all counts are there.\n"
# A proxy on this host makes everybody look like somebody on this host.
PROXIED = ("forwarded", "via", "x-forwarded", "x-real-ip")
_PLAIN = "text/plain; charset=utf-8"

routes = Blueprint("metrics", __name__)
log = structlog.get_logger()


@routes.get("/metrics")
def metrics() -> Response:
    """All counts, as text for Prometheus; 403 for strangers, 503 without the database."""
    receiver = current_app.extensions["receiver"]
    settings: Settings = receiver.settings
    queue: Queue = receiver.queue
    if not _may_read(settings.metrics_token):
        log.warning("metrics refused", sender=request.remote_addr)
        return Response(CLOSED, 403, content_type=_PLAIN)
    try:
        with queue.engine.connect() as tx:
            return Response(metrics_text.text(tx), content_type=metrics_text.CONTENT_TYPE)
    except SQLAlchemyError:
        return Response(AWAY, 503, content_type=_PLAIN)


def _may_read(token: SecretStr) -> bool:
    wanted = token.get_secret_value()
    if not wanted:
        return _is_local(request.remote_addr or "", request.host, request.headers.keys())
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, f"Bearer {wanted}".encode())


def _is_local(address: str, host: str, headers: Iterable[str]) -> bool:
    """Whether a process of this host asks, under this host's own name, and no proxy for others."""
    try:
        asker, name = ip_address(address), urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    asker = getattr(asker, "ipv4_mapped", None) or asker
    return asker.is_loopback and name in LOOPBACK and not any(map(_is_a_proxy_s, headers))


def _is_a_proxy_s(header: str) -> bool:
    return header.lower().startswith(PROXIED)
