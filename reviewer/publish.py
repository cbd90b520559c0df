"""What a review says on the pull request: inline comments, annotations, the conclusion."""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from reviewer import store
from reviewer.conversation import Earlier, Plan, plan
from reviewer.examine import Examined
from reviewer.github import Gateway, GitHubRefused
from reviewer.github.gateway import ANNOTATIONS
from reviewer.model import CheckRun, PullRequest, Review
from reviewer.report.actions import ACTIONS
from reviewer.report.annotations import annotation
from reviewer.report.comments import review_body
from reviewer.report.counting import severities
from reviewer.report.summary import summary, title

MOST_ANNOTATIONS = 500
# A line out of place, a locked conversation: the check itself can still say everything.
_NOT_TAKEN = (403, 422)
_NOT_EDITED = (*_NOT_TAKEN, 404)  # and somebody has deleted the comment
_DAY = 86_400

log = structlog.get_logger()


class Resolver:
    """Whether threads can be resolved here: an installation that may not is asked once a day.

    Args:
        engine: the connections to our database; None to remember nothing.
        installation: the installation's id.
    """

    def __init__(self, engine: Engine | None = None, installation: int = 0) -> None:
        self._engine = engine
        self._key = f"may not resolve:{installation}"

    @property
    def may(self) -> bool:
        """Whether it is worth trying."""
        if self._engine is None:
            return True
        try:
            with self._engine.connect() as tx:
                return store.noted(tx, self._key, _DAY) is None
        except SQLAlchemyError:
            return False

    def refused(self) -> None:
        """It was tried, and forbidden."""
        if self._engine is not None:
            with self._engine.begin() as tx:
                store.note(tx, self._key, "forbidden")


def converse(gateway: Gateway, pull: PullRequest, examined: Examined) -> dict[str, Any]:
    """Say what is new in one review; what is left to do, as JSON for ``mend``.

    Earlier comments are known by the markers in them, so this may be repeated. Under
    "shown" are the fingerprints of all findings that have a comment on their line.
    """
    own = gateway.own_user_id()
    comments = gateway.review_comments(pull.number)
    if not examined.commented and not any(c.author_id == own for c in comments):
        return {"shown": [], "edits": [], "resolve": []}
    made = plan(examined, Earlier(own, tuple(comments)), pull.head_sha)
    shown = made.shown if _reviewed(gateway, pull, made) else made.shown - made.said
    edits = [[edit.comment_id, edit.body] for edit in made.edits]
    return {"shown": sorted(shown), "edits": edits, "resolve": [*made.resolve]}


def conclude(gateway: Gateway, run: CheckRun, review: Review, commented: Iterable[str]) -> None:
    """Send the annotations that *run* does not have yet, 50 a request, and its conclusion.

    A finding with a comment on its line is not annotated as well, nor is one that the
    pull request did not introduce where only those count.
    """
    visible = frozenset(commented)
    silent = [f for f in review.decisive if f.fingerprint not in visible][:MOST_ANNOTATIONS]
    rest = [annotation(finding) for finding in silent][run.annotations :]
    batches = [rest[n : n + ANNOTATIONS] for n in range(0, len(rest), ANNOTATIONS)] or [[]]
    heading, text = title(review), summary(review)
    for batch in batches[:-1]:
        gateway.update_check_run(run.id, heading, text, annotations=batch)
    conclusion = "failure" if review.failing else "success"
    gateway.update_check_run(
        run.id, heading, text, annotations=batches[-1], conclusion=conclusion, actions=ACTIONS
    )


def _reviewed(gateway: Gateway, pull: PullRequest, made: Plan) -> bool:
    """Post the new comments as one review; whether GitHub took them."""
    if not made.new:
        return True
    body = review_body(severities(made.findings), held_back=made.held_back)
    try:
        gateway.create_review(pull.number, pull.head_sha, body, made.new)
    except GitHubRefused as refused:
        if refused.status not in _NOT_TAKEN:
            raise
        log.warning("comments not taken", reason=str(refused), comments=len(made.new))
        return False
    return True


def mend(gateway: Gateway, resolver: Resolver, pull: PullRequest, left: Mapping[str, Any]) -> None:
    """Edit the comments on what changed, and resolve the threads of what is fixed.

    *left* is what ``converse`` left to do. It may be repeated: an edit is the same edit again.
    """
    wanted = {*left["resolve"]} if resolver.may else set()
    threads = gateway.threads(pull.number) if left["resolve"] else {}
    for comment, body in left["edits"]:
        thread = threads.get(comment)
        if thread and thread.resolved_by_people:
            continue
        # The thread first: once its comment says that it is fixed, nobody looks at it again.
        if thread and comment in wanted and not thread.resolved:
            try:
                gateway.resolve_thread(thread.id)
            except GitHubRefused as refused:
                log.info("threads cannot be resolved here", reason=str(refused))
                resolver.refused()
                wanted.clear()
        try:
            gateway.edit_review_comment(comment, body)
        except GitHubRefused as refused:
            if refused.status not in _NOT_EDITED:
                raise
            log.warning("comment not edited", reason=str(refused))
