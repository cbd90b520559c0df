"""Which HTTP statuses an assertion lets pass."""

import ast
import re

from checks.context import Context

ALL = frozenset({200, 204, 302, 401, 403, 404, 500})
"""One status for each kind of outcome."""

SUCCESS = frozenset(status for status in ALL if status < 300)
_IS_STATUS = re.compile(r"(^|_)(status(_?(code|int))?|response_?code|http_?code)$")
_NAMED = re.compile(r"(?:HTTP_)?(\d{3})(?:_[A-Z_]+)?")
_BY_NAME = {
    "ok": 200,
    "created": 201,
    "accepted": 202,
    "no_content": 204,
    "found": 302,
    "bad_request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "internal_server_error": 500,
}
_HOMES = re.compile(
    "(^|\\.)(HTTPStatus|codes|status|httplib|http_client|client|http)$", re.IGNORECASE
)


def is_success(status: int) -> bool:
    """Whether a status says that the request was granted."""
    return 200 <= status < 300


def statuses(ctx: Context, node: ast.Assert | ast.Call) -> frozenset[int] | None:
    """The statuses that an assertion lets pass; None where it is not about a status."""
    if isinstance(node, ast.Assert):
        return _of_test(ctx, node.test)
    method: str = getattr(node.func, "attr", "")
    if method in {"assertTrue", "assertFalse"} and node.args:
        allowed = _of_test(ctx, node.args[0])
        return ALL - allowed if allowed and method == "assertFalse" else allowed
    if len(node.args) < 2:
        return None
    operator = _OPERATORS.get(method)
    return _of_pair(ctx, operator, node.args[0], node.args[1]) if operator else None


def _of_test(ctx: Context, test: ast.expr) -> frozenset[int] | None:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        sides = [SUCCESS if _asks_success(v) else _of_test(ctx, v) for v in test.values]
        known = [side for side in sides if side is not None]
        return frozenset().union(*known) if len(known) == len(sides) else None
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _of_pair(ctx, type(test.ops[0]), test.left, test.comparators[0])
    return None


def _asks_success(node: ast.expr) -> bool:
    """Whether ``response.ok`` or its like stands as an answer of its own."""
    return isinstance(node, ast.Attribute) and node.attr in {"ok", "is_success"}


def _of_pair(
    ctx: Context, operator: type[ast.cmpop], left: ast.expr, right: ast.expr
) -> frozenset[int] | None:
    if _is_status(right) and operator in {ast.Eq, ast.NotEq}:
        left, right = right, left
    if not _is_status(left):
        return None
    listed = right.elts if isinstance(right, ast.Tuple | ast.List | ast.Set) else [right]
    values = [_value(ctx, each) for each in listed]
    given = frozenset(value for value in values if value is not None)
    if not given or len(given) < len(values):
        return None
    if operator in {ast.Eq, ast.In}:
        return given
    if operator in {ast.NotEq, ast.NotIn}:
        # Who names one success excludes success: `!= 200` is about being granted.
        return ALL - given - (SUCCESS if any(map(is_success, given)) else frozenset())
    limit = max(given)
    if operator is ast.Lt:
        return frozenset(status for status in ALL if status < limit)
    return None


def _is_status(node: ast.expr) -> bool:
    name: str = getattr(node, "attr", "") or getattr(node, "id", "")
    return bool(_IS_STATUS.search(name))


def _value(ctx: Context, node: ast.expr) -> int | None:
    value = ctx.literal(node)
    if isinstance(value, int) and 100 <= value < 600:
        return value
    name = ctx.name(node) or (ctx.segment(node) if isinstance(node, ast.Attribute) else "")
    home, _, last = name.rpartition(".")
    numbered = _NAMED.fullmatch(last)
    if numbered:
        return int(numbered[1])
    return _BY_NAME.get(last.lower()) if _HOMES.search(home) else None


_OPERATORS: dict[str, type[ast.cmpop]] = {
    "assertEqual": ast.Eq,
    "assertEquals": ast.Eq,
    "assertNotEqual": ast.NotEq,
    "assertNotEquals": ast.NotEq,
    "assertIn": ast.In,
    "assertNotIn": ast.NotIn,
    "assertLess": ast.Lt,
}
