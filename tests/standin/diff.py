"""What changed between two commits, as GitHub lists it: statuses, renames, patches, hunks."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache

CONTEXT = 3
MAX_LINES = 20_000
MAX_BYTES = 500_000
ALL_LINES = 20_000
ALL_BYTES = 1024 * 1024
SNIFFED = 8000
SIMILAR = 0.5
MAX_PAIRS = 40_000
HEADING = re.compile(rb"[A-Za-z_$]")
HEADING_BYTES = 80
NO_NEWLINE = "\\ No newline at end of file"


@dataclass(frozen=True, slots=True)
class Hunk:
    """One hunk: its text and the lines a comment may stand on, by side of the diff."""

    lines: tuple[str, ...]
    left: Mapping[int, int]
    right: Mapping[int, int]

    def places(self, side: str) -> Mapping[int, int]:
        """Return line -> index in ``lines``: LEFT is the deleted ones, RIGHT all of the head."""
        return self.right if side == "RIGHT" else self.left

    def until(self, side: str, line: int) -> str:
        """Return the hunk from its header to ``line`` of ``side``, as a comment quotes it."""
        return "\n".join(self.lines[: self.places(side)[line] + 1])


@dataclass(frozen=True, slots=True)
class Patch:
    """The difference of two blobs. ``text`` is None where GitHub leaves the patch out."""

    text: str | None
    hunks: tuple[Hunk, ...]
    additions: int
    deletions: int

    def hunk(self, side: str, line: int) -> Hunk | None:
        """Return the hunk that shows ``line`` of ``side``, or None."""
        return next((each for each in self.hunks if line in each.places(side)), None)

    def position(self, side: str, line: int) -> int | None:
        """Return how many lines below the first header ``line`` stands, or None."""
        passed = 0
        for each in self.hunks:
            if line in each.places(side):
                return passed + each.places(side)[line]
            passed += len(each.lines)
        return None


@dataclass(frozen=True, slots=True)
class FileChange:
    """One changed file; ``sha`` is the head's blob (the base's for a removed file)."""

    path: str
    previous_path: str | None
    status: str
    sha: str
    patch: Patch


@lru_cache(maxsize=2000)
def patch(old: bytes, new: bytes) -> Patch:
    """Return the patch from ``old`` to ``new``, in the unified format with three lines around."""
    if b"\0" in old[:SNIFFED] or b"\0" in new[:SNIFFED]:
        return Patch(None, (), 0, 0)
    before, after = split(old), split(new)
    hunks: list[Hunk] = []
    additions = deletions = 0
    if before != after:
        for group in SequenceMatcher(None, before, after).get_grouped_opcodes(CONTEXT):
            hunks.append(hunk(before, after, group))
            deletions += sum(i2 - i1 for tag, i1, i2, _, _ in group if tag != "equal")
            additions += sum(j2 - j1 for tag, _, _, j1, j2 in group if tag != "equal")
    text = "\n".join(line for each in hunks for line in each.lines)
    if additions + deletions > MAX_LINES or len(text) > MAX_BYTES:
        return Patch(None, (), additions, deletions)
    return Patch(text or None, tuple(hunks), additions, deletions)


def split(content: bytes) -> list[bytes]:
    """Return git's lines of ``content`` with their ends: only a line feed ends a line."""
    return re.findall(rb"[^\n]*\n|[^\n]+", content)


def hunk(
    before: list[bytes], after: list[bytes], group: list[tuple[str, int, int, int, int]]
) -> Hunk:
    """Return one hunk made of ``group``, difflib's operations close to each other."""
    old_from, new_from = group[0][1], group[0][3]
    old_count, new_count = group[-1][2] - old_from, group[-1][4] - new_from
    header = f"@@ -{extent(old_from, old_count)} +{extent(new_from, new_count)} @@"
    lines = [header + heading(before, old_from)]
    left: dict[int, int] = {}
    right: dict[int, int] = {}
    for tag, i1, i2, j1, j2 in group:
        if tag == "equal":
            for offset in range(i2 - i1):
                right[j1 + offset + 1] = len(lines)
                lines.extend(shown(" ", before[i1 + offset]))
            continue
        for index in range(i1, i2):
            left[index + 1] = len(lines)
            lines.extend(shown("-", before[index]))
        for index in range(j1, j2):
            right[index + 1] = len(lines)
            lines.extend(shown("+", after[index]))
    return Hunk(tuple(lines), left, right)


