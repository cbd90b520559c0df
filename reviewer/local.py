"""The working tree as the command line sees it: which files, and their bytes."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.model import NotAssessed

NO_SUCH = "{path}: there is no such file or folder. Check the spelling, or give another path."
UNUSABLE = "{path} cannot be read: {reason}."
SPECIAL = "{path} is neither a file nor a folder."
NOT_READ = "it cannot be read: {reason}"
FOLDER_NOT_READ = "the folder cannot be read: {reason}"
LEADS_NOWHERE = "it is a symbolic link that leads nowhere"
NOT_A_FILE = "it is not a regular file"

_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages"})
_PROJECT_MARKS = (".git", "pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "pytest.ini")


class UsageError(Exception):
    """What was asked for cannot be done; the text is a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to review: how it is called in reports, and how to get its bytes.

    ``load`` may raise OSError.
    """

    path: str
    load: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be reviewed, and what could not even be listed."""

    candidates: tuple[Candidate, ...]
    gaps: tuple[NotAssessed, ...] = ()


def find(
    paths: Sequence[str], root: Path, is_test: Callable[[str, Path], bool], limit: int
) -> Found:
    """The files named in *paths*, and the test files under the folders named there.

    *root* is the absolute working directory: what lies in it is shown relative to it.
    *is_test* is asked with a path inside a project and that project's folder. At most
    *limit* bytes and one more are read of a file.

    Raises:
        UsageError: a path does not exist, cannot be read or is neither file nor folder.
    """
    candidates: dict[str, Candidate] = {}
    gaps: dict[str, NotAssessed] = {}
    for given in paths:
        path = root / given
        mode = _mode(given, path)
        if stat.S_ISDIR(mode):
            files = _under(path, root, is_test, gaps)
        elif stat.S_ISREG(mode):
            files = iter((path,))
        else:
            raise UsageError(SPECIAL.format(path=given))
        for file in files:
            shown = shown_path(file, root)
            candidates.setdefault(shown, Candidate(shown, _loader(file, limit)))
    return Found(tuple(candidates.values()), tuple(gaps.values()))


def shown_path(path: str | Path, root: Path) -> str:
    """*path* relative to *root* where it lies inside, else absolute; with slashes."""
    absolute = os.path.normpath(path)
    if absolute == str(root):
        return "."
    inside = f"{str(root).rstrip(os.sep)}{os.sep}"
    return absolute.removeprefix(inside).replace(os.sep, "/")


def project_of(folder: Path) -> Path:
    """The nearest folder at or above *folder* that looks like a project's own, else *folder*."""
    for candidate in (folder, *folder.parents):
        if any((candidate / mark).exists() for mark in _PROJECT_MARKS):
            return candidate
    return folder


def _mode(given: str, path: Path) -> int:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        raise UsageError(NO_SUCH.format(path=given)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(UNUSABLE.format(path=given, reason=reason)) from None


def _under(
    folder: Path, root: Path, is_test: Callable[[str, Path], bool], gaps: dict[str, NotAssessed]
) -> Iterator[Path]:
    """The test files below *folder*, in order; what cannot be read goes to *gaps*."""
    folder = Path(os.path.normpath(folder))
    project = project_of(folder)

    def gap(path: Path, reason: str) -> None:
        shown = shown_path(path, root)
        gaps[shown] = NotAssessed(shown, reason)

    def unlisted(error: OSError) -> None:
        gap(Path(error.filename), FOLDER_NOT_READ.format(reason=error.strerror))

    # Links to folders are not followed: no loops, and nothing is reviewed twice.
    for top, folders, names in os.walk(folder, onerror=unlisted):
        here = Path(top)
        folders[:] = sorted(name for name in folders if not _is_skipped(here / name))
        for name in sorted(names):
            if not is_test(shown_path(f"{top}{os.sep}{name}", project), project):
                continue
            path = here / name
            if path.is_file():
                yield path
            else:
                gap(path, LEADS_NOWHERE if path.is_symlink() else NOT_A_FILE)


def _is_skipped(folder: Path) -> bool:
    hidden = folder.name.startswith(".")
    return hidden or folder.name in _SKIPPED or (folder / "pyvenv.cfg").exists()


def _loader(path: Path, limit: int) -> Callable[[], bytes]:
    def load() -> bytes:
        with path.open("rb") as file:
            return file.read(limit + 1)

    return load
