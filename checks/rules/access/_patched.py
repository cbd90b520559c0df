"""Calls that do nothing because the test has replaced what they call."""

import ast
from collections.abc import Iterator

from checks.context import Context
from checks.scopes import SETUPS
from checks.tree import FUNCTIONS


def is_replaced(ctx: Context, call: ast.Call, name: str) -> bool:
    """Whether a function, class or set-up around *call* replaces something called *name*.

    *name* is the last part, such as ``chmod``: ``mock.patch("os.chmod")``,
    ``mock.patch.object(os, "chmod")``, ``stub_out("os.chmod", ...)``, ``setattr``. What
    another test of the class replaces is replaced for that test only.
    """
    for outer in ctx.ancestors(call):
        for place in _places(ctx, outer):
            for constant in ctx.nodes(ast.Constant, inside=place):
                text = constant.value
                if (
                    isinstance(text, str)
                    and text.rpartition(".")[2] == name
                    and isinstance(ctx.parent(constant), ast.Call)
                ):
                    return True
    return False


def _places(ctx: Context, outer: ast.AST) -> Iterator[ast.AST]:
    """Where a definition around a call can replace something for it."""
    if isinstance(outer, FUNCTIONS):
        yield outer
    elif isinstance(outer, ast.ClassDef):
        yield from outer.decorator_list
        for method in outer.body:
            if isinstance(method, FUNCTIONS) and (
                method.name in SETUPS or ctx.scopes.is_autouse(method)
            ):
                yield method
