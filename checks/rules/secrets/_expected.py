"""Whether a literal is only compared, or does something in a call whose answer is asserted."""

import ast

from checks.context import Context
from checks.rules.secrets._credentials import called

_ASKS_ONE = frozenset(
    ["assertTrue", "assertFalse", "assertIsNone", "assertIsNotNone", "assert_", "assertRaises"]
)
_THROUGH = (ast.Attribute, ast.Await, ast.UnaryOp, ast.Call)
# What a server answered, not what a function made of its arguments.
_ANSWERS = frozenset({"status_code", "status", "ok"})


def is_compared(value: ast.AST, ctx: Context) -> bool:
    """Whether a literal is data that a test compares with.

    In ``assert client.login(password="...")`` it is none: there, the call is the act.
    """
    if not ctx.is_asserted(value):
        return False
    call = taker(value, ctx)
    if call is None or _is_expectation(call):
        return True
    node: ast.AST | None = call
    for outer in ctx.ancestors(call):
        is_answer = isinstance(outer, ast.Attribute) and outer.attr in _ANSWERS
        if is_answer or isinstance(outer, ast.Assert):
            return False
        if isinstance(outer, ast.Call) and node is not outer.func:
            return called(outer) not in _ASKS_ONE
        if not isinstance(outer, _THROUGH):
            return True
        node = outer
    return True


def taker(value: ast.AST, ctx: Context) -> ast.Call | None:
    """The call that is given the value, as it is or in a container."""
    for outer in ctx.ancestors(value):
        if isinstance(outer, ast.Call):
            return outer
        if not isinstance(outer, ast.keyword | ast.Dict | ast.List | ast.Tuple | ast.Set):
            return None
    return None


def _is_expectation(call: ast.Call) -> bool:
    name = called(call)
    return name.startswith(("assert", "expect")) or name in {"call", "has_calls"}
