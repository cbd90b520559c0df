"""What ``secreview check`` looks at: files and folders of the tree, or a range of commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from checks.model import NotAssessed
from reviewer.local import Candidate, find
from reviewer.local_git import Change, Range, blob, changed, files_at
from reviewer.selection import (
    CONFIGURATION_FILES,
    Layout,
    is_other_test,
    is_production_file,
    is_test_file,
    read_layout,
)


@dataclass(frozen=True, slots=True)
class Selected:
    """The files to review and what is known about them before.

    Relative paths start from ``root``; ``head_sha`` is "" for a working tree. ``others``
    are the paths of the candidates that are no tests.
    """

    root: Path
    candidates: tuple[Candidate, ...]
    gaps: tuple[NotAssessed, ...] = ()
    head_sha: str = ""
    not_covered: tuple[str, ...] = ()
    others: frozenset[str] = frozenset()


def in_tree(paths: Sequence[str], folder: Path, limit: int) -> Selected:
    """The files named in *paths*, and the test files below the folders named there.

    Raises:
        UsageError: a path does not exist or cannot be read.
    """

    def is_test(path: str, project: Path) -> bool:
        return is_test_file(path, _layout_of(project))

    found = find(paths, folder, is_test, limit)
    return Selected(folder, found.candidates, found.gaps)


def in_range(text: str, paths: Sequence[str], folder: Path, limit: int) -> Selected:
    """The Python files that a range of commits changes, below *paths* where any are named.

    What counts as a test file is what the base of the range says, not its head.

    Raises:
        UsageError: no repository, or no such range.
    """
    found = changed(text, folder, paths)
    layout = read_layout(files_at(found.root, found.base_sha, CONFIGURATION_FILES))
    tests = [c for c in found.changes if is_test_file(c.path, layout)]
    others = [c for c in found.changes if is_production_file(c.path, layout)]
    return Selected(
        root=found.root,
        candidates=tuple(_candidate(found, change, limit) for change in (*tests, *others)),
        head_sha=found.head_sha,
        not_covered=tuple(c.path for c in found.changes if is_other_test(c.path)),
        others=frozenset(change.path for change in others),
    )


def _candidate(found: Range, change: Change, limit: int) -> Candidate:
    return Candidate(change.path, partial(blob, found.root, change.blob, limit))


@cache
def _layout_of(project: Path) -> Layout:
    contents = {}
    for name in CONFIGURATION_FILES:
        try:
            contents[name] = (project / name).read_bytes()
        except OSError:
            continue
    return read_layout(contents)
