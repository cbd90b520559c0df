"""What is counted, where it is kept, and who may read it; on both databases."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from structlog.testing import capture_logs

from checks import RULES
from reviewer import metrics, metrics_rows, metrics_text
from reviewer.metrics import COUNTS, METRICS, Counts, Kind
from reviewer.metrics_endpoints import ENDPOINTS, OTHER
from reviewer.metrics_endpoints import endpoint as endpoint_of
from reviewer.metrics_page import CLOSED
from reviewer.receiver import create_app
from reviewer.settings import SettingsError
from reviewer.work import Queue, migrate
from tests.postgres import new_database
from tests.running import app, wait
from tests.standin import StandIn
from tests.test_receiver import deliver
from tests.work_rig import SECRET, Rig, eventually, settings_in

BAD = "import requests\n\n\ndef test_a():\n    requests.get(url, verify=False)\n"
TOKEN = "a token of two dozen characters".replace(" ", "-")
HOUSE = Path(__file__).parents[1]

Told = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    """Log lines are not printed, and nothing is counted yet."""
    with capture_logs(), COUNTS.taken():
        yield
    with COUNTS.taken():
        pass


@pytest.fixture(params=["sqlite", "postgresql"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Queue]:
    configured = settings_in(tmp_path, new_database() if request.param == "postgresql" else "")
    migrate(configured)
    queue = Queue(configured)
    yield queue
    queue.close()


@pytest.fixture
def client(queue: Queue) -> FlaskClient:
    return create_app(queue._settings, queue).test_client()


def parsed(body: str) -> Told:
    """Every sample by name and labels; the text must be as Prometheus wants it."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }


def value(told: Told, name: str, **labels: str) -> float | None:
    return told.get((f"secreview_{name}", frozenset(labels.items())))


def told_by(queue: Queue) -> Told:
    with queue.engine.connect() as tx:
        return parsed(metrics_text.text(tx).decode())


def saved(queue: Queue, counts: Counts) -> None:
    with counts.taken() as counted, queue.engine.begin() as tx:
        metrics_rows.save(tx, *counted)


def test_what_was_never_counted_is_zero(client: FlaskClient) -> None:
    """An alert on a rate needs the zero before the first failure."""
    answer = client.get("/metrics")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    told = parsed(answer.text)
    for reason in metrics.FAILURES:
        assert value(told, "review_failures_total", reason=reason) == 0
    for outcome in metrics.OUTCOMES:
        assert value(told, "reviews_total", outcome=outcome) == 0
    for queue in ("reviews", "asks"):
        for state in ("waiting", "delayed", "running"):
            assert value(told, "queue_length", queue=queue, state=state) == 0
    assert value(told, "workers_alive") == 0
    assert value(told, "review_seconds_count") == 0
    assert not [name for name, _ in told if "last_good" in name]


def test_deliveries_are_counted_by_their_answers(client: FlaskClient, queue: Queue) -> None:
    """Accepted, repeated, not ours, not signed; written by the thread within seconds."""
    deliver(client)
    deliver(client)
    deliver(client, b'{"action": "starred"}', X_GitHub_Event="watch")
    for _ in range(3):
        deliver(client, X_Hub_Signature_256="sha256=00")

    def counted() -> Told:
        return parsed(client.get("/metrics").text)

    eventually(lambda: value(counted(), "deliveries_total", result="ignored", status="200"))
    told = counted()
    for result, status, count in (
        ("accepted", "202", 1), ("duplicate", "200", 1), ("ignored", "200", 1),
        ("refused", "401", 3),
    ):  # fmt: skip
        assert value(told, "deliveries_total", result=result, status=status) == count
    assert 0 <= (value(told, "seconds_since_last_good_delivery") or 0) < 60
    assert value(told, "queue_length", queue="reviews", state="waiting") == 1
    assert 0 < (value(told, "oldest_waiting_review_seconds") or 0) < 60


def test_only_signed_deliveries_are_good_ones(client: FlaskClient, queue: Queue) -> None:
    """A stranger's knocking does not hide that GitHub has gone quiet."""
    deliver(client, X_Hub_Signature_256="sha256=00")
    client.application.extensions["receiver"].counted.save()
    assert value(told_by(queue), "seconds_since_last_good_delivery") is None


