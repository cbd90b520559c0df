"""Installation tokens: narrowed to what is needed, kept for as long as they are good."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests
from cachetools import LRUCache

from reviewer.github.errors import GitHubRefused, Gone

# All that reviews need; asked for by name, so that a token can do no more.
REVIEW_PERMISSIONS = {
    "checks": "write",
    "contents": "read",
    "metadata": "read",
    "pull_requests": "write",
}

_RENEW = 60.0
_KEPT = 1_000
_SUSPENDED = (requests.codes.forbidden, requests.codes.not_found)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token is good for: an installation, of it some repositories, with permissions.

    ``repositories`` is what GitHub takes to narrow it: ``{"repository_ids": [1]}`` or
    ``{"repositories": ["name"]}``; empty for all of the installation.
    """

    installation: int
    repositories: Mapping[str, list[Any]]
    permissions: Mapping[str, str] = field(default_factory=lambda: REVIEW_PERMISSIONS)

    @classmethod
    def for_review(cls, installation: int, repository: int) -> "Grant":
        """What a review of one repository needs."""
        return cls(installation, {"repository_ids": [repository]})

    @property
    def body(self) -> dict[str, Any]:
        """The body of the request that mints the token."""
        return {**self.repositories, "permissions": dict(self.permissions)}


class _Kept:
    """A token and when it expires, seconds since the epoch."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.value, self.expires = "", 0.0


# A review takes seconds and a token is good for an hour: the next review of the repository
# uses it too. By host, App and grant.
_kept: LRUCache[Any, _Kept] = LRUCache(_KEPT)
_lock = threading.Lock()


class Tokens:
    """The one token of a grant, renewed before it expires.

    Args:
        app: whose tokens: the host and the App's id.
        grant: what for.
        ask: sends a request as the App: method, path, body -> JSON.
    """

    def __init__(
        self,
        app: tuple[str, int],
        grant: Grant,
        ask: Callable[[str, str, dict[str, Any]], dict[str, Any]],
    ) -> None:
        key = (*app, grant.installation, repr(grant.body))
        with _lock:
            self._mine = _kept.setdefault(key, _Kept())
        self._grant = grant
        self._ask = ask

    def current(self) -> str:
        """A token that is good for another minute at least.

        Raises:
            Gone: the installation is suspended or gone, or the repository is not part of it.
            RetryLater, GitHubRefused: see there.
        """
        with self._mine.lock:
            if time.time() > self._mine.expires - _RENEW:
                made = self._minted()
                self._mine.value = made["token"]
                self._mine.expires = datetime.fromisoformat(made["expires_at"]).timestamp()
            return self._mine.value

    def discard(self) -> None:
        """Do not use the token again: GitHub does not know it any more."""
        with self._mine.lock:
            self._mine.expires = 0.0

    def _minted(self) -> dict[str, Any]:
        path = f"/app/installations/{self._grant.installation}/access_tokens"
        try:
            return self._ask("POST", path, self._grant.body)
        except GitHubRefused as refused:
            # 404: uninstalled. 422: the repository is not part of the installation any more.
            lost = refused.status == 422 and "repository" in refused.reason
            if refused.status in _SUSPENDED or lost:
                raise Gone(refused.reason) from refused
            raise
