"""Signature and routing, on GitHub's own example payloads."""

import copy
import hashlib
import hmac
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.commands import Command, CommandKind
from reviewer.model import Target, external_id
from reviewer.webhook import (
    ROUTES,
    BadPayload,
    Commanded,
    HeadRequested,
    Ignored,
    InstallationChanged,
    ReviewRequested,
    TargetClosed,
    route,
    verify,
)

EXAMPLES: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "contract" / "webhooks.json").read_text()
)
HELLO = Target(957387, 186853002, "Codertocat", "Hello-World", 2)
OUR_APP = 29310


def example(event: str, action: str) -> dict[str, Any]:
    """A copy of GitHub's example, as it reaches an App: with its installation."""
    payload = copy.deepcopy(EXAMPLES[event][action])
    payload.setdefault("installation", {"id": HELLO.installation})
    return payload


def command(body: str | None = "/secreview") -> dict[str, Any]:
    payload = example("issue_comment", "created")
    payload["issue"]["pull_request"] = {"url": "https://api.github.com/..."}
    payload["issue"]["number"] = HELLO.number
    payload["comment"]["body"] = body
    return payload


def test_githubs_own_signature_example_verifies() -> None:
    """The test vector of GitHub's documentation."""
    secret, body = b"It's a Secret to Everybody", b"Hello, World!"
    digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert verify(secret, body, f"sha256={digest}")


@given(st.binary(min_size=1), st.binary(), st.text())
def test_only_the_right_signature_verifies(secret: bytes, body: bytes, other: str) -> None:
    """The HMAC of exactly these bytes, in exactly this form, and nothing else."""
    right = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    assert verify(secret, body, right)
    assert not verify(secret, body + b" ", right)
    assert not verify(secret + b"x", body, right)
    assert not verify(secret, body, right.removeprefix("sha256="))
    assert verify(secret, body, other) == (other == right)


@pytest.mark.parametrize("header", [None, "", "sha256=", "sha1=00", "sha256=\udcff", "é"])
def test_an_absent_or_odd_signature_is_wrong(header: str | None) -> None:
    """No header makes verify raise."""
    assert not verify(b"secret", b"body", header)


@pytest.mark.parametrize("action", ["opened", "reopened", "synchronize", "ready_for_review"])
def test_a_changed_pull_request_is_reviewed(action: str) -> None:
    """The actions that bring new code or a new audience ask for a review."""
    event = route("pull_request", example("pull_request", action), OUR_APP)
    assert isinstance(event, ReviewRequested)
    assert event.target.key == HELLO.key
    assert (event.reason, event.forced) == (action, False)


def test_a_retargeted_pull_request_is_reviewed_and_a_renamed_one_is_not() -> None:
    """Only an edit that changes the base changes what is to be reviewed."""
    payload = example("pull_request", "opened") | {"action": "edited"}
    payload["changes"] = {"base": {"ref": {"from": "main"}, "sha": {"from": "0" * 40}}}
    event = route("pull_request", payload, OUR_APP)
    assert isinstance(event, ReviewRequested)
    assert event.forced, "its head was reviewed against another base"
    payload["changes"] = {"title": {"from": "x"}}
    assert isinstance(route("pull_request", payload, OUR_APP), Ignored)


def test_a_closed_pull_request_is_told() -> None:
    """Closing ends a running review."""
    event = route("pull_request", example("pull_request", "closed"), OUR_APP)
    assert isinstance(event, TargetClosed)
    assert event.target.key == HELLO.key


def test_a_command_carries_who_asked_where() -> None:
    """Everything that the permission question and the reaction need."""
    payload = command()
    user = payload["comment"]["user"]
    event = route("issue_comment", payload, OUR_APP)
    assert event == Commanded(
        HELLO,
        payload["comment"]["id"],
        user["login"],
        user["id"],
        "User",
        Command(CommandKind.REVIEW),
    )


def test_a_command_that_is_not_understood_is_passed_on() -> None:
    """So that it can be answered."""
    event = route("issue_comment", command("/secreview rm"), OUR_APP)
    assert isinstance(event, Commanded)
    assert event.command == Command(CommandKind.NOT_UNDERSTOOD)


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("issue", "pull_request", None),
        ("issue", "state", "closed"),
        ("comment", "user", None),
        ("comment", "body", None),
        ("comment", "body", "nice work"),
        ("comment", "user", {"login": "ghost", "id": 10137, "type": "User"}),
        ("comment", "user", {"login": "dependabot[bot]", "id": 49699333, "type": "Bot"}),
        ("comment", "user", {"login": "Copilot", "id": 175728472, "type": "Bot"}),
    ],
)
def test_comments_that_command_nothing_are_ignored(part: str, key: str, value: object) -> None:
    """Plain issues, closed pull requests, ghosts, bots and conversation."""
    payload = command()
    payload[part][key] = value
    assert isinstance(route("issue_comment", payload, OUR_APP), Ignored)


