"""TLS contexts and clients: what is set on them, and is that what the test is about?"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context

CERT_NONE = frozenset({"ssl.CERT_NONE", "ssl.VerifyMode.CERT_NONE"})
_NAMES = frozenset(
    {"assert_hostname", "check_hostname", "match_hostname", "verify", "verify_mode", "verify_ssl"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """``holder.name = value``, in whatever way it is written."""

    node: ast.stmt | ast.expr
    holder: ast.expr
    name: str
    value: ast.expr


def settings(ctx: Context, *names: str) -> list[Setting]:
    """Where attributes of these names are set: by ``=``, one of many in a tuple, ``setattr``."""
    return [setting for setting in ctx.once(_settings) if setting.name in names]


def _settings(ctx: Context) -> list[Setting]:
    return list(_set(ctx)) if ctx.mentions(_NAMES) else []


def _set(ctx: Context) -> Iterator[Setting]:
    pairs: list[tuple[ast.stmt, ast.expr, ast.expr]] = [
        (node, target, node.value) for node, target in ctx.assigned(ast.Attribute)
    ]
    for node, several in ctx.assigned(ast.Tuple):
        if isinstance(node.value, ast.Tuple) and len(several.elts) == len(node.value.elts):
            found = zip(several.elts, node.value.elts, strict=True)
            pairs += [(node, target, value) for target, value in found]
    for statement, target, value in pairs:
        if isinstance(target, ast.Attribute) and target.attr in _NAMES:
            yield Setting(statement, target.value, target.attr, value)
    for call in ctx.calls("setattr"):
        name = ctx.text(call.args[1]) if len(call.args) == 3 else None
        if name in _NAMES:
            yield Setting(call, call.args[0], name or "", call.args[2])


def is_server(made: ast.Call | None, ctx: Context) -> bool:
    """Whether the call makes a context that no client is made of."""
    known = ctx.call_name(made) in {"ssl.SSLContext", "ssl.create_default_context"}
    given = _given(made, ctx) if made and known else set()
    return bool(given & {"CLIENT_AUTH", "PROTOCOL_TLS_SERVER"})


def is_client(made: ast.Call, ctx: Context) -> bool:
    """Whether the call makes a context that checks whom a client talks to."""
    name = ctx.call_name(made)
    if name == "ssl.SSLContext":
        return "PROTOCOL_TLS_CLIENT" in _given(made, ctx)
    return name == "ssl.create_default_context" and not is_server(made, ctx)


def _given(made: ast.Call, ctx: Context) -> set[str]:
    values = [*made.args[:1], *(keyword.value for keyword in made.keywords)]
    return {(ctx.name(value) or "").rpartition(".")[2] for value in values}


def is_subject(setting: Setting, ctx: Context) -> bool:
    """Whether a setting itself is what the test asserts, or is set to another value behind it."""
    function = ctx.function(setting.node)
    for other in ctx.nodes(ast.Attribute, inside=function):
        if (
            other.attr == setting.name
            and isinstance(other.ctx, ast.Load)
            and ctx.tree.precedes(setting.node, other)
            and ctx.is_expectation(other)
        ):
            return True
    holder = ctx.segment(setting.holder)
    return any(
        ctx.tree.precedes(setting.node, other.node)
        and ctx.segment(other.holder) == holder
        and _value(other, ctx) != _value(setting, ctx)
        for other in settings(ctx, setting.name)
        if ctx.function(other.node) is function
    )


def _value(setting: Setting, ctx: Context) -> object:
    name = ctx.name(setting.value)
    return name.rpartition(".")[2] if name else ctx.literal(setting.value)


def is_unverified(context: ast.expr, ctx: Context) -> bool:
    """Whether the function around says that this context checks no certificate."""
    holder = ctx.segment(context)
    return any(
        ctx.name(setting.value) in CERT_NONE
        and ctx.segment(setting.holder) == holder
        and ctx.function(setting.node) is ctx.function(context)
        for setting in settings(ctx, "verify_mode")
    )
