"""Bytes -> Source: what Python would read, on the lines that git counts."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.source import Source, SourceFile, UnreadableError, read


def source(content: bytes) -> Source:
    return read(SourceFile("tests/test_a.py", content))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"x = 1\n", "x = 1\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        (b"# coding: latin-1\nx = '\xe9'\n", "# coding: latin-1\nx = '\xe9'\n"),
        ("x = 'é'\n".encode(), "x = 'é'\n"),
        (b"", ""),
    ],
)
def test_accepted_encodings_are_decoded_as_python_does(content: bytes, text: str) -> None:
    """UTF-8 with and without a mark, ASCII and Latin-1 become text."""
    assert source(content).text == text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"x = 1\0", "NUL"),
        (b"# coding: utf-7\nx = 1\n", "utf-7"),
        (b"# coding: unicode_escape\nx = 1\n", "unicode"),
        (b"# coding: no-such-thing\nx = 1\n", "cannot be determined"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "cannot be determined"),
        (b"ok = 1\n# fine\n# so far\n# \xff\n", "line 4"),
        ("x = 1".encode("utf-16"), "NUL"),
    ],
)
def test_refused_bytes_say_why(content: bytes, reason: str) -> None:
    """What could hide code, or is no text at all, is refused with a reason."""
    with pytest.raises(UnreadableError, match=reason):
        source(content)


def test_a_lone_carriage_return_ends_a_line_for_python_but_not_for_git() -> None:
    r"""``# harmless\rexec(...)`` is one line on GitHub and two for Python."""
    hidden = source(b"# harmless\rexec('1')\nx = 1\n")
    call = ast.parse(hidden.text).body[0]
    assert call.lineno == 2
    assert hidden.git_line(call.lineno) == 1
    assert hidden.git_line(3) == 2
    assert hidden.length == 2


def test_columns_count_code_points() -> None:
    """An umlaut is two bytes for the tree and one column for a reader."""
    text = source("é = f(1)\n".encode())
    assert text.column(1, len("é = ".encode())) == 5
    assert text.segment(1, 5, 1, 9) == "f(1)"


@given(st.text(alphabet="a\r\n\f\v\u2028é", max_size=40))
def test_every_python_line_has_a_git_line_that_holds_it(text: str) -> None:
    """Git lines never run ahead of Python's, never step back, and end at git's own count."""
    made = Source("t.py", text)
    numbers = [made.git_line(line) for line in range(1, len(made.lines) + 1)]
    assert numbers == sorted(numbers)
    assert numbers[0] == 1
    assert numbers[-1] == text.count("\n") + 1