def test_our_rerequested_check_run_names_its_pull_request() -> None:
    """The external id leads back to the pull request, and the review is forced."""
    payload = example("check_run", "rerequested")
    payload["check_run"]["app"]["id"] = OUR_APP
    repository = payload["repository"]["id"]
    target = Target(1, repository, "github", "hello-world", 7)
    payload["check_run"]["external_id"] = external_id(target, "a" * 40, 3)
    assert route("check_run", payload, OUR_APP) == ReviewRequested(
        target, "Re-run", forced=True, by=payload["sender"]["login"]
    )


@pytest.mark.parametrize("external", ["", None, "somebody's own", "999#7@" + "a" * 40 + ":3"])
def test_a_check_run_without_our_id_is_looked_up_by_its_head(external: str | None) -> None:
    """An id that is not ours, or of another repository, leaves the head alone to go by."""
    payload = example("check_run", "rerequested")
    payload["check_run"]["app"]["id"] = OUR_APP
    payload["check_run"]["external_id"] = external
    sha = payload["check_run"]["head_sha"]
    assert route("check_run", payload, OUR_APP) == HeadRequested(
        1, payload["repository"]["id"], "github", "hello-world", sha, by=payload["sender"]["login"]
    )


def test_a_rerequested_suite_is_looked_up_by_its_head() -> None:
    """A suite names no pull request that could be trusted."""
    event = route("check_suite", example("check_suite", "rerequested"), OUR_APP)
    assert isinstance(event, HeadRequested)
    assert event.head_sha == "ec26c3e57ca3a959ca5aad62de7213c562f8c821"


@pytest.mark.parametrize("event", ["check_run", "check_suite"])
def test_other_apps_checks_are_not_ours(event: str) -> None:
    """Everybody with permission to read checks hears of them."""
    assert isinstance(route(event, example(event, "rerequested"), app_id=999), Ignored)


@pytest.mark.parametrize("action", ["deleted", "suspend"])
def test_a_lost_installation_is_told(action: str) -> None:
    """Uninstalled or suspended: everything of it is gone."""
    event = route("installation", example("installation", action), OUR_APP)
    assert isinstance(event, InstallationChanged)
    assert event.gone


def test_lost_repositories_are_told() -> None:
    """The ids of the repositories that were taken away."""
    payload = example("installation_repositories", "removed")
    assert route("installation_repositories", payload, OUR_APP) == InstallationChanged(
        2, gone=False, repositories_gone=(1296269,)
    )


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("ping", EXAMPLES["ping"][""]),
        ("push", {"ref": "refs/heads/main"}),
        ("pull_request", {"action": "stacked"}),
        ("pull_request", {}),
        ("check_run", EXAMPLES["check_run"]["created"]),
        ("check_suite", EXAMPLES["check_suite"]["requested"]),
    ],
)
def test_what_is_not_acted_on_is_ignored_unread(event: str, payload: dict[str, Any]) -> None:
    """Unknown events and actions are answered, never a reason to fail."""
    assert isinstance(route(event, payload, OUR_APP), Ignored)


@pytest.mark.parametrize(
    ("payload", "where"),
    [
        ([], "not an object"),
        ("opened", "not an object"),
        (None, "not an object"),
        ({"action": ["opened"]}, "action"),
        ({"action": "opened"}, "installation"),
        (example("pull_request", "opened") | {"installation": {"id": "1"}}, "installation.id"),
        (example("pull_request", "opened") | {"installation": {"id": True}}, "installation.id"),
        (example("pull_request", "opened") | {"pull_request": {"number": -1}}, "number"),
        (example("pull_request", "opened") | {"pull_request": {"number": 2**63}}, "number"),
        (
            example("pull_request", "opened")
            | {"repository": {"id": 1, "name": "a/../b", "owner": {"login": "x"}}},
            "repository.name",
        ),
    ],
)
def test_a_malformed_event_says_where(payload: object, where: str) -> None:
    """The reason names the field, never the value."""
    with pytest.raises(BadPayload, match=where):
        route("pull_request", payload, OUR_APP)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.sampled_from(sorted(ROUTES)), st.data())
def test_no_payload_breaks_routing(routed: tuple[str, str], data: st.DataObject) -> None:
    """Any part of a real event replaced by any JSON is an event or a BadPayload."""
    event, action = routed
    known = EXAMPLES[event]
    payload = copy.deepcopy(known[action] if action in known else next(iter(known.values())))
    part = data.draw(st.sampled_from(sorted(payload)))
    if isinstance(payload[part], dict) and data.draw(st.booleans()):
        payload[part][data.draw(st.sampled_from(sorted(payload[part]) or ["x"]))] = data.draw(JSON)
    else:
        payload[part] = data.draw(JSON)
    payload["action"] = action
    with suppress(BadPayload):
        route(event, payload, OUR_APP)
