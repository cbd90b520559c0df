"""The online examination against the stand-in: what is registered, and what to do about it."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from reviewer import store
from reviewer.doctor import examine, lines
from reviewer.readiness import Line
from reviewer.receiver import create_app
from reviewer.registered import remember, remembered
from reviewer.settings import Settings, load
from reviewer.work import Queue, migrate
from reviewer.work.upkeep import reconcile
from tests.running import app, wait
from tests.standin import StandIn

HOOK = "https://secreview.acme.example/webhook"
OURS = {"github", "permissions", "events", "webhook", "deliveries", "installations"}


@pytest.fixture
def env(standin: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A right installation at the stand-in, before its first start."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)
    for name, value in standin.environment().items():
        monkeypatch.setenv(name, value)
    standin.repository("acme/rocket")
    standin.world.courier.url = HOOK
    return monkeypatch


def told() -> dict[str, Line]:
    return {line.name: line for line in lines()}


def wrong() -> dict[str, str]:
    return {name: line.said for name, line in told().items() if not line.ok}


def answered(standin: StandIn, *statuses: int) -> None:
    """Deliveries, oldest first, that were answered so."""
    for number, status in enumerate(statuses, start=1):
        sent = standin.courier.pack("ping", {"zen": "Design for failure."})
        at = standin.world.now()
        made = replace(sent, id=number, status_code=status, at=1e10, delivered_at=at, status="x")
        standin.deliveries.append(made)


def test_a_right_installation_is_all_right(env) -> None:
    """Every question is answered, with the fewest requests."""
    found = told()
    assert wrong() == {}
    assert found.keys() >= OURS | {"versions"}
    assert "worker" not in found


def test_a_worker_that_is_not_there_is_told_after_the_first_start(env) -> None:
    """With what to start."""
    migrate(load())
    assert "secreview worker" in wrong().pop("worker")


def test_a_key_of_another_app_is_told(env) -> None:
    """401; nothing more is asked."""
    env.setenv("GITHUB_APP_ID", "99")
    assert "GITHUB_APP_ID and the private key are of one App" in wrong()["github"]
    assert not OURS - {"github"} & told().keys()


def test_a_github_that_is_away_is_told(env, standin: StandIn) -> None:
    """With the address that was tried."""
    standin.fail_next("GET", "^/app$", status=502, times=9)
    assert standin.url in wrong()["github"]


def test_missing_permissions_and_events_are_named(env, standin: StandIn) -> None:
    """Against app.yml; those of installations, too, with whose they are."""
    standin.app.permissions["checks"] = "read"
    del standin.app.permissions["merge_queues"]
    standin.app.events.remove("merge_group")
    standin.installation(standin.repository("tiny/boat")).permissions = {"metadata": "read"}
    found = wrong()
    assert "checks: write, merge_queues: read" in found["permissions"]
    assert "merge_group" in found["events"]
    assert "1 of 2 have not granted all (tiny)" in found["installations"]


def test_what_is_granted_beyond_need_is_named_and_no_fault(env, standin: StandIn) -> None:
    """contents: write has a use of its own."""
    standin.app.permissions["contents"] = "write"
    standin.app.events.append("push")
    assert wrong() == {}
    assert "contents: write" in told()["permissions"].said
    assert "push" in told()["events"].said


@pytest.mark.parametrize(
    ("url", "content_type", "why"),
    [
        (None, "json", "none is set"),
        ("https://secreview.acme.example/", "json", "deliveries go to https://secreview.acme"),
        ("https://old.acme.example/webhook", "json", "set the webhook's URL to https://secreview"),
        (HOOK, "form", "application/json"),
    ],
)
def test_a_wrong_webhook_is_told(
    env, standin: StandIn, url: str | None, content_type: str, why: str
) -> None:
    """With where it has to be changed."""
    env.setenv("SECREVIEW_URL", HOOK.removesuffix("/webhook"))
    standin.world.courier.url, standin.world.content_type = url, content_type
    assert why in wrong()["webhook"]


@pytest.mark.parametrize(
    ("statuses", "why"),
    [
        ((202, 401), "the last 1 answered with 401"),
        ((401, 202), ""),
        ((202, 401, 401), "the last 2 answered with 401"),
        ((202, 503), ""),
        ((202, 0, 0, 0), "the last 3 did not arrive (no answer)"),
        ((202, 404, 404, 502), "the last 3 did not arrive (502)"),
        ((200,), ""),
    ],
)
def test_a_wrong_secret_shows_in_what_was_answered(
    env, standin: StandIn, statuses: tuple[int, ...], why: str
) -> None:
    """It cannot be read back; one failure alone is a restart."""
    answered(standin, *statuses)
    assert why in wrong().get("deliveries", "")
    assert bool(why) == ("deliveries" in wrong())


def test_an_app_that_is_installed_nowhere_is_told(env, standin: StandIn) -> None:
    """With the page that installs it."""
    standin.world.installations.clear()
    assert "/installations/new" in wrong()["installations"]


def test_offline_asks_nothing(env, standin: StandIn) -> None:
    """For a machine without a way out."""
    assert not OURS & {line.name for line in lines(online=False)}
    assert not standin.requests


def test_without_an_app_doctor_points_to_setup(env) -> None:
    """One line instead of one for each setting."""
    for name in ("GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET"):
        env.delenv(name)
    (said,) = wrong().values()
    assert "secreview serve" in said


def test_as_json_it_has_the_same_answers(env, capsys: pytest.CaptureFixture[str]) -> None:
    """For machines; the exit code is the same."""
    assert examine(as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is True
    assert {each["name"] for each in found["lines"]} >= OURS


def test_the_command_says_the_same(env, tmp_path: Path) -> None:
    """``secreview doctor --offline --format json``; exit 1 when there is something to do."""
    env.setenv("GITHUB_WEBHOOK_SECRET", "short")
    command = [sys.executable, "-m", "reviewer", "doctor", "--offline", "--format", "json"]
    house = str(Path(__file__).parents[1])
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": house}, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["ok"] is False


def test_readyz_shows_what_a_worker_noted_and_asks_nothing(env, standin: StandIn) -> None:
    """It names no account, and what GitHub has does not make us unready."""
    standin.installation(standin.repository("tiny/boat")).permissions = {}
    settings = load()
    migrate(settings)
    queue = Queue(settings)
    client = create_app(settings, queue).test_client()
    assert client.get("/readyz").get_json()["registered"] == {}
    remember(queue.engine, settings)
    asked = len(standin.requests)
    with queue.engine.begin() as tx:
        store.beat(tx, "a worker")
    for _ in range(3):
        answer = client.get("/readyz")
    assert answer.status_code == 200
    found = answer.get_json()["registered"]
    assert found.keys() == OURS
    assert not found["installations"]["ok"]
    assert "tiny" not in answer.text
    assert len(standin.requests) == asked
    queue.close()


def test_a_worker_notes_it_as_it_reconciles(env) -> None:
    """Every few minutes; the round at its start is spared the requests."""
    settings = load()
    migrate(settings)
    queue = Queue(settings)
    reconcile(queue, settings, audits=False)
    assert remembered(queue.engine) == {}
    with queue.engine.begin() as tx:
        tx.execute(text("delete from secreview_note where key = 'reconcile'"))
    reconcile(queue, settings)
    assert remembered(queue.engine).keys() == OURS
    queue.close()


def test_a_running_app_shows_it_from_the_second_round_on(
    env, standin: StandIn, tmp_path: Path
) -> None:
    """As it is started, with rounds five seconds apart."""
    with app(standin, tmp_path, SECREVIEW_RECONCILE_SECONDS="5") as webhook:
        ready = webhook.replace("/webhook", "/readyz")
        wait("the note", lambda: requests.get(ready, timeout=5).json()["registered"])
