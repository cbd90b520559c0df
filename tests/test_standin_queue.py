"""The stand-in's merge queue, required check and buttons."""

from typing import Any

import pytest

from tests.standin import StandIn
from tests.standin.client import Client
from tests.standin.fixtures import standin
from tests.standin.stage import PERMISSIONS
from tests.standin.state import PullRequest

__all__ = ["standin"]
PATH = "/repos/acme/rocket"


@pytest.fixture
def pull(standin: StandIn) -> PullRequest:
    """Return a pull request of one file."""
    return standin.open_pull_request(standin.repository("acme/rocket"), {"a.py": "a = 1\n"})


@pytest.fixture
def client(standin: StandIn, pull: PullRequest) -> Client:
    """Return a client with what the App is installed with."""
    return standin.client(pull.repository)


def ran(client: Client, sha: str, conclusion: str | None, **more: Any) -> None:
    """Make a run ``secreview`` with a conclusion, or one that is in progress."""
    ending = {"conclusion": conclusion} if conclusion else {"status": "in_progress"}
    body = {"name": "secreview", "head_sha": sha, **ending, **more}
    assert client.post(f"{PATH}/check-runs", **body).status_code == 201


def groups(standin: StandIn) -> list[tuple[str | None, dict[str, Any]]]:
    """Return action and body of every delivered ``merge_group``."""
    return [(d.action, d.payload) for d in standin.deliveries if d.event == "merge_group"]


def test_a_group_is_told_and_dissolved(standin: StandIn, pull: PullRequest, client: Client) -> None:
    """Its head is on the base's tip, on a branch of the queue's until it is dissolved."""
    tip = standin.push_base(pull.repository, {"b.py": "b\n"})
    head = standin.enqueue(pull)
    ((action, body),) = groups(standin)
    group = body["merge_group"]
    assert (action, group["head_sha"], group["base_sha"]) == ("checks_requested", head, tip)
    assert group["head_ref"].startswith("refs/heads/gh-readonly-queue/main/pr-1-")
    assert "pull_request" not in body
    told = client.get(f"{PATH}/compare/{tip}...{head}").json()
    assert [file["filename"] for file in told["files"]] == ["a.py"]
    assert told["merge_base_commit"]["sha"] == tip
    branch = group["head_ref"].removeprefix("refs/heads/")
    assert client.get(f"{PATH}/git/trees/{head}").status_code == 200
    standin.dequeue(head)
    action, body = groups(standin)[-1]
    assert (action, body["reason"]) == ("destroyed", "dequeued")
    assert branch not in pull.repository.branches


def test_a_group_is_told_only_where_merge_queues_may_be_read() -> None:
    """The event hangs on the permission, whatever the App subscribed to; so does a comment."""
    weak = {k: v for k, v in PERMISSIONS.items() if k not in {"merge_queues", "issues"}}
    with StandIn(permissions=weak) as github:
        pull = github.open_pull_request(github.repository("acme/rocket"), {"a.py": "a\n"})
        github.comment(pull, "dev", "/secreview")
        github.dequeue(github.enqueue(pull))
        assert {d.event for d in github.deliveries} == {"pull_request", "check_suite"}


def test_a_permission_added_later_waits_for_the_installation(
    standin: StandIn, pull: PullRequest
) -> None:
    """What counts is what the account granted, not what the App is registered with."""
    del standin.installation(pull.repository).permissions["merge_queues"]
    assert "merge_queues" in standin.app.permissions
    standin.enqueue(pull)
    assert groups(standin) == []


def test_closed_and_draft_pull_requests_are_not_queued(standin: StandIn, pull: PullRequest) -> None:
    """Nor can they be merged."""
    standin.convert_to_draft(pull)
    with pytest.raises(LookupError):
        standin.enqueue(pull)
    standin.ready_for_review(pull)
    standin.close_pull_request(pull)
    with pytest.raises(LookupError):
        standin.enqueue(pull)


