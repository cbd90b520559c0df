"""How GitHub writes pull requests, reviews and comments in JSON."""

from typing import Any

from tests.standin import shapes
from tests.standin.state import (
    PullRequest,
    Repository,
    User,
)
from tests.standin.world import World


def addresses(world: World, pull: PullRequest) -> tuple[str, str, str]:
    """Return the API address of the repository, of the pull request, and its page."""
    repo = pull.repository.full_name
    api = f"{world.api}/repos/{repo}"
    return api, f"{api}/pulls/{pull.number}", f"{world.html}/{repo}/pull/{pull.number}"


def association(repo: Repository, who: User) -> str:
    """Return what GitHub calls the author's relation to the repository."""
    if who is repo.owner:
        return "OWNER"
    if who.login in repo.roles:
        return "COLLABORATOR"
    opened = any(pull.author is who and pull.merged for pull in repo.pulls.values())
    return "CONTRIBUTOR" if opened else "NONE"


def simple_pull(world: World, pull: PullRequest) -> dict[str, Any]:
    """Return a ``pull-request-simple``, as lists carry it."""
    api, me, page = addresses(world, pull)
    issue = f"{api}/issues/{pull.number}"
    links = {
        "self": me,
        "html": page,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{me}/comments",
        "review_comment": f"{api}/pulls/comments{{/number}}",
        "commits": f"{me}/commits",
        "statuses": f"{api}/statuses/{pull.head_sha}",
    }
    named = ("issue", "comments", "review_comments", "review_comment", "commits", "statuses")
    return {
        "url": me,
        "id": pull.id,
        "node_id": f"PR_{pull.id}",
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        **{f"{name}_url": links[name] for name in named},
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "user": shapes.user(world, pull.author),
        "body": pull.body,
        **{name: [] for name in ("labels", "assignees", "requested_reviewers", "requested_teams")},
        **dict.fromkeys(("milestone", "active_lock_reason", "assignee", "auto_merge")),
        "created_at": pull.created_at,
        "updated_at": pull.created_at,
        "closed_at": pull.closed_at,
        "merged_at": pull.closed_at if pull.merged else None,
        "merge_commit_sha": None,
        "head": branch(world, pull.head_owner, pull.head_repository, pull.head_ref, pull.head_sha),
        "base": branch(world, pull.repository.owner, pull.repository, pull.base_ref, pull.base_sha),
        "_links": {name: {"href": href} for name, href in links.items()},
        "author_association": association(pull.repository, pull.author),
        "draft": pull.draft,
    }


def branch(
    world: World, owner: User, repo: Repository | None, ref: str, sha: str
) -> dict[str, Any]:
    """Return the head or base of a pull request; a deleted fork is no repository."""
    return {
        "label": f"{owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": shapes.user(world, owner),
        "repo": shapes.repository(world, repo) if repo else None,
    }


def full_pull(world: World, pull: PullRequest) -> dict[str, Any]:
    """Return a ``pull-request`` with its counts."""
    files = pull.files()
    return simple_pull(world, pull) | {
        "merged": pull.merged,
        "mergeable": None,
        "rebaseable": None,
        "mergeable_state": "unknown",
        "merged_by": None,
        "comments": len(pull.comments),
        "review_comments": len(pull.review_comments),
        "maintainer_can_modify": bool(pull.head_repository and pull.head_repository.parent),
        "commits": len(pull.commits),
        "additions": sum(file.patch.additions for file in files),
        "deletions": sum(file.patch.deletions for file in files),
        "changed_files": len(files),
    }


def minimal_pull(world: World, pull: PullRequest) -> dict[str, Any]:
    """Return a ``pull-request-minimal``, as check runs carry it; a fork's are left out there."""
    source = pull.head_repository
    assert source is not None

    def end(repo: Repository, ref: str, sha: str) -> dict[str, Any]:
        link = f"{world.api}/repos/{repo.full_name}"
        return {"ref": ref, "sha": sha, "repo": {"id": repo.id, "url": link, "name": repo.name}}

    return {
        "id": pull.id,
        "number": pull.number,
        "url": addresses(world, pull)[1],
        "head": end(source, pull.head_ref, pull.head_sha),
        "base": end(pull.repository, pull.base_ref, pull.base_sha),
    }


def issue(world: World, pull: PullRequest) -> dict[str, Any]:
    """Return the pull request as the issue that it also is; told apart by ``pull_request``."""
    simple = simple_pull(world, pull)
    api = addresses(world, pull)[0]
    me = f"{api}/issues/{pull.number}"
    kept = [
        "number",
        "title",
        "user",
        "body",
        "state",
        "locked",
        "labels",
        "assignee",
        "assignees",
        "milestone",
        "created_at",
        "updated_at",
        "closed_at",
        "author_association",
        "active_lock_reason",
        "html_url",
        "draft",
    ]
    links = {name: simple[name] for name in ("url", "html_url", "diff_url", "patch_url")}
    return {
        **{name: simple[name] for name in kept},
        "url": me,
        "id": pull.id + 1,
        "node_id": simple["node_id"],
        "repository_url": api,
        "labels_url": f"{me}/labels{{/name}}",
        "comments_url": f"{me}/comments",
        "events_url": f"{me}/events",
        "timeline_url": f"{me}/timeline",
        "comments": len(pull.comments),
        "reactions": shapes.rollup(me, []),
        "performed_via_github_app": None,
        "state_reason": None,
        "pull_request": links | {"merged_at": simple["merged_at"]},
    }
