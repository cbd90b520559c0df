"""Setup in the processes of ``secreview serve`` and ``secreview setup``, without a browser."""

import html
import re
from pathlib import Path
from typing import Any

import requests

from tests.running import wait
from tests.setup_rig import Started, started
from tests.standin import StandIn


def register(standin: StandIn, running: Started) -> requests.Response:
    """Go the whole way, as a browser does; the last page."""
    standin.open_website()
    browser = requests.Session()
    page = browser.get(running.link, timeout=10).text
    (form,) = re.findall(r'name="form" value="([^"]+)"', page)
    given = {"form": form, "owner": "organisation", "organisation": "acme", "url": running.url}
    given["host"] = standin.url.removeprefix("http://")
    page = browser.post(f"{running.url}/setup", given, timeout=10).text
    (action,) = re.findall(r'method="post" action="(http[^"]+)"', page)
    (manifest,) = re.findall(r'name="manifest" value="([^"]*)"', page)
    page = browser.post(html.unescape(action), {"manifest": html.unescape(manifest)}).text
    (ticket,) = re.findall(r'name="ticket" value="(\w+)"', page)
    created = f"{standin.url}/settings/apps/manifest"
    return browser.post(created, {"ticket": ticket, "name": "Acme Review"}, timeout=10)


def status(url: str) -> int:
    return requests.get(url, timeout=10).status_code


def test_serve_goes_to_work_by_itself_and_closes_setup(standin: StandIn, tmp_path: Path) -> None:
    """The same process on the same port; after a restart it does not offer setup again."""
    with started(tmp_path, "serve") as running:
        assert status(f"{running.url}/readyz") == 503
        last = register(standin, running)
        assert "Install it on repositories" in last.text
        assert "acme-review" in last.text
        wait("normal service", lambda: status(f"{running.url}/readyz") == 200)
        for path in ("/setup", running.link.removeprefix(running.url), "/setup/done?code=a"):
            closed = requests.get(running.url + path, timeout=10)
            assert (closed.status_code, "Setup is closed" in closed.text) == (404, True)
        assert "secreview is installed" in requests.get(f"{running.url}/installed", timeout=10).text
        assert standin.ping().status_code == 200
    told = running.log.read_text()
    for secret in (standin.app.webhook_secret, "PRIVATE KEY", "token="):
        assert secret not in told
    assert standin.app.webhook_secret not in "\n".join(running.printed)
    with started(tmp_path, "serve") as again:
        wait("its address", lambda: again.printed)
        assert "listens on" in again.printed[0]


def test_printed_settings_work_and_nothing_is_written(standin: StandIn, tmp_path: Path) -> None:
    """On a platform without a disk they are put where it keeps settings."""
    with started(tmp_path, "setup", "--print") as running:
        assert "in the terminal" in register(standin, running).text
        assert running.process.wait(20) == 0
    lines = [line for line in running.printed if re.match(r"[A-Z_]+=", line)]
    settings: dict[str, Any] = dict(line.split("=", 1) for line in lines)
    assert settings["GITHUB_APP_ID"] == str(standin.app.id)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["serve.log"]
    with started(tmp_path, "serve", **settings) as serving:
        wait("its address", lambda: serving.printed)
        url = re.findall(r"http://\S+", serving.printed[0])[0]
        wait("normal service", lambda: status(f"{url}/readyz") == 200)
        standin.webhook_url = f"{url}/webhook"
        assert standin.ping().status_code == 200


def test_setup_by_itself_writes_and_ends(standin: StandIn, tmp_path: Path) -> None:
    """And says, when it is called again, that there is nothing to do: exit 2, one line."""
    with started(tmp_path, "setup") as running:
        register(standin, running)
        assert running.process.wait(20) == 0
    assert (tmp_path / "var" / "app.env").exists()
    with started(tmp_path, "setup") as again:
        assert again.process.wait(20) == 2
    said = again.log.read_text()
    assert "has its App already" in said
    assert len(said.splitlines()) == 1


def test_some_credentials_are_no_setup(tmp_path: Path) -> None:
    """One of three is a mistake to be mended, not a new App; exit 2."""
    with started(tmp_path, "serve", GITHUB_APP_ID="17") as running:
        assert running.process.wait(20) == 2
    assert "GITHUB_WEBHOOK_SECRET is not set" in running.log.read_text()
    assert not running.printed


def test_a_malformed_setting_is_told_before_setup(tmp_path: Path) -> None:
    """One line, about that setting alone; exit 2."""
    with started(tmp_path, "serve", SECREVIEW_JOBS="many") as running:
        assert running.process.wait(20) == 2
    (said,) = running.log.read_text().splitlines()
    assert said.startswith("SECREVIEW_JOBS is 'many'")


def test_stopped_before_the_end_leaves_nothing(tmp_path: Path) -> None:
    """SIGTERM during setup: exit 0, no file, no process."""
    with started(tmp_path, "serve") as running:
        assert status(running.link) == 200
        running.process.terminate()
        assert running.process.wait(12) == 0
    assert not (tmp_path / "var").exists()
