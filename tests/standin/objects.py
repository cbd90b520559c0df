"""Git's objects: real blob, tree and commit ids, and the store that a network of forks shares."""

import hashlib
from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

FILE_MODE = "100644"
TREE_MODE = "040000"
LINK_MODE = "120000"
MODULE_MODE = "160000"
KINDS = {TREE_MODE: "tree", MODULE_MODE: "commit"}
Files = Mapping[str, str]
Modes = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Symlink:
    """A link, as content of a path."""

    target: str


@dataclass(frozen=True, slots=True)
class Submodule:
    """Another repository's commit, as content of a path."""

    commit: str


Content = Mapping[str, str | bytes | Symlink | Submodule | None]


def object_id(kind: str, content: bytes) -> str:
    """Return git's id of an object: SHA-1 over ``kind size NUL content``."""
    return hashlib.sha1(b"%s %d\0" % (kind.encode(), len(content)) + content).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tree: a file, a link, a submodule or a folder."""

    mode: str
    kind: str
    name: str
    sha: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: the files (path -> id) as they are in it, and where it comes from.

    ``modes`` are those of the paths that are no ordinary files.
    """

    sha: str
    tree: str
    files: Files
    parents: tuple[str, ...]
    message: str
    author: str
    date: str
    modes: Modes = field(default_factory=dict)


@dataclass
class Store:
    """The objects of one network: forks share it, so a fork's head is readable from the base."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    modules: dict[str, bytes] = field(default_factory=dict)

    @property
    def contents(self) -> Mapping[str, bytes]:
        """What diffs show, by id: blobs, and the line that stands for a submodule's commit."""
        return ChainMap(self.blobs, self.modules)

    def changed(self, before: Commit, changes: Content) -> tuple[Files, Modes]:
        """Return the files and modes of ``before`` with ``changes`` made; None deletes."""
        files, modes = dict(before.files), dict(before.modes)
        for path, content in changes.items():
            files.pop(path, None)
            modes.pop(path, None)
            if isinstance(content, Submodule):
                self.modules[content.commit] = f"Subproject commit {content.commit}\n".encode()
                files[path], modes[path] = content.commit, MODULE_MODE
            elif isinstance(content, Symlink):
                files[path], modes[path] = self.add_blob(content.target.encode()), LINK_MODE
            elif content is not None:
                data = content.encode() if isinstance(content, str) else content
                files[path] = self.add_blob(data)
        return files, modes

    def add_blob(self, content: bytes) -> str:
        """Keep ``content`` and return its id."""
        sha = object_id("blob", content)
        self.blobs[sha] = content
        return sha

    def add_tree(self, files: Files, modes: Modes | None = None, prefix: str = "") -> str:
        """Keep the folders that ``files`` make up and return the id of the root.

        ``prefix`` stands before the paths in ``modes``.
        """
        here: dict[str, Entry] = {}
        below: dict[str, dict[str, str]] = {}
        for path, sha in files.items():
            name, _, rest = path.partition("/")
            if rest:
                below.setdefault(name, {})[rest] = sha
            else:
                mode = (modes or {}).get(prefix + name, FILE_MODE)
                here[name] = Entry(mode, KINDS.get(mode, "blob"), name, sha)
        for name, inner in below.items():
            tree = self.add_tree(inner, modes, f"{prefix}{name}/")
            here[name] = Entry(TREE_MODE, "tree", name, tree)
        entries = sorted(here.values(), key=lambda e: e.name + "/" * (e.kind == "tree"))
        content = b"".join(
            e.mode.lstrip("0").encode() + b" " + e.name.encode() + b"\0" + bytes.fromhex(e.sha)
            for e in entries
        )
        sha = object_id("tree", content)
        self.trees[sha] = tuple(entries)
        return sha

    def add_commit(
        self,
        files: Files,
        parents: tuple[str, ...],
        message: str,
        author: str,
        when: int,
        modes: Modes | None = None,
    ) -> Commit:
        """Keep a commit made at ``when`` (seconds) by ``author`` (a login) and return it."""
        known = dict(modes or {})
        tree = self.add_tree(files, known)
        person = f"{author} <{author}@users.noreply.github.example> {when} +0000"
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        text = "\n".join([*lines, f"author {person}", f"committer {person}", "", message]) + "\n"
        sha = object_id("commit", text.encode())
        moment = timestamp(when)
        commit = Commit(sha, tree, dict(files), parents, message, author, moment, known)
        self.commits[sha] = commit
        return commit

    def ancestors(self, sha: str) -> list[str]:
        """Return ``sha`` and all its ancestors, nearest first."""
        found: dict[str, None] = {}
        waiting = [sha]
        while waiting:
            current = waiting.pop(0)
            if current not in found:
                found[current] = None
                waiting.extend(self.commits[current].parents)
        return list(found)

    def merge_base(self, one: str, other: str) -> str:
        """Return the nearest common ancestor; KeyError when the histories are unrelated."""
        mine = set(self.ancestors(one))
        for sha in self.ancestors(other):
            if sha in mine:
                return sha
        raise KeyError(f"{one} and {other} have no common ancestor")

    def walk(self, tree: str, prefix: str = "") -> Iterator[tuple[str, Entry]]:
        """Yield path and entry of everything below ``tree``, folders before their content."""
        for entry in self.trees[tree]:
            yield prefix + entry.name, entry
            if entry.kind == "tree":
                yield from self.walk(entry.sha, f"{prefix}{entry.name}/")


def timestamp(seconds: float) -> str:
    """Return seconds since the epoch as GitHub writes a time: ``2026-01-02T03:04:05Z``."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
