"""``--diff BASE...HEAD``: the Python files that a range of commits changes, from git itself."""

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reviewer.local import UsageError

NO_GIT = "--diff needs git, and there is no git on the PATH."
NO_REPOSITORY = "--diff needs a git repository, and {folder} is not in one. Leave --diff out."
BAD_RANGE = "{range} is not a range of commits. Write it as BASE...HEAD, for example main...HEAD."
NO_COMMIT = "{name} names no commit here. Fetch it first, or give another one."
NO_BASE = "{base} and {head} have no common ancestor here. Fetch more history and try again."
GIT_FAILED = "git failed: {reason}"

_LINK, _SUBMODULE = "120000", "160000"


@dataclass(frozen=True, slots=True)
class Change:
    """One file as it stands at the head of a range: its path from the repository's root."""

    path: str
    blob: str


@dataclass(frozen=True, slots=True)
class Range:
    """A range of commits, resolved: the repository, both ends, and the files it changes."""

    root: Path
    base_sha: str
    head_sha: str
    changes: tuple[Change, ...]


def changed(text: str, folder: Path, paths: Sequence[str] = ()) -> Range:
    """The files added or changed between the merge base of a range and its head.

    *text* is ``BASE...HEAD``; ``BASE..HEAD`` and ``BASE`` (to HEAD) are understood alike.
    *paths*, relative to *folder*, narrow it down. Deleted files, links and submodules
    are left out.

    Raises:
        UsageError: no git, no repository, or the range does not name two commits.
    """
    base_name, head_name = _names(text)
    if shutil.which("git") is None:
        raise UsageError(NO_GIT)
    try:
        root = Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").rstrip(b"\n")))
    except UsageError as error:
        if "not a git repository" not in str(error):
            raise
        raise UsageError(NO_REPOSITORY.format(folder=folder)) from None
    base, head = _commit(folder, base_name), _commit(folder, head_name)
    try:
        ancestor = _git(folder, "merge-base", base, head).decode().strip()
    except UsageError:
        raise UsageError(NO_BASE.format(base=base_name, head=head_name)) from None
    listed = _git(
        folder,
        *("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--find-renames", "--diff-filter=d"),
        *("--no-ext-diff", "--no-textconv", ancestor, head, "--", *paths),
    )
    return Range(root, ancestor, head, tuple(_changes(listed)))


def files_at(root: Path, commit: str, names: Iterable[str]) -> dict[str, bytes]:
    """Those of the files *names*, at the repository's root, that *commit* has."""
    found = {}
    for name in names:
        try:
            found[name] = _git(root, "cat-file", "blob", f"{commit}:{name}")
        except UsageError:
            continue
    return found


def python_files(root: Path, commit: str) -> dict[str, str]:
    """The Python files of *commit*: path -> blob, without links."""
    listed = _git(root, "ls-tree", "-r", "-z", "--full-tree", commit)
    entries = (entry.partition(b"\t") for entry in listed.split(b"\0") if entry.endswith(b".py"))
    fields = ((about.decode().split(" "), os.fsdecode(path)) for about, _, path in entries)
    return {path: sha for (mode, _, sha), path in fields if mode not in (_LINK, _SUBMODULE)}


def blob(root: Path, sha: str, limit: int) -> bytes:
    """The first *limit* bytes of a blob, and one more where there is more.

    Raises:
        OSError: git cannot read it.
    """
    command = _command(root, "cat-file", "blob", sha)
    with subprocess.Popen(  # noqa: S603  # fixed words and an object id
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
    ) as process:
        assert process.stdout is not None
        content = process.stdout.read(limit + 1)
        if len(content) > limit:
            process.kill()
            return content
    if process.returncode:
        raise OSError(process.returncode, "git cannot read it")
    return content


def _names(text: str) -> tuple[str, str]:
    base, dots, head = text.partition("...") if "..." in text else text.partition("..")
    names = (base, (head or "HEAD") if dots else "HEAD")
    # A name that begins with a hyphen would be an option to git.
    if not base or any(name.startswith("-") or "\0" in name for name in names):
        raise UsageError(BAD_RANGE.format(range=text))
    return names


def _commit(folder: Path, name: str) -> str:
    wanted = ("--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    try:
        return _git(folder, "rev-parse", *wanted).decode().strip()
    except UsageError:
        raise UsageError(NO_COMMIT.format(name=name)) from None


def _changes(listed: bytes) -> Iterator[Change]:
    """Git's raw records: ``:mode mode blob blob status``, then a path, or two for a rename."""
    fields = iter(listed.split(b"\0"))
    for record in fields:
        if not record:
            continue
        _, mode, _, sha, status = record.decode().split(" ")
        paths = [next(fields)] + ([next(fields)] if status[0] in "RC" else [])
        if mode not in (_LINK, _SUBMODULE):
            yield Change(os.fsdecode(paths[-1]), sha)


def _git(folder: Path, *arguments: str) -> bytes:
    done = subprocess.run(  # noqa: S603  # no shell; names are checked above
        _command(folder, *arguments), capture_output=True, env=_environment(), check=False
    )
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip() or f"exit {done.returncode}"
        raise UsageError(GIT_FAILED.format(reason=reason))
    return done.stdout


def _command(folder: Path, *arguments: str) -> list[str]:
    return ["git", "-C", str(folder), "--no-pager", *arguments]


def _environment() -> dict[str, str]:
    quiet = {"GIT_OPTIONAL_LOCKS": "0", "GIT_LITERAL_PATHSPECS": "1", "LC_ALL": "C"}
    return {**os.environ, **quiet}
