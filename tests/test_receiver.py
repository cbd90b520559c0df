"""The receiver over HTTP, with the real queue on SQLite behind it."""

import hashlib
import hmac
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from reviewer import store
from reviewer.receiver import HEADERS, create_app
from reviewer.work import Queue, migrate
from tests.test_webhook import example
from tests.work_rig import SECRET, settings_in

OPENED = json.dumps(example("pull_request", "opened")).encode()


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Log lines are not printed; rendering a traceback for people takes a second."""
    with capture_logs():
        yield


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    configured = settings_in(tmp_path, SECREVIEW_MAX_DELIVERY=str(len(OPENED) + 100))
    migrate(configured)
    queue = Queue(configured)
    yield queue
    queue.close()


@pytest.fixture
def client(queue: Queue) -> FlaskClient:
    return create_app(queue._settings, queue).test_client()


def signature(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def deliver(client: FlaskClient, body: bytes = OPENED, **headers: str | None) -> TestResponse:
    """Deliver as GitHub does; a header given as None is left out."""
    sent: dict[str, str | None] = {
        "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "X-GitHub-Event": "pull_request",
        "X-Hub-Signature-256": signature(body),
        "Content-Type": "application/json",
    }
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    present = {name: value for name, value in sent.items() if value is not None}
    return client.post("/webhook", data=body, headers=present)


def stored(queue: Queue) -> int:
    with queue.engine.connect() as tx:
        tables = ("secreview_delivery", "secreview_target", "workflow_status")
        return sum(tx.execute(text(f"select count(*) from {t}")).scalar_one() for t in tables)


def test_a_signed_delivery_is_accepted_and_its_repetition_is_a_duplicate(client, queue) -> None:
    """202 with the workflow, then 200 with the same workflow."""
    first, again = deliver(client), deliver(client)
    assert (first.status_code, first.json["result"]) == (202, "accepted")
    assert (again.status_code, again.json["result"]) == (200, "duplicate")
    assert first.json["workflow"] == again.json["workflow"]
    assert stored(queue) == 3


@pytest.mark.parametrize("given", [None, "", "sha256=0", signature(OPENED, "guess"), "sha1=ab"])
def test_what_is_not_signed_leaves_one_log_line_and_nothing_else(client, queue, given) -> None:
    """401; no row; the line holds nothing of the body."""
    with capture_logs() as logged:
        answer = deliver(client, X_Hub_Signature_256=given)
    assert answer.status_code == 401
    assert stored(queue) == 0
    (line,) = logged
    assert line["status"] == 401
    assert "Codertocat" not in str(line)


def test_the_signature_comes_before_everything_but_the_size(client) -> None:
    """Who cannot sign learns nothing of what we would make of the body."""
    for body, headers in [(b"{", {}), (b"[]", {}), (OPENED, {"X_GitHub_Event": None})]:
        assert deliver(client, body, X_Hub_Signature_256="sha256=00", **headers).status_code == 401


class _Unread(io.RawIOBase):
    """A body that must not be read."""

    def read(self, *_: Any) -> bytes:
        raise AssertionError("the body was read")

    readinto = read  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"CONTENT_LENGTH": str(len(OPENED) + 101)}, 413),
        ({"CONTENT_LENGTH": "99999999999999"}, 413),
        ({}, 411),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, 411),
        ({"CONTENT_LENGTH": "5", "HTTP_TRANSFER_ENCODING": "chunked"}, 411),
    ],
)
def test_a_body_too_large_or_of_unknown_size_is_not_read(client, environ, status: int) -> None:
    """413 before a byte is read; 411 where the size is not said."""
    answer = client.open(
        "/webhook",
        method="POST",
        environ_overrides={"wsgi.input": _Unread(), "wsgi.input_terminated": True, **environ},
    )
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("body", "headers", "why"),
    [
        (b" ", {}, "not JSON"),
        (b"{", {}, "not JSON"),
        (b"\xff\xfe", {}, "not JSON"),
        (b"[" * 5000, {}, "not JSON"),
        (b"1" * 5000, {}, "not JSON"),
        (b"[]", {}, "not an object"),
        (b'{"action": "opened"}', {}, "installation"),
        (OPENED, {"X_GitHub_Delivery": None}, "X-GitHub-Delivery"),
        (OPENED, {"X_GitHub_Delivery": "a:review"}, "X-GitHub-Delivery"),
        (OPENED, {"X_GitHub_Event": None}, "X-GitHub-Event"),
        (OPENED, {"Content_Type": "application/x-www-form-urlencoded"}, "application/json"),
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(client, queue, body, headers, why) -> None:
    """400 that says what is wrong; nothing is stored."""
    answer = deliver(client, body, **headers)
    assert answer.status_code == 400
    assert why in answer.json["why"]
    assert stored(queue) == 0


@pytest.mark.parametrize("event", ["ping", "star", "check_run"])
def test_what_we_do_not_act_on_is_answered_with_200(client, queue, event: str) -> None:
    """GitHub sees a success, we store nothing."""
    answer = deliver(client, b'{"zen": "Keep it logically awesome."}', X_GitHub_Event=event)
    assert (answer.status_code, answer.json["result"]) == (200, "ignored")
    assert stored(queue) == 0


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(min_size=1, max_size=200),
    event=st.sampled_from(["pull_request", "issue_comment", "x"]),
)
def test_no_signed_bytes_break_the_receiver(client, body: bytes, event: str) -> None:
    """Anything that is no event is refused or ignored, never an error of ours."""
    assert deliver(client, body, X_GitHub_Event=event).status_code in (200, 400)


def test_while_the_database_is_away_github_is_asked_to_deliver_again(client, queue) -> None:
    """503, and the redelivery of the same id is new."""
    file = Path(str(queue.engine.url.database))
    queue.engine.dispose()
    hidden = [(path, path.rename(f"{path}.hidden")) for path in file.parent.glob("*.sqlite*")]
    file.mkdir()
    refused = deliver(client)
    assert refused.status_code == 503
    assert client.get("/readyz").status_code == 503
    file.rmdir()
    for path, away in hidden:
        away.rename(path)
    assert deliver(client).status_code == 202


def test_log_lines_of_a_delivery_say_what_it_is_about(client) -> None:
    """Delivery, repository and pull request, so that one search finds the whole story."""
    from structlog.contextvars import get_contextvars

    deliver(client)
    about = get_contextvars()
    assert about["delivery"] == "72d3162e-cc78-11e3-81ab-4c9367dc0958"
    assert (about["repository"], about["pull_request"]) == ("Codertocat/Hello-World", 2)


def test_healthz_says_that_the_process_lives(client) -> None:
    """Without looking at anything else."""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"result": "alive"})


def test_readyz_names_what_is_missing(client, queue) -> None:
    """503 until a worker was seen; then 200; each item with its own line."""
    before = client.get("/readyz")
    assert before.status_code == 503
    assert before.json["items"]["database"]["ok"]
    assert before.json["items"]["key"]["ok"]
    assert not before.json["items"]["worker"]["ok"]
    assert "secreview worker" in before.json["items"]["worker"]["said"]
    with queue.engine.begin() as tx:
        store.beat(tx, "somebody")
    after = client.get("/readyz")
    assert (after.status_code, after.json["result"]) == (200, "ready")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/webhook", 405),
        ("POST", "/readyz", 405),
        ("GET", "/healthz", 200),
    ],
)
def test_every_answer_is_json_with_hardening_headers(client, method, path, status) -> None:
    """Errors too; nothing is cached, framed or sniffed."""
    answer = client.open(path, method=method)
    assert answer.status_code == status
    assert answer.json
    assert HEADERS.items() <= dict(answer.headers).items()
