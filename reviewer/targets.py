"""What ``secreview check`` looks at: files and folders of the tree, or a range of commits."""

import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from checks.model import NotAssessed
from reviewer.local import Candidate, find, shown_path
from reviewer.local_config import home_of
from reviewer.local_git import Change, Range, blob, changed, files_at, python_files
from reviewer.repo_config import RepoConfig
from reviewer.selection import (
    CONFIGURATION_FILES,
    Layout,
    is_other_test,
    is_production_file,
    is_test_file,
    read_layout,
    said_of,
)
from reviewer.supporting import FILE_BYTES

_NOTHING = RepoConfig()


@dataclass(frozen=True, slots=True)
class Selected:
    """The files to review and what is known about them before.

    Relative paths start from ``root``, which is the project's ``home`` or lies in it;
    ``head_sha`` is "" for a working tree. ``others`` are the paths of the candidates that are
    no tests. ``beside`` reads another file by its path, and raises OSError where there is none.
    """

    root: Path
    home: Path
    candidates: tuple[Candidate, ...]
    beside: Callable[[str], bytes]
    gaps: tuple[NotAssessed, ...] = ()
    head_sha: str = ""
    not_covered: tuple[str, ...] = ()
    others: frozenset[str] = frozenset()

    def from_home(self, path: str) -> str:
        """How the project calls the file *path*, wherever in it somebody stands."""
        return shown_path(self.root / path, self.home)

    def place(self, path: str) -> Path:
        """The file behind *path* itself, links followed."""
        return (self.root / path).resolve()


def in_tree(
    paths: Sequence[str], folder: Path, limit: int, config: RepoConfig = _NOTHING
) -> Selected:
    """The files named in *paths*, and the test files below the folders named there.

    The patterns of *config* are about paths from the project's own folder.

    Raises:
        UsageError: a path does not exist or cannot be read.
    """
    home = home_of(folder)
    patterns = Layout(include=config.include, exclude=config.exclude)

    def is_test(path: str, project: Path) -> bool:
        if patterns != Layout() and (project / path).is_relative_to(home):
            said = said_of((project / path).relative_to(home).as_posix(), patterns)
            if said is not None:
                return said and path.endswith(".py")
        return is_test_file(path, _layout_of(project))

    found = find(paths, folder, is_test, limit)
    beside = partial(_read, partial(_located, folder, home))
    return Selected(folder, home, found.candidates, beside, found.gaps)


def rewritten(selected: Selected, instead: Mapping[Path, bytes]) -> Selected:
    """The same files of the tree, as if those in *instead* held these bytes.

    The keys are the files themselves, as ``Selected.place`` gives them.
    """

    def load(candidate: Candidate) -> bytes:
        content = instead.get(selected.place(candidate.path))
        return candidate.load() if content is None else content

    def beside(path: str) -> bytes:
        content = instead.get(_located(selected.root, selected.home, path).resolve())
        return selected.beside(path) if content is None else content

    made = (replace(each, load=partial(load, each)) for each in selected.candidates)
    return replace(selected, candidates=tuple(made), beside=beside)


def in_range(
    text: str, paths: Sequence[str], folder: Path, limit: int, config: RepoConfig = _NOTHING
) -> Selected:
    """The Python files that a range of commits changes, below *paths* where any are named.

    What counts as a test file is what the base of the range says, not its head.

    Raises:
        UsageError: no repository, or no such range.
    """
    found = changed(text, folder, paths)
    layout = replace(
        read_layout(files_at(found.root, found.base_sha, CONFIGURATION_FILES)),
        include=config.include,
        exclude=config.exclude,
    )
    tests = [c for c in found.changes if is_test_file(c.path, layout)]
    others = [c for c in found.changes if is_production_file(c.path, layout)]
    return Selected(
        root=found.root,
        home=found.root,
        candidates=tuple(_candidate(found, change, limit) for change in (*tests, *others)),
        beside=_at_head(found),
        head_sha=found.head_sha,
        not_covered=tuple(c.path for c in found.changes if is_other_test(c.path, layout)),
        others=frozenset(change.path for change in others),
    )


def _candidate(found: Range, change: Change, limit: int) -> Candidate:
    return Candidate(change.path, partial(blob, found.root, change.blob, limit))


def _located(folder: Path, home: Path, path: str) -> Path:
    """The file *path*, from *folder* or, where it has none there, a folder above, up to *home*.

    A project's modules are found from its root, wherever in it somebody stands.
    """
    for start in (folder, *(each for each in folder.parents if each.is_relative_to(home))):
        place = start / path
        try:
            regular = stat.S_ISREG(place.stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            continue
        if regular:  # Nobody waits for a pipe.
            return place
    raise FileNotFoundError(path)


def _read(located: Callable[[str], Path], path: str) -> bytes:
    with located(path).open("rb") as file:
        return file.read(FILE_BYTES + 1)


def _at_head(found: Range) -> Callable[[str], bytes]:
    """Reads a path from the head of a range; its files are listed when the first is wanted."""
    listed = cache(partial(python_files, found.root, found.head_sha))

    def load(path: str) -> bytes:
        if path not in listed():
            raise FileNotFoundError(path)
        return blob(found.root, listed()[path], FILE_BYTES)

    return load


@cache
def _layout_of(project: Path) -> Layout:
    contents = {}
    for name in CONFIGURATION_FILES:
        try:
            contents[name] = (project / name).read_bytes()
        except OSError:
            continue
    return read_layout(contents)
