"""Code on the page: hidden characters spelled out, a bounded length, a colour for each token."""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from markupsafe import Markup, escape
from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]
from pygments.token import Comment, Keyword, Name, Number, String  # type: ignore[import-untyped]

from reviewer.report.markdown import clip, one_line, visible

MOST_LINES = 40
MOST_COLUMNS = 240

_PROSE = 2_000
_KINDS = (
    (Comment, "o"),
    (String, "s"),
    (Number, "n"),
    (Keyword, "k"),
    (Name.Decorator, "d"),
    (Name.Builtin, "b"),
    (Name.Function, "f"),
    (Name.Class, "f"),
)
_CODE = Markup("<code>{}</code>")
_TOKEN = Markup('<span class="{}">{}</span>')


def inline(text: str) -> Markup:
    """A sentence on one line; what stands between single backticks is code."""
    parts = one_line(text, _PROSE).split("`")
    shown = (_CODE.format(part) if n % 2 else escape(part) for n, part in enumerate(parts))
    return Markup("").join(shown)


def plain(lines: Iterable[str]) -> list[Markup]:
    """*lines* of code as they are shown, without colours."""
    return [escape(_shown(line)) for line in lines]


def coloured(lines: Sequence[str]) -> list[Markup]:
    """*lines* of Python, each in pieces that carry the class of their kind.

    They need not be whole statements: what the lexer does not know stays without a colour.
    """
    text = "\n".join(map(_shown, lines))
    shown: list[list[tuple[str, str]]] = [[]]
    for token, value in _lexer().get_tokens(text):
        first, *others = value.split("\n")
        kind = _kind(token)
        shown[-1].append((kind, first))
        shown += [[(kind, other)] for other in others]
    return [_line(pieces) for pieces in shown[: len(lines)]]


def _shown(line: str) -> str:
    return clip(visible(line[: 2 * MOST_COLUMNS], keep="\t"), MOST_COLUMNS)


def _line(pieces: Iterable[tuple[str, str]]) -> Markup:
    joined = (
        (kind, "".join(text for _, text in group))
        for kind, group in groupby(pieces, key=lambda piece: piece[0])
    )
    return Markup("").join(
        _TOKEN.format(kind, text) if kind and text.strip() else escape(text)
        for kind, text in joined
    )


@cache
def _lexer() -> PythonLexer:
    return PythonLexer(stripnl=False, ensurenl=False)


@cache
def _kind(token: Any) -> str:
    return next((kind for of, kind in _KINDS if token in of), "")
