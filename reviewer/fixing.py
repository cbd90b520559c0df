"""``secreview check --fix``: proved rewrites, proved again together, then written.

A suggestion was proved for itself. Before anything is written, all files are reviewed once
more as they would be: the findings that are mended must be gone, and none may be new, also
in files that use what was rewritten. What does not hold is left out.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from checks.model import Assessment, Finding, Suggestion
from checks.source import SourceFile, UnreadableError, read
from reviewer.local_review import Looked, digest
from reviewer.local_write import CHANGED, GONE, LeftAlone, exchange
from reviewer.targets import Selected

LEFT = "{path} is left as it was: {reason}."
UNPROVED = "its rewrites do not hold together with the other files"
OUTSIDE = "it is a link to a file outside of the project"

Again = Callable[[Mapping[Path, bytes]], Looked]
"""Looks at all files as if some, by their real path, held other bytes."""

_Counts = dict[str, Counter[tuple[str, bool]]]


class Fix(StrEnum):
    """Which rewrites are wanted: those that are safe, or also those to be reviewed."""

    SAFE = "safe"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one file, and which findings that mends.

    ``later`` counts those that wait for it.
    """

    path: str
    real: Path
    before: SourceFile
    after: bytes
    findings: tuple[Finding, ...]
    later: int = 0


@dataclass(frozen=True, slots=True)
class Fixed:
    """The changes that hold, the files as they are with them, and sentences about the rest.

    ``failed``: a file could not be changed although its rewrites hold. ``later`` counts
    findings that another rewrite of the same lines keeps from being mended now, ``others`` the
    rewrites that were not wanted.
    """

    changes: tuple[Change, ...]
    looked: Looked
    left: tuple[str, ...] = ()
    failed: bool = False
    later: int = 0
    others: int = 0


def plan(
    assessments: Sequence[Assessment], before: Looked, selected: Selected, wanted: Fix, again: Again
) -> Fixed:
    """The changes to the files of *assessments* that are proved to hold together.

    The *assessments* come with suggestions; what is suppressed or left out is not mended.
    *before* is the look at all files as they are, *again* looks at them with changes.
    """
    changes: list[Change] = []
    left: list[str] = []
    for path, mended in _wanted(assessments, wanted, selected).items():
        try:
            change = _change(path, _unchanged(path, before, selected), mended, selected)
        except LeftAlone as reason:
            left.append(LEFT.format(path=path, reason=reason))
            continue
        changes += [change] if change else []
    held, looked, dropped = _proved(changes, before, selected, again)
    unproved = [LEFT.format(path=path, reason=UNPROVED) for path in dropped]
    return Fixed(
        held,
        looked,
        (*left, *unproved),
        failed=bool(left),
        later=sum(change.later for change in held),
        others=sum(_is_other(f, wanted) for each in assessments for f in each.findings),
    )


def write(planned: Fixed, again: Again) -> Fixed:
    """Write the changes, each file in one step; a file that cannot be written stays as it was."""
    done, left = [], []
    for change in planned.changes:
        try:
            exchange(change.real, change.before.content, change.after)
            done.append(change)
        except LeftAlone as reason:
            left.append(LEFT.format(path=change.path, reason=reason))
    if not left:
        return planned
    looked = again({})
    return replace(
        planned, changes=tuple(done), looked=looked, left=(*planned.left, *left), failed=True
    )


def _is_wanted(finding: Finding, wanted: Fix) -> bool:
    made = finding.suggestion
    return bool(made and not finding.suppressed and (made.safe or wanted is Fix.ALL))


def _is_other(finding: Finding, wanted: Fix) -> bool:
    return bool(finding.suggestion and not finding.suppressed and not _is_wanted(finding, wanted))


def _wanted(
    assessments: Sequence[Assessment], wanted: Fix, selected: Selected
) -> dict[str, list[Finding]]:
    """The findings to be mended by path; a file with two names is taken by one of them."""
    found, taken = {}, set[Path]()
    for assessment in assessments:
        mended = [f for f in assessment.findings if _is_wanted(f, wanted)]
        real = selected.place(assessment.path)
        if mended and real not in taken:
            taken.add(real)
            found[assessment.path] = mended
    return found


