"""What git makes of two sides: one's changes on top of the other, line by line."""

import subprocess
import tempfile
from pathlib import Path

from tests.standin.diff import changes
from tests.standin.objects import Commit, Files, Modes, Store


class Conflict(Exception):  # noqa: N818
    """Both sides changed the same place; says in which file."""


def merged(store: Store, onto: Commit, head: Commit) -> tuple[Files, Modes]:
    """Return files and modes of ``onto`` with what ``head`` changed since they parted.

    Raises:
        Conflict: both changed the same lines, or one deleted what the other changed.
    """
    base = store.commits[store.merge_base(onto.sha, head.sha)]
    files, modes = dict(onto.files), dict(onto.modes)
    for change in changes(base.files, head.files, store.contents):
        source = change.previous_path or change.path
        before, there = base.files.get(source), onto.files.get(source)
        here = head.files.get(change.path)
        modes.pop(source, None)
        files.pop(source, None)
        if here is None:
            if there not in {before, None}:
                raise Conflict(change.path)
            continue
        files[change.path] = here if there in {before, here} else lines(store, before, there, here)
        if change.path in head.modes:
            modes[change.path] = head.modes[change.path]
    return files, modes


def lines(store: Store, before: str | None, one: str | None, other: str) -> str:
    """Return the id of the blob that git merges of three.

    Raises:
        Conflict: git cannot, or one of them is no file.
    """
    contents = [store.blobs.get(sha or "") for sha in (one, before, other)]
    if any(content is None or b"\0" in content for content in contents):
        raise Conflict(other)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("one", "before", "other")]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content or b"")
        command = ["git", "merge-file", "-p", *map(str, paths)]
        done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise Conflict(other)
    return store.add_blob(done.stdout)
