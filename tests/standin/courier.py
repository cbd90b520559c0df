"""Carries webhooks to the App: signed, with GitHub's headers, logged, and again on demand."""

import hashlib
import hmac
import json
import queue
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import requests

from tests.standin.objects import timestamp
from tests.standin.world import World

TIMEOUT = 10
KEPT_SECONDS = 3 * 24 * 3600


@dataclass(frozen=True)
class Delivery:
    """One attempt: what was sent and what came back; ``status_code`` 0: nothing did.

    ``at`` is when, in seconds since the epoch.
    """

    id: int
    guid: str
    event: str
    action: str | None
    content: bytes
    headers: Mapping[str, str]
    redelivery: bool = False
    delivered_at: str = ""
    at: float = 0.0
    duration: float = 0.0
    status_code: int = 0
    status: str = ""
    answer: str = ""

    @property
    def payload(self) -> dict[str, Any]:
        """The body that was sent."""
        body: dict[str, Any] = json.loads(self.content)
        return body


@dataclass
class Courier:
    """Delivers to ``url``; None drops everything, as an App without a webhook does."""

    world: World
    url: str | None = None
    deliveries: list[Delivery] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._waiting: queue.Queue[Delivery | None] = queue.Queue()
        self._thread: threading.Thread | None = None

    def pack(
        self,
        event: str,
        payload: Mapping[str, Any],
        guid: str | None = None,
        signature: str | None = None,
    ) -> Delivery:
        """Return a delivery that is ready to go; ``signature`` replaces the right one."""
        content = json.dumps(payload).encode()
        app = self.world.app
        guid = guid or str(uuid.uuid4())
        right = "sha256=" + sign(app.webhook_secret, content, "sha256")
        headers = {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/5tand1n",
            "X-GitHub-Delivery": guid,
            "X-GitHub-Event": event,
            "X-GitHub-Hook-ID": str(app.id + 1),
            "X-GitHub-Hook-Installation-Target-ID": str(app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-Hub-Signature": "sha1=" + sign(app.webhook_secret, content, "sha1"),
            "X-Hub-Signature-256": right if signature is None else signature,
        }
        action = payload.get("action")
        return Delivery(self.world.new_id(7), guid, event, action, content, headers)

    def send(self, packed: Delivery) -> Delivery:
        """Post a packed delivery now and return it with what came back."""
        started = time.monotonic()
        try:
            if self.url is None:
                raise requests.ConnectionError("the App has no webhook")
            answer = requests.post(
                self.url, packed.content, headers=dict(packed.headers), timeout=TIMEOUT
            )
            code, status, text = answer.status_code, answer.reason or "", answer.text
        except requests.Timeout:
            code, status, text = 0, "timed out", ""
        except requests.RequestException as problem:
            code, status, text = 0, "failed to connect", str(problem)
        sent = replace(
            packed,
            delivered_at=self.world.now(),
            at=time.time(),
            duration=round(time.monotonic() - started, 3),
            status_code=code,
            status="OK" if 200 <= code < 300 else status,
            answer=text,
        )
        with self.world.lock:
            self.deliveries.append(sent)
        return sent

    def later(self, packed: Delivery) -> None:
        """Post a packed delivery soon, in the order of the calls, from another thread."""
        if self.url is None:
            return
        with self.world.lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._carry, name="courier", daemon=True)
                self._thread.start()
        self._waiting.put(packed)

    def again(self, delivery: Delivery) -> Delivery:
        """Return a redelivery of the same guid and body, ready to go."""
        return replace(delivery, id=self.world.new_id(7), redelivery=True)

    def kept(self) -> list[Delivery]:
        """Return the attempts that the log still has: those of the last three days."""
        since = time.time() - KEPT_SECONDS
        return [each for each in self.deliveries if each.at >= since]

    def age(self, seconds: float) -> None:
        """Make every attempt so far older."""
        with self.world.lock:
            self.deliveries[:] = [
                replace(each, at=each.at - seconds, delivered_at=timestamp(each.at - seconds))
                for each in self.deliveries
            ]

    def settle(self) -> None:
        """Wait until everything that was to be posted later is."""
        self._waiting.join()

    def close(self) -> None:
        """Post what is waiting and stop."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()

    def _carry(self) -> None:
        while True:
            packed = self._waiting.get()
            if packed is not None:
                self.send(packed)
            self._waiting.task_done()
            if packed is None:
                return


def sign(secret: str, content: bytes, algorithm: str) -> str:
    """Return the hexadecimal HMAC of ``content``."""
    return hmac.new(secret.encode(), content, getattr(hashlib, algorithm)).hexdigest()
