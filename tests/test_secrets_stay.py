"""No secret leaves the place where it is needed: logs, answers, objects, rows, what we post."""

import base64
import json
import re
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from github import Auth
from pydantic import SecretStr

import checks
from checks.model import Profile
from checks.source import SourceFile
from reviewer import log, sandbox
from reviewer.children import NOT_STARTED, SandboxError
from reviewer.github import Gateway, GitHubRefused, Registration
from reviewer.github.access import Access
from reviewer.github.app import AppGateway
from reviewer.github.tokens import Grant, Tokens
from reviewer.model import Target
from reviewer.receiver import create_app
from reviewer.report.replies import reply_marker
from reviewer.settings import Settings, SettingsError, load, load_unregistered
from reviewer.setup.conversion import Registered
from reviewer.work import Queue, Unavailable, migrate
from tests import report_reviews as reviews
from tests.demo.github import Reader
from tests.postgres import new_database
from tests.running import app, wait
from tests.standin import StandIn
from tests.standin.state import PullRequest
from tests.test_receiver import deliver
from tests.work_rig import SECRET, settings_in

PASSWORD, OTHER_PASSWORD = "correct-horse-battery", "staple-zebra-crossing"
METRICS = "metrics-token-of-some-length"
# In two parts, so that nobody's scanner takes it for a leak.
LITERAL = "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dcXyZ"
TITLE, BODY = "marker-of-the-title-7f3a", "marker-of-the-body-91bc"
JWT = re.compile(rb"eyJ[\w-]{8,}\.[\w-]{8,}")
AUTHORIZATION = re.compile(rb"(?i)(bearer|basic|token) +[\w.~+/=-]{16,}")
CODE = f"""\
import os

import requests


def test_pay(caplog):
    token = "{LITERAL}"
    requests.get("https://x.test/", headers={{"Authorization": "{LITERAL}"}}, verify=False)
    requests.get("https://x.test/", verify=False)
    os.environ["PAY_TOKEN"] = "{LITERAL}"
    requests.get("https://ann:{LITERAL}@x.test/", verify=False)
    # it was {LITERAL} before
    assert token  # secreview: ignore[provider-token] -- {LITERAL} is revoked
    print("{LITERAL}")
"""


def forms(secret: str) -> Iterator[bytes]:
    """*secret* as it may stand in a file: plain, in JSON, in base64, a key line by line."""
    lines = [line for line in secret.splitlines() if len(line) > 30 and "-----" not in line]
    for text in lines or [secret]:
        plain = text.encode()
        yield plain
        yield json.dumps(text)[1:-1].encode()
        for shift in range(3):
            # What stands before it in the encoded text moves its bits; the ends are not its own.
            yield base64.b64encode(b"x" * shift + plain)[4:-4]


def leaks(where: bytes, *secrets: str) -> list[str]:
    """The *secrets* that stand in *where*, in any form."""
    return [secret for secret in secrets if any(form in where for form in forms(secret))]


def test_a_leak_would_be_seen() -> None:
    """The search finds what it is meant to find."""
    secret = 'a "secret" of its own'
    told = (f"x {secret} y", json.dumps({"a": secret}))
    hidden = [base64.b64encode(f"{'x' * n}{secret} and more".encode()) for n in range(5)]
    for where in (*map(str.encode, told), *hidden):
        assert leaks(where, secret) == [secret]
    assert leaks(b"nothing", secret) == []


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """One App through a bad day: everything that it wrote, by name, and its secrets."""
    data: Path = tmp_path_factory.mktemp("data")
    url = sa.make_url(new_database()) if request.param == "postgresql" else None
    more = {"SECREVIEW_METRICS_TOKEN": METRICS}
    if url:
        # The server trusts everybody: a wrong password in either place is let in.
        url = url.set(password=PASSWORD).update_query_dict({"password": OTHER_PASSWORD})
        more["DATABASE_URL"] = url.render_as_string(hide_password=False)
    with StandIn() as standin:
        with app(standin, data, **more) as webhook:
            standin.webhook_url = webhook
            written = {"answers": bad_day(standin, webhook.removesuffix("/webhook"))}
            written["data folder, in use"] = stored(data)
        written["data folder"] = stored(data)
        written["log"] = (data / "serve.log").read_bytes()
        if url:
            written["rows"] = rows(url)
        with standin.world.lock:
            tokens = [token.value for token in standin.world.tokens.values()]
            sent = [each.body for each in standin.requests if "access_tokens" not in each.path]
        written["sent to GitHub"] = json.dumps(sent).encode()
        key, signing = standin.app.private_key, standin.app.webhook_secret
        yield {"written": written, "secrets": [key, signing, METRICS, *tokens], "tokens": tokens}