def test_sums_of_many_threads_and_processes_add_up(queue: Queue) -> None:
    """Counts are lost neither between threads nor between two that write at once."""
    several = [Counts() for _ in range(4)]

    def work(counts: Counts) -> None:
        for _ in range(20):
            for rule in sorted(RULES)[:5]:
                counts.add("findings", rule=rule)
            counts.observe("analysis_seconds", 0.3)
            saved(queue, counts)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, several * 2))
    for counts in several:
        saved(queue, counts)
    told = told_by(queue)
    assert [value(told, "findings_total", rule=rule) for rule in sorted(RULES)[:5]] == [160] * 5
    assert value(told, "analysis_seconds_count") == 160
    assert value(told, "analysis_seconds_sum") == pytest.approx(48)
    assert value(told, "analysis_seconds_bucket", le="0.25") == 0
    assert value(told, "analysis_seconds_bucket", le="0.5") == 160
    assert value(told, "analysis_seconds_bucket", le="+Inf") == 160


def test_what_could_not_be_written_is_written_later(tmp_path: Path) -> None:
    """A database that is away loses no counts, and the page says that it is away."""
    configured = settings_in(tmp_path)
    queue = Queue(configured)  # never migrated
    client = create_app(configured, queue).test_client()
    saver = client.application.extensions["receiver"].counted
    metrics.delivered(saver.counts, "refused", 401)
    assert not saver.save()
    assert client.get("/metrics").status_code == 503
    metrics.delivered(saver.counts, "refused", 401)
    migrate(configured)
    assert saver.save()
    told = parsed(client.get("/metrics").text)
    assert value(told, "deliveries_total", result="refused", status="401") == 2
    queue.close()


def test_a_rate_limit_is_shown_until_it_is_reset(queue: Queue) -> None:
    """The last answer wins; one that is out of date is left out, and in time forgotten."""
    now = int(time.time())
    for remaining, reset in (("4000", now + 900), ("3999", now + 900)):
        headers = {"x-ratelimit-remaining": remaining, "x-ratelimit-reset": str(reset)}
        metrics.granted(7, headers)
    metrics.granted(8, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(now - 60)})
    metrics.granted(9, {"x-ratelimit-remaining": "many", "x-ratelimit-reset": "soon"})
    metrics.granted(9, {})
    saved(queue, COUNTS)
    told = told_by(queue)
    name = "github_rate_limit_remaining"
    assert value(told, name, installation="7", resource="core") == 3999
    assert [labels for found, labels in told if found == f"secreview_{name}"] == [
        frozenset({("installation", "7"), ("resource", "core")})
    ]
    with queue.engine.begin() as tx:
        metrics_rows.prune(tx, now - 30)
        kept = tx.execute(text("select labels from secreview_count")).scalars().all()
    assert kept == ['{"installation":"7","resource":"core"}'] * 2


def test_rows_that_are_none_of_ours_are_not_shown(queue: Queue) -> None:
    """Whatever another version wrote: only what fits the closed sets goes out."""
    with queue.engine.begin() as tx:
        for name, labels in (
            ("unknown", "{}"), ("findings", '{"rule":"ghs_secret"}'), ("reviews", "{}"),
        ):  # fmt: skip
            row = {"n": name, "l": labels}
            tx.execute(text("insert into secreview_count values (:n, :l, 5)"), row)
    assert 5 not in told_by(queue).values()


@pytest.fixture(scope="module")
def somewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queue]:
    configured = settings_in(tmp_path_factory.mktemp("somewhere"))
    migrate(configured)
    queue = Queue(configured)
    yield queue
    queue.close()


ALLOWED = re.compile(r"[0-9]{1,19}|[0-9]+\.[0-9]+\.[0-9]+|\+Inf|[0-9]+(\.[0-9]+)?")
CLOSED_SETS = {
    OTHER, metrics.UNANSWERED, metrics_text.version(), metrics_text.RULES_VERSION,
    *metrics.OUTCOMES, *metrics.FAILURES, *metrics.RESULTS, *metrics.RESOURCES, *ENDPOINTS,
    *RULES, "reviews", "asks", "waiting", "delayed", "running",
}  # fmt: skip
TEXTS = st.one_of(
    st.text(),
    st.sampled_from(["ghs_16C7e42F292c6912E7710c838347", "tests/test_a.py", SECRET, '"}\n# x'])
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    labels=st.dictionaries(
        st.sampled_from(sorted({name for m in METRICS.values() for name in m.labels})), TEXTS
    ),
    path=st.one_of(TEXTS, st.builds("/repos/{}/{}/contents/{}".format, TEXTS, TEXTS, TEXTS)),
    verb=TEXTS,
    headers=st.dictionaries(
        st.sampled_from([f"x-ratelimit-{n}" for n in ("remaining", "reset", "resource")]), TEXTS
    ),
)
def test_no_label_carries_what_came_from_outside(
    somewhere: Queue,
    labels: dict[str, str],
    path: str,
    verb: str,
    headers: dict[str, str],
) -> None:
    """Whatever is counted: label values are of closed sets, or plain numbers; so is the page."""
    for name, metric in METRICS.items():
        if metric.kind is Kind.GAUGE:
            COUNTS.put(name, 1e12, **labels)
        else:
            COUNTS.add(name, **labels)
    metrics.asked(verb, path, 200)
    metrics.granted(7, headers)
    metrics.found(labels.values())
    metrics.review_ended(path, verb, 3)
    metrics.delivered(COUNTS, verb, 200)
    saved(somewhere, COUNTS)
    for name, told in told_by(somewhere):
        for label, shown in told:
            known = shown in CLOSED_SETS or ALLOWED.fullmatch(shown)
            assert known, (name, label, shown)


