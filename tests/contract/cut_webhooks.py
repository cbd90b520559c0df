"""Cut the webhook examples that the stand-in builds on out of GitHub's own collection.

    npm pack @octokit/webhooks-examples@7.6.1
    python tests/contract/cut_webhooks.py octokit-webhooks-examples-7.6.1.tgz

The argument is the packed archive or the folder it was unpacked into. ``webhooks.json``
next to this script is rewritten: one real body for each event and action.
"""

import argparse
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

EXAMPLES = "package/api.github.com/index.json"
ACTIONS: dict[str, list[str | None]] = {
    "ping": [None],
    "pull_request": [
        "opened",
        "synchronize",
        "reopened",
        "closed",
        "ready_for_review",
        "converted_to_draft",
    ],
    "issue_comment": ["created"],
    "check_run": ["created", "completed", "rerequested", "requested_action"],
    "check_suite": ["requested", "rerequested"],
    "merge_group": ["checks_requested"],
    "installation": ["created", "deleted", "suspend", "unsuspend", "new_permissions_accepted"],
    "installation_repositories": ["added", "removed"],
}


def collection(package: Path) -> list[dict[str, Any]]:
    """Return all events with their examples from the package's archive or folder."""
    if package.is_dir():
        inner = [package / EXAMPLES, package / EXAMPLES.removeprefix("package/")]
        content = next((path for path in inner if path.exists()), inner[0]).read_bytes()
    else:
        with tarfile.open(package) as archive:
            member = archive.extractfile(EXAMPLES)
            assert member is not None, "a file in the archive, not a folder"
            content = member.read()
    found: list[dict[str, Any]] = json.loads(content)
    return found


def cut(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return ``{event: {action: body}}``; the first body that an App's webhook could carry."""
    by_name = {event["name"]: event["examples"] for event in events}
    return {
        name: {action or "": chosen(by_name[name], name, action) for action in actions}
        for name, actions in ACTIONS.items()
    }


def chosen(examples: list[dict[str, Any]], name: str, action: str | None) -> dict[str, Any]:
    """Return the first example of ``action``; of the pings, an App's."""
    fitting = [body for body in examples if body.get("action") == action]
    if name == "ping":
        return next(body for body in fitting if "app_id" in body["hook"])
    return fitting[0]


def main() -> int:
    """Write ``webhooks.json`` next to this script."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("package", type=Path, help="octokit-webhooks-examples-*.tgz or folder")
    sliced = cut(collection(arguments.parse_args().package))
    target = Path(__file__).with_name("webhooks.json")
    target.write_text(json.dumps(sliced, indent=0, separators=(",", ":")) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
