"""Webhooks: any bytes as a signed delivery, to the routing and, for some, to the real web server.

An input is the name of an event, a line feed, and a body.
"""

import atexit
import hashlib
import hmac
import json
import random
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from structlog.testing import capture_logs

from reviewer.receiver import create_app
from reviewer.webhook import ROUTES, BadPayload, Event, Ignored, route, verify
from reviewer.work import Queue, migrate
from tests.test_webhook import EXAMPLES, command
from tests.work_rig import SECRET, settings_in

LONGEST, BLIND = 20_000, 0.1
_SERVED = 16
"""One input in so many goes through the web server, the queue and its database."""
_APP = 17
_NAME = re.compile(r"[!-~]+")
_STATUSES = {200, 202, 400}
_KEPT = {
    *("action", "id", "login", "type", "name", "owner", "number", "body", "user", "state"),
    "head_sha",
    *("base_sha", "base_ref", "head_branch", "external_id", "app", "changes", "base"),
    *("sender", "issue"),
    *("installation", "repository", "pull_request", "comment", "check_run", "check_suite"),
    "identifier",
    *("merge_group", "requested_action", "repositories_added", "repositories_removed"),
}  # fmt: skip
_VALUES: list[Any] = [
    *(None, True, 0, -1, 1.5, 1e400, 2**63, 2**63 - 1, "", "\0", "\ud800", "\u202e", "é"),
    *("a" * 5_000, [], {}, [[]], [None], {"id": 1}, {"id": "1"}, "0" * 40, "f" * 64),
    "refs/heads/x",
    *("/secreview", "/secreview full", "/secreview explain x", "/secreview \n", "ghost", "x\n"),
    *("../..", "a/b", "<b>", "1#2@" + "0" * 40 + ":3", f"1#0@{'0' * 40}:1", "rerun"),
    *("full", "deleted"),
]  # fmt: skip


def seeds() -> Iterator[bytes]:
    """GitHub's own examples of what we act on, without what nobody reads of them."""
    for event, action in ROUTES:
        if action in EXAMPLES.get(event, {}):
            payload = {"installation": {"id": 7}} | _slim(EXAMPLES[event][action])
            for app in (
                payload.get(name, {}).get("app", {}) for name in ("check_run", "check_suite")
            ):
                app["id"] = _APP
            yield _input(event, payload)
    yield _input("issue_comment", _slim(command()))
    yield _input("ping", {"zen": "x"})


@cache
def _seeds() -> list[bytes]:
    return [*seeds()]


def _slim(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _slim(each) for key, each in value.items() if key in _KEPT}
    return [_slim(each) for each in value] if isinstance(value, list) else value


def _input(event: str, payload: Any) -> bytes:
    return f"{event}\n{json.dumps(payload)}".encode()


def mutated(data: bytes, most: int, chance: random.Random) -> bytes:
    """Values replaced, left out, moved and nested; now and then the event or the syntax."""
    event, _, body = data.partition(b"\n")
    if chance.random() < 0.1:
        event = chance.choice([*ROUTES])[0].encode()
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return chance.choice(_seeds())
    for _ in range(chance.randint(1, 3)):
        _change(payload, chance)
    text = json.dumps(payload)
    if chance.random() < 0.05:
        at = chance.randint(0, len(text))
        bit = chance.choice(
            ["[" * 5_000, '{"a":' * 3_000, "NaN", "\\u", "\ufeff", "9" * 5_000, ","]
        )
        text = text[:at] + bit + text[at:]
    return (event + b"\n" + text.encode())[:most]


def _change(payload: Any, chance: random.Random) -> None:
    """Something in one place of the payload."""
    node = payload
    while isinstance(node, dict) and node:
        key = chance.choice([*node])
        if isinstance(node[key], dict) and chance.random() < 0.7:
            node = node[key]
            continue
        match chance.randrange(5):
            case 0:
                del node[key]
            case 1:
                node[key] = [node[key]]
            case 2 if isinstance(payload, dict):
                node["action"] = chance.choice([*ROUTES])[1]
            case 3:
                node[chance.choice(sorted(_KEPT))] = deepcopy(node[key])
            case _:
                node[key] = deepcopy(chance.choice(_VALUES))
        return


def one(data: bytes) -> None:
    """An event, or a refusal that says why; the web server says 200, 202 or 400, never 500."""
    name, _, body = data.partition(b"\n")
    event = name.decode("latin-1")
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert verify(SECRET.encode(), body, signature)
    assert not verify(SECRET.encode(), body + b" ", signature)
    assert not verify(SECRET.encode(), body, event)
    outcome = _routed(event, body)
    if body and zlib.crc32(data) % _SERVED == 0:
        _served(event, body, signature, outcome)


def _routed(event: str, body: bytes) -> Event | str:
    """The event, or why there is none."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return "no JSON"
    try:
        found = route(event, payload, _APP)
    except BadPayload as error:
        return f"refused: {error}"
    assert not isinstance(found, Ignored) or found.why
    return found


@cache
def _web() -> FlaskClient:
    """The web server's application on a database of its own."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = settings_in(Path(folder))
    migrate(settings)
    return create_app(settings, Queue(settings)).test_client()


def _served(event: str, body: bytes, signature: str, outcome: Event | str) -> None:
    said = event if _NAME.fullmatch(event) else "pull_request"
    headers = {
        "X-GitHub-Delivery": f"{zlib.crc32(body)}-{len(body)}",
        "X-GitHub-Event": said,
        "X-Hub-Signature-256": signature,
        "Content-Type": "application/json",
    }
    with capture_logs():
        answer = _web().post("/webhook", data=body, headers=headers)
    assert answer.status_code in _STATUSES, answer.get_json()
    if said == event:
        assert (answer.status_code == 400) is isinstance(outcome, str)
        assert not isinstance(outcome, Ignored) or answer.get_json()["why"] == outcome.why
