"""``StandIn``: our GitHub as tests and the demo hold it. They play the people; the App calls."""

import re
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Self

from tests.standin import webhooks
from tests.standin.buttons import Buttons
from tests.standin.chaos import Chaos
from tests.standin.client import Client, app_token
from tests.standin.courier import Delivery
from tests.standin.people import People
from tests.standin.queue import MergeQueue
from tests.standin.registering import Website
from tests.standin.server import Listener, Service
from tests.standin.stage import PERMISSIONS, folder
from tests.standin.state import CheckRun, Repository
from tests.standin.tenants import Tenants
from tests.standin.traffic import Fault, Logged, limit

__all__ = ["StandIn", "folder"]


class StandIn(People, Buttons, MergeQueue, Tenants):
    """A GitHub with one App, listening on a free port from ``start`` to ``close``.

    ``validate`` holds every answer against GitHub's description. ``violations`` collects
    what the App did that the stand-in does not know or GitHub's schema forbids, and
    answers of our own that are not GitHub's. Set ``webhook_url`` to have events delivered.
    """

    def __init__(
        self, *, validate: bool = True, permissions: Mapping[str, str] = PERMISSIONS
    ) -> None:
        super().__init__(permissions)
        self.service = Service(self.world, validate)
        self.website = Website(
            self.world, self.service, self.service.requests, self.service.violations
        )
        self._listener: Listener | None = None

    def start(self, port: int = 0) -> Self:
        """Listen on 127.0.0.1 (``port`` 0: a free one) and return self."""
        self._listener = Listener(self.website, port)
        self.world.api = self._listener.url
        return self

    def close(self) -> None:
        """Stop listening; what was to be delivered is delivered first."""
        self.courier.close()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def __enter__(self) -> Self:
        return self if self._listener else self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def open_website(self) -> None:
        """Have links lead to pages that people can use, as on an Enterprise Server."""
        self.world.html = self.url

    @property
    def url(self) -> str:
        """The API's root, for ``GITHUB_API_URL``."""
        return self.world.api

    @property
    def webhook_url(self) -> str | None:
        """Where events go; None: nowhere."""
        return self.courier.url

    @webhook_url.setter
    def webhook_url(self, url: str | None) -> None:
        self.courier.url = url

    @property
    def delay(self) -> float:
        """Seconds that every request waits before it is looked at."""
        return self.service.delay

    @delay.setter
    def delay(self, seconds: float) -> None:
        self.service.delay = seconds

    @property
    def chaos(self) -> Chaos | None:
        """What goes wrong at random; None: nothing does."""
        return self.service.chaos

    @chaos.setter
    def chaos(self, chaos: Chaos | None) -> None:
        self.service.chaos = chaos

    @property
    def strict_pace(self) -> bool:
        """Whether content that the App creates less than a second apart is a violation."""
        return self.service.pace.strict

    @strict_pace.setter
    def strict_pace(self, strict: bool) -> None:
        self.service.pace.strict = strict

    def created(self, repository: Repository, count: int, *, seconds_ago: float = 0) -> None:
        """Have people create content on the web, which counts towards the App's limits."""
        made = [time.monotonic() - seconds_ago] * count
        with self.world.lock:
            number = self.installation(repository).id
            self.service.pace.times.setdefault(number, []).extend(made)

    @property
    def requests(self) -> list[Logged]:
        """Every request so far, in the order they came in."""
        return self.service.requests

    @property
    def violations(self) -> list[str]:
        """What must not happen and did."""
        return self.service.violations

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to deliver an event, with what the App answered."""
        return self.courier.deliveries

    def environment(self) -> dict[str, str]:
        """Return the settings with which the App talks to this GitHub."""
        return {
            "GITHUB_APP_ID": str(self.app.id),
            "GITHUB_PRIVATE_KEY": self.app.private_key,
            "GITHUB_WEBHOOK_SECRET": self.app.webhook_secret,
            "GITHUB_API_URL": self.url,
        }

    def check_runs(self, repository: Repository, head_sha: str | None = None) -> list[CheckRun]:
        """Return the runs in the order they were made, those of one commit if given."""
        with self.world.lock:
            return [
                run
                for run in self.world.runs.values()
                if run.suite.repository is repository and head_sha in {run.head_sha, None}
            ]

    def called(self, method: str, path: str) -> list[Logged]:
        """Return the logged requests of ``method`` whose path the pattern is found in."""
        with self.world.lock:
            logged = list(self.requests)
        return [r for r in logged if r.method == method and re.search(path, r.path)]

    def counted(self, since: int = 0) -> Counter[str]:
        """Count the requests from number ``since`` of ``requests`` on, by GitHub's name of each.

        ``GET /repos/{owner}/{repo}/pulls/{pull_number}``; of what the stand-in does not know,
        method and path as they were sent.
        """
        with self.world.lock:
            logged = self.requests[since:]
        return Counter(each.operation or f"{each.method} {each.path}" for each in logged)

    def client(self, *repositories: Repository, **permissions: str) -> Client:
        """Return an HTTP client with a token as ``token`` mints it, or, without any, the App's."""
        value = self.token(*repositories, **permissions).value if repositories else None
        return Client(self.url, value or app_token(self.app.id, self.app.private_key))

    def ping(self) -> Delivery:
        """Send the ping of a newly set webhook."""
        return self.deliver("ping", webhooks.ping_body(self.world, self.webhook_url or ""))

    def redeliver(self, delivery: Delivery) -> Delivery:
        """Deliver the same body under the same guid once more."""
        return self.courier.send(self.courier.again(delivery))

    def age_deliveries(self, days: float) -> None:
        """Make all deliveries so far older; GitHub forgets them after three days."""
        self.courier.age(days * 24 * 3600)

    def settle(self) -> None:
        """Wait until the events that the App's own calls caused are delivered."""
        self.courier.settle()

    def fail_next(
        self,
        method: str,
        path: str,
        *,
        status: int = 502,
        after_effect: bool = False,
        headers: Mapping[str, str] | None = None,
        message: str = "Server Error",
        times: int = 1,
        body: Any = None,
    ) -> None:
        """Break the next ``times`` requests of ``method`` whose path the pattern is found in.

        ``status`` 0 drops the connection. ``after_effect``: the work is done first.
        ``body`` is the answer's whole JSON, in place of an object with ``message``.
        """
        pattern = re.compile(path)
        fault = Fault(method, pattern, status, after_effect, headers or {}, message, times, body)
        with self.world.lock:
            self.service.faults.append(fault)

    def limit_next(
        self, method: str, path: str, kind: str = "secondary", *, seconds: int = 60, times: int = 1
    ) -> None:
        """Limit the next ``times`` fitting requests before they do anything.

        ``kind`` is primary (403), secondary (403), too many (429) or abuse (422); ``seconds``
        is when the App may come back.
        """
        status, headers, body = limit(kind, seconds)
        self.fail_next(method, path, status=status, headers=headers, body=body, times=times)
