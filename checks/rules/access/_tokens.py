"""Calls that write and read JSON web tokens, whatever library they are of."""

import ast
from collections.abc import Iterator

from checks.context import Context
from checks.rules._origins import made_by

_LIBRARIES = frozenset({"jwt", "jose", "authlib", "joserfc", "jwcrypto", "python_jwt", "flask_jwt"})
_EXPECTING = frozenset({"raises", "assertRaises", "assertRaisesRegex", "assertRaisesRegexp"})


def token_calls(ctx: Context, *methods: str) -> Iterator[ast.Call]:
    """The calls of these functions and methods of a token library, made objects included."""
    for call in ctx.method_calls(*methods):
        name = ctx.name(call.func)
        if name is None and isinstance(call.func, ast.Attribute):
            name = ctx.call_name(made_by(ctx, call.func.value))
        if name and _is_of_library(name):
            yield call
    functions = [f"{module}.{method}" for module in _MODULES for method in methods]
    for call in ctx.calls(*functions):
        if isinstance(call.func, ast.Name):
            yield call


def _is_of_library(name: str) -> bool:
    return name.partition(".")[0] in _LIBRARIES or name.startswith("google.auth.jwt.")


_MODULES = ("jwt", "jose.jwt", "jwt.api_jwt", "jose.jws", "jwt.api_jws", "authlib.jose.jwt")


def is_refused(ctx: Context, node: ast.AST) -> bool:
    """Whether the test demands that *node* fails: ``with pytest.raises(...)``."""
    for outer in ctx.ancestors(node):
        managed = outer.items if isinstance(outer, ast.With | ast.AsyncWith) else []
        for item in managed:
            function = getattr(item.context_expr, "func", None)
            if getattr(function, "attr", getattr(function, "id", "")) in _EXPECTING:
                return True
    return False