def extent(start: int, count: int) -> str:
    """Return git's ``start,count``: a count of one is left out, an empty range starts before."""
    first = start + 1 if count else start
    return str(first) if count == 1 else f"{first},{count}"


def heading(before: list[bytes], start: int) -> str:
    """Return what git writes behind ``@@``: the nearest earlier line that starts with a word."""
    for line in reversed(before[:start]):
        if HEADING.match(line):
            return " " + line.rstrip()[:HEADING_BYTES].decode("utf-8", "replace")
    return ""


def shown(sign: str, line: bytes) -> list[str]:
    """Return ``line`` as a patch shows it, with the note on a missing final newline."""
    text = sign + line.removesuffix(b"\n").decode("utf-8", "replace")
    return [text] if line.endswith(b"\n") else [text, NO_NEWLINE]


def changes(
    old: Mapping[str, str], new: Mapping[str, str], blobs: Mapping[str, bytes]
) -> list[FileChange]:
    """Return the files changed between two trees (path -> blob id), by path."""
    removed = {path: sha for path, sha in old.items() if path not in new}
    added = {path: sha for path, sha in new.items() if path not in old}
    found = [
        FileChange(path, None, "modified", sha, patch(blobs[old[path]], blobs[sha]))
        for path, sha in new.items()
        if path in old and old[path] != sha
    ]
    for path, source in renames(removed, added, blobs).items():
        sha = added.pop(path)
        difference = patch(blobs[removed.pop(source)], blobs[sha])
        found.append(FileChange(path, source, "renamed", sha, difference))
    found += [FileChange(p, None, "added", sha, patch(b"", blobs[sha])) for p, sha in added.items()]
    found += [
        FileChange(p, None, "removed", sha, patch(blobs[sha], b"")) for p, sha in removed.items()
    ]
    return sorted(found, key=lambda change: change.path.encode())


def loadable(found: list[FileChange]) -> list[FileChange]:
    """Return the changes of one pull request as GitHub lists them.

    Files beyond 20,000 lines or 1 MB of the whole diff come without their patch.
    """
    lines = size = 0
    listed = []
    for change in found:
        text = change.patch.text or ""
        lines += text.count("\n") + bool(text)
        size += len(text.encode())
        if lines > ALL_LINES or size > ALL_BYTES:
            rest = replace(change.patch, text=None, hunks=())
            change = replace(change, patch=rest)
        listed.append(change)
    return listed


def renames(
    removed: Mapping[str, str], added: Mapping[str, str], blobs: Mapping[str, bytes]
) -> dict[str, str]:
    """Return new path -> old path of the files that moved, the most alike first."""
    if len(removed) * len(added) > MAX_PAIRS:
        return {}
    pairs = sorted(
        (-similarity(blobs[old], blobs[new]), source, path)
        for source, old in removed.items()
        for path, new in added.items()
    )
    chosen: dict[str, str] = {}
    for score, source, path in pairs:
        if -score >= SIMILAR and path not in chosen and source not in chosen.values():
            chosen[path] = source
    return chosen


def similarity(old: bytes, new: bytes) -> float:
    """Return how much of the larger content is in both, 0 to 1; empty files are never alike."""
    if not old or not new:
        return 0.0
    common = Counter(split(old)) & Counter(split(new))
    return sum(len(line) * n for line, n in common.items()) / max(len(old), len(new))


def moved(old: bytes, new: bytes) -> dict[int, int]:
    """Return line of ``old`` -> line of ``new`` for the lines that are in both."""
    blocks = SequenceMatcher(None, split(old), split(new)).get_matching_blocks()
    return {b.a + i + 1: b.b + i + 1 for b in blocks for i in range(b.size)}