def _unchanged(path: str, before: Looked, selected: Selected) -> SourceFile:
    """The file as it was reviewed.

    Raises:
        LeftAlone: it is another by now, or not the project's own.
    """
    link = (selected.root / path).is_symlink()
    if link and not selected.place(path).is_relative_to(selected.home.resolve()):
        raise LeftAlone(OUTSIDE)
    try:
        file = before.sources.load(path)
    except OSError as error:
        raise LeftAlone(GONE.format(reason=error.strerror)) from None
    if digest(file.content) != before.sources.digests[path]:
        raise LeftAlone(CHANGED)
    return file


def _change(
    path: str, file: SourceFile, mended: Sequence[Finding], selected: Selected
) -> Change | None:
    """The file with these suggestions; of two about the same line the first."""
    chosen: list[Finding] = []
    made: list[Suggestion] = []
    pairs = [(f.suggestion, f) for f in mended if f.suggestion]
    for suggestion, finding in sorted(pairs, key=lambda pair: pair[0].line):
        if not made or made[-1].end_line < suggestion.line:
            chosen.append(finding)
            made.append(suggestion)
    after = _rewritten(file, made)
    if after is None:
        return None
    later = len(mended) - len(chosen)
    return Change(path, selected.place(path), file, after, tuple(chosen), later)


def _rewritten(file: SourceFile, suggestions: Sequence[Suggestion]) -> bytes | None:
    """The file's bytes with these lines replaced; None where its other bytes would not stay."""
    try:
        source = read(file)
        if source.text.encode(source.encoding) != file.content:
            return None
        # A suggestion is proved only for a file whose lines all end alike.
        end = "\r\n" if "\r\n" in source.text else "\n"
        lines = source.text.split(end)
        for each in sorted(suggestions, key=lambda each: -each.line):
            lines[each.line - 1 : each.end_line] = each.lines
        return end.join(lines).encode(source.encoding)
    except (UnreadableError, UnicodeEncodeError):
        return None


def _proved(
    wanted: Sequence[Change], before: Looked, selected: Selected, again: Again
) -> tuple[tuple[Change, ...], Looked, list[str]]:
    """Those of the changes that hold together, the look with them, and the paths without."""
    dropped: list[str] = []
    while wanted:
        after = again({change.real: change.after for change in wanted})
        wrong = {selected.place(path) for path in _wrong(wanted, before, after, selected)}
        if not wrong:
            return tuple(wanted), after, dropped
        blamed = wrong & {change.real for change in wanted} or {c.real for c in wanted}
        fewer = [(c, _less(c, selected) if c.real in blamed else c) for c in wanted]
        dropped += [change.path for change, less in fewer if not less]
        wanted = [less for _, less in fewer if less]
    return (), before, dropped


def _less(change: Change, selected: Selected) -> Change | None:
    """Only the first of several rewrites, which was proved alone."""
    if len(change.findings) == 1:
        return None
    made = _change(change.path, change.before, change.findings[:1], selected)
    return made and replace(made, later=change.later + len(change.findings) - 1)


def _wrong(
    changes: Sequence[Change], before: Looked, after: Looked, selected: Selected
) -> set[str]:
    """The paths of files with other findings than they had, less those that are mended."""
    mended = {change.real: set(map(_spot, change.findings)) for change in changes}
    expected, found = _counts(before), _counts(after)
    for assessment in before.assessments:
        spots = mended.get(selected.place(assessment.path), set())
        expected[assessment.path].subtract(
            _kind(f) for f in assessment.findings if _spot(f) in spots and not f.suppressed
        )
    worse = {a.path for a in after.assessments if a.not_assessed} - {
        a.path for a in before.assessments if a.not_assessed
    }
    paths = expected.keys() | found.keys()
    return worse | {path for path in paths if expected.get(path) != found.get(path)}


def _counts(looked: Looked) -> _Counts:
    return {each.path: Counter(map(_kind, each.findings)) for each in looked.assessments}


def _kind(finding: Finding) -> tuple[str, bool]:
    return finding.rule, bool(finding.suppressed)


def _spot(finding: Finding) -> tuple[str, int, int]:
    return finding.rule, finding.place.line, finding.place.column
