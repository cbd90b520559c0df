"""The stand-in's check runs: limits, enums, annotations that append, no way back."""

from typing import Any

import pytest

from tests.standin import StandIn
from tests.standin.client import Client
from tests.standin.fixtures import standin
from tests.standin.state import PullRequest

__all__ = ["standin"]
RUNS = "/repos/acme/rocket/check-runs"


@pytest.fixture
def pull(standin: StandIn) -> PullRequest:
    """Return a pull request of one file."""
    return standin.open_pull_request(standin.repository("acme/rocket"), {"test_a.py": "a = 1\n"})


@pytest.fixture
def client(standin: StandIn, pull: PullRequest) -> Client:
    """Return a client that may write checks."""
    return standin.client(pull.repository, checks="write")


def note(line: int = 1, **more: Any) -> dict[str, Any]:
    """Return an annotation; more fields replace the usual ones."""
    place = {"path": "test_a.py", "start_line": line, "end_line": line}
    return place | {"annotation_level": "warning", "message": "Hm."} | more


def output(*annotations: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an output with these annotations; more fields replace the usual ones."""
    return {"title": "Title", "summary": "Summary", "annotations": list(annotations)} | more


def test_a_run_from_start_to_end(pull: PullRequest, client: Client) -> None:
    """In progress, annotated twice, concluded; annotations add up, the rest is replaced."""
    made = client.post(
        RUNS, name="secreview", head_sha=pull.head_sha, status="in_progress", external_id="7#1@a:1"
    ).json()
    path = f"{RUNS}/{made['id']}"
    assert (made["status"], made["conclusion"], made["external_id"]) == (
        "in_progress",
        None,
        "7#1@a:1",
    )
    assert made["pull_requests"][0]["number"] == 1
    client.patch(path, output=output(*[note(n + 1) for n in range(50)]))
    told = client.patch(path, output=output(note(51), title="Last"), conclusion="failure").json()
    assert (told["status"], told["conclusion"]) == ("completed", "failure")
    assert (told["output"]["title"], told["output"]["annotations_count"]) == ("Last", 51)
    assert told["completed_at"]
    lines = [each["start_line"] for each in client.pages(f"{path}/annotations")]
    assert lines == list(range(1, 52))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"output": output(*[note()] * 51)},
            "No more than 50 items are allowed; 51 were supplied.",
        ),
        (
            {"output": output(summary="x" * 65_536)},
            "Only 65535 characters are allowed; 65536 were supplied.",
        ),
        ({"output": output(text="x" * 65_536)}, "Only 65535 characters are allowed"),
        ({"output": output(note(annotation_level="error"))}, "is not a member of"),
        ({"output": output({"path": "a", "start_line": 1})}, "wasn't supplied."),
        ({"output": output(note(colour="red"))}, '"colour" is not a permitted key.'),
        ({"output": {"title": "no summary"}}, '"summary" wasn\'t supplied.'),
        ({"conclusion": "great"}, "is not a member of"),
        ({"actions": [{"label": "x" * 21, "description": "d", "identifier": "i"}]}, "Only 20"),
        ({"actions": [{"label": "l", "description": "x" * 41, "identifier": "i"}]}, "Only 40"),
        ({"actions": [{"label": "l", "description": "d", "identifier": "x" * 21}]}, "Only 20"),
        ({"actions": [{"label": "l", "description": "d", "identifier": "i"}] * 4}, "than 3"),
    ],
)
def test_what_githubs_schema_forbids(
    standin: StandIn, pull: PullRequest, client: Client, body: dict[str, Any], words: str
) -> None:
    """422 in GitHub's words, nothing is kept, and our own test would fail."""
    answer = client.post(RUNS, name="secreview", head_sha=pull.head_sha, **body)
    assert answer.status_code == 422
    assert words in answer.json()["message"]
    assert standin.check_runs(pull.repository) == []
    assert len(standin.violations) == 1
    standin.violations.clear()


@pytest.mark.parametrize(
    "body",
    [
        {"output": output(note(title="x" * 256))},
        {"output": output(note(message="é" * 32_769))},
        {"output": output(note(raw_details="x" * 65_537))},
        {"output": output(note(message=""))},
        {"output": output(note(2, end_line=1))},
        {"output": output(note(0))},
        {"output": output(note(1, end_line=2, start_column=3))},
        {"conclusion": "stale"},
        {"status": "completed"},
        {"started_at": "yesterday"},
        {"head_sha": "0" * 40},
    ],
)
def test_what_the_schema_lets_through_and_github_does_not(
    standin: StandIn, pull: PullRequest, client: Client, body: dict[str, Any]
) -> None:
    """Sizes in bytes, columns on several lines, times, unknown commits: 422."""
    answer = client.post(RUNS, **({"name": "secreview", "head_sha": pull.head_sha} | body))
    assert answer.status_code == 422
    assert standin.check_runs(pull.repository) == []


def test_limits_can_be_reached(pull: PullRequest, client: Client) -> None:
    """Exactly at the limits everything is taken."""
    full = note(title="x" * 255, message="x" * 65_536, start_column=1, end_column=2)
    filled = output(*[full] * 50, summary="x" * 65_535, text="x" * 65_535)
    answer = client.post(RUNS, name="secreview", head_sha=pull.head_sha, output=filled)
    assert answer.status_code == 201


def test_a_completed_run_stays_completed(pull: PullRequest, client: Client) -> None:
    """It may be corrected, not reopened; its commit never changes."""
    made = client.post(RUNS, name="x", head_sha=pull.head_sha, conclusion="success").json()
    path = f"{RUNS}/{made['id']}"
    assert made["status"] == "completed"
    assert client.patch(path, status="in_progress").status_code == 422
    assert client.patch(path, conclusion="failure").json()["conclusion"] == "failure"


def test_head_sha_is_no_field_of_an_update(
    standin: StandIn, pull: PullRequest, client: Client
) -> None:
    """GitHub's update does not have it: 501."""
    made = client.post(RUNS, name="x", head_sha=pull.head_sha).json()
    answer = client.patch(f"{RUNS}/{made['id']}", head_sha=pull.head_sha)
    assert (answer.status_code, len(standin.violations)) == (501, 1)
    standin.violations.clear()


def test_listing_by_name_app_and_status(
    standin: StandIn, pull: PullRequest, client: Client
) -> None:
    """The latest of a name by default, all on request; other Apps' runs are there too."""
    path = f"/repos/acme/rocket/commits/{pull.head_sha}/check-runs"
    first, second = (
        client.post(RUNS, name="secreview", head_sha=pull.head_sha).json()["id"] for _ in "12"
    )
    foreign = standin.foreign_check_run(pull.repository, pull.head_sha, "other").id

    def listed(**query: Any) -> list[int]:
        told = client.get(path, **query).json()
        assert told["total_count"] == len(told["check_runs"])
        return [run["id"] for run in told["check_runs"]]

    assert listed() == [foreign, second]
    assert listed(filter="all") == [foreign, second, first]
    assert listed(check_name="secreview") == [second]
    assert listed(app_id=standin.app.id, filter="all") == [second, first]
    assert listed(status="completed") == [foreign]
    assert client.patch(f"{RUNS}/{foreign}", conclusion="failure").status_code == 403


def test_a_forks_run_names_no_pull_request(standin: StandIn, pull: PullRequest) -> None:
    """For a fork's commit the list is empty and the suite has no branch."""
    forked = standin.open_pull_request(pull.repository, {"b.py": "b\n"}, fork=True)
    client = standin.client(pull.repository)
    made = client.post(RUNS, name="secreview", head_sha=forked.head_sha).json()
    assert made["pull_requests"] == []
    told = client.get(f"/repos/acme/rocket/commits/{forked.head_sha}/check-suites").json()
    assert [suite["head_branch"] for suite in told["check_suites"]] == [None]


def test_a_rerun_queues_the_suite_and_leaves_the_run(
    standin: StandIn, pull: PullRequest, client: Client
) -> None:
    """Until a new run is concluded the suite is queued; the old run stays as it was."""
    client.post(RUNS, name="secreview", head_sha=pull.head_sha, conclusion="failure")
    path = f"/repos/acme/rocket/commits/{pull.head_sha}/check-suites"

    def state() -> tuple[str, str | None]:
        suite = client.get(path).json()["check_suites"][0]
        return suite["status"], suite["conclusion"]

    assert state() == ("completed", "failure")
    standin.rerequest(standin.check_runs(pull.repository)[0])
    assert state() == ("queued", None)
    assert standin.check_runs(pull.repository)[0].status == "completed"
    client.post(RUNS, name="secreview", head_sha=pull.head_sha, conclusion="success")
    assert state() == ("completed", "success")