def bad_day(standin: StandIn, url: str) -> bytes:
    """A review that GitHub breaks, one with a dead token, and strangers at the door."""
    repository = standin.repository("acme/pay")
    standin.fail_next("GET", r"/pulls/\d+/files", status=502)
    standin.fail_next("POST", r"/pulls/\d+/reviews", status=422, message="Line is not there")
    files = {"tests/test_pay.py": CODE}
    pull = standin.open_pull_request(repository, files, author="mira", title=TITLE, body=BODY)
    reader = Reader(standin.url, standin.token(repository).value, "acme/pay", pull.number)
    completed(reader, 1)
    standin.expire_tokens()
    standin.push(pull, {"tests/test_more.py": CODE.replace("test_pay", "test_more")})
    reader = Reader(standin.url, standin.token(repository).value, "acme/pay", pull.number)
    completed(reader, 2)
    forged_reply(standin, pull)
    standin.comment(pull, "mira", f"/secreview explain tls-verify-off\n{BODY}")
    wait("the reply", lambda: reader.comments()[-1]["user"]["type"] == "Bot")
    command, reply = reader.comments()[-2:]
    assert reply["body"].endswith(reply_marker(command["id"]))
    assert reply_marker(command["id"]) in reader.comments()[-3]["body"]
    standin.settle()
    wrong = {"Authorization": "Bearer wrong-token-of-some-length"}
    answers = [
        requests.post(f"{url}/webhook", data=BODY, headers={**wrong, "X-Hub-Signature": "x"}),
        requests.post(f"{url}/webhook", data=f"{{{BODY}", headers=wrong),
        requests.get(f"{url}/metrics", headers=wrong),
        requests.get(f"{url}/metrics", headers={"Authorization": f"Bearer {METRICS}"}),
        requests.get(f"{url}/{TITLE}"),
        requests.get(f"{url}/readyz"),
        requests.delete(f"{url}/webhook"),
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 403, 200, 404, 200, 405]
    return b"\n".join(str(a.headers).encode() + a.content for a in answers)


def forged_reply(standin: StandIn, pull: PullRequest) -> None:
    """The author plants the marker of our reply to whatever comes next: it stops nothing."""
    last = standin.comment(pull, "mira", BODY).id
    forged = "\n".join(reply_marker(last + n) for n in range(500))
    standin.comment(pull, "mira", forged)


def completed(reader: Reader, count: int) -> None:
    """Wait until the App has completed a check run on the pull request's head."""

    def done() -> bool:
        runs = reader.check_runs()
        return bool(runs) and all(run["status"] == "completed" for run in runs)

    wait(f"review number {count}", done, 90)
    time.sleep(0.5)  # edits and bookkeeping come after the conclusion


def stored(data: Path) -> bytes:
    """All bytes of the data folder but the log."""
    files = [path for path in data.rglob("*") if path.is_file() and path.name != "serve.log"]
    return b"\n".join(path.read_bytes() for path in files)


def rows(url: sa.URL) -> bytes:
    """Every row of every table, as PostgreSQL writes it."""
    engine = sa.create_engine(url.set(drivername="postgresql+psycopg"))
    tables = sa.text(
        "select quote_ident(table_schema) || '.' || quote_ident(table_name)"
        " from information_schema.tables where table_schema not in"
        " ('pg_catalog', 'information_schema')"
    )
    with engine.connect() as tx:
        found = [
            str(row)
            for name in tx.execute(tables).scalars()
            for row in tx.execute(sa.text(f"select t::text from {name} t")).scalars()
        ]
    engine.dispose()
    assert found
    return "\n".join(found).encode()


