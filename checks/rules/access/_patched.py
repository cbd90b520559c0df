"""Calls that do nothing because the test has replaced what they call."""

import ast

from checks.context import Context
from checks.tree import DEFINITIONS


def is_replaced(ctx: Context, call: ast.Call, name: str) -> bool:
    """Whether a function, class or set-up around *call* replaces something called *name*.

    *name* is the last part, such as ``chmod``: ``mock.patch("os.chmod")``,
    ``mock.patch.object(os, "chmod")``, ``stub_out("os.chmod", ...)``, ``setattr``.
    """
    for outer in ctx.ancestors(call):
        if isinstance(outer, DEFINITIONS):
            for constant in ctx.nodes(ast.Constant, inside=outer):
                text = constant.value
                if (
                    isinstance(text, str)
                    and text.rpartition(".")[2] == name
                    and isinstance(ctx.parent(constant), ast.Call)
                ):
                    return True
    return False
