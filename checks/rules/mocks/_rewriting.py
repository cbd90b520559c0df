"""What a suggestion may write down at a place: statements, and fixtures that are at hand."""

import ast

from checks.api import replace
from checks.context import Context
from checks.model import Edit

_ENTERS = frozenset({"unittest.TestCase", "unittest.IsolatedAsyncioTestCase"})


def as_statement(text: str) -> str:
    """*text*, an expression, as the text of a statement that takes another one's place.

    Without the semicolon it would be read as an expression, which replaces only one.
    """
    return text


def has_monkeypatch(node: ast.AST, ctx: Context) -> bool:
    """Whether pytest's ``monkeypatch`` is a parameter of the innermost function around."""
    function = ctx.function(node)
    return function is not None and any(
        argument.arg == "monkeypatch"
        for argument in (*function.args.args, *function.args.kwonlyargs)
    )


def entering(place: ast.expr, patch: ast.Call, ctx: Context) -> Edit | None:
    """In a method of a ``unittest`` case: the case enters the *patch*, and leaves it again."""
    function, definition = ctx.function(place), ctx.class_of(place)
    if function is None or definition is None or ctx.parent(function) is not definition:
        return None
    first = function.args.args[0].arg if function.args.args else ""
    enter = {"self": "enterContext", "cls": "enterClassContext"}.get(first)
    bases = {base for base in ctx.scopes.bases(definition) if isinstance(base, str)}
    if not enter or not _ENTERS.intersection(bases):
        return None
    return replace(place, f"{first}.{enter}({ctx.segment(patch)})")
