"""Every request to GitHub is counted, and what its answer says of the rate limit is noted."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

import requests
from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
    RequestsResponse,
)

from reviewer import metrics

_installation: ContextVar[int] = ContextVar("installation", default=0)


@contextmanager
def asking(installation: int) -> Iterator[None]:
    """What is asked inside is asked in this installation's name; 0: in the App's own."""
    token = _installation.set(installation)
    try:
        yield
    finally:
        _installation.reset(token)


def heard(verb: str, path: str, answer: requests.Response | None) -> None:
    """Count one request; None: there was no answer."""
    metrics.asked(verb, path, None if answer is None else answer.status_code)
    if answer is not None:
        told = {name.lower(): value for name, value in answer.headers.items()}
        metrics.granted(_installation.get(), told)


class _Counted:
    """What both of PyGithub's kinds of connection do when an answer is wanted."""

    verb: str
    url: str

    def getresponse(self) -> RequestsResponse:
        path = urlsplit(self.url).path
        try:
            got: RequestsResponse = super().getresponse()  # type: ignore[misc]
        except requests.RequestException:
            heard(self.verb, path, None)
            raise
        heard(self.verb, path, got.response)
        return got


class _Http(_Counted, HTTPRequestsConnectionClass):
    pass


class _Https(_Counted, HTTPSRequestsConnectionClass):
    pass


def count_all() -> None:
    """Have PyGithub's requests counted: it has one place to say what it asks with."""
    Requester.injectConnectionClasses(_Http, _Https)
