"""app.yml asks for everything on day one: what is added later waits for every installation."""

from pathlib import Path

import yaml

from reviewer.webhook import ROUTES
from tests.standin.stage import EVENTS, PERMISSIONS

HOUSE = Path(__file__).parent.parent
MANIFEST = yaml.safe_load((HOUSE / "app.yml").read_text())


def test_the_manifest_asks_for_what_the_app_uses_and_no_more() -> None:
    """Permissions and events are those under which the stand-in lets every test pass."""
    assert MANIFEST["default_permissions"] == PERMISSIONS
    assert sorted(MANIFEST["default_events"]) == sorted(EVENTS)
    assert MANIFEST["public"] is False
    assert MANIFEST["default_permissions"] == {
        "checks": "write",
        "contents": "read",
        "issues": "read",
        "merge_queues": "read",
        "metadata": "read",
        "pull_requests": "write",
    }


def test_the_manifest_asks_for_every_event_we_act_on() -> None:
    """Installation events come by themselves; the others are asked for."""
    acted_on = {event for event, _ in ROUTES if not event.startswith("installation")}
    assert acted_on <= set(MANIFEST["default_events"])


def test_the_readme_explains_every_permission() -> None:
    """Who installs the App reads why it wants what it wants."""
    readme = (HOUSE / "README.md").read_text().lower()
    for permission, level in MANIFEST["default_permissions"].items():
        assert f"| {permission.replace('_', ' ')}: {level} |" in readme
