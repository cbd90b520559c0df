"""Strings that look like SQL and are put together, wherever they stand."""

import ast
import re
from collections.abc import Iterator

from checks.context import Context
from checks.rules.database._templates import Piece, pieces

LOOKS_LIKE_SQL = re.compile(
    r"\b(select\b[^;]*?\bfrom\b|insert\s+(or\s+\w+\s+)?into\b|replace\s+into\b|delete\s+from\b"
    r"|update\s([^;]*?\s)?set\b|merge\s+into\b"
    r"|(drop|truncate)\s+(table|database|schema)\s|(create|alter)\s+(user|role)\s"
    r"|with\s+\w+\s+as\s*\(|grant\s+\w+[^;]*?\bto\b|exec(ute)?\s+\w+\.\w+)",
    re.IGNORECASE | re.DOTALL,
)
_METHODS = ("format", "format_map", "replace")


def built(ctx: Context) -> Iterator[ast.expr]:
    """The outermost expressions that put SQL together out of something that is no constant."""
    for node in ctx.nodes(ast.JoinedStr, ast.BinOp):
        if _is_outermost(node, ctx) and _is_built(node, ctx):
            yield node
    for call in ctx.method_calls(*_METHODS):
        if _is_outermost(call, ctx) and _is_built(call, ctx):
            yield call


def _is_outermost(node: ast.expr, ctx: Context) -> bool:
    """Whether *node* is no part of another string that is put together."""
    parent = ctx.parent(node)
    if isinstance(parent, ast.Attribute) and parent.attr in _METHODS:
        return not isinstance(ctx.parent(parent), ast.Call)
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add | ast.Mod):
        return isinstance(parent.op, ast.Mod) and parent.right is node
    return not isinstance(parent, ast.JoinedStr | ast.FormattedValue)


def _is_built(node: ast.expr, ctx: Context) -> bool:
    parts = _parts(node, ctx)
    if not any(isinstance(part, str) for part in parts):
        return False
    fixed = "".join(part if isinstance(part, str) else "?" for part in parts)
    if not LOOKS_LIKE_SQL.search(fixed):
        return False
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return any(not isinstance(part, str) for part in parts) or _is_named(node)
    return not isinstance(node, ast.JoinedStr) or len(parts) > 1


def _is_named(node: ast.expr) -> bool:
    """Whether a part of a sum stands elsewhere, under a name: ``"... FROM " + TABLE``."""
    while isinstance(node, ast.BinOp):
        if isinstance(node.right, ast.Name | ast.Attribute):
            return True
        node = node.left
    return isinstance(node, ast.Name | ast.Attribute)


def _parts(node: ast.expr, ctx: Context) -> list[Piece]:
    """The pieces; of a template that is not read piece by piece, its own text and its calls."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return [*_parts(node.func.value, ctx), node]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return [*_parts(node.left, ctx), node.right]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_parts(node.left, ctx), *_parts(node.right, ctx)]
    return pieces(node, ctx)
