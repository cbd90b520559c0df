"""Expressions -> the constants they are, without running anything."""

import ast
from typing import Final

from checks.names import Names


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()
"""What :func:`constant` answers for an expression that is no constant."""

_DEPTH = 20


def constant(node: ast.AST | None, names: Names, depth: int = 0) -> object:
    """The value of a literal, or ``UNKNOWN``.

    Follows a name that is assigned exactly once, ``+`` of two strings or bytes, a
    sign, and an f-string whose parts are all literals. Containers are not evaluated.
    """
    if isinstance(node, ast.Constant):
        return node.value
    if node is None or depth > _DEPTH:
        return UNKNOWN
    if isinstance(node, ast.Name):
        return constant(names.origin(node), names, depth + 1)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = constant(node.operand, names, depth + 1)
        return -value if isinstance(value, int | float) else UNKNOWN
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = (constant(side, names, depth + 1) for side in (node.left, node.right))
        if isinstance(left, str) and isinstance(right, str):
            return left + right
        if isinstance(left, bytes) and isinstance(right, bytes):
            return left + right
    if isinstance(node, ast.JoinedStr):
        return _joined(node, names, depth)
    return UNKNOWN


def _joined(node: ast.JoinedStr, names: Names, depth: int) -> object:
    parts: list[str] = []
    for part in node.values:
        value = part.value if isinstance(part, ast.FormattedValue) else part
        found = constant(value, names, depth + 1)
        if not isinstance(found, str):
            return UNKNOWN
        parts.append(found)
    return "".join(parts)


def is_literal(node: ast.AST | None, names: Names) -> bool:
    """Whether an expression is built of literals alone: constants, and containers of them."""
    stack: list[ast.AST | None] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, ast.List | ast.Tuple | ast.Set):
            stack.extend(item.elts)
        elif isinstance(item, ast.Dict):
            stack.extend(key for key in item.keys if key)
            stack.extend(item.values)
        elif constant(item, names) is UNKNOWN:
            return False
    return True
