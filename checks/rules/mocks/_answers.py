"""What a stand-in answers every call with: a mock by its option, a function by its body."""

import ast

from checks.context import Context
from checks.rules.mocks._patchers import unwrapped
from checks.tree import FUNCTIONS, Function

# Methods by which a stand-in takes down how it is called.
_NOTES = frozenset({"append", "add", "update", "put", "put_nowait", "set", "debug", "info", "log"})


def answer_of(new: ast.expr | None, ctx: Context) -> ast.expr | None:
    """The one expression that a mock, a lambda or a local function answers with."""
    new = unwrapped(ctx, new) if new else None
    if isinstance(new, ast.Call):
        given = ctx.keyword(new, "return_value")
        return given.value if given else None
    if isinstance(new, ast.Lambda):
        return new.body
    local = ctx.names.definition(new)
    return _returned(local, ctx) if isinstance(local, FUNCTIONS) else None


def _returned(function: Function, ctx: Context) -> ast.expr | None:
    """What a function answers that decides nothing: it only takes notes, or does nothing."""
    *before, last = function.body
    if not all(_decides_nothing(each, ctx) for each in before):
        return None
    if isinstance(last, ast.Return):
        return last.value or ast.Constant(value=None)
    return ast.Constant(value=None) if isinstance(last, ast.Pass) else None


def _decides_nothing(statement: ast.stmt, ctx: Context) -> bool:
    """Whether a statement is a docstring, a note of the call, or a plain assignment."""
    if isinstance(statement, ast.Expr):
        called = getattr(statement.value, "func", None)
        return isinstance(statement.value, ast.Constant) or getattr(called, "attr", "") in _NOTES
    if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign):
        return next(ctx.nodes(ast.Call, inside=statement), None) is None
    return isinstance(statement, ast.Pass | ast.Nonlocal | ast.Global)
