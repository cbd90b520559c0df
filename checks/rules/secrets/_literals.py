"""Texts as they are at run time: literals, and literals that are put together."""

import ast
from collections.abc import Iterator

from checks.context import Context


def as_text(value: object) -> str:
    """A string, or bytes read as Latin-1; "" for anything else."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else ""


def text_of(node: ast.expr, ctx: Context) -> str:
    """The text that a literal, a sum, an f-string or a ``join`` of literals is; else "".

    Of nested sums, only the outermost has a text.
    """
    if isinstance(node, ast.Constant):
        return as_text(node.value)
    if isinstance(node, ast.Call):
        return _joined(node, ctx)
    if isinstance(node, ast.BinOp) and (
        not isinstance(node.op, ast.Add) or isinstance(ctx.parent(node), ast.BinOp)
    ):
        return ""
    return as_text(ctx.literal(node))


def parts_of(node: ast.expr, ctx: Context) -> Iterator[str]:
    """The texts of the literals that stand in *node*; nothing for a literal itself."""
    if not isinstance(node, ast.Constant):
        for part in ctx.nodes(ast.Constant, inside=node):
            yield as_text(part.value)


def _joined(call: ast.Call, ctx: Context) -> str:
    function = call.func
    if not (isinstance(function, ast.Attribute) and function.attr == "join" and call.args):
        return ""
    glue, items = ctx.literal(function.value), call.args[0]
    if not isinstance(glue, str | bytes) or not isinstance(items, ast.List | ast.Tuple):
        return ""
    texts = [as_text(ctx.literal(item)) for item in items.elts]
    return as_text(glue).join(texts) if all(texts) else ""
