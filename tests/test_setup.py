"""Setup, from the link in the terminal to the kept key, against GitHub's side of it."""

import html
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviewer import setup
from reviewer.settings import Settings, Unregistered, load
from reviewer.setup import access, keeping
from reviewer.setup.access import LIFETIME, Access, Entry
from reviewer.setup.pages import COOKIE, ENTRIES, FOREIGN, NO_SESSION, NOT_HERE, WAITING, create_app
from reviewer.setup.progress import RETURNS, Progress
from tests.standin import StandIn

HERE = "http://localhost:8000"
PUBLIC = "http://localhost:8000"
TEMPLATES = Path(setup.__file__).parent / "templates"


class Clock:
    """Seconds, set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Person:
    """Somebody with a browser, at setup and at GitHub."""

    standin: StandIn
    place: Unregistered
    clock: Clock = field(default_factory=Clock)
    finished: int = 0

    def __post_init__(self) -> None:
        def keep(registered: Any) -> str:
            return str(keeping.keep(self.place.data, registered))

        def finish() -> None:
            self.finished += 1

        self.access = Access(self.clock)
        app = create_app(self.place, Progress(self.access, keep, finish))
        self.browser: FlaskClient = app.test_client()
        self.stranger: FlaskClient = app.test_client()

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.browser.get(path, base_url=HERE, **more)

    def post(self, path: str, form: Mapping[str, str], **more: Any) -> TestResponse:
        given = {"form": self.access.form, **form}
        return self.browser.post(path, base_url=HERE, data=given, **more)

    def enter(self) -> "Person":
        """Open the link from the terminal."""
        assert self.get(f"/setup?token={self.access.token}").status_code == 303
        return self

    def choose(self, **form: str) -> TestResponse:
        """Fill in the first page; what is left out is right."""
        host = self.standin.url.removeprefix("http://")
        right = {"owner": "organisation", "organisation": "acme", "host": host, "url": PUBLIC}
        return self.post("/setup", right | form)

    def at_github(self) -> str:
        """Go to GitHub with the manifest, press its button; the path of the way back."""
        page = self.get("/setup/create").text
        (action,) = re.findall(r'<form method="post" action="([^"]+)"', page)
        (manifest,) = re.findall(r'name="manifest" value="([^"]*)"', page)
        form = {"manifest": html.unescape(manifest)}
        shown = requests.post(html.unescape(action), form, timeout=10)
        assert shown.status_code == 200, shown.text
        (ticket,) = re.findall(r'name="ticket" value="(\w+)"', shown.text)
        (name,) = re.findall(r'name="name" value="([^"]+)"', shown.text)
        back = requests.post(
            f"{self.standin.url}/settings/apps/manifest",
            {"ticket": ticket, "name": name},
            allow_redirects=False,
            timeout=10,
        ).headers["Location"]
        assert back.startswith(f"{HERE}/setup/done?")
        return back.removeprefix(HERE)

    @property
    def file(self) -> Path:
        return self.place.data / "app.env"


@pytest.fixture
def person(standin: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody before a setup that nobody has opened yet."""
    for setting in Settings.model_fields.values():
        monkeypatch.delenv(str(setting.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECREVIEW_DATA", str(tmp_path / "data"))
    standin.open_website()
    return Person(standin, Unregistered.model_validate({}))


def said(answer: TestResponse, sentence: str) -> bool:
    return sentence in html.unescape(answer.text)


def test_from_the_link_to_settings_that_work(person: Person) -> None:
    """The App is the organisation's; the file is ours alone, and load() takes it."""
    person.enter()
    assert person.choose().headers["Location"] == "/setup/create"
    answer = person.get(person.at_github())
    assert answer.status_code == 200
    assert f"{person.standin.url}/apps/secreview-acme/installations/new" in answer.text
    answer.close()
    assert person.finished == 1
    early = person.get("/installed")
    assert (early.status_code, early.headers["Refresh"]) == (503, "1")
    app, settings = person.standin.app, load()
    assert app.owner.login == "acme"
    assert settings.app_id == app.id
    assert settings.private_key.get_secret_value() == app.private_key
    assert settings.webhook_secret.get_secret_value() == app.webhook_secret
    assert settings.api_url == f"{person.standin.url}/api/v3"
    assert settings.url == PUBLIC
    assert person.standin.webhook_url == f"{PUBLIC}/webhook"
    assert stat.S_IMODE(person.file.stat().st_mode) == 0o600
    assert [path.name for path in person.place.data.iterdir()] == ["app.env"]


def test_a_personal_account_is_asked_without_an_organisation(person: Person) -> None:
    """What stands in the other field is not looked at."""
    person.enter().choose(owner="account", organisation="not / looked at")
    assert person.get(person.at_github()).status_code == 200
    assert person.standin.app.owner.login == "mira"


def test_no_page_and_no_log_has_a_secret(person: Person, capfd: pytest.CaptureFixture[str]) -> None:
    """Not the key, not the webhook's secret, not the client's."""
    person.enter().choose()
    pages = [person.get(person.at_github()).text, person.get("/setup").text]
    shown = "".join([*pages, *capfd.readouterr()])
    app = person.standin.app
    assert "PRIVATE KEY" not in shown
    for secret in (app.webhook_secret, "a client secret", app.private_key.splitlines()[3]):
        assert secret not in shown


def test_the_link_opens_one_browser_once(person: Person) -> None:
    """A second one is told; the first may use it again; a wrong one never works."""
    link = f"/setup?token={person.access.token}"
    wrong = person.stranger.get("/setup?token=guess", base_url=HERE)
    assert (wrong.status_code, said(wrong, ENTRIES[Entry.WRONG])) == (403, True)
    opened = person.get(link)
    assert opened.headers["Location"] == "/setup"
    cookie = opened.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/setup"} <= set(cookie.split("; "))
    assert person.access.token not in cookie
    assert person.get(link).status_code == 303
    used = person.stranger.get(link, base_url=HERE)
    assert (used.status_code, said(used, ENTRIES[Entry.USED])) == (403, True)
    assert "Set-Cookie" not in used.headers


def test_the_link_and_the_session_expire(person: Person) -> None:
    """The link an hour after the start, the session an hour after it was used last."""
    other = Person(person.standin, person.place)
    other.clock.now += LIFETIME + 1
    late = other.get(f"/setup?token={other.access.token}")
    assert (late.status_code, said(late, ENTRIES[Entry.EXPIRED])) == (403, True)
    person.enter()
    for _ in range(3):
        person.clock.now += LIFETIME - 1
        assert person.get("/setup").status_code == 200
    person.clock.now += LIFETIME + 1
    assert said(person.get("/setup"), NO_SESSION)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/setup"),
        ("POST", "/setup"),
        ("GET", "/setup/create"),
        ("GET", "/setup/done?code=a&state=b"),
        ("POST", "/setup/keep"),
    ],
)
def test_nobody_comes_in_without_the_link(person: Person, method: str, path: str) -> None:
    """Not even while somebody else is inside."""
    person.enter().choose()
    answer = person.stranger.open(path, method=method, base_url=HERE)
    assert (answer.status_code, said(answer, NO_SESSION)) == (403, True)


