"""Data that a test compares with, not behaviour: what should have happened, or been sent."""

import ast

from checks.tree import Tree

_OF_MOCKS = ("call", "await", "has_")
_DOUBLED = frozenset({"return_value", "side_effect"})


def is_expectation(tree: Tree, node: ast.AST, *, strict: bool) -> bool:
    """Whether *node* only says what is expected: of a mock, of a result, of a stand-in's answer.

    A call that an assertion makes does happen: ``assert get(url, verify=False).ok``. One that
    only makes what is compared does not: ``assert sent == dict(verify=False)``.
    """
    happens = isinstance(node, ast.Call)
    child = node
    for outer in tree.ancestors(node):
        if isinstance(outer, ast.keyword) and outer.arg in _DOUBLED:
            return True
        if isinstance(outer, ast.Compare | ast.Assert) and not (happens and _acts(child)):
            return True
        if isinstance(outer, ast.Call):
            if child is not outer.func and _describes(outer, happens=happens, strict=strict):
                return True
            happens = happens or child is outer.func or _acts(outer)
        if isinstance(outer, ast.stmt):
            targets = outer.targets if isinstance(outer, ast.Assign) else []
            return any(getattr(target, "attr", "") in _DOUBLED for target in targets)
        child = outer
    return False


def is_asserted(tree: Tree, node: ast.AST) -> bool:
    """Whether *node* stands anywhere in an assertion or a comparison, as an argument, too.

    For values that mean nothing by themselves: ``assert hidden(url) == "..."``.
    """
    child = node
    for outer in tree.ancestors(node):
        if isinstance(outer, ast.Compare | ast.Assert):
            return True
        if (
            isinstance(outer, ast.Call)
            and child is not outer.func
            and _called(outer).startswith(("assert", "expect"))
        ):
            return True
        if isinstance(outer, ast.stmt):
            return False
        child = outer
    return False


def _called(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", "") or getattr(call.func, "id", ""))


def _acts(node: ast.AST) -> bool:
    """Whether an expression is more than an object made to be compared: ``dict()``, ``Point()``."""
    return not isinstance(node, ast.Call) or not (
        _called(node) == "dict" or _called(node)[:1].isupper()
    )


def _describes(call: ast.Call, *, happens: bool, strict: bool) -> bool:
    """Whether a call takes its arguments as what is expected of another.

    Strictly, of the functions ``assert_...`` only those of mocks do.
    """
    called = _called(call)
    of_mock = not strict or any(word in called for word in _OF_MOCKS)
    if (called.startswith("assert_") and of_mock) or called in {"call", "has_calls"}:
        return True
    return called.startswith(("assert", "expect")) and not happens
