"""Bytes -> Source: encodings, git lines, hidden characters."""

import io
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from checks.model import Side

ENCODINGS = frozenset({"utf-8", "utf-8-sig", "ascii", "iso-8859-1"})
_LINE_END = re.compile(r"\r\n|\r|\n")
_LONE_CR = re.compile(r"\r(?!\n)")


class UnreadableError(Exception):
    """The bytes are not a Python source that can be analysed; the text says why."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as it comes: its path inside the repository, its bytes, and its side.

    ``supporting`` holds files that define its base classes and fixtures, by path;
    ``restoring_bases`` are the qualified names of bases that are known to put everything
    back after a test.
    """

    path: str
    content: bytes
    side: Side = Side.TEST
    supporting: Mapping[str, bytes] = field(default_factory=dict)
    restoring_bases: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Source:
    """A decoded file, with Python's lines and git's.

    Python ends a line at a line feed, a carriage return or both; git and GitHub at a
    line feed alone. A lone carriage return makes the two counts differ, and a comment
    would land on another line than the code it speaks of.
    """

    path: str
    text: str
    encoding: str = "utf-8"
    side: Side = Side.TEST

    @cached_property
    def lines(self) -> list[str]:
        """The text by Python's lines, without their ends."""
        text = self.text
        return _LINE_END.split(text) if "\r" in text else text.split("\n")

    @cached_property
    def has_lone_carriage_return(self) -> bool:
        """Whether Python and git count this file's lines differently."""
        return "\r" in self.text and bool(_LONE_CR.search(self.text))

    @cached_property
    def _git_lines(self) -> list[int] | None:
        if not self.has_lone_carriage_return:
            return None
        numbers, current = [], 1
        for end in _LINE_END.findall(self.text):
            numbers.append(current)
            current += "\n" in end
        return [*numbers, current]

    @cached_property
    def length(self) -> int:
        """The number of git lines."""
        return self.text.count("\n") + bool(self.text and not self.text.endswith("\n"))

    def git_line(self, line: int) -> int:
        """The git line (1-based) on which Python's *line* (1-based) stands."""
        if self._git_lines is None:
            return line
        return self._git_lines[min(line, len(self._git_lines)) - 1]

    def column(self, line: int, offset: int) -> int:
        """Python's *line* and 0-based UTF-8 byte *offset* -> the 1-based column in code points."""
        if self.text.isascii():
            return offset + 1
        text = self.lines[line - 1]
        return len(text.encode()[:offset].decode(errors="replace")) + 1

    def segment(self, line: int, offset: int, end_line: int, end_offset: int) -> str:
        """The text of a range in :mod:`ast` coordinates (end exclusive)."""
        start, stop = self.column(line, offset) - 1, self.column(end_line, end_offset) - 1
        if line == end_line:
            return self.lines[line - 1][start:stop]
        middle = self.lines[line : end_line - 1]
        return "\n".join([self.lines[line - 1][start:], *middle, self.lines[end_line - 1][:stop]])


def read(file: SourceFile) -> Source:
    """Decode *file* as Python itself would.

    Only encodings in which code cannot hide from a reader are accepted: a utf-7 or
    unicode_escape cookie turns comments into code.

    Raises:
        UnreadableError: NUL bytes, an encoding outside ``ENCODINGS``, or bytes that
            are not valid in the encoding the file declares.
    """
    if b"\0" in file.content:
        raise UnreadableError("it contains NUL bytes, so it is not Python source")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(file.content).readline)
    except (SyntaxError, LookupError, OSError) as error:  # OSError: no codec in the sandbox
        raise UnreadableError(f"its encoding cannot be determined ({error})") from error
    if encoding not in ENCODINGS:
        raise UnreadableError(f"it declares the encoding {encoding!r}, which is not analysed")
    try:
        text = file.content.decode(encoding)
    except UnicodeDecodeError as error:
        line = file.content.count(b"\n", 0, error.start) + 1
        raise UnreadableError(f"line {line} is not valid {encoding}") from error
    return Source(file.path, text.removeprefix("\ufeff"), encoding, file.side)
