"""A webhook, from raw bytes to the one event we act on. Pure: no I/O, no clock.

:func:`verify` first, on the bytes as received; then :func:`route` on the parsed JSON.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from reviewer.commands import Command, parse
from reviewer.model import Target, parse_external_id
from reviewer.payloads import (
    AddedPayload,
    CheckRunPayload,
    CheckSuitePayload,
    CommentPayload,
    EditedPayload,
    InstallationPayload,
    MergeGroupPayload,
    PressedPayload,
    PullRequestPayload,
    RepositoriesPayload,
    Sent,
)

GHOST = "ghost"
RERUN, FULL = "rerun", "full"  # the identifiers of the check run's buttons
BUTTONS = {RERUN: "Re-run", FULL: "Review whole files"}
_QUEUE = "gh-readonly-queue/"
REVIEWED_ACTIONS = ("opened", "reopened", "synchronize", "ready_for_review")


class BadPayload(ValueError):  # noqa: N818 - it names what was received
    """The delivery is not an event as GitHub sends it; ``str()`` says where it is not."""


@dataclass(frozen=True, slots=True)
class ReviewRequested:
    """Review *target*. ``forced``: even where its head already has our completed review.

    ``full``: comment on findings that the base has too. ``by`` is the login of who asked for
    it, "" where nobody did.
    """

    target: Target
    reason: str
    forced: bool = False
    full: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class HeadRequested:
    """Review the one open pull request with this head, which must be looked up."""

    installation: int
    repository: int
    owner: str
    name: str
    head_sha: str
    full: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class Commanded:
    """Somebody commented a command on an open pull request; may they?"""

    target: Target
    comment_id: int
    author: str
    author_id: int
    author_type: str
    command: Command


@dataclass(frozen=True, slots=True)
class TargetClosed:
    """The pull request is closed, or the merge group is no more: a review of it is in vain."""

    target: Target


@dataclass(frozen=True, slots=True)
class InstallationChanged:
    """The App lost access: to everything (``gone``), or to the repositories with these ids."""

    installation: int
    gone: bool
    repositories_gone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SweepRequested:
    """The App has got access: to all of an installation (none named), or to repositories."""

    installation: int
    repositories: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing to do, and why."""

    why: str


Event = (
    ReviewRequested
    | HeadRequested
    | Commanded
    | TargetClosed
    | InstallationChanged
    | SweepRequested
    | Ignored
)