@pytest.mark.parametrize(
    ("conclusion", "passes"),
    [
        ("success", True),
        ("neutral", True),
        ("skipped", True),
        ("failure", False),
        ("cancelled", False),
        ("timed_out", False),
        ("action_required", False),
        (None, False),
    ],
)
def test_what_lets_a_head_pass(
    standin: StandIn, pull: PullRequest, client: Client, conclusion: str | None, passes: bool
) -> None:
    """Three conclusions do; anything else, and none, does not."""
    assert not standin.required(pull.repository, pull.head_sha)
    ran(client, pull.head_sha, conclusion)
    assert standin.required(pull.repository, pull.head_sha) is passes
    assert standin.mergeable(pull) is passes


def test_the_newest_run_decides(standin: StandIn, pull: PullRequest, client: Client) -> None:
    """A run in progress blocks although an earlier one passed."""
    ran(client, pull.head_sha, "success")
    ran(client, pull.head_sha, None)
    assert not standin.mergeable(pull)
    ran(client, pull.head_sha, "failure")
    ran(client, pull.head_sha, "success")
    assert standin.mergeable(pull)


def test_only_our_run_of_that_name_on_that_head_counts(
    standin: StandIn, pull: PullRequest, client: Client
) -> None:
    """Not another App's, not another name, not the head before."""
    standin.foreign_check_run(pull.repository, pull.head_sha, "secreview")
    client.post(f"{PATH}/check-runs", name="other", head_sha=pull.head_sha, conclusion="success")
    assert not standin.mergeable(pull)
    ran(client, pull.head_sha, "success")
    standin.push(pull, {"a.py": "a = 2\n"})
    assert not standin.mergeable(pull)


def test_open_threads_can_block(standin: StandIn, pull: PullRequest, client: Client) -> None:
    """Where the branch asks for it, each thread must be resolved."""
    comments = [{"path": "a.py", "line": 1, "body": "Hm."}]
    client.post(f"{PATH}/pulls/1/reviews", event="COMMENT", body="Look.", comments=comments)
    ran(client, pull.head_sha, "success")
    assert standin.mergeable(pull)
    assert not standin.mergeable(pull, conversations=True)
    standin.resolve(pull, pull.review_comments[0], "mira")
    assert standin.mergeable(pull, conversations=True)


BUTTON = {"label": "L" * 20, "description": "d" * 40, "identifier": "i" * 20}


def test_only_what_is_shown_can_be_pressed(
    standin: StandIn, pull: PullRequest, client: Client
) -> None:
    """The buttons of a completed run, by their identifiers; an update replaces them."""
    ran(client, pull.head_sha, None, actions=[BUTTON])
    (run,) = standin.check_runs(pull.repository)
    with pytest.raises(LookupError):
        standin.press(run, "i" * 20)
    client.patch(f"{PATH}/check-runs/{run.id}", conclusion="success")
    delivery = standin.press(run, "i" * 20, by="mira")
    assert delivery is not None
    assert delivery.payload["requested_action"] == {"identifier": "i" * 20}
    assert delivery.payload["sender"]["login"] == "mira"
    with pytest.raises(LookupError):
        standin.press(run, "other")
    client.patch(f"{PATH}/check-runs/{run.id}", actions=[])
    with pytest.raises(LookupError):
        standin.press(run, "i" * 20)


@pytest.mark.parametrize(
    ("actions", "status"),
    [
        ([BUTTON] * 3, 201),
        ([BUTTON] * 4, 422),
        ([BUTTON | {"label": "L" * 21}], 422),
        ([BUTTON | {"description": "d" * 41}], 422),
        ([BUTTON | {"identifier": "i" * 21}], 422),
    ],
)
def test_how_many_and_how_long_buttons_are(
    standin: StandIn, pull: PullRequest, client: Client, actions: Any, status: int
) -> None:
    """Three, 20, 40 and 20 characters; beyond that nothing is made."""
    body = {"name": "secreview", "head_sha": pull.head_sha, "conclusion": "success"}
    assert client.post(f"{PATH}/check-runs", actions=actions, **body).status_code == status
    assert len(standin.check_runs(pull.repository)) == (status == 201)
    standin.violations.clear()
