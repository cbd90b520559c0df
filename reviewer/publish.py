"""What a review says on the pull request: inline comments, annotations, the conclusion."""

from collections.abc import Iterable, Sequence

import structlog

from checks.model import Finding
from reviewer.examine import Examined
from reviewer.github import Gateway, GitHubRefused
from reviewer.github.gateway import ANNOTATIONS
from reviewer.model import CheckRun, NewComment, PullRequest, Review, ReviewComment
from reviewer.report.annotations import annotation
from reviewer.report.comments import comment, markers, review_body
from reviewer.report.counting import severities
from reviewer.report.summary import summary, title

MOST_COMMENTS = 25
MOST_ANNOTATIONS = 500
# A line out of place, a locked conversation: the check itself can still say everything.
_NOT_TAKEN = (403, 422)

log = structlog.get_logger()


def post_comments(gateway: Gateway, pull: PullRequest, examined: Examined) -> list[str]:
    """Post one review with the comments not made before; nothing where there are none.

    Earlier comments are known by the markers in them, so this may be repeated. The
    fingerprints of all findings that have a comment on their line.
    """
    findings = [f for f in examined.review.findings if f.fingerprint in examined.places]
    if not findings:
        return []
    own = gateway.own_user_id()
    ours = [c for c in gateway.review_comments(pull.number) if c.author_id == own]
    said = _said(findings, ours, frozenset(examined.paths))
    here = sum(made.commit_sha == pull.head_sha for made in ours)
    news = [f for f in findings if f.fingerprint not in said]
    news = news[: max(0, MOST_COMMENTS - here)]
    shown = [fingerprint for fingerprint, made in said.items() if not made.outdated]
    if not news:
        return shown
    body = review_body(severities(news))
    try:
        gateway.create_review(pull.number, pull.head_sha, body, _comments(news, examined))
    except GitHubRefused as refused:
        if refused.status not in _NOT_TAKEN:
            raise
        log.warning("comments not taken", reason=str(refused), comments=len(news))
        return shown
    return [*shown, *(finding.fingerprint for finding in news)]


def conclude(gateway: Gateway, run: CheckRun, review: Review, commented: Iterable[str]) -> None:
    """Send the annotations that *run* does not have yet, 50 a request, and its conclusion.

    A finding with a comment on its line is not annotated as well.
    """
    visible = frozenset(commented)
    silent = [f for f in review.findings if f.fingerprint not in visible][:MOST_ANNOTATIONS]
    rest = [annotation(finding) for finding in silent][run.annotations :]
    batches = [rest[n : n + ANNOTATIONS] for n in range(0, len(rest), ANNOTATIONS)] or [[]]
    heading, text = title(review), summary(review)
    for batch in batches[:-1]:
        gateway.update_check_run(run.id, heading, text, annotations=batch)
    conclusion = "failure" if review.failing else "success"
    gateway.update_check_run(run.id, heading, text, annotations=batches[-1], conclusion=conclusion)


def _said(
    findings: Sequence[Finding], ours: Sequence[ReviewComment], paths: frozenset[str]
) -> dict[str, ReviewComment]:
    """Which findings were commented on before, by fingerprint, and the comment.

    A finding in a file that was renamed since takes over the comment of equal content, if
    the file of that comment is not in the pull request any more.
    """
    by_fingerprint: dict[str, ReviewComment] = {}
    left: dict[str, list[ReviewComment]] = {}
    wanted = {finding.fingerprint for finding in findings}
    for made in ours:
        marks = markers(made.body)
        if marks and marks[0] in wanted:
            by_fingerprint[marks[0]] = made
        elif marks and made.path not in paths:
            left.setdefault(marks[1], []).append(made)
    for finding in findings:
        if finding.fingerprint not in by_fingerprint and left.get(finding.content):
            by_fingerprint[finding.fingerprint] = left[finding.content].pop()
    return by_fingerprint


def _comments(findings: Iterable[Finding], examined: Examined) -> list[NewComment]:
    return [
        NewComment(
            f.place.path, *examined.places[f.fingerprint], comment(f, examined.review.scope.pages)
        )
        for f in findings
    ]