def test_a_form_of_another_page_is_refused(person: Person) -> None:
    """The browser's cookie alone is not enough to choose."""
    person.enter()
    answer = person.choose(form="of another site")
    assert (answer.status_code, said(answer, FOREIGN)) == (403, True)
    assert person.get("/setup/create").status_code == 303


@pytest.mark.parametrize("path", ["/", "/rules/", "/installed", "/setup/else"])
def test_there_is_nothing_but_setup(person: Person, path: str) -> None:
    """Everything else is not there, and says why."""
    answer = person.get(path)
    assert (answer.status_code, said(answer, NOT_HERE)) == (404, True)


@pytest.mark.parametrize("path", ["/webhook", "/readyz", "/metrics"])
def test_what_machines_ask_for_is_not_ready(person: Person, path: str) -> None:
    """503, so that a delivery is made again later."""
    answer = person.browser.open(path, method="POST" if path == "/webhook" else "GET")
    assert answer.status_code == 503
    assert answer.get_json() == {"result": "refused", "why": WAITING}


def test_pages_cannot_be_framed_scripted_or_stored(person: Person) -> None:
    """And a form may go to us, and from one page to the chosen GitHub."""
    person.enter().choose()
    for path in ("/setup", "/setup/create", "/else", "/readyz"):
        headers = person.get(path).headers
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert "unsafe" not in policy["style-src"]
        allowed = f"'self' {person.standin.url}" if path == "/setup/create" else "'self'"
        assert policy["form-action"] == allowed
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"


