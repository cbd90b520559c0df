"""The stand-in's git objects are git's own."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.standin.objects import Store, object_id

git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def test_blob_and_tree_ids_are_gits() -> None:
    """Known ids: the blob "hello" and the empty tree."""
    assert object_id("blob", b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert Store().add_tree({}) == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@git
def test_commit_is_the_one_that_git_makes(tmp_path: Path) -> None:
    """Git itself gives the same tree the same id, folders and names in its odd order included."""
    contents = {"a/b/c.py": b"1\n", "a.py": b"2\n", "a/é.py": b"", "z.bin": b"\0\1"}
    for path, content in contents.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    for command in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    real = subprocess.run(["git", "write-tree"], cwd=tmp_path, capture_output=True, check=True)
    store = Store()
    assert store.add_tree({p: store.add_blob(c) for p, c in contents.items()}) == (
        real.stdout.decode().strip()
    )


def test_merge_base_is_the_nearest_common_ancestor() -> None:
    """Two branches that left a line of commits meet where the first of them left."""
    store = Store()
    made = {}
    for number, (name, parents) in enumerate(
        {"one": "", "two": "one", "three": "two", "side": "two", "tip": "three"}.items()
    ):
        before = tuple(made[parent].sha for parent in parents.split())
        made[name] = store.add_commit({}, before, name, "dev", number)
    assert store.merge_base(made["tip"].sha, made["side"].sha) == made["two"].sha
    with pytest.raises(KeyError, match="no common ancestor"):
        store.merge_base(made["tip"].sha, store.add_commit({}, (), "x", "dev", 9).sha)
