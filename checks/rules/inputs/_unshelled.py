"""A command line for a shell, rewritten as a list that needs none."""

import ast
import re

from checks.api import replace
from checks.context import Context
from checks.model import Edit

_PLAIN = re.compile(r"[\w./:@,+=\-\x20\ue000-\uf8ff]+")
_NOT_PLAIN = "$"
_FIRST_MARK = 0xE000  # private-use characters stand for the values inside an f-string
# What a shell does itself, or what is no program.
_BUILTIN_LIST = """
. : alias bg case cd command eval exec exit export fg for hash if jobs read return set shift
source time times trap type ulimit umask unalias unset until wait while
"""
_BUILTINS = frozenset(_BUILTIN_LIST.split())


def without_shell(ctx: Context, call: ast.Call, command: ast.expr) -> Edit | None:
    """The same call with a list and no ``shell``; None where a shell does more than split."""
    shell = next((k for k in call.keywords if k.arg == "shell"), None)
    words = _words(ctx, command)
    text = ctx.segment(call)
    if shell is None or words is None or ("\n" in text and "#" in text):
        return None
    if any(k.arg in {None, "executable"} for k in call.keywords):
        return None
    if len(call.args) > 1 or any(isinstance(a, ast.Starred) for a in call.args):
        return None
    listed = f"[{', '.join(words)}]"
    given = [] if not call.args else [listed]
    given += [
        f"args={listed}" if keyword.arg == "args" else ctx.segment(keyword)
        for keyword in call.keywords
        if keyword is not shell
    ]
    return replace(call, f"{ctx.segment(call.func)}({', '.join(given)})")


def _words(ctx: Context, command: ast.expr) -> list[str] | None:
    """The words of a literal or an f-string as source texts; None when one is not plain."""
    values: list[ast.expr] = []
    text = ""
    for part in command.values if isinstance(command, ast.JoinedStr) else [command]:
        if isinstance(part, ast.FormattedValue):
            text += chr(_FIRST_MARK + len(values))
            values.append(part)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            text += part.value if part.value.isascii() else _NOT_PLAIN
        else:
            return None
    words = text.split()
    if not _PLAIN.fullmatch(text) or not words or words[0] in _BUILTINS:
        return None
    if "=" in words[0] or not words[0].isascii():
        return None  # An assignment for the program, or a value that may be a whole command.
    return [_quoted(word, values) for word in words]


def _quoted(word: str, values: list[ast.expr]) -> str:
    """A word as Python writes it, with the values of the f-string that belong into it."""
    if word.isascii():
        return repr(word)
    parts: list[ast.expr] = [
        values[ord(char) - _FIRST_MARK] if ord(char) >= _FIRST_MARK else ast.Constant(char)
        for char in word
    ]
    return ast.unparse(ast.JoinedStr(parts))
