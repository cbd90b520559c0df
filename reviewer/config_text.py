"""The text of a configuration -> plain values, each with its place. Pure.

It is YAML without what a configuration has no use for and a bomb is made of: anchors, tags,
several documents, deep nesting, very many values. Every scalar is a text, ``off`` and ``true`` too.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import yaml

# It is not read in the sandbox: with these, no text takes longer than a tenth of a second.
MAX_BYTES = 32 * 1024
MAX_NODES = 1_000
MAX_PROBLEMS = 100

NOT_TEXT = "it is not valid UTF-8"
TOO_LARGE = f"it is larger than {MAX_BYTES // 1024} KiB"
TOO_DEEP = "it is nested too deeply"
TOO_MANY = f"it has more than {MAX_NODES:,} keys and values"
NO_ANCHORS = "anchors and aliases are not allowed here; write the value out"
NO_TAGS = "tags such as `!!str` are not allowed here; leave the tag out"
ONE_DOCUMENT = "a second document begins here; only one is allowed"
TWICE = "`{key}` is given twice"
PLAIN_KEY = "a key must be a plain word"
FORBIDDEN = "it holds characters that YAML forbids"
HALF = "an escape stands here that is no character"
OUT_OF_RANGE = "it holds a number or an escape that is out of range"
NOT_YAML = "it is not YAML"
MORE = "from here on there are {more} more problems"

_DEPTH, _CITED = 6, 60

Path = tuple[str | int, ...]
Place = tuple[int, int]
_Event = yaml.Event


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; line (git's) and column (code points) are 1-based."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        """As editors and compilers write it, without the file's name."""
        return f"{self.line}:{self.column}: {self.message}"


class ConfigError(Exception):
    """The configuration cannot be used; ``problems`` says why, in the order of the file.

    ``where`` is the repository that it stands in; "" for the one under review.
    """

    def __init__(self, problems: tuple[Problem, ...], where: str = "") -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems
        self.where = where


@dataclass(frozen=True, slots=True)
class Located:
    """What a text says: None for nothing at all, else texts, lists and dicts of them.

    ``values`` and ``keys`` are the places of values and of keys, by path; () is the whole.
    ``problems`` are those of the form, such as a key that is given twice; the rest was read.
    """

    value: object
    values: Mapping[Path, Place]
    keys: Mapping[Path, Place]
    problems: tuple[Problem, ...]


def located(content: bytes) -> Located:
    """The values in *content* with their places.

    Raises:
        ConfigError: it cannot be read to its end.
    """
    if len(content) > MAX_BYTES:
        raise ConfigError((Problem(1, 1, TOO_LARGE),))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start)
        before = content[: error.start].rpartition(b"\n")[2].decode("utf-8-sig")
        raise ConfigError((Problem(line + 1, len(before) + 1, NOT_TEXT),)) from None
    return _Reader(text).read()


def in_order(found: Iterable[Problem]) -> tuple[Problem, ...]:
    """One problem for each place, in the order of the file; the last stands for very many."""
    # Of a value that fits none of several kinds, each kind complains: the first is enough.
    by_place: dict[Place, Problem] = {}
    for each in found:
        by_place.setdefault((each.line, each.column), each)
    ordered = [by_place[place] for place in sorted(by_place)]
    if len(ordered) <= MAX_PROBLEMS:
        return tuple(ordered)
    kept, rest = ordered[:MAX_PROBLEMS], ordered[MAX_PROBLEMS:]
    return (*kept, Problem(rest[0].line, rest[0].column, MORE.format(more=len(rest))))


def shown(text: str) -> str:
    """*text* as a problem cites it: not long, on one line, and nothing in it acts."""
    cut = text if len(text) <= _CITED else f"{text[:_CITED]}…"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)


