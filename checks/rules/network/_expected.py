"""Code that describes what should have happened, or what should be refused."""

import ast

from checks.context import Context

_RAISES = frozenset({"raises", "assertRaises", "assertRaisesRegex", "assertWarns", "warns"})


def is_expected(ctx: Context, node: ast.AST) -> bool:
    """Whether *node* is data of an assertion, or stands where an exception is expected.

    The strict profile looks at what is refused, too.
    """
    if ctx.is_expectation(node):
        return True
    return not ctx.strict and any(
        _raises(item.context_expr)
        for outer in ctx.ancestors(node)
        if isinstance(outer, ast.With | ast.AsyncWith)
        for item in outer.items
    )


def _raises(node: ast.expr) -> bool:
    function = node.func if isinstance(node, ast.Call) else node
    return getattr(function, "attr", getattr(function, "id", "")) in _RAISES