def test_a_wrong_choice_is_told_at_its_field(person: Person) -> None:
    """What was given stays in the form; nothing was chosen."""
    person.enter()
    answer = person.choose(organisation="ac/me", url="gopher://x")
    assert answer.status_code == 422
    assert said(answer, "“ac/me” is no organisation's name")
    assert said(answer, "“gopher://x” is no address that GitHub can call")
    assert 'value="ac/me"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 2
    assert person.get("/setup/create").status_code == 303


def test_what_was_typed_is_shown_as_text(person: Person) -> None:
    """No field becomes markup."""
    person.enter()
    typed = "\"><script>alert('x')</script>"
    answer = person.choose(organisation=typed, host=typed, url=typed)
    assert "<script" not in answer.text
    assert said(answer, typed)


def test_a_return_that_was_not_asked_for_is_refused(person: Person) -> None:
    """Nothing is exchanged, and the right return still works."""
    person.enter().choose()
    right = person.at_github()
    code = parse_qs(urlsplit(right).query)["code"][0]
    for state in ("", "wrong"):
        answer = person.get(f"/setup/done?code={code}&state={state}")
        assert (answer.status_code, said(answer, RETURNS[Entry.WRONG])) == (403, True)
    assert not person.standin.called("POST", "conversions")
    assert not person.file.exists()
    assert person.get(right).status_code == 200


def test_a_return_of_an_earlier_choice_is_refused(person: Person) -> None:
    """Each choice has a state of its own."""
    person.enter().choose()
    earlier = person.at_github()
    person.choose()
    answer = person.get(earlier)
    assert (answer.status_code, said(answer, RETURNS[Entry.WRONG])) == (403, True)


def test_a_return_that_comes_too_late_is_refused(person: Person) -> None:
    """GitHub's code is good for an hour, and so is ours."""
    person.enter().choose()
    back = person.at_github()
    for _ in range(2):
        person.clock.now += LIFETIME - 1
        person.get("/setup")
    answer = person.get(back)
    assert (answer.status_code, said(answer, RETURNS[Entry.EXPIRED])) == (403, True)
    assert not person.standin.called("POST", "conversions")


def test_a_return_is_used_once(person: Person) -> None:
    """To load the page again shows it again, and exchanges nothing."""
    person.enter().choose()
    back = person.at_github()
    first, second = person.get(back), person.get(back)
    assert first.text == second.text
    assert len(person.standin.called("POST", "conversions")) == 1


def test_a_spent_code_is_told(person: Person) -> None:
    """GitHub knows it no more: begin again, and delete the App that was made."""
    person.enter().choose()
    back = person.at_github()
    person.standin.world.made.clear()
    answer = person.get(back)
    assert answer.status_code == 502
    assert said(answer, "does not know this code any more")
    assert said(answer, f"{person.standin.url}/organizations/acme/settings/apps")
    assert not person.file.exists()
    again = person.get(back)
    assert (again.status_code, said(again, RETURNS[Entry.USED])) == (403, True)


def test_a_refused_conversion_is_told_in_githubs_words(person: Person) -> None:
    """422, with the reason on one line, and as text."""
    person.enter().choose()
    back = person.at_github()
    person.standin.fail_next("POST", "conversions", status=422, message="Not <b>\nso")
    answer = person.get(back)
    assert answer.status_code == 502
    assert said(answer, "(422: Not <b> so)")
    assert "<b>" not in answer.text
    assert not person.file.exists()


@pytest.mark.parametrize("status", [0, 403, 429, 502])
def test_a_github_that_is_away_is_asked_again(person: Person, status: int) -> None:
    """The code is not spent: the same page, loaded again, goes on."""
    person.enter().choose()
    back = person.at_github()
    person.standin.fail_next("POST", "conversions", status=status)
    answer = person.get(back)
    assert answer.status_code == 503
    assert said(answer, "Wait a minute, then load this page again")
    assert person.get(back).status_code == 200
    assert load().app_id == person.standin.app.id


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"id": 0, "slug": "a", "html_url": "x", "pem": "x", "webhook_secret": "x"},
        {"id": 5, "slug": "a", "html_url": "https://elsewhere", "webhook_secret": "x"},
    ],
)
def test_an_answer_that_is_no_app_is_told(person: Person, body: Any) -> None:
    """A host that only looks like GitHub writes nothing here."""
    person.enter().choose()
    back = person.at_github()
    if isinstance(body, dict) and body.get("id") == 5:
        body = {**body, "pem": person.standin.app.private_key}
    person.standin.fail_next("POST", "conversions", status=201, body=body)
    answer = person.get(back)
    assert answer.status_code == 502
    assert said(answer, "answered with something that is no App")
    assert "PRIVATE" not in answer.text
    assert not person.file.exists()


