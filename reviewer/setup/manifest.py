"""The manifest that GitHub registers the App from: ``app.yml``, and the App's addresses."""

from functools import cache
from importlib import resources
from typing import Any, cast

import yaml

from reviewer.setup.choice import Choice

LONGEST_NAME = 34  # GitHub takes no longer ones
WHY = {
    "checks": "the check run with the verdict",
    "contents": "the files that are reviewed",
    "issues": "/secreview comments arrive as issue comments",
    "merge_queues": "without it a merge queue would wait for the check for ever",
    "metadata": "every App has it",
    "pull_requests": "the changed files; comments on them",
}


@cache
def declared() -> dict[str, Any]:
    """What ``app.yml`` asks for: name, description, permissions, events."""
    text = resources.files("reviewer").joinpath("app.yml").read_text("utf-8")
    return cast("dict[str, Any]", yaml.safe_load(text))


def permissions() -> dict[str, str]:
    """The permissions that the App asks for, each with its level: read or write."""
    return dict(declared()["default_permissions"])


def events() -> list[str]:
    """The events that the App asks for; those of installations come by themselves."""
    return list(declared()["default_events"])


def manifest(choice: Choice, here: str) -> dict[str, Any]:
    """The manifest for this installation.

    Args:
        choice: whose App, and where.
        here: where the person's browser has our pages open, ``https://HOST``.
    """
    # Names are unique on the whole of GitHub; its page offers to change this one.
    name = "-".join(filter(None, (declared()["name"], choice.organisation.lower())))
    return {
        **declared(),
        "name": name[:LONGEST_NAME].rstrip("-"),
        "url": choice.url,
        "hook_attributes": {"url": f"{choice.url}/webhook", "active": True},
        "redirect_url": f"{here}/setup/done",
        "setup_url": f"{choice.url}/installed",
    }
