"""A headless Chromium without JavaScript, and the stand-in."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.standin.fixtures import standin

__all__ = ["standin"]
PICTURES = Path(__file__).parents[2] / "build" / "browser"
MISSING = "Chromium is missing, and this runs in it; on Debian: apt-get install chromium"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return Debian's Chromium; playwright brings none of its own."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.fail(MISSING)
    with sync_playwright() as playwright:
        # Where tests run as root, as in a container, Chromium has no sandbox.
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a page of a browser that has never been anywhere; no JavaScript runs in it."""
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 900, "height": 1000}
    )
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Return the folder for pictures, emptied."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    return PICTURES
