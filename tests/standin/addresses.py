"""Addresses of repositories: their names of today, earlier names, and ids."""

import re
from urllib.parse import quote

from werkzeug import Request

from tests.standin.web import DOCUMENTATION, Answer
from tests.standin.world import World

NAMED = re.compile(r"/repos/([^/]+/[^/]+)(/.*)?")
NUMBERED = re.compile(r"/repositories/(\d+)(/.*)?")


def moved(world: World, request: Request) -> Answer | None:
    """Return the redirect of a request to a repository's earlier name; None: it is of today.

    GitHub sends 301 for a read and 307 for anything else, to an address with the id.
    """
    matched = NAMED.fullmatch(request.path)
    name = matched[1].lower() if matched else ""
    if matched is None or name in world.repositories or name not in world.moved:
        return None
    link = f"{world.api}/repositories/{world.moved[name].id}{quote(matched[2] or '')}"
    query = request.query_string.decode()
    link += f"?{query}" if query else ""
    body = {"message": "Moved Permanently", "url": link, "documentation_url": DOCUMENTATION}
    return Answer(body, 301 if request.method in {"GET", "HEAD"} else 307, {"Location": link})


def by_name(world: World, path: str) -> str:
    """Return ``path`` with the name of the repository whose id it has; else as it is."""
    matched = NUMBERED.fullmatch(path)
    for repository in world.repositories.values() if matched else ():
        if matched and repository.id == int(matched[1]):
            return f"/repos/{repository.full_name}{matched[2] or ''}"
    return path
