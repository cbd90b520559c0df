"""SQL with values pasted in -> the same statement with parameters, where that is plain."""

import ast

from checks.api import replace
from checks.context import Context
from checks.model import Edit
from checks.rules.database._drivers import mark
from checks.rules.database._templates import Piece, pieces, values

_FORMATTED = frozenset({"execute"})


def with_parameters(call: ast.Call, ctx: Context) -> Edit | None:
    """``execute(f"... = '{name}'")`` as ``execute("... = ?", (name,))``.

    Only for names that stand where a value stands, alone between their quotes, and only
    where the imports tell the driver. None in all other cases.
    """
    sign = mark(ctx)
    called = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if not sign or called not in _FORMATTED or len(call.args) != 1 or call.keywords:
        return None
    parts = pieces(call.args[0], ctx)
    given = [part for part in parts if not isinstance(part, str)]
    plain = all(isinstance(part, ast.Name | ast.Attribute) for part in given)
    if not given or not plain or list(values(parts)) != given or not _is_whole(call.args[0], ctx):
        return None
    text = _marked(parts, sign)
    if text is None:
        return None
    names = ", ".join(ctx.segment(part) for part in given)
    arguments = f"({names},)" if len(given) == 1 else f"({names})"
    return replace(call, f"{ctx.segment(call.func)}({text!r}, {arguments})")


def _is_whole(statement: ast.expr, ctx: Context) -> bool:
    """Whether the statement stands here, and no value is formatted in a way of its own."""
    if isinstance(statement, ast.JoinedStr):
        formatted = [p for p in statement.values if isinstance(p, ast.FormattedValue)]
        return all(p.conversion == -1 and p.format_spec is None for p in formatted)
    if isinstance(statement, ast.BinOp):
        return all(
            isinstance(n.op, ast.Add) for n in ctx.nodes(ast.BinOp, inside=statement)
        ) or isinstance(statement.left, ast.Constant)
    return False


def _marked(parts: list[Piece], sign: str) -> str | None:
    """The text with a mark for each value, its quotes taken away; None where that is not plain."""
    text = ""
    open_quote = False
    for part in parts:
        if not isinstance(part, str):
            if text.endswith("'"):
                open_quote, text = True, text[:-1]
            text += sign
            continue
        if "?" in part or "%" in part or "\\" in part or '"' in part:
            return None
        if open_quote:
            if not part.startswith("'"):
                return None
            part, open_quote = part[1:], False
        text += part
    return None if open_quote or text.count("'") % 2 else text