def verify(secret: bytes, body: bytes, signature_header: str | None) -> bool:
    """Whether *signature_header* (``sha256=<hex>``) is *secret*'s HMAC of the raw *body*.

    Compared in constant time; an absent or malformed header is simply wrong.
    """
    expected = f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"
    given = (signature_header or "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(expected.encode(), given)


def route(event: str, payload: object, app_id: int) -> Event:
    """The event behind the header ``X-GitHub-Event`` and the parsed JSON body.

    Args:
        event: The header's value.
        payload: What the JSON came to.
        app_id: Our App's id: check runs and suites of other Apps are not ours.

    Raises:
        BadPayload: the JSON is no object, or an event we act on lacks what it must have.
    """
    if not isinstance(payload, Mapping):
        raise BadPayload("the body is JSON, but not an object")
    action = payload.get("action", "")
    if not isinstance(action, str):
        raise BadPayload("action: expected a string")
    handle = ROUTES.get((event, action))
    if handle is None:
        return Ignored(
            f"{event}.{action} is none of ours" if action else f"{event} is not acted on"
        )
    try:
        return handle(payload, app_id)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadPayload(f"{where}: {first['msg']}") from None


def _pull_request(payload: Mapping[str, Any], _app_id: int) -> Event:
    read = PullRequestPayload.model_validate(payload)
    return ReviewRequested(read.target(read.pull_request.number), payload["action"])


def _edited(payload: Mapping[str, Any], _app_id: int) -> Event:
    read = EditedPayload.model_validate(payload)
    if read.changes.base is None:
        return Ignored("only the words of the pull request were edited")
    # The head is the same and has our result, but what the pull request changes is another thing.
    return ReviewRequested(read.target(read.pull_request.number), "retargeted", forced=True)


def _closed(payload: Mapping[str, Any], _app_id: int) -> Event:
    read = PullRequestPayload.model_validate(payload)
    return TargetClosed(read.target(read.pull_request.number))


def _head(read: Sent, sha: str, *, full: bool = False) -> Event:
    where, by = read.repository, read.by
    head = (read.installation.id, where.id, where.owner.login, where.name, sha)
    return HeadRequested(*head, full=full, by=by)


def _group(read: Sent, head_sha: str, base_sha: str = "", branch: str = "") -> Target:
    """A merge group of the repository."""
    target = read.target(0)
    return replace(target, group_head=head_sha, group_base=base_sha, group_branch=branch)


def _check_run(payload: Mapping[str, Any], app_id: int) -> Event:
    return _again(CheckRunPayload.model_validate(payload), app_id, RERUN)


def _pressed(payload: Mapping[str, Any], app_id: int) -> Event:
    read = PressedPayload.model_validate(payload)
    return _again(read, app_id, read.requested_action.identifier)


def _again(read: CheckRunPayload, app_id: int, button: str) -> Event:
    run = read.check_run
    if run.app.id != app_id:
        return Ignored("the check run is another App's")
    if button not in (RERUN, FULL):
        return Ignored("the button is none of ours")
    full = button == FULL
    ours = parse_external_id(run.external_id or "")
    if ours is None or ours.repository != read.repository.id:
        return _head(read, run.head_sha, full=full)
    target = read.target(ours.number) if ours.number else _group(read, ours.sha)
    return ReviewRequested(target, BUTTONS[button], forced=True, full=full, by=read.by)


def _check_suite(payload: Mapping[str, Any], app_id: int) -> Event:
    read = CheckSuitePayload.model_validate(payload)
    suite = read.check_suite
    if suite.app.id != app_id:
        return Ignored("the check suite is another App's")
    if (suite.head_branch or "").startswith(_QUEUE):
        target = _group(read, suite.head_sha)
        return ReviewRequested(target, BUTTONS[RERUN], forced=True, by=read.by)
    return _head(read, suite.head_sha)


def _merge_group(payload: Mapping[str, Any], _app_id: int) -> Event:
    read = MergeGroupPayload.model_validate(payload)
    group = read.merge_group
    branch = group.base_ref.removeprefix("refs/heads/")
    target = _group(read, group.head_sha, group.base_sha, branch)
    if payload["action"] == "destroyed":
        return TargetClosed(target)
    return ReviewRequested(target, "merge queue")


def _comment(payload: Mapping[str, Any], _app_id: int) -> Event:
    read = CommentPayload.model_validate(payload)
    command = parse(read.comment.body or "")
    if command is None:
        return Ignored("the comment is no command")
    if read.issue.pull_request is None or read.issue.state != "open":
        return Ignored("the command is not on an open pull request")
    author = read.comment.user
    if author is None or author.login == GHOST or author.type != "User":
        return Ignored("commands are taken from people alone")
    target = read.target(read.issue.number)
    return Commanded(target, read.comment.id, author.login, author.id, author.type, command)


def _installation_gone(payload: Mapping[str, Any], _app_id: int) -> Event:
    read = InstallationPayload.model_validate(payload)
    return InstallationChanged(read.installation.id, gone=True)


def _installed(payload: Mapping[str, Any], _app_id: int) -> Event:
    return SweepRequested(InstallationPayload.model_validate(payload).installation.id)


def _repositories_added(payload: Mapping[str, Any], _app_id: int) -> Event:
    read = AddedPayload.model_validate(payload)
    added = tuple(repository.id for repository in read.repositories_added)
    return SweepRequested(read.installation.id, added) if added else Ignored("none was added")


def _repositories_gone(payload: Mapping[str, Any], _app_id: int) -> Event:
    read = RepositoriesPayload.model_validate(payload)
    gone = tuple(repository.id for repository in read.repositories_removed)
    return InstallationChanged(read.installation.id, gone=False, repositories_gone=gone)


ROUTES: dict[tuple[str, str], Callable[[Mapping[str, Any], int], Event]] = {
    **dict.fromkeys((("pull_request", action) for action in REVIEWED_ACTIONS), _pull_request),
    ("pull_request", "edited"): _edited,
    ("pull_request", "closed"): _closed,
    ("check_run", "rerequested"): _check_run,
    ("check_run", "requested_action"): _pressed,
    ("merge_group", "checks_requested"): _merge_group,
    ("merge_group", "destroyed"): _merge_group,
    ("check_suite", "rerequested"): _check_suite,
    ("issue_comment", "created"): _comment,
    ("installation", "deleted"): _installation_gone,
    ("installation", "suspend"): _installation_gone,
    ("installation", "created"): _installed,
    ("installation", "unsuspend"): _installed,
    ("installation_repositories", "added"): _repositories_added,
    ("installation_repositories", "removed"): _repositories_gone,
}