def test_no_secret_of_ours_is_written_anywhere(served: dict[str, Any]) -> None:
    """Key, webhook secret, tokens, passwords, metrics token: in no log, row, answer or comment."""
    assert len(served["tokens"]) >= 3
    for name, where in served["written"].items():
        assert not leaks(where, *served["secrets"], PASSWORD, OTHER_PASSWORD), name
        assert not JWT.search(where), name
        assert not AUTHORIZATION.search(where), name


def test_a_secret_in_the_reviewed_code_is_kept_and_repeated_nowhere(
    served: dict[str, Any],
) -> None:
    """A finding says that it is there; a suggestion would carry it on, so there is none."""
    sent = served["written"]["sent to GitHub"]
    assert b"provider-token" in sent
    assert b"```suggestion" in sent
    for name, where in served["written"].items():
        assert not leaks(where, LITERAL), name


def test_what_people_write_is_not_kept(served: dict[str, Any]) -> None:
    """Title and body of the pull request and the text of a comment are in no row and no log."""
    for name, where in served["written"].items():
        assert not leaks(where, TITLE), name
        assert not leaks(where, BODY), name


def test_the_log_tells_of_the_bad_day(served: dict[str, Any]) -> None:
    """What was searched is not empty: the faults are in it."""
    said = served["written"]["log"]
    for words in (b"comments not taken", b"refused", b"review ended"):
        assert words in said


def test_the_checks_say_a_secret_nowhere() -> None:
    """Neither code nor sentences, symbols, ignores or suggestions of a finding hold it."""
    file = SourceFile("tests/test_pay.py", CODE.encode())
    (found,) = checks.assess([file])
    (findings,) = sandbox.suggest([(file, found.findings)], Profile.TESTS)
    assert any(finding.suggestion for finding in findings)
    assert {"provider-token", "tls-verify-off"} <= {finding.rule for finding in findings}
    assert found.suppressions
    told = json.dumps([asdict(found), [asdict(finding) for finding in findings]])
    assert LITERAL not in told


def configured(folder: Path) -> Settings:
    """Settings with a secret wherever there can be one."""
    url = f"postgresql://ann:{PASSWORD}@127.0.0.1:1/reviews"
    return settings_in(folder, url, SECREVIEW_METRICS_TOKEN=METRICS)


def test_objects_do_not_show_what_they_hold(tmp_path: Path) -> None:
    """``repr`` and ``str`` of everything that is made with a secret, and of its errors."""
    settings = configured(tmp_path)
    key = settings.private_key.get_secret_value()
    minted = "ghs_" + "16C7e42F292c6912E7710c838347Ae178B4a"
    auth = Auth.AppAuth(17, key)
    grant = Grant.for_review(1, 2)
    tokens = Tokens(
        ("https://x.test", 17),
        grant,
        lambda *_: {"token": minted, "expires_at": "2999-01-01T00:00:00Z"},
    )
    assert tokens.current() == minted
    target = Target(1, 2, "acme", "pay", 3)
    queue = Queue(settings)
    gateway = Gateway.for_target(settings, target)
    with pytest.raises(Unavailable) as away:
        migrate(settings)
    things: list[object] = [
        *(settings, settings.database_url, queue, queue.engine, gateway, AppGateway(settings)),
        *(Registration(settings), Access(auth, "https://x.test", grant), tokens, grant, auth),
        *(create_app(settings, queue), create_app(settings, queue).extensions["receiver"]),
        Registered(17, "s", "https://x", "https://y", "", SecretStr(key), SecretStr(SECRET)),
        *(away.value, SandboxError(NOT_STARTED.format(reason="it has ended")), target),
        *(GitHubRefused(403, "no"), gateway.__dict__, settings.model_dump(), vars(settings)),
    ]
    queue.close()
    shown = "\n".join(f"{thing!r}\n{thing!s}" for thing in things)
    shown += settings.model_dump_json()
    assert not leaks(shown.encode(), key, SECRET, PASSWORD, METRICS, minted)


