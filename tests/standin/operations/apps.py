"""The App itself: installations, installation tokens, rate limit."""

from typing import Any

from tests.standin import shapes
from tests.standin.auth import LEVELS
from tests.standin.objects import timestamp
from tests.standin.state import Installation, Repository, Token
from tests.standin.web import PAGED, Answer, Call, Refused, not_found, operation


@operation("GET", "/app", caller="app")
def get_app(call: Call) -> Answer:
    """Answer with the App that the JWT is of."""
    return Answer(shapes.app(call.world, call.world.app))


@operation("GET", "/app/installations", caller="app", query=PAGED)
def list_installations(call: Call) -> Answer:
    """Answer with all installations, suspended ones too."""
    living = [made for made in call.world.installations.values() if not made.removed]
    return call.page(living, lambda made: shapes.installation(call.world, made))


@operation("GET", "/app/installations/{installation_id}", caller="app")
def get_installation(call: Call) -> Answer:
    """Answer with one installation."""
    return Answer(shapes.installation(call.world, wanted(call)))


@operation("GET", "/repos/{owner}/{repo}/installation", caller="app")
def get_repository_installation(call: Call) -> Answer:
    """Answer with the installation that covers a repository."""
    found = call.world.installation_of(call.repository)
    if found is None:
        raise not_found()
    return Answer(shapes.installation(call.world, found))


@operation(
    "POST",
    "/app/installations/{installation_id}/access_tokens",
    caller="app",
    body="repositories repository_ids permissions",
)
def create_token(call: Call) -> Answer:
    """Mint a token for the installation, narrowed as asked."""
    made = wanted(call)
    if made.suspended:
        raise Refused(403, "This installation has been suspended")
    repositories = narrowed_repositories(made, call)
    permissions = narrowed_permissions(made, call.body.get("permissions") or {})
    token = call.world.new_token(made, repositories, permissions)
    answer: dict[str, Any] = {
        "token": token.value,
        "expires_at": timestamp(token.expires),
        "permissions": permissions,
        "repository_selection": "selected",
    }
    if repositories is not None:
        answer["repositories"] = [shapes.repository(call.world, repo) for repo in repositories]
    return Answer(answer, 201)


def wanted(call: Call) -> Installation:
    """Return the installation of the path, 404 when there is none."""
    found = call.world.installations.get(call.number("installation_id"))
    if found is None or found.removed:
        raise not_found()
    return found


def narrowed_repositories(made: Installation, call: Call) -> list[Repository] | None:
    """Return the repositories asked for by name or id, None for all of the installation."""
    names, ids = call.body.get("repositories"), call.body.get("repository_ids")
    if not names and not ids:
        return None
    chosen = [
        repo for repo in made.repositories if repo.name in (names or []) or repo.id in (ids or [])
    ]
    if len(chosen) < len({*(names or []), *(ids or [])}):
        problem = "There is at least one repository that does not exist or is not accessible"
        raise Refused(422, f"{problem} to the parent installation.")
    return chosen


def narrowed_permissions(made: Installation, asked: dict[str, str]) -> dict[str, str]:
    """Return the permissions of the token; more than granted is refused."""
    for name, level in asked.items():
        if LEVELS.index(made.permissions.get(name, "none")) < LEVELS.index(level):
            raise Refused(422, "The permissions requested are not granted to this installation.")
    granted = dict(asked) or dict(made.permissions)
    return granted | {"metadata": "read"}


@operation("GET", "/installation/repositories", {"metadata": "read"}, query=PAGED)
def list_repositories(call: Call) -> Answer:
    """Answer with the repositories that the token reaches."""
    token = call.token
    reached = [repo for repo in token.installation.repositories if token.reaches(repo)]
    return call.listing("repositories", reached, lambda repo: shapes.repository(call.world, repo))


@operation("GET", "/rate_limit", caller="any")
def rate_limit(call: Call) -> Answer:
    """Answer with what is left; asking is free."""
    number = call.caller.installation.id if isinstance(call.caller, Token) else 0
    core = call.world.rate(number).told()
    return Answer({"resources": {"core": core, "search": core, "graphql": core}, "rate": core})
