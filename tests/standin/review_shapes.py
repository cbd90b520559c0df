"""How GitHub writes reviews, comments and reactions in JSON."""

from typing import Any

from tests.standin import shapes
from tests.standin.diff import moved
from tests.standin.pull_shapes import addresses, association
from tests.standin.state import IssueComment, PullRequest, Reaction, Review, ReviewComment
from tests.standin.world import World


def review(world: World, pull: PullRequest, made: Review) -> dict[str, Any]:
    """Return a ``pull-request-review``; a pending one has no ``submitted_at``."""
    page = f"{addresses(world, pull)[2]}#pullrequestreview-{made.id}"
    link = addresses(world, pull)[1]
    shape = {
        "id": made.id,
        "node_id": f"PRR_{made.id}",
        "user": shapes.user(world, made.user),
        "body": made.body,
        "state": made.state,
        "html_url": page,
        "pull_request_url": link,
        "_links": {"html": {"href": page}, "pull_request": {"href": link}},
        "commit_id": made.commit_id,
        "author_association": association(pull.repository, made.user),
    }
    return shape | ({"submitted_at": made.submitted_at} if made.submitted_at else {})


def review_comment(world: World, pull: PullRequest, made: ReviewComment) -> dict[str, Any]:
    """Return a ``pull-request-review-comment``; ``line`` is None when it is outdated."""
    api, link, page = addresses(world, pull)
    me = f"{api}/pulls/comments/{made.id}"
    html = f"{page}#discussion_r{made.id}"
    line, position = current_place(pull, made, made.line)
    start = made.start_line
    place = {
        "line": line,
        "original_line": made.line,
        "start_line": current_place(pull, made, start)[0] if start and line else None,
        "original_start_line": start,
        "side": made.side,
        "start_side": made.start_side,
        "position": position,
        "original_position": made.position,
        "subject_type": "line",
    }
    return {
        "url": me,
        "pull_request_review_id": made.review_id,
        "id": made.id,
        "node_id": f"PRRC_{made.id}",
        "diff_hunk": made.diff_hunk,
        "path": made.path,
        **place,
        "commit_id": pull.head_sha if line else made.commit_id,
        "original_commit_id": made.commit_id,
        **({"in_reply_to_id": made.in_reply_to} if made.in_reply_to else {}),
        "user": shapes.user(world, made.user),
        "body": made.body,
        "created_at": made.created_at,
        "updated_at": made.updated_at,
        "html_url": html,
        "pull_request_url": link,
        "author_association": association(pull.repository, made.user),
        "_links": {
            "self": {"href": me},
            "html": {"href": html},
            "pull_request": {"href": link},
        },
        "reactions": shapes.rollup(me, []),
    }


def current_place(
    pull: PullRequest, made: ReviewComment, line: int
) -> tuple[int | None, int | None]:
    """Return line and position on the newest head; None and None when it is outdated."""
    change = next((c for c in pull.files() if c.path == made.path), None)
    if change is None:
        return None, None
    if made.commit_id != pull.head_sha and made.side == "RIGHT":
        store = pull.repository.store
        then = store.blobs[store.commits[made.commit_id].files[made.path]]
        line = moved(then, store.blobs[change.sha]).get(line, 0)
    position = change.patch.position(made.side, line)
    return (line, position) if position else (None, None)


def issue_comment(world: World, pull: PullRequest, made: IssueComment) -> dict[str, Any]:
    """Return an ``issue-comment``."""
    api, _, page = addresses(world, pull)
    me = f"{api}/issues/comments/{made.id}"
    return {
        "id": made.id,
        "node_id": f"IC_{made.id}",
        "url": me,
        "html_url": f"{page}#issuecomment-{made.id}",
        "issue_url": f"{api}/issues/{pull.number}",
        "body": made.body,
        "user": shapes.user(world, made.user),
        "created_at": made.created_at,
        "updated_at": made.updated_at,
        "author_association": association(pull.repository, made.user),
        "performed_via_github_app": shapes.app(world, world.app) if made.by_app else None,
        "reactions": shapes.rollup(me, made.reactions),
    }


def reaction(world: World, made: Reaction) -> dict[str, Any]:
    """Return a ``reaction``."""
    return {
        "id": made.id,
        "node_id": f"REA_{made.id}",
        "user": shapes.user(world, made.user),
        "content": made.content,
        "created_at": made.created_at,
    }