@pytest.mark.parametrize(
    ("verb", "path", "endpoint"),
    [
        ("GET", "/repos/acme/shop/pulls/17", "GET /repos/{owner}/{repo}/pulls/{n}"),
        ("get", "/repos/a/b/contents/tests/test_a.py", "GET /repos/{owner}/{repo}/contents/{path}"),
        ("POST", "/api/graphql", "POST /graphql"),
        ("GET", "/api/v3/users/mona", "GET /users/{login}"),
        ("GET", "/repos/a/b/git/blobs/00ff?x=1", "GET /repos/{owner}/{repo}/git/blobs/{sha}"),
        ("GET", "/repos/a/b/git/blobs/00ff/more", "other"),
        ("BREW", "/repos/a/b", "other"),
        ("GET", "/somewhere/else", "other"),
    ],
)
def test_an_endpoint_is_a_template(verb: str, path: str, endpoint: str) -> None:
    """Numbers, names and paths are left out; what we never ask for is "other"."""
    assert endpoint_of(verb, path) == endpoint


HERE: dict[str, Any] = {"base_url": "http://127.0.0.1:8000"}


@pytest.mark.parametrize(
    ("address", "asked", "status"),
    [
        ("127.0.0.1", HERE, 200),
        ("::1", {"base_url": "http://[::1]:8000"}, 200),
        ("::ffff:127.0.0.1", {"base_url": "http://localhost"}, 200),
        ("10.0.0.5", HERE, 403),
        ("", HERE, 403),
        ("unix:", HERE, 403),
        ("127.0.0.1", {"base_url": "https://reviews.acme.example"}, 403),
        ("127.0.0.1", {**HERE, "headers": {"X-Forwarded-For": "127.0.0.1"}}, 403),
        ("127.0.0.1", {**HERE, "headers": {"X-Forwarded-Proto": "https"}}, 403),
        ("127.0.0.1", {**HERE, "headers": {"Forwarded": "for=127.0.0.1"}}, 403),
        ("127.0.0.1", {**HERE, "headers": {"X-Real-IP": "127.0.0.1"}}, 403),
        ("127.0.0.1", {**HERE, "headers": {"Via": "1.1 proxy"}}, 403),
        ("127.0.0.1", {**HERE, "headers": {"Authorization": f"Bearer {TOKEN}"}}, 200),
    ],
)
def test_without_a_token_this_host_alone_may_read(
    somewhere: Queue, address: str, asked: dict[str, Any], status: int
) -> None:
    """Not another host, and nobody through a proxy, which makes everyone look local."""
    client = create_app(somewhere._settings, somewhere).test_client()
    answer = client.get("/metrics", environ_base={"REMOTE_ADDR": address}, **asked)
    assert answer.status_code == status
    assert (answer.text == CLOSED) == (status == 403)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer{TOKEN}", 403),
        (f"Bearer {TOKEN}x", 403),
        (f"Bearer {TOKEN[:-1]}", 403),
        (f"Basic {TOKEN}", 403),
        ("Bearer ÿ", 403),
        ("", 403),
    ],
)
def test_with_a_token_its_holder_alone_may_read(somewhere: Queue, given: str, status: int) -> None:
    """From wherever, and this host is no exception."""
    configured = somewhere._settings.model_copy(
        update={"metrics_token": settings_in(
            somewhere._settings.data, SECREVIEW_METRICS_TOKEN=TOKEN).metrics_token}
    )  # fmt: skip
    client = create_app(configured, somewhere).test_client()
    for address in ("127.0.0.1", "203.0.113.9"):
        base = {"REMOTE_ADDR": address}
        answer = client.get("/metrics", environ_base=base, headers={"Authorization": given}, **HERE)
        assert answer.status_code == status
        assert TOKEN not in answer.text


