"""What becomes of a pull request's findings from one review of it to the next. Pure.

A finding is followed by its fingerprint, and by its content where its file was moved: however
often a pull request is reviewed, it is introduced once, fixed once, suppressed once. No code is
in here; a suppression's reason is, in its author's words, cut and with tokens masked.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from checks.model import Finding
from reviewer.log import masked
from reviewer.model import Review
from reviewer.report.markdown import one_line

LONGEST_REASON = 300
LONGEST_PATH = 300


@dataclass(frozen=True, slots=True)
class Tracked:
    """A finding of one pull request; the times are seconds since the epoch, None for never.

    ``introduced``: when it was first seen as one that the base does not have. ``fixed``: when it
    was first gone. ``suppressed``: when it was first silenced by a suppression that the pull
    request adds. ``silenced``: a suppression silences it now, for that ``reason`` (cut), until
    that ISO date ("" for no end). ``content`` is the fingerprint without the path.
    """

    fingerprint: str
    content: str
    rule: str
    path: str
    introduced: float | None = None
    fixed: float | None = None
    suppressed: float | None = None
    silenced: bool = False
    reason: str = ""
    until: str = ""

    @property
    def is_told(self) -> bool:
        """Whether there is anything to keep of it."""
        times = (self.introduced, self.fixed, self.suppressed)
        return self.silenced or any(time is not None for time in times)


def tracked(known: Sequence[Tracked], review: Review, at: float) -> list[Tracked]:
    """What is known of a pull request's findings after *review*, which ended at that time.

    Args:
        known: what was known before it.
        review: a complete look at the pull request; of files that it could not read, nothing
            is concluded.
        at: seconds since the epoch.
    """
    here = {finding.fingerprint: finding for finding in (*review.findings, *review.suppressed)}
    places = [finding for key, finding in here.items() if key not in review.existing]
    before = {each.fingerprint: each for each in _moved(known, set(here), places)}
    introduced = {finding.fingerprint for finding in review.introduced}
    after = []
    for fingerprint, finding in here.items():
        one = before.pop(fingerprint, None) or _new(finding)
        if finding.suppressed:
            after.append(_silenced(one, finding, review, at))
        else:
            first = one.introduced or (at if fingerprint in introduced else None)
            after.append(_open(replace(one, introduced=first, fixed=None)))
    gone = [finding for finding in review.fixed if finding.fingerprint not in here]
    after += _missing(before, gone, review, at)
    return [one for one in after if one.is_told]


def _missing(
    before: Mapping[str, Tracked], gone: Iterable[Finding], review: Review, at: float
) -> Iterator[Tracked]:
    """What is to be said of those *before* that *review* does not show, and of the base's *gone*.

    What it could not see, because a file was not read, stays as it was.
    """
    fixed = {finding.fingerprint: _new(finding) for finding in gone} | {**before}
    left = {finding.fingerprint for finding in gone}
    paths = read_paths(review)
    for key, one in fixed.items():
        is_read = one.path in paths or not review.not_assessed
        if key in left or (one.introduced and is_read):
            yield _open(replace(one, fixed=one.fixed or at))
        elif not is_read:
            yield one


def stored_path(path: str) -> str:
    """*path* as it is kept: on one line, cut, without invisible characters."""
    return one_line(path, LONGEST_PATH)


def read_paths(review: Review) -> frozenset[str]:
    """The paths, as they are kept, of the files that *review* has read whole."""
    missing = {gap.path for gap in review.not_assessed}
    return frozenset(stored_path(a.path) for a in review.assessments if a.path not in missing)


def _moved(
    known: Sequence[Tracked], here: Collection[str], places: Iterable[Finding]
) -> list[Tracked]:
    """*known*; what is not *here* any more goes to where its content is now, among *places*."""
    kept = [each for each in known if each.fingerprint in here]
    taken = {each.fingerprint for each in kept}
    free: dict[str, list[Finding]] = {}
    for finding in places:
        if finding.fingerprint not in taken:
            free.setdefault(finding.content, []).append(finding)
    for each in known:
        if each.fingerprint in taken:
            continue
        if (each.introduced or each.suppressed) and free.get(each.content):
            now = free[each.content].pop(0)
            path = stored_path(now.place.path)
            kept.append(replace(each, fingerprint=now.fingerprint, path=path))
        else:
            kept.append(each)
    return kept


def _new(finding: Finding) -> Tracked:
    path = stored_path(finding.place.path)
    return Tracked(finding.fingerprint, finding.content, finding.rule, path)


def _silenced(one: Tracked, finding: Finding, review: Review, at: float) -> Tracked:
    by = finding.suppressed
    assert by is not None
    first = one.suppressed
    if first is None and (by.path, by.line) in review.added_suppressions:
        first = at
    return replace(
        one,
        fixed=None,
        suppressed=first,
        silenced=True,
        reason=one_line(masked(by.reason), LONGEST_REASON),
        until=date.fromisoformat(by.until).isoformat() if by.until else "",
    )


def _open(one: Tracked) -> Tracked:
    return replace(one, suppressed=None, silenced=False, reason="", until="")
