"""Reviews and the comments on lines, checked against the hunks of the diff."""

from dataclasses import replace
from typing import Any

from tests.standin import review_shapes
from tests.standin.diff import FileChange
from tests.standin.state import PullRequest, Review, ReviewComment, User
from tests.standin.web import (
    PAGED,
    Answer,
    Call,
    Refused,
    Unknown,
    by_creation,
    not_found,
    operation,
)
from tests.standin.world import World

READ, WRITE = {"pull_requests": "read"}, {"pull_requests": "write"}
PULL = "/repos/{owner}/{repo}/pulls/{pull_number}"
COMMENT = "/repos/{owner}/{repo}/pulls/comments/{comment_id}"
STATES = {"COMMENT": "COMMENTED", "APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED"}
OUTSIDE = "Pull request review thread line must be part of the diff"


@operation("GET", f"{PULL}/reviews", READ, query=PAGED)
def list_reviews(call: Call) -> Answer:
    """Answer with the reviews in the order they were made."""
    pull = call.pull
    return call.page(pull.reviews, lambda made: review_shapes.review(call.world, pull, made))


@operation("POST", f"{PULL}/reviews", WRITE, body="commit_id body event comments", creates=True)
def create_review(call: Call) -> Answer:
    """Make a review with all its comments, or, when one of them is wrong, nothing at all."""
    world, pull = call.world, call.pull
    event, body = call.body.get("event"), call.body.get("body") or ""
    commit_id = call.body.get("commit_id") or pull.head_sha
    if commit_id not in pull.commits:
        raise unprocessable("The commit_id is not part of the pull request")
    if event in {"COMMENT", "REQUEST_CHANGES"} and not body.strip():
        raise unprocessable("Review body can't be blank")
    if any(made.state == "PENDING" and made.user is world.app.bot for made in pull.reviews):
        raise unprocessable("User can only have one pending review per pull request")
    places = [place(pull, commit_id, comment) for comment in call.body.get("comments") or []]
    now = world.now()
    state = STATES.get(event or "", "PENDING")
    submitted = None if state == "PENDING" else now
    made = Review(world.new_id(3), world.app.bot, body, state, commit_id, submitted)
    pull.reviews.append(made)
    pull.review_comments += [
        ReviewComment(
            world.new_id(4),
            made.id,
            made.user,
            comment["body"],
            comment["path"],
            commit_id,
            **where,
            created_at=now,
            updated_at=now,
        )
        for comment, where in zip(call.body.get("comments") or [], places, strict=True)
    ]
    return Answer(review_shapes.review(world, pull, made))


def unprocessable(problem: str) -> Refused:
    """Return a 422 as reviews word it: the errors are strings."""
    return Refused(422, "Unprocessable Entity", [problem])


def place(pull: PullRequest, commit_id: str, comment: dict[str, Any]) -> dict[str, Any]:
    """Return where a comment stands; 422 when that is not a part of the diff."""
    if "position" in comment:
        raise Unknown("comments[].position is closing down: use line and side")
    if not comment["body"].strip():
        raise unprocessable("Body can't be blank")
    change = next((c for c in pull.files(commit_id) if c.path == comment["path"]), None)
    if change is None:
        raise unprocessable("Path could not be resolved")
    line, side = comment.get("line"), comment.get("side", "RIGHT")
    if line is None:
        raise unprocessable("Pull request review thread line can't be blank")
    return span(change, side, line, comment.get("start_side"), comment.get("start_line"))


def span(
    change: FileChange, side: str, line: int, start_side: str | None, start: int | None
) -> dict[str, Any]:
    """Return the place from ``start`` (None: one line) to ``line``, both in the same hunk."""
    hunk = change.patch.hunk(side, line)
    if side not in {"LEFT", "RIGHT"} or hunk is None:
        raise unprocessable(OUTSIDE)
    first_side = None if start is None else start_side or side
    if start is not None and first_side is not None:
        if first_side == side and start >= line:
            raise unprocessable("Pull request review thread start line must precede the end line.")
        if start not in hunk.places(first_side):
            raise unprocessable(
                "Pull request review thread start line must be part of the same hunk"
            )
    return {
        "side": side,
        "line": line,
        "start_side": first_side,
        "start_line": start,
        "diff_hunk": hunk.until(side, line),
        "position": change.patch.position(side, line),
    }


@operation("GET", f"{PULL}/comments", READ, query=f"sort direction {PAGED}")
def list_comments(call: Call) -> Answer:
    """Answer with the comments on lines, oldest first; those of pending reviews are hidden."""
    by_creation(call)
    pull = call.pull
    pending = {made.id for made in pull.reviews if made.state == "PENDING"}
    shown = [made for made in pull.review_comments if made.review_id not in pending]
    ordered = shown[::-1] if call.query.get("direction") == "desc" else shown
    return call.page(ordered, lambda made: review_shapes.review_comment(call.world, pull, made))


@operation("GET", COMMENT, READ)
def get_comment(call: Call) -> Answer:
    """Answer with one comment."""
    return Answer(review_shapes.review_comment(call.world, *wanted(call)))


@operation("PATCH", COMMENT, WRITE, body="body", creates=True)
def edit_comment(call: Call) -> Answer:
    """Replace the text of one of our own comments."""
    pull, made = own(call)
    made.body, made.updated_at = call.body["body"], call.world.now()
    return Answer(review_shapes.review_comment(call.world, pull, made))


@operation("DELETE", COMMENT, WRITE)
def delete_comment(call: Call) -> Answer:
    """Remove one of our own comments."""
    pull, made = own(call)
    pull.review_comments.remove(made)
    return Answer(status=204)


@operation("POST", f"{PULL}/comments/{{comment_id}}/replies", WRITE, body="body", creates=True)
def reply(call: Call) -> Answer:
    """Answer a thread; a reply stands where the thread's first comment does."""
    pull, number = call.pull, call.number("comment_id")
    first = next((made for made in pull.review_comments if made.id == number), None)
    if first is None or first.in_reply_to is not None:
        raise not_found()
    made = replied(call.world, pull, first, call.world.app.bot, call.body["body"])
    return Answer(review_shapes.review_comment(call.world, pull, made), 201)


def replied(
    world: World, pull: PullRequest, first: ReviewComment, author: User, body: str
) -> ReviewComment:
    """Add ``author``'s answer to the thread that ``first`` begins; a review of its own."""
    now = world.now()
    review = Review(world.new_id(3), author, "", "COMMENTED", pull.head_sha, now)
    made = replace(
        first,
        id=world.new_id(4),
        review_id=review.id,
        user=author,
        body=body,
        created_at=now,
        updated_at=now,
        in_reply_to=first.id,
    )
    pull.reviews.append(review)
    pull.review_comments.append(made)
    return made


def wanted(call: Call) -> tuple[PullRequest, ReviewComment]:
    """Return the comment of the path and its pull request, or 404."""
    number = call.number("comment_id")
    for pull in call.repository.pulls.values():
        for made in pull.review_comments:
            if made.id == number:
                return pull, made
    raise not_found()


def own(call: Call) -> tuple[PullRequest, ReviewComment]:
    """Return the comment of the path when it is ours, else 403."""
    pull, made = wanted(call)
    if made.user is not call.world.app.bot:
        raise Refused(403, "Resource not accessible by integration")
    return pull, made
