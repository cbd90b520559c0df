"""The conversation of a pull request: comments and the reactions under them."""

from tests.standin import pull_shapes, review_shapes
from tests.standin.state import IssueComment, PullRequest, Reaction
from tests.standin.web import PAGED, Answer, Call, Refused, not_found, operation

READ = ({"issues": "read"}, {"pull_requests": "read"})
WRITE = ({"issues": "write"}, {"pull_requests": "write"})
THREAD = "/repos/{owner}/{repo}/issues/{issue_number}/comments"
COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}"
LONGEST = 65_536


@operation("GET", THREAD, *READ, query=PAGED)
def list_comments(call: Call) -> Answer:
    """Answer with the conversation, oldest first."""
    pull = call.pull
    return call.page(
        pull.comments, lambda made: review_shapes.issue_comment(call.world, pull, made)
    )


@operation("POST", THREAD, *WRITE, body="body", creates=True)
def create_comment(call: Call) -> Answer:
    """Add a comment by the App."""
    world, pull = call.world, call.pull
    now = world.now()
    made = IssueComment(world.new_id(2), world.app.bot, text(call), now, now, by_app=True)
    pull.comments.append(made)
    shape = review_shapes.issue_comment(world, pull, made)
    parts = {"issue": pull_shapes.issue(world, pull), "comment": shape}
    world.emit("issue_comment", "created", pull.repository, made.user, **parts)
    return Answer(shape, 201)


@operation("GET", COMMENT, *READ)
def get_comment(call: Call) -> Answer:
    """Answer with one comment."""
    return Answer(review_shapes.issue_comment(call.world, *wanted(call)))


@operation("PATCH", COMMENT, *WRITE, body="body", creates=True)
def edit_comment(call: Call) -> Answer:
    """Replace the text of one of our own comments."""
    pull, made = wanted(call)
    if made.user is not call.world.app.bot:
        raise Refused(403, "Resource not accessible by integration")
    made.body, made.updated_at = text(call), call.world.now()
    return Answer(review_shapes.issue_comment(call.world, pull, made))


@operation("GET", f"{COMMENT}/reactions", *READ, query=f"content {PAGED}")
def list_reactions(call: Call) -> Answer:
    """Answer with the reactions under a comment."""
    content = call.query.get("content")
    chosen = [r for r in wanted(call)[1].reactions if content in {r.content, None}]
    return call.page(chosen, lambda made: review_shapes.reaction(call.world, made))


@operation("POST", f"{COMMENT}/reactions", *WRITE, body="content", creates=True)
def create_reaction(call: Call) -> Answer:
    """React; the same reaction again is answered with the one that is there."""
    world, made, content = call.world, wanted(call)[1], call.body["content"]
    for reaction in made.reactions:
        if reaction.user is world.app.bot and reaction.content == content:
            return Answer(review_shapes.reaction(world, reaction))
    added = Reaction(world.new_id(1), world.app.bot, content, world.now())
    made.reactions.append(added)
    return Answer(review_shapes.reaction(world, added), 201)


@operation("DELETE", f"{COMMENT}/reactions/{{reaction_id}}", *WRITE)
def delete_reaction(call: Call) -> Answer:
    """Take back one of our own reactions."""
    made, number = wanted(call)[1], call.number("reaction_id")
    bot = call.world.app.bot
    kept = [r for r in made.reactions if r.id != number or r.user is not bot]
    if len(kept) == len(made.reactions):
        raise not_found()
    made.reactions = kept
    return Answer(status=204)


def text(call: Call) -> str:
    """Return the body of a comment, 422 when it is blank or too long."""
    body: str = call.body["body"]
    if not body.strip():
        error = {"resource": "IssueComment", "code": "unprocessable", "field": "data"}
        raise Refused(422, "Validation Failed", [error | {"message": "Body cannot be blank"}])
    if len(body) > LONGEST:
        error = {"resource": "IssueComment", "code": "unprocessable", "field": "data"}
        problem = f"Body is too long (maximum is {LONGEST} characters)"
        raise Refused(422, "Validation Failed", [error | {"message": problem}])
    return body


def wanted(call: Call) -> tuple[PullRequest, IssueComment]:
    """Return the comment of the path and its pull request, or 404."""
    number = call.number("comment_id")
    for pull in call.repository.pulls.values():
        for made in pull.comments:
            if made.id == number:
                return pull, made
    raise not_found()
