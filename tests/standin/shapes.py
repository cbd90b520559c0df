"""How GitHub writes accounts, Apps, repositories and commits in JSON."""

from collections import Counter
from typing import Any
from urllib.parse import quote

from tests.standin.diff import FileChange
from tests.standin.objects import Commit
from tests.standin.state import App, Installation, Reaction, Repository, User
from tests.standin.world import World

FOUNDED = "2024-01-02T03:04:05Z"
USER_LINKS = [
    "followers",
    "following{/other_user}",
    "gists{/gist_id}",
    "starred{/owner}{/repo}",
    "subscriptions",
    "orgs",
    "repos",
    "events{/privacy}",
    "received_events",
]
REPOSITORY_LINKS = {
    "archive": "/{archive_format}{/ref}",
    "assignees": "/assignees{/user}",
    "blobs": "/git/blobs{/sha}",
    "branches": "/branches{/branch}",
    "collaborators": "/collaborators{/collaborator}",
    "comments": "/comments{/number}",
    "commits": "/commits{/sha}",
    "compare": "/compare/{base}...{head}",
    "contents": "/contents/{+path}",
    "contributors": "/contributors",
    "deployments": "/deployments",
    "downloads": "/downloads",
    "events": "/events",
    "forks": "/forks",
    "git_commits": "/git/commits{/sha}",
    "git_refs": "/git/refs{/sha}",
    "git_tags": "/git/tags{/sha}",
    "hooks": "/hooks",
    "issue_comment": "/issues/comments{/number}",
    "issue_events": "/issues/events{/number}",
    "issues": "/issues{/number}",
    "keys": "/keys{/key_id}",
    "labels": "/labels{/name}",
    "languages": "/languages",
    "merges": "/merges",
    "milestones": "/milestones{/number}",
    "notifications": "/notifications{?since,all,participating}",
    "pulls": "/pulls{/number}",
    "releases": "/releases{/id}",
    "stargazers": "/stargazers",
    "statuses": "/statuses/{sha}",
    "subscribers": "/subscribers",
    "subscription": "/subscription",
    "tags": "/tags",
    "teams": "/teams",
    "trees": "/git/trees{/sha}",
}


CONTENTS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def user(world: World, who: User) -> dict[str, Any]:
    """Return a ``simple-user``."""
    api = f"{world.api}/users/{who.login.replace('[', '%5B').replace(']', '%5D')}"
    page = f"{world.html}/{who.login}"
    if who.type == "Bot":
        page = f"{world.html}/apps/{who.login.removesuffix('[bot]')}"
    links = {f"{link.partition('{')[0]}_url": f"{api}/{link}" for link in USER_LINKS}
    links["organizations_url"] = links.pop("orgs_url")
    return {
        "login": who.login,
        "id": who.id,
        "node_id": f"U_{who.id}",
        "avatar_url": f"{world.html}/avatars/{who.id}",
        "gravatar_id": "",
        "url": api,
        "html_url": page,
        **links,
        "type": who.type,
        "user_view_type": "public",
        "site_admin": False,
    }


def public_user(world: World, who: User) -> dict[str, Any]:
    """Return a ``public-user``, as ``GET /users/{username}`` does."""
    unknown = ("name", "company", "location", "email", "hireable", "bio", "twitter_username")
    return {
        **user(world, who),
        **dict.fromkeys(unknown),
        "blog": "",
        **dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0),
        "created_at": FOUNDED,
        "updated_at": FOUNDED,
    }


def repository(world: World, repo: Repository) -> dict[str, Any]:
    """Return a ``repository``; forks tell nothing of their parent here."""
    api, page = f"{world.api}/repos/{repo.full_name}", f"{world.html}/{repo.full_name}"
    host = world.html.removeprefix("https://")
    nothing = [
        "forks",
        "forks_count",
        "stargazers_count",
        "watchers",
        "watchers_count",
        "size",
        "open_issues",
        "open_issues_count",
    ]
    return {
        "id": repo.id,
        "node_id": f"R_{repo.id}",
        "name": repo.name,
        "full_name": repo.full_name,
        "owner": user(world, repo.owner),
        "private": repo.private,
        "visibility": "private" if repo.private else "public",
        "html_url": page,
        "description": None,
        "fork": repo.parent is not None,
        "url": api,
        **{f"{name}_url": api + path for name, path in REPOSITORY_LINKS.items()},
        "git_url": f"git://{host}/{repo.full_name}.git",
        "ssh_url": f"git@{host}:{repo.full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        **dict.fromkeys(("mirror_url", "homepage", "language", "license")),
        **dict.fromkeys(nothing, 0),
        "default_branch": repo.default_branch,
        "is_template": False,
        "topics": [],
        **dict.fromkeys(("has_issues", "has_projects", "has_wiki", "has_downloads"), True),
        **dict.fromkeys(("has_pages", "has_discussions", "archived", "disabled"), False),
        "allow_forking": True,
        "web_commit_signoff_required": False,
        "custom_properties": {},
        **dict.fromkeys(("pushed_at", "created_at", "updated_at"), FOUNDED),
    }


