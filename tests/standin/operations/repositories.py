"""Repositories, accounts and who may do what."""

from tests.standin import shapes
from tests.standin.web import Answer, Call, not_found, operation

ROLES = {"maintain": "write", "triage": "read"}
GRANTS = {
    "admin": "admin maintain push triage pull",
    "maintain": "maintain push triage pull",
    "write": "push triage pull",
    "triage": "triage pull",
    "read": "pull",
    "none": "",
}


@operation("GET", "/repos/{owner}/{repo}", {"metadata": "read"})
def get_repository(call: Call) -> Answer:
    """Answer with the repository of the path."""
    return Answer(shapes.full_repository(call.world, call.repository))


@operation("GET", "/users/{username}")
def get_user(call: Call) -> Answer:
    """Answer with an account; a bot's login is ``slug[bot]``."""
    found = call.world.users.get(call.arguments["username"].lower())
    if found is None:
        raise not_found()
    return Answer(shapes.public_user(call.world, found))


@operation("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", {"metadata": "read"})
def get_permission(call: Call) -> Answer:
    """Answer with the permission of an account, which knows four levels, and its role."""
    repository = call.repository
    found = call.world.users.get(call.arguments["username"].lower())
    if found is None:
        raise not_found()
    stranger = "none" if repository.private else "read"
    role = "admin" if found is repository.owner else repository.roles.get(found.login, stranger)
    held = GRANTS[role].split()
    granted = {name: name in held for name in GRANTS["admin"].split()}
    user = shapes.user(call.world, found) | {"permissions": granted, "role_name": role}
    return Answer({"permission": ROLES.get(role, role), "role_name": role, "user": user})
