"""Supporting sources: the base classes and fixtures that changed tests use from other files.

What a file needs of them is known only once it has been assessed, so it is assessed again
with what it wanted and what is there. A base class can have bases in turn: a few rounds.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from threading import Lock

from cachetools import LRUCache

from checks.model import Assessment
from checks.source import SourceFile
from reviewer.github import Gateway, GitHubRefused, TooLarge
from reviewer.limits import MIB

ROUNDS = 4
FILE_BYTES = 512 * 1024
MAX_FILES = 60
_TREE_BYTES = 32 * MIB

Assess = Callable[[Sequence[SourceFile]], list[Assessment]]
Find = Callable[[Sequence[str]], Mapping[str, bytes]]

_blobs: LRUCache[str, bytes] = LRUCache(64 * MIB, getsizeof=len)  # by SHA: content never changes
_lock = Lock()


def assess(files: Sequence[SourceFile], ask: Assess, find: Find) -> list[Assessment]:
    """Assess *files*, in order, each with the supporting sources that it wants and *find* has.

    *find* is given paths, likeliest first, and returns those that exist.
    """
    current = list(files)
    answers = ask(current) if current else []
    for _ in range(ROUNDS):
        again = {}
        for number, (file, answer) in enumerate(zip(current, answers, strict=True)):
            missing = [path for path in answer.wanted if path not in file.supporting]
            found = find(missing) if missing else {}
            if found:
                again[number] = replace(file, supporting={**file.supporting, **found})
        if not again:
            break
        for number, answer in zip(again, ask(list(again.values())), strict=True):
            current[number], answers[number] = again[number], answer
    return answers


class OfCommit:
    """The supporting sources of one commit on GitHub: few, small, cached by blob SHA."""

    def __init__(self, gateway: Gateway, commit: str) -> None:
        self._gateway = gateway
        self._commit = commit
        self._tree: Mapping[str, str] | None = None
        self._fetched: dict[str, bytes] = {}

    def __call__(self, paths: Sequence[str]) -> dict[str, bytes]:
        """Those of *paths* that the commit has; fewer where that would be too many or too much.

        Raises:
            RetryLater, Gone: see the gateway.
        """
        if self._tree is None:
            self._tree = self._listed()
        found = {}
        for path in paths:
            content = self._content(path) if path in self._tree else None
            if content is not None:
                found[path] = content
        return found

    def _listed(self) -> Mapping[str, str]:
        try:
            return self._gateway.tree(self._commit, _TREE_BYTES)
        except (TooLarge, GitHubRefused):
            return {}  # What the bases do stays unknown, and lowers findings to evidence.

    def _content(self, path: str) -> bytes | None:
        assert self._tree is not None
        if path not in self._fetched:
            if len(self._fetched) >= MAX_FILES:
                return None
            try:
                self._fetched[path] = self._blob(self._tree[path])
            except (TooLarge, GitHubRefused):
                return None
        return self._fetched[path]

    def _blob(self, sha: str) -> bytes:
        with _lock:
            known = _blobs.get(sha)
        if known is None:
            known = self._gateway.blob(sha, FILE_BYTES)
            with _lock:
                _blobs[sha] = known
        return known


def in_folder(load: Callable[[str], bytes]) -> Find:
    """The supporting sources that *load* can read by path; it raises OSError for others."""

    def find(paths: Iterable[str]) -> dict[str, bytes]:
        found = {}
        for path in paths:
            try:
                content = load(path)
            except (OSError, ValueError):
                continue
            if len(content) <= FILE_BYTES:
                found[path] = content
        return found

    return find
