"""Getting through to GitHub: as the App, with a token, by GraphQL; quick retries of reads."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from functools import partial
from itertools import count
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit, urlunsplit

import requests
from github import Auth, Github
from github.Requester import Requester

from reviewer.github import counted
from reviewer.github.errors import (
    BROKEN,
    GitHubRefused,
    RetryLater,
    TooLarge,
    is_passing,
    meaning,
    meaning_of_graphql,
)
from reviewer.github.gate import Gate, Gates, no_gates
from reviewer.github.tokens import Grant, Tokens
from reviewer.private_key import parsed

T = TypeVar("T")

API_VERSION = "2022-11-28"
AGENT = "secreview"
TIMEOUT = 30
PAUSES = (0.2, 0.6, 1.8)
UNKNOWN_SECONDS = 30
UNKNOWN = "GitHub does not accept our token, nor a new one ({})"

counted.count_all()

_CHUNK = 64 * 1024
_PAGE = 100


class Access:
    """Requests in the name of the App (``as_app``) or of its installation (all others).

    Each thread gets a connection of its own: PyGithub's keep the request they are about in
    themselves.

    Args:
        app: the App's id and private key.
        api_url: GitHub's API, without a slash at the end.
        grant: what the installation's token is to be good for.
        gates: when we may ask, by installation; that of 0 is the App's own.

    ``requests`` counts what was asked, tries included, lists by their pages.
    """

    def __init__(
        self, app: Auth.AppAuth, api_url: str, grant: Grant, gates: Gates = no_gates
    ) -> None:
        self.app_id = int(app.app_id)
        self.api_url = api_url
        self.gate = gates(grant.installation)
        self._app_gate = gates(0)
        self._gates = gates
        self._app = app
        self._installation = grant.installation
        self._tokens = Tokens((api_url, self.app_id), grant, self.as_app)
        self._mine = threading.local()
        self.requests = 0

    @property
    def web_url(self) -> str:
        """GitHub's address for people: github.com, or the host of GitHub Enterprise Server."""
        parts = urlsplit(self.api_url)
        return urlunsplit((parts.scheme, parts.netloc.removeprefix("api."), "", "", ""))

    def narrowed(self, grant: Grant, gates: Gates | None = None) -> "Access":
        """The same App with another grant, and with other gates if some are given."""
        return Access(self._app, self.api_url, grant, gates or self._gates)

    def call(self, action: Callable[[Github], T], *, write: bool = False, paced: bool = False) -> T:
        """What *action* makes of a PyGithub object; a write is never repeated by itself.

        *paced*: it makes or edits what people see, and goes out when the gate says so.

        Raises:
            RetryLater, Gone, GitHubRefused: see there.
        """
        return self._renewing(lambda: action(self._github()), repeat=not write, paced=paced)

    def as_app(self, verb: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The JSON that the App itself, with its JWT, gets on *path*.

        Raises:
            RetryLater, Gone, GitHubRefused: see there.
        """
        found: dict[str, Any]
        _, found = self.as_app_with_headers(verb, path, body)
        return found

    def as_app_with_headers(
        self, verb: str, path: str, body: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], Any]:
        """As above: the answer's headers, by their names in lower case, and its JSON."""

        def ask() -> tuple[dict[str, Any], Any]:
            with self._client(self._app) as client:
                return client.requester.requestJsonAndCheck(verb, path, input=body)

        with counted.asking(0):
            return self._persistent(ask, self._app_gate, repeat=True)

    def graphql(
        self, query: str, variables: Mapping[str, Any], *, paced: bool = False
    ) -> dict[str, Any]:
        """The ``data`` that *query* is answered with; what is not found is None in it.

        *paced*: it is a mutation, see ``call``.

        Raises:
            RetryLater, Gone, GitHubRefused: see there; GitHub tells most of it with status 200.
        """

        def ask(github: Github) -> dict[str, Any]:
            requester = github.requester
            asked = {"query": query, "variables": dict(variables)}
            headers, answer = requester.requestJsonAndCheck(
                "POST", requester.graphql_url, input=asked
            )
            errors = [e for e in answer.get("errors") or () if e.get("type") != "NOT_FOUND"]
            if errors:
                raise _heeded(meaning_of_graphql(headers, errors), self.gate)
            data: dict[str, Any] = answer.get("data") or {}
            return data

        return self.call(ask, write=paced, paced=paced)

    def pages(self, path: str, **query: str | int) -> Iterator[Any]:
        """The entries of a list of the installation, all pages of it, one request a page.

        Raises:
            RetryLater, Gone, GitHubRefused: see there.
        """
        for page in count(1):
            found = self.call(partial(_listed, path=path, parameters={**query, "page": page}))
            yield from found
            if len(found) < _PAGE:
                return

    def download(self, path: str, accept: str, limit: int, **query: str) -> bytes:
        """The body that *path* answers with, read no further than *limit* bytes.

        Raises:
            TooLarge: there is more. RetryLater, Gone, GitHubRefused: see there.
        """
        return self._renewing(lambda: self._downloaded(path, accept, limit, query), repeat=True)

    def _downloaded(self, path: str, accept: str, limit: int, query: dict[str, str]) -> bytes:
        headers = {
            "Authorization": f"Bearer {self._tokens.current()}",
            "Accept": accept,
            "User-Agent": AGENT,
            "X-GitHub-Api-Version": API_VERSION,
        }
        url, body = self.api_url + path, bytearray()
        # PyGithub would read whatever comes, and a blob may have 100 MB.
        with self._answer(path, url, headers=headers, params=query) as answer:
            if not answer.ok:
                known = {name.lower(): value for name, value in answer.headers.items()}
                raise Requester.createException(answer.status_code, known, _object(answer))
            for part in answer.iter_content(_CHUNK):
                body += part
                if len(body) > limit:
                    raise TooLarge(path)
        return bytes(body)

    def _answer(self, path: str, url: str, **asked: Any) -> requests.Response:
        try:
            answer = self._session().get(url, timeout=TIMEOUT, stream=True, **asked)
        except requests.RequestException:
            counted.heard("GET", path, None)
            raise
        counted.heard("GET", path, answer)
        return answer

    def _renewing(self, action: Callable[[], T], *, repeat: bool, paced: bool = False) -> T:
        with counted.asking(self._installation):
            try:
                return self._persistent(action, self.gate, repeat=repeat, paced=paced)
            except GitHubRefused as refused:
                if refused.status != requests.codes.unauthorized:
                    raise
            # Revoked, or the clocks differ. Nothing was done yet, so a write may go out again.
            self._tokens.discard()
            self._tokens.current()
            try:
                return self._persistent(action, self.gate, repeat=repeat, paced=paced)
            except GitHubRefused as refused:
                if refused.status != requests.codes.unauthorized:
                    raise
                # It was minted a moment ago: no verdict on us, as a refused key would be.
                raise RetryLater(UNKNOWN_SECONDS, UNKNOWN.format(refused.reason)) from refused

    def _persistent(
        self, action: Callable[[], T], gate: Gate, *, repeat: bool, paced: bool = False
    ) -> T:
        """What *action* returns; with *repeat*, tried again a few times within three seconds."""
        for pause in (*PAUSES, None):
            try:
                with gate.creating() if paced else nullcontext():
                    gate.check()
                    self.requests += 1
                    return action()
            except BROKEN as error:
                if pause is None or not repeat or not is_passing(error):
                    raise _heeded(meaning(error), gate) from error
            time.sleep(pause)
        raise AssertionError("unreachable")

    def _github(self) -> Github:
        token = self._tokens.current()
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

    def _client(self, auth: Auth.Auth) -> Github:
        return Github(
            auth=auth,
            base_url=self.api_url,
            timeout=TIMEOUT,
            user_agent=AGENT,
            per_page=_PAGE,
            retry=None,  # PyGithub's own would repeat a POST that was answered with 502.
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,
            api_version=API_VERSION,
        )


def signing(app_id: int, private_key: str) -> Auth.AppAuth:
    """Who signs as the App."""
    # The type asks for PEM text; what is called takes a key that is parsed as well.
    return Auth.AppAuth(app_id, cast("Callable[[], str]", partial(parsed, private_key)))


def _heeded(error: Exception, gate: Gate) -> Exception:
    """*error*; where it is a limit of GitHub's, nothing goes through *gate* until it is over."""
    if isinstance(error, RetryLater) and error.limited:
        gate.close(error.seconds)
    return error


def _object(answer: requests.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _listed(github: Github, path: str, parameters: dict[str, Any]) -> list[Any]:
    """One page of a list, which may be wrapped in an object beside its total."""
    asked = {"per_page": _PAGE, **parameters}
    _, found = github.requester.requestJsonAndCheck("GET", path, parameters=asked)
    if isinstance(found, dict):
        found = next((each for each in found.values() if isinstance(each, list)), [])
    listed: list[Any] = found
    return listed
