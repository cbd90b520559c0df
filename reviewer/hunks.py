"""Patches -> lines that may carry a comment or a suggestion, and added lines. Pure.

GitHub takes a comment on the new side of a file (``RIGHT``) only inside a hunk, and a
comment on several lines only where all of them lie in the same one; a single line out of
place makes it refuse the whole review.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchSet

_RANGES = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
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


def undone(content: bytes, patch: str) -> bytes:
    """What a file was before GitHub's *patch* made *content* of it, byte for byte.

    Deleted lines come from the patch: where they are no UTF-8, GitHub shows U+FFFD instead.

    Raises:
        ValueError: the patch does not fit the content.
    """
    lines, rows = _LINE.findall(content), patch.split("\n")
    before: list[bytes] = []
    position = row = 0
    while row < len(rows) and (row < len(rows) - 1 or rows[row]):
        found = _RANGES.match(rows[row])
        if not found:
            raise ValueError("a hunk has no header")
        row += 1
        old, new = (1 if count is None else int(count) for count in found.group(1, 3))
        start = int(found[2]) - bool(new)
        if not position <= start <= len(lines):
            raise ValueError("a hunk begins outside of the file")
        before += lines[position:start]
        position = start
        while row < len(rows) and (old or new or rows[row].startswith("\\")):
            kind, text = rows[row][:1], rows[row][1:]
            row += 1
            if kind == "\\":
                _end_without_newline(before, rows[row - 2])
                continue
            if kind in (" ", "+"):
                if position == len(lines) or not _is(lines[position], text):
                    raise ValueError("a line of the patch is not in the file")
                position += 1
                new -= 1
            if kind in (" ", "-"):
                before.append(lines[position - 1] if kind == " " else f"{text}\n".encode())
                old -= 1
            elif kind != "+":
                raise ValueError("a line of the patch has no kind")
        if old or new:
            raise ValueError("a hunk is cut off")
    return b"".join(before + lines[position:])


def _end_without_newline(before: list[bytes], row: str) -> None:
    """The patch says of *row*, the one above, that no newline ends it."""
    if row.startswith("-"):
        before[-1] = before[-1].removesuffix(b"\n")


def _is(line: bytes, text: str) -> bool:
    return line.removesuffix(b"\n").decode(errors="replace") == text
