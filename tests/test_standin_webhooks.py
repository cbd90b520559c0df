"""The stand-in's webhooks: real bodies with our state in them, signed, logged, repeatable."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from werkzeug import Request, Response
from werkzeug.serving import make_server

from tests.standin import Delivery, StandIn
from tests.standin.courier import sign
from tests.standin.fixtures import standin
from tests.standin.server import Quiet
from tests.standin.state import PullRequest
from tests.standin.webhooks import examples

__all__ = ["standin"]
FOREIGN = ("Codertocat", "octocat", "Octocoders", "octo-org", "api.github.com", "smee.io")
AGAIN = [{"label": "Again", "description": "Once more", "identifier": "again"}]


@dataclass
class Receiver:
    """An App that only listens: what came in, and the status it answers with."""

    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 202
    url: str = ""

    @Request.application
    def __call__(self, request: Request) -> Response:
        """Keep the request."""
        self.received.append((dict(request.headers), request.get_data()))
        return Response("noted", self.status)

    def events(self) -> list[tuple[str, str | None]]:
        """Return event and action of everything that came in."""
        return [
            (headers["X-Github-Event"], json.loads(body).get("action"))
            for headers, body in self.received
        ]


@pytest.fixture
def receiver(standin: StandIn) -> Iterator[Receiver]:
    """Return an App's webhook that the stand-in delivers to."""
    app = Receiver()
    server = make_server("127.0.0.1", 0, app.__call__, request_handler=Quiet)
    app.url = standin.webhook_url = f"http://127.0.0.1:{server.server_port}/webhook"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield app
    standin.settle()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def pull(standin: StandIn, receiver: Receiver) -> PullRequest:
    """Return a pull request from a person with write access."""
    repository = standin.repository("acme/rocket", {"a.py": "a = 1\n"})
    standin.permit(repository, "dev", "write")
    return standin.open_pull_request(repository, {"a.py": "a = 2\n"}, title="Two")


def last(standin: StandIn, event: str, action: str) -> dict[str, Any]:
    """Return the body of the last delivery of an event."""
    fitting = [d for d in standin.deliveries if (d.event, d.action) == (event, action)]
    return fitting[-1].payload


def test_signature_is_githubs() -> None:
    """The example of GitHub's documentation."""
    expected = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert sign("It's a Secret to Everybody", b"Hello, World!", "sha256") == expected