def test_a_token_that_can_be_guessed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says what is expected, and not what was given."""
    from reviewer.settings import load

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECREVIEW_METRICS_TOKEN", "hunter2")
    with pytest.raises(SettingsError, match=r"SECREVIEW_METRICS_TOKEN.*16") as refused:
        load()
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_worker_counts_its_reviews(tmp_path: Path, database: str) -> None:
    """By outcome, and failures by reason; written by its beat, and by its last breath."""
    rig = Rig(tmp_path, new_database() if database == "postgresql" else "")
    migrate(rig.settings)
    with rig.worker() as process:
        for name, steer in (("good", ()), ("limits", ("never-assess",)), ("fault", ("broken",)),
                            ("away", ("gone-announce",))):  # fmt: skip
            rig.pull_request().steer(*steer).opened(name, rig.queue)

        def ended() -> bool:
            told = told_by(rig.queue)
            return (
                value(told, "review_failures_total", reason="ours") == 1
                and sum(value(told, "reviews_total", outcome=o) or 0 for o in metrics.OUTCOMES) == 4
            )

        eventually(ended)
        told = told_by(rig.queue)
        assert value(told, "workers_alive") == 1
        for outcome, count in (("clean", 1), ("failed", 2), ("gone", 1)):
            assert value(told, "reviews_total", outcome=outcome) == count
        for reason, count in (("limits", 0), ("github", 1), ("ours", 1), ("crash", 0)):
            assert value(told, "review_failures_total", reason=reason) == count
        assert value(told, "review_seconds_count") == 1
        held = rig.pull_request().steer("hold-assess")
        held.opened("held", rig.queue)
        eventually(lambda: value(told_by(rig.queue), "running_reviews") == 1)
        held.release("hold-assess")
        eventually(lambda: "clean" in held.notes)
        process.terminate()
        process.wait(20)
    assert value(told_by(rig.queue), "reviews_total", outcome="clean") == 2
    assert value(told_by(rig.queue), "workers_alive") == 0
    rig.queue.close()


def test_the_whole_app_counts(tmp_path: Path) -> None:
    """A pull request with a finding: delivered, asked for, analysed, found, and told; no secret."""
    with StandIn() as standin, app(standin, tmp_path) as webhook:
        standin.webhook_url = webhook
        page = webhook.replace("/webhook", "/metrics")
        repository = standin.repository("acme/widgets")
        standin.open_pull_request(repository, {"tests/test_bad.py": BAD})

        def counted() -> Told | None:
            answer = requests.get(page, timeout=5)
            assert answer.status_code == 200
            for hidden in (standin.app.webhook_secret, "test_bad", "widgets", "acme", "ghs_"):
                assert hidden not in answer.text
            told = parsed(answer.text)
            return told if value(told, "reviews_total", outcome="findings") else None

        told = wait("the count of the review", counted)
        wait("the deliveries", lambda: value(counted() or {}, "deliveries_total",
                                             result="accepted", status="202"))  # fmt: skip
    assert value(told, "findings_total", rule="tls-verify-off") == 1
    assert (value(told, "analysis_seconds_count") or 0) >= 1
    assert value(told, "review_seconds_count") == 1
    asked = {dict(labels)["endpoint"]: n for (name, labels), n in told.items()
             if name == "secreview_github_requests_total"}  # fmt: skip
    assert asked["POST /repos/{owner}/{repo}/check-runs"] == 1
    assert OTHER not in asked
    assert sum(asked.values()) >= 8


def test_every_process_that_ends_writes_its_counts(tmp_path: Path) -> None:
    """The web process has no beat: what its timer had not written yet is written at its end."""
    with StandIn() as standin, app(standin, tmp_path) as webhook:
        requests.post(webhook, data=b"{}", timeout=5)
    queue = Queue(settings_in(tmp_path))
    told = told_by(queue)
    assert value(told, "deliveries_total", result="refused", status="401") == 1
    queue.close()


def test_every_metric_is_documented(queue: Queue) -> None:
    """Each name stands in the operations guide, and each that stands there is a metric."""
    guide = (HOUSE / "docs" / "operations.md").read_text()
    for name, metric in METRICS.items():
        labels = metric.fitted({})
        one = COUNTS.put if metric.kind is Kind.GAUGE else COUNTS.add
        one(name, 1e12, **labels)
    saved(queue, COUNTS)
    with queue.engine.connect() as tx:
        families = text_string_to_metric_families(metrics_text.text(tx).decode())
        shown = {sample.name for family in families for sample in family.samples}
    shown = {re.sub(r"_(bucket|count|sum)$", "", n) for n in shown if not n.endswith("_created")}
    named = {
        re.sub(r"_(bucket|count|sum)$", "", n) for n in re.findall(r"\bsecreview_\w+", guide)
    }  # fmt: skip
    assert shown == named
