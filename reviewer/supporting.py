"""Supporting sources: the base classes and fixtures that tests use from other files.

What a file needs of them is known only once it has been assessed, so it is assessed again
with what it wanted and what is there. A base class can have bases in turn: a few rounds.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

from cachetools import LRUCache

from checks.model import Assessment
from checks.source import SourceFile
from reviewer.github import Gateway, GitHubRefused, TooLarge
from reviewer.limits import MIB

ROUNDS = 4
FILE_BYTES = 512 * 1024
MAX_BYTES = 2 * MIB  # for one file, like the file itself
MAX_FILES = 60
SECONDS = 60.0
_TREE_BYTES = 32 * MIB

Load = Callable[[str], SourceFile]
Ask = Callable[[Iterable[SourceFile]], Iterable[Assessment]]
Find = Callable[[Sequence[str]], Mapping[str, bytes]]

_blobs: LRUCache[str, bytes] = LRUCache(64 * MIB, getsizeof=len)  # by SHA: content never changes
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Completed:
    """The answers, each made with the supporting sources that its file has in ``sources``."""

    assessments: tuple[Assessment, ...]
    sources: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)

    def of(self, file: SourceFile) -> SourceFile:
        """*file* with the supporting sources that it was assessed with."""
        return replace(file, supporting=self.sources.get(file.path, {}))


def completed(first: Iterable[Assessment], load: Load, ask: Ask, find: Find) -> Completed:
    """The assessments *first*, made again where files that *find* has would tell more.

    *load* gives the file of an assessment by its path, or raises OSError; *find* is given
    paths, likeliest first, and returns those that exist. What they raise goes through.

    Where a file cannot be assessed with its supporting sources (they are too much for it,
    it is gone), the answer without them stands: it says what is known without them.
    """
    answers = list(first)
    numbers = {answer.path: number for number, answer in enumerate(answers)}
    sources: dict[str, Mapping[str, bytes]] = {}
    asked: Iterable[Assessment] = answers
    for _ in range(ROUNDS):
        wider = dict(_wider(asked, sources, find))
        asked = [again for again in ask(_loaded(wider, load)) if _is_whole(again)] if wider else []
        if not asked:
            break
        for again in asked:
            answers[numbers[again.path]] = again
            sources[again.path] = wider[again.path]
    return Completed(tuple(answers), sources)


def _wider(
    asked: Iterable[Assessment], sources: Mapping[str, Mapping[str, bytes]], find: Find
) -> Iterator[tuple[str, Mapping[str, bytes]]]:
    """The files that have more supporting sources now than they were assessed with."""
    for answer in asked:
        have = sources.get(answer.path, {})
        missing = [path for path in answer.wanted if path not in have]
        if missing:
            all_ = dict(_within_limits({**have, **find(missing)}))
            if len(all_) > len(have):
                yield answer.path, all_


def _within_limits(found: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    room = MAX_BYTES
    for path, content in found.items():
        room -= len(content)
        if room < 0:
            break
        yield path, content


def _loaded(wider: Mapping[str, Mapping[str, bytes]], load: Load) -> Iterator[SourceFile]:
    for path, supporting in wider.items():
        try:
            file = load(path)
        except OSError:  # It was there a moment ago; its first answer stands.
            continue
        yield replace(file, supporting=supporting)


def _is_whole(answer: Assessment) -> bool:
    """Whether the file was assessed: a rule that failed on it is named, and counts."""
    said = answer.findings or answer.evidence or answer.suppressions or answer.wanted
    return bool(said or not answer.not_assessed)


class OfCommit:
    """The supporting sources of one commit on GitHub: few, small, cached by blob SHA."""

    def __init__(self, gateway: Gateway, commit: str) -> None:
        self._gateway = gateway
        self._commit = commit
        self._tree: Mapping[str, str] | None = None
        self._fetched: dict[str, bytes] = {}
        self._until = 0.0

    def __call__(self, paths: Sequence[str]) -> dict[str, bytes]:
        """Those of *paths* that the commit has; fewer where that would be too many or too much.

        Raises:
            RetryLater, Gone: see the gateway.
        """
        if self._tree is None:
            self._until = time.monotonic() + SECONDS
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
        if time.monotonic() >= self._until:
            return None
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


class Read:
    """The supporting sources that *load* can read by path, each at most once.

    *load* raises OSError for what is not there.
    """

    def __init__(self, load: Callable[[str], bytes]) -> None:
        self._load = load
        self._known: dict[str, bytes | None] = {}

    def __call__(self, paths: Sequence[str]) -> dict[str, bytes]:
        """Those of *paths* that can be read and are not too large."""
        contents = ((path, self._content(path)) for path in paths)
        return {path: content for path, content in contents if content is not None}

    def _content(self, path: str) -> bytes | None:
        if path not in self._known:
            try:
                content = self._load(path)
            except (OSError, ValueError):
                content = None
            fits = content is not None and len(content) <= FILE_BYTES
            self._known[path] = content if fits else None
        return self._known[path]
