"""Patches -> lines that may carry a comment or a suggestion, and added lines. Pure.

GitHub takes a comment on the new side of a file (``RIGHT``) only inside a hunk, and a
comment on several lines only where all of them lie in the same one; a single line out of
place makes it refuse the whole review.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchSet

_HEADER = "--- a/x\n+++ b/x\n"  # GitHub's ``patch`` begins at the first hunk.


@dataclass(frozen=True, slots=True)
class Hunk:
    """The new side of one hunk: lines ``first..last`` (1-based, inclusive), some of them added."""

    first: int
    last: int
    added: frozenset[int]


def hunks(patch: str | None) -> tuple[Hunk, ...]:
    """The hunks of GitHub's *patch* that have lines on the new side, in order.

    None (binary, or too large for GitHub to show) and text that is no patch have none:
    nothing can be said on the lines of such a file.
    """
    if not patch:
        return ()
    try:
        (file,) = PatchSet(_HEADER + patch)
    except (UnidiffParseError, ValueError):
        return ()
    return tuple(
        Hunk(
            first=hunk.target_start,
            last=hunk.target_start + hunk.target_length - 1,
            added=frozenset(
                line.target_line_no
                for line in hunk
                if line.target_line_no is not None and line.is_added
            ),
        )
        for hunk in file
        if hunk.target_length
    )


def commentable(found: Iterable[Hunk]) -> frozenset[int]:
    """The lines of the new file that may carry a comment: added and context."""
    return frozenset(line for hunk in found for line in range(hunk.first, hunk.last + 1))


def added(found: Iterable[Hunk]) -> frozenset[int]:
    """The lines of the new file that the patch adds or changes."""
    return frozenset().union(*(hunk.added for hunk in found))


def in_one_hunk(found: Iterable[Hunk], line: int, end_line: int) -> bool:
    """Whether the lines ``line..end_line`` all lie in the same hunk."""
    return any(hunk.first <= line <= end_line <= hunk.last for hunk in found)


def anchor(found: Sequence[Hunk], line: int, end_line: int) -> tuple[int, int] | None:
    """Where a comment on ``line..end_line`` can stand: their part in the first hunk they meet.

    None where no line of the range is in any hunk.
    """
    for hunk in found:
        start, end = max(line, hunk.first), min(end_line, hunk.last)
        if start <= end:
            return start, end
    return None