class _Reader:
    """Reads one text, event by event: no more than is allowed is ever built."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(i + 1 for i, c in enumerate(text) if c == "\n")]
        self._values, self._keys = dict[Path, Place](), dict[Path, Place]()
        self._problems: list[Problem] = []
        self._left = MAX_NODES
        try:
            self._loader = _Loader(text)
        except yaml.reader.ReaderError as error:
            raise ConfigError((self._at(error.position, FORBIDDEN),)) from None

    def read(self) -> Located:
        """All there is; ConfigError where the reading cannot go on."""
        try:
            value = self._document()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            found = self._at(mark.index if mark else 0, error.problem or NOT_YAML)
        except (ValueError, OverflowError):
            # Of an escape beyond Unicode, or of a version with thousands of digits.
            found = self._at(self._loader.get_mark().index, OUT_OF_RANGE)
        except _TooMuchError as error:
            found = self._at(error.index, str(error))
        else:
            return Located(value, self._values, self._keys, tuple(self._problems))
        raise ConfigError(in_order((*self._problems, found))) from None

    def _document(self) -> object:
        self._next()  # the stream's start
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        value = self._value(())
        self._next()  # the document's end
        if not isinstance(further := self._next(), yaml.StreamEndEvent):
            self._wrong(further, ONE_DOCUMENT)
        return value

    def _value(self, path: Path) -> object:
        event = self._next()
        self._values.setdefault(path, self._place(_index(event)))
        self._refuse_indirection(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._text(event)
        if isinstance(event, yaml.CollectionStartEvent) and len(path) >= _DEPTH:
            raise _TooMuchError(TOO_DEEP, _index(event))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        found: list[object] = []
        if isinstance(event, yaml.SequenceStartEvent):
            while not self._ends(yaml.SequenceEndEvent):
                found.append(self._value((*path, len(found))))
        return found

    def _mapping(self, path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        while not self._ends(yaml.MappingEndEvent):
            key = self._next()
            self._refuse_indirection(key)
            if not isinstance(key, yaml.ScalarEvent):
                self._wrong(key, PLAIN_KEY)
                self._skip(key)
                self._skip(self._next())
                continue
            name = self._text(key)
            if name in found:
                self._wrong(key, TWICE.format(key=shown(name)))
            self._keys.setdefault((*path, name), self._place(_index(key)))
            found.setdefault(name, self._value((*path, name)))
        return found

    def _text(self, event: yaml.ScalarEvent) -> str:
        text: str = event.value
        whole = text.encode(errors="replace").decode()
        if whole != text:
            self._wrong(event, HALF)
        return whole

    def _refuse_indirection(self, event: _Event) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._wrong(event, NO_ANCHORS)
        elif getattr(event, "tag", None):
            self._wrong(event, NO_TAGS)

    def _skip(self, event: _Event) -> None:
        """Leave out the rest of the value that *event* begins."""
        depth = int(isinstance(event, yaml.CollectionStartEvent))
        while depth:
            event = self._next()
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEPTH:
                raise _TooMuchError(TOO_DEEP, _index(event))

    def _next(self) -> _Event:
        event: _Event = self._loader.get_event()  # type: ignore[no-untyped-call]
        self._left -= isinstance(event, yaml.NodeEvent)
        if self._left < 0:
            raise _TooMuchError(TOO_MANY, _index(event))
        return event

    def _ends(self, kind: type[_Event]) -> bool:
        return self._loader.check_event(kind) and bool(self._next())

    def _wrong(self, event: _Event, message: str) -> None:
        self._problems.append(self._at(_index(event), message))

    def _at(self, index: int, message: str) -> Problem:
        return Problem(*self._place(index), message)

    def _place(self, index: int) -> Place:
        """Line and column of a character; the end of the text is a place, too."""
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1


def _index(event: _Event) -> int:
    return event.start_mark.index if event.start_mark else 0


class _TooMuchError(Exception):
    """There is more, from ``index`` on, than anything here needs."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index


class _Loader(yaml.BaseLoader):
    """Gives up where it would read ahead through thousands of brackets, each for every other."""

    def fetch_more_tokens(self) -> None:
        if self.flow_level > 2 * _DEPTH:
            raise _TooMuchError(TOO_DEEP, self.index)
        super().fetch_more_tokens()
