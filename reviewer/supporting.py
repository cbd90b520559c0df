"""Supporting sources: the base classes and fixtures that tests use from other files.

What a file needs of them is known only once it has been assessed, so it is assessed again
with what it wanted and what is there. A base class can have bases in turn: a few rounds.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Self

from checks.model import Assessment
from checks.source import SourceFile
from reviewer.limits import MIB

ROUNDS = 4
FILE_BYTES = 512 * 1024
MAX_BYTES = 2 * MIB  # for one file, like the file itself

Load = Callable[[str], SourceFile]
Find = Callable[[Sequence[str]], Mapping[str, bytes]]


class Supported:
    """The files to be assessed, and again those that other files would tell more about.

    An iterator that is told every answer with ``heard``: what is to be asked again comes
    next, also behind the end. It holds no file, only what supports it.

    Where a file cannot be assessed with its supporting sources (they are too much for it,
    it is gone), the answer without them stands: it says what is known without them.

    Args:
        files: the files, read one by one.
        load: gives one of them by its path again, or raises OSError.
        find: is given paths, likeliest first, and returns those that exist. What it
            raises goes through ``heard``.
    """

    def __init__(self, files: Iterable[SourceFile], load: Load, find: Find) -> None:
        self._files = iter(files)
        self._load = load
        self._find = find
        self._again = deque[str]()
        self._asked: dict[str, Mapping[str, bytes]] = {}  # with which sources it was asked last
        self._rounds = Counter[str]()
        self._answers: dict[str, Assessment | None] = {}
        self._sources: dict[str, Mapping[str, bytes]] = {}

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> SourceFile:
        while self._again:
            path = self._again.popleft()
            try:
                return replace(self._load(path), supporting=self._asked[path])
            except OSError:  # It was there a moment ago; its first answer stands.
                continue
        file = next(self._files)
        self._answers[file.path] = None
        return file

    def heard(self, answer: Assessment) -> None:
        """Take the answer to one of the files."""
        path = answer.path
        have = self._asked.get(path, {})
        if have and not _is_whole(answer):
            return
        self._answers[path] = answer
        self._sources[path] = have
        missing = [wanted for wanted in answer.wanted if wanted not in have]
        if not missing or self._rounds[path] == ROUNDS:
            return
        more = dict(_within_limits({**have, **self._find(missing)}))
        if len(more) > len(have):
            self._rounds[path] += 1
            self._asked[path] = more
            self._again.append(path)

    @property
    def assessments(self) -> tuple[Assessment, ...]:
        """The last good answer to each file, in the order of the files."""
        return tuple(answer for answer in self._answers.values() if answer)

    def with_sources(self, file: SourceFile) -> SourceFile:
        """One of the files with the sources that its assessment was made with."""
        return replace(file, supporting=self._sources.get(file.path, {}))


def _within_limits(found: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    room = MAX_BYTES
    for path, content in found.items():
        room -= len(content)
        if room < 0:
            break
        yield path, content


def _is_whole(answer: Assessment) -> bool:
    """Whether the file was assessed: a rule that failed on it is named, and counts."""
    said = answer.findings or answer.evidence or answer.suppressions or answer.wanted
    return bool(said or not answer.not_assessed)


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
