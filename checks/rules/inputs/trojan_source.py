r"""An invisible character makes the code read differently from what it does.

Controls of the writing direction (U+202A to U+202E, U+2066 to U+2069) let an editor and
a review show text in another order than Python runs it: a comment can look like code,
and code like a comment. A carriage return without a line feed ends a line for Python,
but not for git, so that a statement hides behind a comment. Some letters that cannot be
seen are allowed in names, so that two names look the same.

Comments and strings count too: such characters mostly hide there. A test of such text writes it
as an escape (`"\u202e"`), which is not a finding. The `strict` profile also names the marks
U+200E, U+200F and U+061C, which right-to-left text sometimes needs, as low.

Delete the character, or write it as an escape such as `"\u202e"` where a test needs it.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context

_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MARKS = re.compile("[\u200e\u200f\u061c]")
# Fillers, selectors and joiners that Python takes in a name and no font shows.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_NAMED = (ast.Name, ast.Attribute, ast.arg, ast.keyword, ast.alias)
_DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

rule = Rule(
    id="trojan-source",
    severity="high",
    cwe=1007,
    bad=[
        Bad("def test_a(user):\n    allowed = False  # \u202e }if admin"),
        Bad("from roles import admin as boss\nassert boss != 'user\u2066 # is admin\u2069'"),
        Bad("def test_a():\n    a = '''\n    \u2067  # <-\n    '''\n    return a"),
        Bad("def test_a(check):\n    # This is fine.\r    check(None)  # <-\n    check(1)"),
        Bad("def a(is_admin, is_\u3164admin):  # <-\n    return is_admin"),
        Bad("text = 'a\u200fb'", profile="strict"),
    ],
    good=[
        "text = '\\u202e\\u2066'\n",
        "text = '\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627'  # \u00e9\n",
        "sign = '\u2764\ufe0f \U0001f468\u200d\U0001f469'\n",
        "text = '''one\rtwo'''\n",
        Good("text = '\\u200f'\n", profile="strict"),
    ],
)


@rule.on(ast.Module)
def visit(_module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    text = ctx.source.text
    if not text.isascii():
        yield from _controls(ctx, text)
        if _UNSEEN.search(text):
            yield from _names(ctx)
    if ctx.source.has_lone_carriage_return and "\n" in text:
        yield from _behind_returns(ctx)


def _controls(ctx: Context, text: str) -> Iterator[Outcome]:
    """One finding a line that holds a control (or, in ``strict``, a mark) of direction."""
    kinds = [(_BIDI, "high"), (_MARKS, "low")] if ctx.strict else [(_BIDI, "high")]
    kinds = [kind for kind in kinds if kind[0].search(text)]
    for number, line in enumerate(ctx.source.lines if kinds else (), 1):
        for pattern, severity in kinds:
            found = pattern.search(line)
            if found:
                start = len(line[: found.start()].encode())
                place = ctx.span(number, start, start + len(found[0].encode()))
                yield rule.finding(
                    place,
                    f"The invisible character U+{ord(found[0]):04X} changes the order in which "
                    "this line is shown, so that it reads differently from what Python runs.",
                    severity=severity,
                )
                break


def _names(ctx: Context) -> Iterator[Outcome]:
    """Names that hold a character which no font shows."""
    for node in ctx.nodes(*_NAMED, *_DEFINED):
        names = (getattr(node, field, None) for field in ("id", "attr", "arg", "name", "asname"))
        for name in names:
            if isinstance(name, str) and _UNSEEN.search(name):
                yield rule.finding(
                    node,
                    "This name holds a character that is not shown: it looks like another "
                    "name and is not the same.",
                )
                break


def _behind_returns(ctx: Context) -> Iterator[Outcome]:
    """The first statement that begins behind a lone carriage return."""
    lines = {statement.lineno: statement for statement in ctx.nodes(*_statements(ctx))}
    for number in sorted(lines):
        if number > 1 and ctx.source.git_line(number) == ctx.source.git_line(number - 1):
            yield rule.finding(
                lines[number],
                "A carriage return without a line feed stands before this code: git and most "
                "editors show it as a part of the line before, a comment for instance.",
            )
            return


def _statements(ctx: Context) -> list[type[ast.stmt]]:
    return [kind for kind in ctx.tree.types if issubclass(kind, ast.stmt)]
