"""TLS contexts: is one a client's, is a setting of it what the test is about?"""

import ast

from checks.context import Context

CERT_NONE = frozenset({"ssl.CERT_NONE", "ssl.VerifyMode.CERT_NONE"})


def is_client(made: ast.Call, ctx: Context) -> bool:
    """Whether the call makes a context that checks whom a client talks to."""
    given = {(ctx.name(argument) or "").rpartition(".")[2] for argument in made.args[:1]}
    given |= {(ctx.name(k.value) or "").rpartition(".")[2] for k in made.keywords}
    name = ctx.call_name(made)
    if name == "ssl.SSLContext":
        return "PROTOCOL_TLS_CLIENT" in given
    return name == "ssl.create_default_context" and "CLIENT_AUTH" not in given


def is_subject(node: ast.Assign, setting: str, ctx: Context) -> bool:
    """Whether a setting itself is what the test asserts, or is set to another value behind it."""
    function = ctx.function(node)
    value = _value(node, ctx)
    for other in ctx.nodes(ast.Attribute, inside=function):
        if other.attr == setting and ctx.tree.precedes(node, other):
            if isinstance(other.ctx, ast.Load) and ctx.is_expectation(other):
                return True
            holder = ctx.parent(other)
            other_value = _value(holder, ctx) if isinstance(holder, ast.Assign) else value
            if other_value != value:
                return True
    return False


def _value(node: ast.Assign, ctx: Context) -> object:
    return ctx.name(node.value) or ctx.literal(node.value)


def is_unverified(context: ast.expr, ctx: Context) -> bool:
    """Whether the function around says that this context checks no certificate."""
    name = ctx.segment(context)
    return any(
        isinstance(target := node.targets[0], ast.Attribute)
        and target.attr == "verify_mode"
        and ctx.name(node.value) in CERT_NONE
        and ctx.segment(target.value) == name
        for node in ctx.nodes(ast.Assign, inside=ctx.function(context))
    )