def test_delivery_carries_githubs_headers(
    standin: StandIn, receiver: Receiver, pull: PullRequest
) -> None:
    """Event, guid, target and a signature over the raw bytes."""
    headers, body = receiver.received[0]
    digest = hmac.new(standin.app.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={digest}"
    assert headers["X-Github-Event"] == "pull_request"
    assert headers["X-Github-Hook-Installation-Target-Id"] == str(standin.app.id)
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert len(headers["X-Github-Delivery"]) == 36
    first = standin.deliveries[0]
    assert (first.status_code, first.answer, first.status) == (202, "noted", "OK")


def test_opened_and_synchronize(standin: StandIn, receiver: Receiver, pull: PullRequest) -> None:
    """The bodies name this pull request, its heads and this installation."""
    before = pull.head_sha
    after = standin.push(pull, {"a.py": "a = 3\n"})
    opened, pushed = (last(standin, "pull_request", action) for action in ("opened", "synchronize"))
    assert opened["pull_request"]["head"]["sha"] == before
    assert opened["pull_request"]["title"] == "Two"
    assert (pushed["before"], pushed["after"]) == (before, after)
    assert pushed["pull_request"]["head"]["sha"] == after
    assert pushed["installation"]["id"] == standin.installation(pull.repository).id
    assert receiver.events() == [
        ("pull_request", "opened"),
        ("check_suite", "requested"),
        ("pull_request", "synchronize"),
        ("check_suite", "requested"),
    ]


def test_the_life_of_a_pull_request(standin: StandIn, pull: PullRequest) -> None:
    """Draft, retarget, close, reopen: each act has its own action."""
    standin.push_base(pull.repository, {"b.py": "b\n"}, branch="next")
    pull.draft = True
    standin.ready_for_review(pull)
    assert last(standin, "pull_request", "ready_for_review")["pull_request"]["draft"] is False
    standin.retarget(pull, "next")
    edited = last(standin, "pull_request", "edited")
    assert edited["changes"]["base"]["ref"]["from"] == "main"
    assert edited["pull_request"]["base"]["ref"] == "next"
    standin.close_pull_request(pull, merged=True)
    closed = last(standin, "pull_request", "closed")["pull_request"]
    assert (closed["state"], closed["merged"]) == ("closed", True)
    standin.reopen(pull)
    assert last(standin, "pull_request", "reopened")["pull_request"]["state"] == "open"


def test_a_comment_on_a_pull_request(standin: StandIn, pull: PullRequest) -> None:
    """The issue of the event has ``pull_request``, which GitHub's examples lack."""
    standin.comment(pull, "dev", "/secreview")
    body = last(standin, "issue_comment", "created")
    assert body["issue"]["pull_request"]["url"].endswith("/repos/acme/rocket/pulls/1")
    assert (body["issue"]["number"], body["comment"]["body"]) == (1, "/secreview")
    assert body["comment"]["author_association"] == "COLLABORATOR"
    assert (body["sender"]["login"], body["sender"]["type"]) == ("dev", "User")


def test_own_acts_come_back_as_events(
    standin: StandIn, receiver: Receiver, pull: PullRequest
) -> None:
    """A check run and a comment of the App's are delivered to the App, by its bot."""
    client = standin.client(pull.repository)
    client.post("/repos/acme/rocket/check-runs", name="x", head_sha=pull.head_sha)
    run = standin.check_runs(pull.repository)[0]
    client.patch(f"/repos/acme/rocket/check-runs/{run.id}", conclusion="success")
    client.post("/repos/acme/rocket/issues/1/comments", body="/secreview")
    standin.settle()
    assert receiver.events()[2:] == [
        ("check_run", "created"),
        ("check_run", "completed"),
        ("issue_comment", "created"),
    ]
    assert last(standin, "issue_comment", "created")["sender"]["type"] == "Bot"


def test_rerequests_carry_the_run_and_the_suite(standin: StandIn, pull: PullRequest) -> None:
    """The external id comes back; a foreign App's run shows another app id."""
    client = standin.client(pull.repository)
    client.post(
        "/repos/acme/rocket/check-runs",
        name="x",
        head_sha=pull.head_sha,
        external_id="7#1@a:1",
        conclusion="success",
        actions=AGAIN,
    )
    run = standin.check_runs(pull.repository)[0]
    standin.rerequest(run)
    body = last(standin, "check_run", "rerequested")
    assert body["check_run"]["external_id"] == "7#1@a:1"
    assert body["check_run"]["app"]["id"] == standin.app.id
    assert body["check_run"]["check_suite"]["head_sha"] == pull.head_sha
    standin.rerequest_suite(run.suite)
    assert last(standin, "check_suite", "rerequested")["check_suite"]["id"] == run.suite.id
    standin.press(run, "again")
    pressed = last(standin, "check_run", "requested_action")
    assert pressed["requested_action"] == {"identifier": "again"}
    other = standin.foreign_check_run(pull.repository, pull.head_sha, "other")
    standin.rerequest(other)
    assert last(standin, "check_run", "rerequested")["check_run"]["app"]["id"] != standin.app.id


def test_merge_group_holds_both_sides(standin: StandIn, pull: PullRequest) -> None:
    """The group's head has the pull request's change on top of the base's newest state."""
    standin.push_base(pull.repository, {"b.py": "b\n"})
    sha = standin.enqueue(pull)
    group = last(standin, "merge_group", "checks_requested")["merge_group"]
    assert (group["head_sha"], group["base_ref"]) == (sha, "refs/heads/main")
    files = pull.repository.store.commits[sha].files
    assert {path: pull.repository.store.blobs[blob] for path, blob in files.items()} == {
        "a.py": b"a = 2\n",
        "b.py": b"b\n",
    }


def test_installation_events(standin: StandIn, pull: PullRequest) -> None:
    """Who, which repositories; while suspended or removed nothing else is delivered."""
    made = standin.installation(pull.repository)
    standin.announce_installation(made)
    created = last(standin, "installation", "created")
    assert [repo["full_name"] for repo in created["repositories"]] == ["acme/rocket"]
    assert created["installation"]["account"]["login"] == "acme"
    other = standin.repository("acme/other", installed=False)
    standin.add_repository(made, other)
    added = last(standin, "installation_repositories", "added")
    assert [repo["id"] for repo in added["repositories_added"]] == [other.id]
    standin.remove_repository(made, other)
    removed = last(standin, "installation_repositories", "removed")
    assert [repo["id"] for repo in removed["repositories_removed"]] == [other.id]
    standin.suspend(made)
    assert last(standin, "installation", "suspend")["installation"]["suspended_at"]
    count = len(standin.deliveries)
    standin.push(pull, {"a.py": "a = 4\n"})
    assert len(standin.deliveries) == count
    standin.unsuspend(made)
    standin.uninstall(made)
    assert last(standin, "installation", "deleted")["installation"]["id"] == made.id
    count = len(standin.deliveries)
    standin.comment(pull, "dev", "/secreview")
    assert len(standin.deliveries) == count


def test_ping_and_forged_deliveries(standin: StandIn, receiver: Receiver) -> None:
    """A ping is one of an App's hook; any body, guid and signature can be sent."""
    assert standin.ping().payload["hook"]["app_id"] == standin.app.id
    standin.deliver("ping", {"x": 1}, guid="g", signature="sha256=forged")
    headers, body = receiver.received[-1]
    assert (headers["X-Hub-Signature-256"], headers["X-Github-Delivery"]) == ("sha256=forged", "g")
    assert body == b'{"x": 1}'


def test_redelivery_keeps_guid_and_body(standin: StandIn, receiver: Receiver) -> None:
    """By the person or by the API; both are in the log, newest first."""
    receiver.status = 500
    first = standin.ping()
    client = standin.client()
    failed = client.get("/app/hook/deliveries", status="failure").json()
    assert [(each["guid"], each["status_code"]) for each in failed] == [(first.guid, 500)]
    receiver.status = 200
    path = f"/app/hook/deliveries/{failed[0]['id']}"
    assert client.post(f"{path}/attempts").status_code == 202
    standin.settle()
    standin.redeliver(first)
    log = client.get("/app/hook/deliveries").json()
    assert [(each["status_code"], each["redelivery"]) for each in log] == [
        (200, True),
        (200, True),
        (500, False),
    ]
    assert {each["guid"] for each in log} == {first.guid}
    assert len({body for _, body in receiver.received}) == 1
    assert client.get(path).json()["request"]["payload"] == first.payload
    short = client.get("/app/hook/deliveries", per_page=2)
    rest = client.get(short.links["next"]["url"]).json()
    assert [each["id"] for each in short.json() + rest] == [each["id"] for each in log]


def test_an_app_that_is_down_is_a_failed_delivery(standin: StandIn) -> None:
    """Nothing listens: status 0, and the person's act went through."""
    standin.webhook_url = "http://127.0.0.1:9/webhook"
    pull = standin.open_pull_request(standin.repository("acme/rocket"), {"a.py": "a\n"})
    assert (pull.number, standin.deliveries[0].status_code) == (1, 0)
    assert standin.deliveries[0].status == "failed to connect"


def test_nothing_of_the_examples_people_is_left(
    standin: StandIn, receiver: Receiver, pull: PullRequest
) -> None:
    """Every event: all keys of GitHub's example, and none of its names and addresses."""
    client = standin.client(pull.repository)
    made_of = {"name": "x", "head_sha": pull.head_sha, "conclusion": "success"}
    client.post("/repos/acme/rocket/check-runs", actions=AGAIN, **made_of)
    run = standin.check_runs(pull.repository)[0]
    made = standin.installation(pull.repository)
    standin.push(pull, {"a.py": "a = 5\n"})
    standin.rerequest(run)
    standin.rerequest_suite(run.suite)
    standin.press(run, "again")
    standin.comment(pull, "dev", "hello")
    standin.close_pull_request(pull)
    standin.reopen(pull)
    standin.ready_for_review(pull)
    standin.enqueue(pull)
    standin.ping()
    standin.announce_installation(made)
    other = standin.repository("acme/other", installed=False)
    standin.add_repository(made, other)
    standin.remove_repository(made, other)
    standin.suspend(made)
    standin.unsuspend(made)
    standin.uninstall(made)
    standin.settle()
    sent = {(d.event, d.action): d for d in standin.deliveries}
    assert len(sent) >= 18
    for (event, action), delivery in sent.items():
        check_body(event, action, delivery)


def check_body(event: str, action: str | None, delivery: Delivery) -> None:
    """Assert that a body is complete and ours."""
    body, example = delivery.payload, examples()[event][action or ""]
    optional = {"organization", "installation", "repository", "sender"}
    assert set(example) - optional <= set(body), (event, action)
    text = delivery.content.decode()
    assert not [name for name in FOREIGN if name in text], (event, action)


def open_ended(schema: Any) -> Any:
    """Return *schema* without bans on further keys: GitHub's own examples have newer ones."""
    if isinstance(schema, list):
        return [open_ended(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {k: open_ended(v) for k, v in schema.items() if k != "additionalProperties"}


SCHEMAS = Path(__file__).parent / "contract" / "webhook_schemas.json"


def test_every_body_is_valid_by_github_s_own_schema(standin: StandIn, receiver: Receiver) -> None:
    """All that people, buttons and queues cause, held against the published schemas."""
    repository = standin.repository("acme/widgets")
    pull = standin.open_pull_request(repository, {"tests/test_a.py": "x = 1\n"}, draft=True)
    standin.ready_for_review(pull)
    standin.push(pull, {"tests/test_a.py": "x = 2\n"})
    standin.push_base(repository, {"a": "b"}, "other")
    standin.retarget(pull, "other")
    standin.retarget(pull, "main")
    standin.edit_comment(pull, standin.comment(pull, "dev", "/secreview"), "never mind")
    standin.retitle(pull, "Better")
    standin.convert_to_draft(pull)
    standin.ready_for_review(pull)
    forked = standin.open_pull_request(repository, {"f.py": "f\n"}, fork=True)
    standin.delete_fork(forked)
    standin.close_pull_request(forked)
    client = standin.client(repository)
    run = client.post(
        "/repos/acme/widgets/check-runs",
        name="secreview",
        head_sha=pull.head_sha,
        status="completed",
        conclusion="success",
        actions=[{"label": "Re-run", "description": "again", "identifier": "rerun"}],
    )
    assert run.status_code == 201
    (made,) = standin.check_runs(repository)
    standin.press(made, "rerun")
    standin.rerequest(made)
    standin.rerequest_suite(made.suite)
    standin.dequeue(standin.enqueue(pull))
    standin.close_pull_request(pull)
    standin.reopen(pull)
    standin.ping()
    standin.settle()
    definitions = open_ended(json.loads(SCHEMAS.read_text("utf-8"))["definitions"])
    names = set()
    for headers, body in receiver.received:
        payload = json.loads(body)
        if headers["X-Github-Event"] == "ping":
            continue  # Its schema knows the hooks of repositories alone, and ours is an App's.
        name = f"{headers['X-Github-Event']}${payload.get('action', 'event')}"
        names.add(name)
        schema = {"$ref": f"#/definitions/{name}", "definitions": definitions}
        problems = [
            f"{error.json_path}: {error.message[-200:]}"
            for error in Draft7Validator(schema).iter_errors(payload)
            # The schemas know only completed suites; a rerequested one is queued.
            if "check_suite" not in error.json_path
        ]
        assert problems == [], name
    least = {"merge_group$destroyed", "check_run$requested_action", "issue_comment$edited"}
    assert least | {"check_suite$rerequested", "pull_request$edited"} <= names
