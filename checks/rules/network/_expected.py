"""Code that describes what should have happened, is refused, or only reaches a stand-in."""

import ast

from checks.context import Context
from checks.rules.network._faked import is_faked

_RAISES = frozenset({"raises", "assertRaises", "assertRaisesRegex", "assertWarns", "warns"})


def is_expected(ctx: Context, node: ast.AST) -> bool:
    """Whether *node* is data of an assertion, is expected to fail, or is given to a double.

    The strict profile looks at what is refused or faked, too.
    """
    if ctx.is_expectation(node):
        return True
    return not ctx.strict and (_is_refused(ctx, node) or is_faked(ctx, node))


def _is_refused(ctx: Context, node: ast.AST) -> bool:
    return any(
        _raises(item.context_expr)
        for outer in ctx.ancestors(node)
        if isinstance(outer, ast.With | ast.AsyncWith)
        for item in outer.items
    )


def _raises(node: ast.expr) -> bool:
    function = node.func if isinstance(node, ast.Call) else node
    return getattr(function, "attr", getattr(function, "id", "")) in _RAISES
