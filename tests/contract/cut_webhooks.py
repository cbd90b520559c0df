"""Cut what the stand-in's webhooks are made of and held to out of GitHub's own collections.

    npm pack @octokit/webhooks-examples@7.6.1 @octokit/webhooks-schemas@7.6.1
    cd tests/contract; python cut_webhooks.py octokit-webhooks-{examples,schemas}-7.6.1.tgz

The arguments are the packed archives or the folders they were unpacked into. Next to this
script ``webhooks.json`` is rewritten, one real body for each event and action, and
``webhook_schemas.json``, the schemas of those.
"""

import argparse
import json
import re
import sys
import tarfile
from pathlib import Path
from typing import Any

EXAMPLES = "package/api.github.com/index.json"
SCHEMAS = "package/schema.json"
# Sent, and not among the examples.
SCHEMAS_ALONE = ("pull_request$edited", "merge_group$destroyed", "issue_comment$edited")
REFERENCE = re.compile(r'"#/definitions/([^"]+)"')
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


def read(package: Path, name: str) -> Any:
    """Return the JSON in the file *name* of the package's archive or folder."""
    if package.is_dir():
        inner = [package / name, package / name.removeprefix("package/")]
        content = next((path for path in inner if path.exists()), inner[0]).read_bytes()
    else:
        with tarfile.open(package) as archive:
            member = archive.extractfile(name)
            assert member is not None, "a file in the archive, not a folder"
            content = member.read()
    return json.loads(content)


def cut_schemas(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the definitions of our events and of all that they refer to."""
    events = [f"{name}${action or 'event'}" for name in ACTIONS for action in ACTIONS[name]]
    wanted, found = [*events, *SCHEMAS_ALONE], dict[str, Any]()
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = schema["definitions"][name]
            wanted += REFERENCE.findall(json.dumps(found[name]))
    return {"definitions": dict(sorted(found.items()))}


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
    """Write both files next to this script."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("examples", type=Path, help="octokit-webhooks-examples-*.tgz or folder")
    arguments.add_argument("schemas", type=Path, help="octokit-webhooks-schemas-*.tgz or folder")
    given = arguments.parse_args()
    for name, sliced in (
        ("webhooks.json", cut(read(given.examples, EXAMPLES))),
        ("webhook_schemas.json", cut_schemas(read(given.schemas, SCHEMAS))),
    ):
        text = json.dumps(sliced, indent=0, separators=(",", ":")) + "\n"
        Path(__file__).with_name(name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
