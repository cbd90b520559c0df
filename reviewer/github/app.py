"""GitHub as the App itself sees it: its deliveries, its installations, what is open in them."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

from requests.utils import parse_header_links

from reviewer.github.access import Access, signing
from reviewer.github.gate import Gates, Open, no_gates
from reviewer.github.gateway import Credentials, Gateway
from reviewer.github.tokens import Grant
from reviewer.model import CheckRun, Target

_DELIVERIES = "/app/hook/deliveries"
_READING = {"checks": "read", "contents": "read", "metadata": "read", "pull_requests": "read"}


class Attempt(NamedTuple):
    """One attempt of GitHub to deliver; ``at`` is ISO 8601, ``guid`` the delivery's own id."""

    id: int
    guid: str
    at: str
    ok: bool


class OpenHead(NamedTuple):
    """An open pull request and its head SHA."""

    target: Target
    head_sha: str


class AppGateway:
    """What the App may ask for itself. Every method raises RetryLater, Gone or GitHubRefused.

    ``requests`` counts what was asked so far. ``gates`` say when we may ask.
    """

    def __init__(self, credentials: Credentials, gates: Gates = no_gates) -> None:
        self._credentials = credentials
        self._gates = gates
        app = signing(credentials.app_id, credentials.private_key.get_secret_value())
        self._app = Access(app, credentials.api_url, Grant(0, {}), gates)
        self.requests = 0

    def attempts(self, cursor: str = "") -> tuple[list[Attempt], str]:
        """A page of attempts, newest first, and the cursor of the next; "" at the end."""
        self.requests += 1
        query = f"?per_page=100{'&cursor=' if cursor else ''}{cursor}"
        headers, listed = self._app.as_app_with_headers("GET", f"{_DELIVERIES}{query}")
        return [_attempt(each) for each in listed], _cursor(headers.get("link", ""))

    def redeliver(self, attempt: int) -> None:
        """Have a delivery made again."""
        self.requests += 1
        self._app.as_app("POST", f"{_DELIVERIES}/{attempt}/attempts")

    def installations(self) -> Iterator[int]:
        """The ids of the installations that are not suspended."""
        page = 1
        while True:
            self.requests += 1
            _, listed = self._app.as_app_with_headers(
                "GET", f"/app/installations?per_page=100&page={page}"
            )
            yield from (each["id"] for each in listed if not each.get("suspended_at"))
            if len(listed) < 100:
                return
            page += 1

    def repositories(self, installation: int) -> list[Target]:
        """The repositories of an installation, each as the target that has no number."""
        access = self._app.narrowed(Grant(installation, {}, {"metadata": "read"}))
        listed = self._all(access, "/installation/repositories")
        return [
            Target(installation, each["id"], each["owner"]["login"], each["name"], 0)
            for each in listed
            if not each.get("archived") and not each.get("disabled")
        ]

    def reader(self, owner: str, name: str) -> Gateway:
        """A gateway to a repository that can write nothing there."""
        found = self._app.as_app("GET", f"/repos/{quote(owner)}/{quote(name)}/installation")
        grant = Grant(found["id"], {"repositories": [name]}, _READING)
        access = self._app.narrowed(grant, lambda _: _ReadOnly())
        (listed,) = [
            each
            for each in access.pages("/installation/repositories")
            if each["name"].lower() == name.lower()
        ]
        target = Target(found["id"], listed["id"], owner, name, 0)
        return Gateway(access, target)

    def open_heads(self, somewhere: Target) -> list[OpenHead]:
        """The open pull requests of a repository."""
        grant = Grant.for_review(somewhere.installation, somewhere.repository)
        path = f"/repos/{somewhere.full_name}/pulls"
        listed = self._all(self._app.narrowed(grant), path, state="open")
        where = (somewhere.installation, somewhere.repository, somewhere.owner, somewhere.name)
        return [OpenHead(Target(*where, each["number"]), each["head"]["sha"]) for each in listed]

    def check_runs(self, head: OpenHead) -> list[CheckRun]:
        """Our check runs on a head, newest first."""
        self.requests += 1
        gateway = Gateway.for_target(self._credentials, head.target, self._gates)
        return gateway.check_runs(head.head_sha)

    def _all(self, access: Access, path: str, **query: str) -> list[Any]:
        listed = list(access.pages(path, **query))
        self.requests += 1 + len(listed) // 100
        return listed


class _ReadOnly(Open):
    """Lets reading through."""

    def create(self) -> None:
        """Nothing is created here."""
        raise AssertionError("a reader writes nothing")


def _attempt(found: dict[str, Any]) -> Attempt:
    ok = 200 <= int(found.get("status_code") or 0) < 300
    return Attempt(found["id"], found["guid"], found["delivered_at"], ok)


def _cursor(link: str) -> str:
    """The cursor of the next page in GitHub's ``Link`` header; "" where there is none."""
    following = (each["url"] for each in parse_header_links(link) if each.get("rel") == "next")
    return next((parse_qs(urlsplit(url).query)["cursor"][0] for url in following), "")