def test_a_secret_is_made_where_github_makes_none(person: Person) -> None:
    """And GitHub is told of it, so that deliveries are signed."""
    person.standin.website.secretless = True
    person.enter().choose()
    assert person.get(person.at_github()).status_code == 200
    made = load().webhook_secret.get_secret_value()
    assert len(made) == 64
    assert person.standin.app.webhook_secret == made


def test_a_folder_that_cannot_be_written_is_found_before_github_is_asked(
    person: Person,
) -> None:
    """While there is nothing to lose."""
    person.place.data.write_text("a file")
    person.enter()
    answer = person.choose()
    assert answer.status_code == 507
    assert said(answer, "The data folder")
    assert said(answer, "set SECREVIEW_DATA")
    assert person.get("/setup/create").status_code == 303


def test_a_key_that_cannot_be_written_is_not_lost(person: Person) -> None:
    """It waits in memory until the folder is mended; nothing is half-written."""
    person.enter().choose()
    back = person.at_github()
    (person.file).mkdir(parents=True)
    answer = person.get(back)
    assert answer.status_code == 507
    assert said(answer, "its key is not kept yet")
    answer.close()
    assert person.finished == 0
    assert [path.name for path in person.place.data.iterdir()] == ["app.env"]
    person.file.rmdir()
    assert person.post("/setup/keep", {}).status_code == 200
    assert load().app_id == person.standin.app.id
    assert len(person.standin.called("POST", "conversions")) == 1


def test_what_else_stands_in_the_file_stays(person: Person) -> None:
    """Earlier credentials are replaced, other settings are not."""
    person.place.data.mkdir()
    person.file.write_text("SECREVIEW_JOBS=3\nGITHUB_APP_ID=1\n")
    person.enter().choose()
    assert person.get(person.at_github()).status_code == 200
    assert load().jobs == 3
    assert load().app_id == person.standin.app.id
    assert person.file.read_text().count("GITHUB_APP_ID") == 1


def test_github_sends_back_to_where_the_browser_is(person: Person) -> None:
    """Behind a proxy our own view of the address is not the browser's."""
    person.enter()
    form = {"owner": "account", "host": "github.com", "url": "https://secreview.acme.example"}
    person.post("/setup", form, headers={"Origin": "https://secreview.acme.example"})
    page = html.unescape(person.get("/setup/create").text)
    assert '"redirect_url": "https://secreview.acme.example/setup/done"' in page
    assert 'action="https://github.com/settings/apps/new?state=' in page
    person.post("/setup", form, headers={"Origin": "null"})
    assert f'"redirect_url": "{HERE}/setup/done"' in html.unescape(person.get("/setup/create").text)


def test_a_link_is_taken_by_one_of_many_at_once() -> None:
    """Two browsers that open it in the same moment do not both come in."""
    from concurrent.futures import ThreadPoolExecutor

    found = access.Once()
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: found.take(found.value), range(200)))
    assert taken.count(Entry.OPENED) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(scheme: str) -> None:
    """WCAG AA: a contrast of 4.5 at least, in both colour schemes."""
    blocks = re.findall(r":root \{([^}]*)\}", (TEMPLATES / "style.css").read_text())
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[scheme == "dark"]))
    for ink, ground in (
        ("ink", "paper"), ("soft", "paper"), ("soft", "ground"), ("on-accent", "accent"),
        ("wrong", "paper"), ("ink", "wrong-ground"),
    ):  # fmt: skip
        one, other = sorted(luminance(colours[name]) for name in (ink, ground))
        assert (other + 0.05) / (one + 0.05) >= 4.5, (ink, ground)


def luminance(colour: str) -> float:
    """The relative luminance of ``#rrggbb``, as WCAG defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
