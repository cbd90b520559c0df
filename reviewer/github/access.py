"""Getting through to GitHub: the App's key, tokens for one repository, quick retries."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import requests
from github import Auth, Github
from github.Requester import Requester

from reviewer.github.errors import BROKEN, GitHubRefused, Gone, TooLarge, is_passing, meaning

T = TypeVar("T")

# All that reviews need; asked for by name, so that a token can do no more.
PERMISSIONS = {
    "checks": "write",
    "contents": "read",
    "metadata": "read",
    "pull_requests": "write",
}
API_VERSION = "2022-11-28"
AGENT = "secreview"
TIMEOUT = 30
PAUSES = (0.2, 0.6, 1.8)

_RENEW = 60.0
_CHUNK = 64 * 1024
_SUSPENDED = (403, 404)


class Access:
    """Requests in the name of the App (``as_app``) or of its installation (``call``).

    A token is good for one repository only. Each thread gets a connection of its own:
    PyGithub's keep the request they are about in themselves.

    Args:
        app_id: the App's id.
        private_key: its private key as PEM.
        api_url: GitHub's API, without a slash at the end.
        installation: the installation's id.
        repository: the repository's id.
    """

    def __init__(
        self, app_id: int, private_key: str, api_url: str, installation: int, repository: int
    ) -> None:
        self.app_id = app_id
        self.api_url = api_url
        self._app = Auth.AppAuth(app_id, private_key)
        self._installation = installation
        self._repository = repository
        self._lock = threading.Lock()
        self._token, self._expires = "", 0.0
        self._mine = threading.local()

    def call(self, action: Callable[[Github], T], *, write: bool = False) -> T:
        """What *action* makes of a PyGithub object; a write is never repeated by itself.

        Raises:
            RetryLater, Gone, GitHubRefused: see there.
        """
        return self._renewing(lambda: action(self._github()), repeat=not write)

    def as_app(self, verb: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The JSON that the App itself, with its JWT, gets on *path*.

        Raises:
            RetryLater, Gone, GitHubRefused: see there.
        """

        def ask() -> dict[str, Any]:
            found: dict[str, Any]
            with self._client(self._app) as client:
                _, found = client.requester.requestJsonAndCheck(verb, path, input=body)
            return found

        return _persistent(ask, repeat=True)

    def download(self, path: str, accept: str, limit: int, **query: str) -> bytes:
        """The body that *path* answers with, read no further than *limit* bytes.

        Raises:
            TooLarge: there is more. RetryLater, Gone, GitHubRefused: see there.
        """
        return self._renewing(lambda: self._downloaded(path, accept, limit, query), repeat=True)

    def _downloaded(self, path: str, accept: str, limit: int, query: dict[str, str]) -> bytes:
        headers = {
            "Authorization": f"Bearer {self._current()}",
            "Accept": accept,
            "User-Agent": AGENT,
            "X-GitHub-Api-Version": API_VERSION,
        }
        url, body = self.api_url + path, bytearray()
        # PyGithub would read whatever comes, and a blob may have 100 MB.
        with self._session().get(
            url, headers=headers, params=query, timeout=TIMEOUT, stream=True
        ) as answer:
            if not answer.ok:
                known = {name.lower(): value for name, value in answer.headers.items()}
                raise Requester.createException(answer.status_code, known, _object(answer))
            for part in answer.iter_content(_CHUNK):
                body += part
                if len(body) > limit:
                    raise TooLarge(path)
        return bytes(body)

    def _renewing(self, action: Callable[[], T], *, repeat: bool) -> T:
        try:
            return _persistent(action, repeat=repeat)
        except GitHubRefused as refused:
            if refused.status != requests.codes.unauthorized:
                raise
        # Revoked, or the clocks differ. Nothing was done yet, so a write may go out again.
        self._expires = 0.0
        return _persistent(action, repeat=repeat)

    def _github(self) -> Github:
        token = self._current()
        if getattr(self._mine, "token", None) != token:
            self._mine.github, self._mine.token = self._client(Auth.Token(token)), token
        client: Github = self._mine.github
        return client

    def _session(self) -> requests.Session:
        if not hasattr(self._mine, "session"):
            self._mine.session = requests.Session()
            self._mine.session.auth = Requester.noopAuth  # No surprises from a .netrc file.
        session: requests.Session = self._mine.session
        return session

    def _current(self) -> str:
        with self._lock:
            if time.time() > self._expires - _RENEW:
                self._token, self._expires = self._minted()
            return self._token

    def _minted(self) -> tuple[str, float]:
        body = {"repository_ids": [self._repository], "permissions": PERMISSIONS}
        try:
            made = self.as_app(
                "POST", f"/app/installations/{self._installation}/access_tokens", body
            )
        except GitHubRefused as refused:
            # 404: uninstalled. 422: the repository is not part of the installation any more.
            lost = refused.status == 422 and "repository" in refused.reason
            if refused.status in _SUSPENDED or lost:
                raise Gone(refused.reason) from refused
            raise
        return made["token"], datetime.fromisoformat(made["expires_at"]).timestamp()

    def _client(self, auth: Auth.Auth) -> Github:
        return Github(
            auth=auth,
            base_url=self.api_url,
            timeout=TIMEOUT,
            user_agent=AGENT,
            per_page=100,
            retry=None,  # PyGithub's own would repeat a POST that was answered with 502.
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,
            api_version=API_VERSION,
        )


def _persistent(action: Callable[[], T], *, repeat: bool) -> T:
    """What *action* returns; with *repeat*, tried again a few times within three seconds."""
    for pause in (*PAUSES, None):
        try:
            return action()
        except BROKEN as error:
            if pause is None or not repeat or not is_passing(error):
                raise meaning(error) from error
        time.sleep(pause)
    raise AssertionError("unreachable")


def _object(answer: requests.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
