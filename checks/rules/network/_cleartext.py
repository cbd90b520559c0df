"""Protocols without encryption: who is contacted, and is a credential sent?"""

import ast

from checks.context import Context
from checks.rules._origins import origin
from checks.rules.network._clients import is_public
from checks.rules.network._protected import names_read, names_secret


def host_of(call: ast.Call, ctx: Context) -> str | None:
    """The literal host that a client is made for, "" when it is made without; else None."""
    given = ctx.argument(call, 0, "host")
    if given is None:
        unknown = any(isinstance(a, ast.Starred) for a in call.args) or any(
            keyword.arg is None for keyword in call.keywords
        )
        return None if unknown else ""
    return ctx.text(origin(ctx, given) or given)


def connected(made: ast.Call, ctx: Context, methods: tuple[str, ...]) -> list[ast.Call]:
    """The calls of *methods* on the client that *made* makes, in the function around it."""
    holder = ctx.parent(made)
    name = ""
    if isinstance(holder, ast.Assign | ast.withitem):
        target = holder.targets[0] if isinstance(holder, ast.Assign) else holder.optional_vars
        name = ast.unparse(target) if isinstance(target, ast.Name | ast.Attribute) else ""
    return [
        call
        for call in ctx.method_calls(*methods, inside=ctx.function(made))
        if isinstance(call.func, ast.Attribute)
        and name
        and isinstance(call.func.value, ast.Name | ast.Attribute)
        and ast.unparse(call.func.value) == name
    ]


def is_public_host(host: str | None, opened: list[ast.Call], ctx: Context) -> bool | None:
    """Whether a literal host is public; None when it is not known."""
    later = [ctx.text(ctx.argument(call, 0, "host")) for call in opened]
    hosts = [each for each in (host, *later) if each]
    return any(map(is_public, hosts)) if hosts else None


def reads_secret(call: ast.Call, ctx: Context) -> str:
    """The name of the password that a call is given; "" when there is none."""
    for keyword in call.keywords:
        if keyword.arg in {"passwd", "password"} and not _is_empty(keyword.value):
            return keyword.arg
    return next((name for name in names_read(ctx, call.args) if names_secret(name)), "")


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value
