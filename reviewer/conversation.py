"""What a review says on the lines of a pull request, given what was said before. Pure.

A finding is known by the fingerprint in the hidden marker of its comment: it is said once,
whatever is pushed, rebased or renamed since. What is mended is marked so; what people have
answered or settled is theirs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from checks.model import Finding
from reviewer.examine import Examined
from reviewer.model import NewComment, ReviewComment
from reviewer.report.comments import (
    MOST_GROUPED,
    comment,
    fixed_body,
    grouped_comment,
    is_fixed,
    markers,
)

MOST_COMMENTS = 25
GROUPED = 4


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was said on the pull request's lines until now, by us and by people.

    ``own`` is our user's id.
    """

    own: int
    comments: tuple[ReviewComment, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """A new body for one of our comments."""

    comment_id: int
    body: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be said, edited and resolved.

    ``findings`` are those that ``new`` says, ``said`` their fingerprints; ``shown`` are the
    fingerprints that have a comment on their line then; ``held_back`` counts what there is no
    room for. ``resolve`` are the first comments of threads about what is mended.
    """

    new: tuple[NewComment, ...]
    findings: tuple[Finding, ...]
    edits: tuple[Edit, ...]
    resolve: tuple[int, ...]
    shown: frozenset[str]
    held_back: int = 0

    @property
    def said(self) -> frozenset[str]:
        """The fingerprints of what the new comments say."""
        return frozenset(finding.fingerprint for finding in self.findings)


def plan(examined: Examined, earlier: Earlier, head_sha: str) -> Plan:
    """What a review of *head_sha* has to say on the pull request's lines."""
    ours = [c for c in earlier.comments if c.author_id == earlier.own and markers(c.body)]
    answered = {c.in_reply_to for c in earlier.comments if c.author_id != earlier.own}
    review = examined.review
    wanted = [
        f
        for f in review.findings
        if f.fingerprint in examined.commented and f.fingerprint in examined.places
    ]
    present = [f for a in review.assessments for f in a.findings]
    said = _said(present, ours, frozenset(examined.paths))
    fixed, resolve = _fixed(examined, ours, said, answered, head_sha)
    back = _come_back(review.findings, said, answered, review.scope.pages)
    room = MOST_COMMENTS - sum(c.commit_sha == head_sha for c in ours)
    fresh = [f for f in wanted if f.fingerprint not in said]
    new, told = _new(fresh, examined, max(0, room))
    standing = {
        fingerprint
        for fingerprint, made in said.items()
        if not made.outdated and not is_fixed(made.body)
    }
    return Plan(
        new=tuple(new),
        findings=tuple(told),
        edits=(*fixed, *back),
        resolve=tuple(resolve),
        shown=frozenset(standing) | {f.fingerprint for f in told},
        held_back=len(fresh) - len(told),
    )


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
        for fingerprint, content in markers(made.body):
            if fingerprint in wanted:
                by_fingerprint.setdefault(fingerprint, made)
            elif made.path not in paths:
                left.setdefault(content, []).append(made)
    for finding in findings:
        if finding.fingerprint not in by_fingerprint and left.get(finding.content):
            by_fingerprint[finding.fingerprint] = left[finding.content].pop()
    return by_fingerprint


def _fixed(
    examined: Examined,
    ours: Iterable[ReviewComment],
    said: Mapping[str, ReviewComment],
    answered: set[int],
    head_sha: str,
) -> tuple[list[Edit], list[int]]:
    """The comments all of whose findings are gone from files that were assessed whole."""
    current = {made.id for made in said.values()}
    whole = {a.path for a in examined.review.assessments if not a.not_assessed}
    gone = [
        made
        for made in ours
        if made.id not in current and made.id not in answered and made.path in whole
    ]
    edits = [Edit(c.id, fixed_body(c.body, head_sha)) for c in gone if not is_fixed(c.body)]
    return edits, [edit.comment_id for edit in edits]


def _come_back(
    findings: Iterable[Finding],
    said: Mapping[str, ReviewComment],
    answered: set[int],
    pages: str,
) -> list[Edit]:
    """The comments that say "fixed" of what is there again."""
    again: dict[int, list[Finding]] = {}
    for finding in findings:
        made = said.get(finding.fingerprint)
        if made and is_fixed(made.body) and made.id not in answered:
            # Its lines may be others by now, and a suggestion would replace the wrong ones.
            again.setdefault(made.id, []).append(replace(finding, suggestion=None))
    return [Edit(made, _body(found, pages)) for made, found in again.items()]


def _new(
    fresh: Sequence[Finding], examined: Examined, room: int
) -> tuple[list[NewComment], list[Finding]]:
    """The comments that there is room for, worst first, and the findings that they say."""
    comments: list[NewComment] = []
    told: list[Finding] = []
    suggested: set[tuple[str, int]] = set()
    scope = examined.review.scope
    for group in _groups(fresh):
        if len(comments) == room:
            break
        first = group[0]
        place = examined.places[first.fingerprint]
        made = first.suggestion
        if made and len(group) == 1:
            lines = {(first.place.path, n) for n in range(made.line, made.end_line + 1)}
            if lines & suggested:
                group = [replace(first, suggestion=None)]
            suggested |= lines
        body = _body(group, scope.pages, scope.blob_url)
        comments.append(NewComment(first.place.path, *place, body))
        told += group
    return comments, told


def _groups(findings: Sequence[Finding]) -> Iterator[list[Finding]]:
    """Each finding by itself; four or more of one rule in one file together."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.rule, finding.place.path), []).append(finding)
    for finding in findings:
        group = alike[finding.rule, finding.place.path]
        if len(group) < GROUPED:
            yield [finding]
        elif finding is group[0]:
            yield group[:MOST_GROUPED]


def _body(findings: Sequence[Finding], pages: str, blob_url: str = "") -> str:
    if len(findings) == 1:
        return comment(findings[0], pages)
    return grouped_comment(findings, pages, blob_url)
