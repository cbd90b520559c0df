"""Shell command lines: which part of one is not the test's own."""

import ast

from checks.context import Context
from checks.rules.cleanup._temporary import is_own_temporary
from checks.rules.inputs._origins import origin
from checks.rules.inputs._sources import MADE, Data, Origin


def foreign_part(ctx: Context, command: ast.expr) -> Data:
    """The origin of a command line; paths in the test's own temporary place are its own."""
    data = origin(ctx, command)
    if data.origin is Origin.MADE or is_own_temporary(ctx, command):
        return MADE
    return data


def is_composed(ctx: Context, command: ast.expr) -> bool:
    """Whether a command line is put together here: f-string, ``%``, ``+``, ``format``, ``join``."""
    value = ctx.origin(command) or command
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Attribute) and value.func.attr in {"format", "join"}
    return isinstance(value, ast.JoinedStr | ast.BinOp)
