"""Code that describes what should have happened, or what should be refused."""

import ast

from checks.context import Context

_RAISES = frozenset({"raises", "assertRaises", "assertRaisesRegex", "assertWarns", "warns"})
_OF_MOCKS = ("call", "await", "has_")
_DOUBLED = frozenset({"return_value", "side_effect"})


def is_expected(ctx: Context, node: ast.AST) -> bool:
    """Whether *node* is data of an assertion, or stands where an exception is expected.

    A call that an assertion makes (``assert get(url, verify=False).ok``) does happen: it
    is no data. The strict profile looks at what is refused, too.
    """
    if _is_data(ctx, node):
        return True
    return not ctx.strict and any(
        _raises(item.context_expr)
        for outer in ctx.ancestors(node)
        if isinstance(outer, ast.With | ast.AsyncWith)
        for item in outer.items
    )


def _is_data(ctx: Context, node: ast.AST) -> bool:
    happens = isinstance(node, ast.Call)
    child = node
    for outer in ctx.ancestors(node):
        if isinstance(outer, ast.keyword) and outer.arg in _DOUBLED:
            return True
        if isinstance(outer, ast.Compare | ast.Assert) and not happens:
            return True
        if isinstance(outer, ast.Call) and child is not outer.func:
            if _describes(outer, happens=happens, strict=ctx.strict):
                return True
            happens = True
        if isinstance(outer, ast.stmt):
            targets = outer.targets if isinstance(outer, ast.Assign) else []
            return any(getattr(target, "attr", "") in _DOUBLED for target in targets)
        child = outer
    return False


def _describes(call: ast.Call, *, happens: bool, strict: bool) -> bool:
    """Whether a call takes its arguments as what is expected of another.

    Strictly, of the functions ``assert_...`` only those of mocks do.
    """
    called = str(getattr(call.func, "attr", "") or getattr(call.func, "id", ""))
    of_mock = not strict or any(word in called for word in _OF_MOCKS)
    if (called.startswith("assert_") and of_mock) or called in {"call", "has_calls"}:
        return True
    return called.startswith(("assert", "expect")) and not happens


def _raises(node: ast.expr) -> bool:
    function = node.func if isinstance(node, ast.Call) else node
    return getattr(function, "attr", getattr(function, "id", "")) in _RAISES
