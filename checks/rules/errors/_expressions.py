"""What an expression is for sure, to judge by how it is written."""

import ast

from checks.context import Context

_PURE = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.UnaryOp, ast.USub,
         ast.Load, ast.Slice, ast.Tuple, ast.List)  # fmt: skip
_FRESH = (ast.List, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp)


def fixed_truth(node: ast.expr) -> bool | None:
    """The truth value of a literal, containers included; None for anything else."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.Dict):
        return bool(node.keys) if all(node.keys) or not node.keys else None
    if isinstance(node, ast.List | ast.Set | ast.Tuple):
        starred = any(isinstance(element, ast.Starred) for element in node.elts)
        return None if starred else bool(node.elts)
    if isinstance(node, ast.JoinedStr):
        texts = [part for part in node.values if isinstance(part, ast.Constant)]
        return True if any(part.value for part in texts) else None
    return None


def is_new(left: ast.expr, right: ast.expr) -> bool:
    """Whether one side is a list, set or dictionary that is made here: nothing else is it."""
    return isinstance(left, _FRESH) or isinstance(right, _FRESH)


def is_pure(node: ast.expr) -> bool:
    """Whether an expression only reads: names, attributes, items."""
    return all(isinstance(inner, _PURE) for inner in ast.walk(node))


def is_length(ctx: Context, node: ast.expr) -> bool:
    """Whether an expression is ``len(..)``."""
    return ctx.call_name(node) == "len"


def is_zero(node: ast.expr) -> bool:
    """Whether an expression is the number 0, and not ``False``."""
    return isinstance(node, ast.Constant) and node.value == 0 and node.value is not False