def full_repository(world: World, repo: Repository) -> dict[str, Any]:
    """Return a ``full-repository``, as ``GET /repos/{owner}/{repo}`` does."""
    more = {"subscribers_count": 0, "network_count": 0, "custom_properties": {}}
    if repo.parent is not None:
        more["parent"] = more["source"] = repository(world, repo.parent)
    return repository(world, repo) | more


def app(world: World, registered: App) -> dict[str, Any]:
    """Return an ``integration``."""
    return {
        "id": registered.id,
        "slug": registered.slug,
        "client_id": f"Iv23li{registered.id}",
        "node_id": f"A_{registered.id}",
        "owner": user(world, registered.owner),
        "name": registered.slug,
        "description": "",
        "external_url": f"{world.html}/{registered.slug}",
        "html_url": f"{world.html}/apps/{registered.slug}",
        "created_at": FOUNDED,
        "updated_at": FOUNDED,
        "permissions": dict(registered.permissions),
        "events": list(registered.events),
    }


def installation(world: World, made: Installation) -> dict[str, Any]:
    """Return an ``installation``."""
    return {
        "id": made.id,
        "account": user(world, made.account),
        "repository_selection": "selected",
        "access_tokens_url": f"{world.api}/app/installations/{made.id}/access_tokens",
        "repositories_url": f"{world.api}/installation/repositories",
        "html_url": f"{world.html}/settings/installations/{made.id}",
        "app_id": world.app.id,
        "app_slug": world.app.slug,
        "client_id": f"Iv23li{world.app.id}",
        "target_id": made.account.id,
        "target_type": made.account.type,
        "permissions": dict(made.permissions),
        "events": list(world.app.events),
        "created_at": made.created_at,
        "updated_at": made.created_at,
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": user(world, made.account) if made.suspended else None,
        "suspended_at": made.created_at if made.suspended else None,
    }


def commit(world: World, repo: Repository, made: Commit) -> dict[str, Any]:
    """Return a ``commit`` without its files."""
    api = f"{world.api}/repos/{repo.full_name}"
    page = f"{world.html}/{repo.full_name}/commit"
    author = user(world, world.user(made.author))
    return {
        "sha": made.sha,
        "node_id": f"C_{made.sha}",
        "url": f"{api}/commits/{made.sha}",
        "html_url": f"{page}/{made.sha}",
        "comments_url": f"{api}/commits/{made.sha}/comments",
        "commit": {
            "url": f"{api}/git/commits/{made.sha}",
            "author": signature(made) | {"date": made.date},
            "committer": signature(made) | {"date": made.date},
            "message": made.message,
            "comment_count": 0,
            "tree": {"sha": made.tree, "url": f"{api}/git/trees/{made.tree}"},
        },
        "author": author,
        "committer": author,
        "parents": [
            {"sha": sha, "url": f"{api}/commits/{sha}", "html_url": f"{page}/{sha}"}
            for sha in made.parents
        ],
    }


def simple_commit(made: Commit) -> dict[str, Any]:
    """Return a ``simple-commit``, as suites and merge groups carry it."""
    return {
        "id": made.sha,
        "tree_id": made.tree,
        "message": made.message,
        "timestamp": made.date,
        "author": signature(made),
        "committer": signature(made),
    }


def signature(made: Commit) -> dict[str, str]:
    """Return name and address of a commit's author."""
    return {"name": made.author, "email": f"{made.author}@users.noreply.github.example"}


def changed_file(world: World, repo: Repository, head: str, change: FileChange) -> dict[str, Any]:
    """Return a ``diff-entry``; ``patch`` is left out where GitHub leaves it out."""
    page = f"{world.html}/{repo.full_name}"
    entry = {
        "sha": change.sha,
        "filename": change.path,
        "status": change.status,
        "additions": change.patch.additions,
        "deletions": change.patch.deletions,
        "changes": change.patch.additions + change.patch.deletions,
        "blob_url": f"{page}/blob/{head}/{quoted(change.path)}",
        "raw_url": f"{page}/raw/{head}/{quoted(change.path)}",
        "contents_url": (
            f"{world.api}/repos/{repo.full_name}/contents/{quoted(change.path)}?ref={head}"
        ),
    }
    if change.patch.text is not None:
        entry["patch"] = change.patch.text
    if change.previous_path is not None:
        entry["previous_filename"] = change.previous_path
    return entry


def quoted(path: str) -> str:
    """Return a path as it stands in an address."""
    return quote(path, safe="/")


def rollup(link: str, reactions: list[Reaction]) -> dict[str, Any]:
    """Return a ``reaction-rollup``."""
    counted = Counter(reaction.content for reaction in reactions)
    counts = {content: counted[content] for content in CONTENTS}
    return {"url": f"{link}/reactions", "total_count": len(reactions), **counts}
