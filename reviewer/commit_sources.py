"""Supporting sources from GitHub: few, small, within a minute, cached by blob SHA."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Lock

from cachetools import LRUCache

from reviewer.github import Gateway, GitHubRefused, TooLarge
from reviewer.limits import MIB
from reviewer.supporting import FILE_BYTES

MAX_FILES = 60
SECONDS = 60.0
_TREE_BYTES = 32 * MIB

# By host, App, owner and commit: a tree never changes.
_trees: LRUCache[tuple[str, int, str, str], Mapping[str, str]] = LRUCache(50_000, getsizeof=len)
_lock = Lock()


class OfCommit:
    """The supporting sources of one commit: asked for by path, one request for all paths."""

    def __init__(self, gateway: Gateway, commit: str) -> None:
        self._gateway = gateway
        self._commit = commit
        self._tree: Mapping[str, str] | None = None
        self._fetched: dict[str, bytes | None] = {}
        self._until = 0.0

    def has(self, path: str) -> bool | None:
        """Whether the commit has a regular file at *path*; None where nobody can say.

        Raises:
            RetryLater, Gone: see the gateway.
        """
        if self._tree is None:
            self._until = time.monotonic() + SECONDS
            self._tree = self._listed()
        return path in self._tree if self._tree else None

    def __call__(self, paths: Sequence[str]) -> dict[str, bytes]:
        """Those of *paths* that the commit has; fewer where that would be too many or too much.

        Raises:
            RetryLater, Gone: see the gateway.
        """
        found = {}
        for path in paths:
            content = self._content(path) if self.has(path) else None
            if content is not None:
                found[path] = content
        return found

    def _listed(self) -> Mapping[str, str]:
        key = (*self._gateway.identity, self._commit)
        with _lock:
            known = _trees.get(key)
        if known is not None:
            return known
        try:
            tree = self._gateway.tree(self._commit, _TREE_BYTES)
        except (TooLarge, GitHubRefused):
            return {}  # What the bases do stays unknown, and lowers findings to evidence.
        with _lock, suppress(ValueError):  # a tree that is larger than all that is kept
            _trees[key] = tree
        return tree

    def _content(self, path: str) -> bytes | None:
        assert self._tree is not None
        if time.monotonic() >= self._until:
            return None
        if path not in self._fetched and len(self._fetched) < MAX_FILES:
            try:
                self._fetched[path] = self._gateway.blob(self._tree[path], FILE_BYTES)
            except (TooLarge, GitHubRefused):
                self._fetched[path] = None
        return self._fetched.get(path)
