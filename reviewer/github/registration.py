"""The App as GitHub has it registered: its permissions, its events, its webhook."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from reviewer.github.access import Access, signing
from reviewer.github.gate import Gates, no_gates
from reviewer.github.gateway import Credentials
from reviewer.github.tokens import Grant

_HOOK = "/app/hook/config"
_RECENT = 30


class Facts(NamedTuple):
    """What the App is registered as; ``permissions`` name -> level."""

    slug: str
    html_url: str
    permissions: Mapping[str, str]
    events: Sequence[str]


class Hook(NamedTuple):
    """Where deliveries go, and in which form: ``json`` or ``form``."""

    url: str
    content_type: str


class Installed(NamedTuple):
    """The App on an account, with what that account has granted: name -> level."""

    account: str
    permissions: Mapping[str, str]


class Registration:
    """What GitHub has of the App. Every method raises RetryLater, Gone or GitHubRefused.

    ``gates`` say when we may ask.
    """

    def __init__(self, credentials: Credentials, gates: Gates = no_gates) -> None:
        app = signing(credentials.app_id, credentials.private_key.get_secret_value())
        self._app = Access(app, credentials.api_url, Grant(0, {}), gates)

    def facts(self) -> Facts:
        """The App that our key is of."""
        found = self._app.as_app("GET", "/app")
        return Facts(
            found.get("slug") or "", found["html_url"], found["permissions"], found["events"]
        )

    def hook(self) -> Hook:
        """Its webhook; without an address there is none."""
        found = self._app.as_app("GET", _HOOK)
        return Hook(found.get("url") or "", found.get("content_type") or "")

    def set_secret(self, secret: str) -> None:
        """Have deliveries signed with *secret* from now on."""
        self._app.as_app("PATCH", _HOOK, {"secret": secret})

    def answers(self) -> list[int]:
        """What we answered to the latest deliveries, newest first: HTTP statuses, 0 for nothing."""
        _, listed = self._app.as_app_with_headers("GET", f"/app/hook/deliveries?per_page={_RECENT}")
        return [_status(each) for each in listed]

    def installed(self) -> list[Installed]:
        """Where the App is installed, of suspended ones not: the first hundred."""
        _, listed = self._app.as_app_with_headers("GET", "/app/installations?per_page=100")
        return [
            Installed(str((each.get("account") or {}).get("login")), each["permissions"])
            for each in listed
            if not each.get("suspended_at")
        ]


def _status(delivery: Mapping[str, Any]) -> int:
    return int(delivery.get("status_code") or 0)
