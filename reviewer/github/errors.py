"""What can go wrong with GitHub, in three kinds: later, never, and no."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import requests
from github import GithubException
from github.Requester import Requester

LATER, LONGEST = 60, 3600
_UNREACHABLE = 30
_REASON = 300
_GRAPHQL_LIMITS = {"RATE_LIMITED", "RATE_LIMIT"}


class RetryLater(Exception):  # noqa: N818  # it names what to do
    """Not now: try the same again in ``seconds``; ``reason`` says why.

    ``cause`` is whom it lies with: "github", "limits" (of what GitHub grants us), or "ours".
    """

    def __init__(self, seconds: float, reason: str, cause: str = "github") -> None:
        super().__init__(seconds, reason)
        self.seconds = seconds
        self.reason = reason
        self.cause = cause

    @property
    def limited(self) -> bool:
        """Whether GitHub limits us, and wants nothing else of us either until then."""
        return self.cause == "limits"

    def __str__(self) -> str:
        return f"{self.reason}, to be tried again in {self.seconds:.0f} s"


class Gone(Exception):  # noqa: N818  # it names what happened
    """We have no access to the repository any more; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class GitHubRefused(Exception):  # noqa: N818  # it names what happened
    """GitHub said no, with an HTTP ``status``; asking again would not help."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason

    def __str__(self) -> str:
        return f"GitHub refused ({self.status}): {self.reason}"


class TooLarge(Exception):  # noqa: N818  # it names what was found
    """A file is larger than was asked for."""


BROKEN = (GithubException, requests.RequestException, json.JSONDecodeError)


def is_passing(error: Exception) -> bool:
    """Whether the same request may work in a moment: a gateway's error, a lost connection."""
    if isinstance(error, GithubException):
        return error.status in (502, 503, 504)
    return True


def meaning(error: Exception) -> RetryLater | Gone | GitHubRefused:
    """What one of ``BROKEN`` means to us."""
    if not isinstance(error, GithubException):
        return RetryLater(_UNREACHABLE, f"GitHub cannot be reached ({type(error).__name__})")
    headers = error.headers or {}
    data = error.data if isinstance(error.data, Mapping) else {}
    message = str(data.get("message") or error.message or "")[:_REASON]
    if is_limited(error.status, headers, data, message):
        return RetryLater(
            wait(headers), f"GitHub's rate limit is reached ({error.status})", "limits"
        )
    if error.status >= 500:
        return RetryLater(_UNREACHABLE, f"GitHub is in trouble ({error.status})")
    if error.status in (410, 451) or "suspended" in message:
        return Gone(f"{error.status} {message}")
    needed = headers.get("x-accepted-github-permissions")
    reasons = [message, *details(data), *([f"it needs {needed}"] if needed else [])]
    return GitHubRefused(error.status, "; ".join(filter(None, reasons))[:_REASON])


def meaning_of_graphql(
    headers: Mapping[str, Any], errors: Sequence[Mapping[str, Any]]
) -> RetryLater | GitHubRefused:
    """What GraphQL's *errors* mean, which come with status 200."""
    kinds = {str(error.get("type")) for error in errors}
    message = "; ".join(str(error.get("message", "")) for error in errors)[:_REASON]
    if kinds & _GRAPHQL_LIMITS or said(message):
        told = {str(name).lower(): str(value) for name, value in headers.items()}
        return RetryLater(wait(told), "GitHub's rate limit is reached (GraphQL)", "limits")
    if "FORBIDDEN" in kinds or "INSUFFICIENT_SCOPES" in kinds:
        return GitHubRefused(403, message)
    if not any(error.get("type") for error in errors):
        # A query that took too long, or a fault on their side, has words and no type.
        return RetryLater(_UNREACHABLE, "GitHub is in trouble (GraphQL)")
    return GitHubRefused(400, message)


def is_limited(
    status: int, headers: Mapping[str, str], data: Mapping[str, Any], message: str
) -> bool:
    """Whether GitHub limits us; it says so in several ways, two of them a 422."""
    if status in (403, 429):
        spent = headers.get("x-ratelimit-remaining") == "0"
        return status == 429 or spent or "retry-after" in headers or said(message)
    return status == 422 and "abuse" in _codes(data)


def said(message: str) -> bool:
    """Whether the words are those of a limit."""
    return Requester.isRateLimitError(message)


def wait(headers: Mapping[str, str]) -> float:
    """How many seconds GitHub wants us to wait: at least one, at most an hour."""
    after, reset = headers.get("retry-after", ""), headers.get("x-ratelimit-reset", "")
    seconds: float = LATER
    if after.isdecimal():
        seconds = int(after)
    elif headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        seconds = int(reset) - time.time() + 1
    return min(max(1.0, seconds), LONGEST)


def _codes(data: Mapping[str, Any]) -> set[str]:
    """The codes of a 422: its own, and those of its single errors."""
    errors = data.get("errors")
    listed = errors if isinstance(errors, list) else []
    return {str(each.get("code")) for each in (data, *listed) if isinstance(each, Mapping)}


def details(data: Mapping[str, Any]) -> list[str]:
    """The single errors of a 422: strings on reviews, objects elsewhere."""
    errors = data.get("errors")
    if not isinstance(errors, list):
        return []
    return [
        str(e.get("message") or e.get("code")) if isinstance(e, dict) else str(e) for e in errors
    ]