def set_all(monkeypatch: pytest.MonkeyPatch, **given: str) -> None:
    """An environment of these settings alone."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("how", ["pem", "one line", "base64"])
def test_a_key_where_its_path_belongs_is_not_repeated(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The likeliest mistake: the complaint names the setting, not the key."""
    key = settings_in(tmp_path).private_key.get_secret_value()
    encoded = base64.b64encode(key.encode()).decode()
    given = {"pem": key, "one line": key.replace("\n", "\\n"), "base64": encoded}[how]
    monkeypatch.chdir(tmp_path)
    set_all(monkeypatch, GITHUB_PRIVATE_KEY_PATH=given, SECREVIEW_DATA=str(tmp_path))
    for reads in (load, load_unregistered):
        with pytest.raises(SettingsError) as refused:
            reads()
        assert "GITHUB_PRIVATE_KEY_PATH" in str(refused.value)
        assert not leaks(str(refused.value).encode(), key, encoded)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITHUB_PRIVATE_KEY", f"-----BEGIN RSA PRIVATE KEY-----\n{PASSWORD}"),
        ("DATABASE_URL", f"mysql://ann:{PASSWORD}@db/reviews"),
        ("DATABASE_URL", f"postgresql:/ann:{PASSWORD}@db/reviews"),
        ("DATABASE_URL", f"postgresql://ann:{PASSWORD}@db"),
        ("DATABASE_URL", f"postgresql://ann:{PASSWORD}@db:port/reviews"),
        ("DATABASE_URL", f"{PASSWORD}://ann@db/reviews"),
        ("SECREVIEW_METRICS_TOKEN", f"{PASSWORD} with spaces"),
        ("GITHUB_API_URL", f"http://ann:{PASSWORD}@github.acme.example/api/v3"),
        ("SECREVIEW_URL", f"ftp://ann:{PASSWORD}@secreview.acme.example"),
    ],
)
def test_a_malformed_secret_is_not_repeated(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The complaint names the setting and what is expected."""
    key = settings_in(tmp_path).private_key.get_secret_value()
    monkeypatch.chdir(tmp_path)
    good = {
        "GITHUB_APP_ID": "17",
        "GITHUB_PRIVATE_KEY": key,
        "GITHUB_WEBHOOK_SECRET": SECRET,
        "SECREVIEW_DATA": str(tmp_path),
    }
    set_all(monkeypatch, **(good | {name: value}))
    with pytest.raises(SettingsError) as refused:
        load()
    assert name in str(refused.value)
    assert not leaks(str(refused.value).encode(), key, SECRET, PASSWORD)


@pytest.mark.usefixtures("logging_restored")
def test_a_fault_of_ours_tells_its_sender_nothing_and_the_log_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A 500 for the sender; the traceback is in the log, without what looks like a secret."""
    settings = configured(tmp_path)
    key = settings.private_key.get_secret_value()
    minted = "ghs_" + "16C7e42F292c6912E7710c838347Ae178B4a"
    log.configure()
    served = create_app(settings, Queue(settings))

    def broken() -> str:
        held = f"{settings.database.get_secret_value()} {key} Authorization: token {minted}"
        raise RuntimeError(held)

    served.add_url_rule("/broken", view_func=broken)
    answer = served.test_client().get("/broken")
    said = capsys.readouterr().err
    assert answer.status_code == 500
    assert "Traceback" in said
    assert "RuntimeError" not in answer.text
    shown = (said + answer.text + str(answer.headers)).encode()
    assert not leaks(shown, key, SECRET, PASSWORD, METRICS, minted)


@pytest.mark.usefixtures("logging_restored")
def test_a_database_that_lets_nobody_in_is_named_without_its_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The delivery is refused for now; the log's traceback says where, and not with what."""
    settings = configured(tmp_path)
    log.configure()
    queue = Queue(settings)
    answer = deliver(create_app(settings, queue).test_client())
    queue.close()
    said = capsys.readouterr().err
    assert answer.status_code == 503
    assert "the database did not take the delivery" in said
    assert not leaks((said + answer.text).encode(), PASSWORD, SECRET)


def test_findings_made_by_hand_keep_the_rest_of_a_comment() -> None:
    """A reviewed file without a secret loses none of its suggestions."""
    text = 'import requests\n\n\ndef test_a():\n    requests.get("https://x.test/", verify=False)\n'
    file = SourceFile(reviews.PATH, text.encode())
    (found,) = checks.assess([file])
    (findings,) = sandbox.suggest([(file, found.findings)], Profile.TESTS)
    assert [bool(finding.suggestion) for finding in findings] == [True]
