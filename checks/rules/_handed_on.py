"""Functions that are handed on as values instead of being called: ``map(eval, rows)``."""

import ast
from collections.abc import Iterator

from checks.api import Outcome, Rule
from checks.context import Context

_HOLDERS = (
    *(ast.Call, ast.keyword, ast.arguments, ast.Assign, ast.AnnAssign, ast.NamedExpr),
    *(ast.List, ast.Tuple, ast.Set, ast.Dict, ast.IfExp, ast.BoolOp, ast.Lambda),
    *(ast.Return, ast.Yield, ast.ClassDef),
)


def handed_on(rule: Rule, ctx: Context, *names: str) -> Iterator[Outcome]:
    """In ``strict``: a low finding wherever one of these functions is a value."""
    if not ctx.strict:
        return
    values = ctx.once(_values)
    found = [(node, name) for name in names for node in values.get(name, ())]
    for node, name in sorted(found, key=lambda pair: (pair[0].lineno, pair[0].col_offset)):
        reason = f"`{name}` is handed on here; what it is called with cannot be seen."
        yield rule.finding(node, reason, severity="low")


def _values(ctx: Context) -> dict[str, list[ast.expr]]:
    """The names and attributes that stand as values, by their qualified names."""
    index: dict[str, list[ast.expr]] = {}
    nodes: Iterator[ast.Name | ast.Attribute] = ctx.nodes(ast.Name, ast.Attribute)
    for node in nodes:
        name = ctx.name(node)
        if name is not None and isinstance(node.ctx, ast.Load) and _is_value(ctx, node):
            index.setdefault(name, []).append(node)
    return index


def _is_value(ctx: Context, node: ast.expr) -> bool:
    parent = ctx.parent(node)
    if isinstance(parent, ast.Call):
        return parent.func is not node
    if isinstance(parent, ast.AnnAssign):
        return parent.value is node
    if isinstance(parent, ast.ClassDef):
        return node in parent.bases
    return isinstance(parent, _HOLDERS)
