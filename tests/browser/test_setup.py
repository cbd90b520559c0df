"""From no credentials to the first reviewed pull request, as a person clicks it."""

from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Browser, Page, expect

from tests.demo.github import Reader
from tests.running import wait
from tests.setup_rig import started
from tests.standin import StandIn

BAD = "import requests\n\n\ndef test_a():\n    requests.get(url, verify=False)\n"


def test_from_no_credentials_to_a_reviewed_pull_request(
    standin: StandIn, page: Page, pictures: Path, tmp_path: Path
) -> None:
    """Every page in its order, without JavaScript; the check is red because the test is bad."""
    standin.open_website()
    repository = standin.repository("acme/rocket", installed=False)
    with started(tmp_path, "serve") as running:
        page.goto(running.link)
        expect(page).to_have_url(f"{running.url}/setup")
        shoot(page, pictures, "1-choose")
        page.get_by_label("An organisation's").check()
        page.get_by_label("GitHub's address").fill(standin.url.removeprefix("http://"))
        page.get_by_label("The public address").fill(running.url)
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("Give the organisation's name")).to_be_visible()
        shoot(page, pictures, "2-something-missing")
        page.get_by_label("The organisation's name").fill("acme")
        page.get_by_role("button", name="Continue").click()
        shoot(page, pictures, "3-create")
        page.get_by_role("button", name="Create the App on").click()
        expect(page).to_have_title("Create GitHub App")
        shoot(page, pictures, "4-github")
        page.get_by_role("button", name="Create GitHub App for acme").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("The App is there")
        shoot(page, pictures, "5-there")
        wait("normal service", lambda: is_ready(running.url))
        page.get_by_role("link", name="Install on repositories").click()
        page.get_by_label("acme/rocket").check()
        shoot(page, pictures, "6-github-install")
        page.get_by_role("button", name="Install").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("secreview is installed")
        shoot(page, pictures, "7-installed")
        page.goto(running.link)
        expect(page.get_by_role("heading", level=1)).to_have_text("Setup is closed")
        shoot(page, pictures, "8-closed")
        wait("the installation's delivery", lambda: accepted(standin, "installation"))
        pull = standin.open_pull_request(repository, {"tests/test_a.py": BAD}, author="mira")
        reader = Reader(
            standin.url, standin.token(repository).value, repository.full_name, pull.number
        )
        run = wait("the check", lambda: completed(reader))
        assert run["conclusion"] == "failure"
        assert len(reader.review_comments()) == 1
        standin.settle()


def test_the_first_page_is_gone_through_by_keyboard(
    standin: StandIn, page: Page, tmp_path: Path
) -> None:
    """Each field has the focus in its turn, and Enter sends the form."""
    with started(tmp_path, "serve") as running:
        page.goto(running.link)
        reached = []
        for _ in range(5):
            page.keyboard.press("Tab")
            reached.append(page.locator(":focus").get_attribute("id") or "button")
        assert reached == ["account", "organisation", "host", "url", "button"]
        page.get_by_label("The public address").fill("https://secreview.acme.example")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Create the App on github.com")).to_be_visible()


def test_every_page_fits_a_narrow_window_in_the_dark(
    standin: StandIn, browser: Browser, pictures: Path, tmp_path: Path
) -> None:
    """On a telephone nothing is wider than the window; the link opens once."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, color_scheme="dark", java_script_enabled=False
    )
    page = context.new_page()
    with started(tmp_path, "serve") as running:
        page.goto(running.link)
        fits(page, pictures, "9-narrow-choose")
        page.get_by_label("The public address").fill("https://secreview.acme.example")
        page.get_by_role("button", name="Continue").click()
        fits(page, pictures, "9-narrow-create")
        other = browser.new_context(viewport={"width": 360, "height": 740}).new_page()
        other.goto(running.link)
        expect(other.get_by_role("alert")).to_contain_text("used already")
        fits(other, pictures, "9-narrow-used")
        other.context.close()
    context.close()


def shoot(page: Page, pictures: Path, name: str) -> None:
    """Keep a picture of the whole page."""
    page.screenshot(path=pictures / f"{name}.png", full_page=True)


def fits(page: Page, pictures: Path, name: str) -> None:
    """Keep a picture, and see that nothing sticks out."""
    shoot(page, pictures, name)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def is_ready(url: str) -> bool:
    return requests.get(f"{url}/readyz", timeout=20).status_code == 200


def accepted(standin: StandIn, event: str) -> bool:
    return any(each.event == event and each.status_code == 202 for each in standin.deliveries)


def completed(reader: Reader) -> Any:
    runs = reader.check_runs()
    return next((run for run in runs if run["status"] == "completed"), None)
