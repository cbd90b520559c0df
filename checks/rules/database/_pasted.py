"""Which value is pasted into a statement: one from outside, or anything at all."""

import ast

from checks.context import Context
from checks.rules.database._harmless import is_harmless
from checks.rules.database._templates import pieces

_BUILDS = frozenset({"format", "format_map", "replace", "join"})


def pasted(ctx: Context, statement: ast.expr | None) -> ast.expr | None:
    """The first part of a statement that is put together and is not harmless; else None."""
    statement = ctx.origin(statement) or statement
    if not isinstance(statement, ast.JoinedStr | ast.BinOp | ast.Call):
        return None
    for part in pieces(statement, ctx):
        if not isinstance(part, str) and part is not statement and not is_harmless(part, ctx):
            return part
    return None


def is_built(ctx: Context, statement: ast.expr | None) -> bool:
    """Whether a statement is put together of parts that are not all known constants."""
    statement = ctx.origin(statement) or statement
    if isinstance(statement, ast.BinOp | ast.JoinedStr):
        return ctx.text(statement) is None
    if isinstance(statement, ast.Call) and isinstance(statement.func, ast.Attribute):
        return statement.func.attr in _BUILDS
    return False
