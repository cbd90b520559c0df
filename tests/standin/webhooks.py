"""Webhook bodies: GitHub's real examples with our own state written over them."""

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from tests.standin import shapes
from tests.standin.state import Installation, Repository, User
from tests.standin.world import World

EXAMPLES = Path(__file__).parent.parent / "contract" / "webhooks.json"
# Actions without an example of their own, and the one whose body they share.
ALIKE = {
    ("pull_request", "edited"): "opened",
    ("issue_comment", "edited"): "created",
    ("merge_group", "destroyed"): "checks_requested",
}


@cache
def examples() -> dict[str, dict[str, dict[str, Any]]]:
    """Return event -> action -> body of the committed slice."""
    found: dict[str, dict[str, dict[str, Any]]] = json.loads(EXAMPLES.read_bytes())
    return found


def over(example: Any, ours: Any) -> Any:
    """Return ``ours`` laid over ``example``: keys of both, our values."""
    if isinstance(example, dict) and isinstance(ours, dict):
        merged = {key: over(example.get(key), value) for key, value in ours.items()}
        return {**example, **merged}
    return ours


def event_body(
    world: World, event: str, action: str, repository: Repository, sender: User, **parts: Any
) -> dict[str, Any]:
    """Return the body of an event on a repository; ``parts`` are laid over the example's."""
    known = examples()[event]
    body: dict[str, Any] = deepcopy(known[ALIKE.get((event, action), action)])
    body = over(body, {"action": action, **parts})
    run = body.get("check_run", {"check_suite": {}})
    for part in (run, run["check_suite"]):
        part.pop("deployment", None)
    body["repository"] = over(body.get("repository"), shapes.repository(world, repository))
    body["sender"] = shapes.user(world, sender)
    body.pop("organization", None)
    if repository.owner.type == "Organization":
        body["organization"] = organization(world, repository.owner)
    covering = world.installation_of(repository)
    if covering is not None:
        body["installation"] = {"id": covering.id, "node_id": f"I_{covering.id}"}
    return body


def organization(world: World, owner: User) -> dict[str, Any]:
    """Return an organisation as webhooks carry it."""
    api = f"{world.api}/orgs/{owner.login}"
    links = ["repos", "events", "hooks", "issues", "members{/member}", "public_members{/member}"]
    return {
        "login": owner.login,
        "id": owner.id,
        "node_id": f"O_{owner.id}",
        "url": api,
        **{f"{link.partition('{')[0]}_url": f"{api}/{link}" for link in links},
        "avatar_url": f"{world.html}/avatars/{owner.id}",
        "description": "",
    }


def installation_body(
    world: World, event: str, action: str, made: Installation, **parts: Any
) -> dict[str, Any]:
    """Return the body of an ``installation`` or ``installation_repositories`` event."""
    body: dict[str, Any] = deepcopy(examples()[event][action])
    shape = shapes.installation(world, made)
    if "repositories" in body:
        parts.setdefault("repositories", [brief(repo) for repo in made.repositories])
    body = over(body, {"action": action, "installation": shape, **parts})
    body["sender"] = shapes.user(world, made.account)
    body["installation"]["permissions"] = dict(made.permissions)
    return body


def brief(repo: Repository) -> dict[str, Any]:
    """Return a repository as installation events list it."""
    return {
        "id": repo.id,
        "node_id": f"R_{repo.id}",
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
    }


def ping_body(world: World, url: str) -> dict[str, Any]:
    """Return the body of the ``ping`` that a new App's webhook gets."""
    body: dict[str, Any] = deepcopy(examples()["ping"][""])
    hook = {
        "type": "App",
        "id": world.app.id + 1,
        "app_id": world.app.id,
        "events": list(world.app.events),
        "config": {"content_type": "json", "url": url, "insecure_ssl": "0", "secret": "********"},
        "deliveries_url": f"{world.api}/app/hook/deliveries",
    }
    kept = {name: body["hook"][name] for name in ("name", "active", "updated_at", "created_at")}
    return {"zen": body["zen"], "hook_id": hook["id"], "hook": kept | hook}
