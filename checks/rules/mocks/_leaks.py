"""Is an attribute of a module or class, once replaced, put back? By whom, if so."""

import ast

from checks.context import Context
from checks.restoration import is_undone, managers
from checks.rules.mocks._doubles import double
from checks.scopes import SETUPS


def is_module_or_class(name: str) -> bool:
    """Whether a name can be one of those: no object behind a class. ``sys`` has its own rule."""
    parts = name.split(".")
    return name != "sys" and not any(part[:1].isupper() for part in parts[:-1])


def is_reset(node: ast.expr, home: str, attribute: str, ctx: Context) -> bool:
    """Whether the attribute, or its owner, is assigned again later or put back after the test."""
    parts = {attribute, home.rpartition(".")[2]}

    def undoes(inner: ast.AST) -> bool:
        if isinstance(inner, ast.Attribute):
            return not isinstance(inner.ctx, ast.Load) and is_place(inner, home, attribute, ctx)
        if isinstance(inner, ast.Constant):  # addCleanup(setattr, auth, "verify", real)
            return isinstance(inner.value, str) and inner.value in parts
        return isinstance(inner, ast.Call) and ctx.name(inner.func) == "importlib.reload"

    later = ctx.nodes(ast.Attribute, ast.Call, inside=ctx.function(node))
    return any(undoes(n) and ctx.tree.precedes(node, n) for n in later) or is_undone(
        ctx, node, lambda inner: inner is not node and undoes(inner)
    )


def is_place(node: ast.Attribute, home: str, attribute: str, ctx: Context) -> bool:
    """Whether *node* is the attribute *attribute* of *home*, or *home* itself."""
    if node.attr == attribute and ctx.name(node.value) == home:
        return True
    return node.attr == home.rpartition(".")[2] and ctx.name(node) == home


def is_guarded(node: ast.expr, home: str, attribute: str, ctx: Context) -> bool:
    """Whether a patch or fixture around holds the attribute, or its owner is a double itself."""
    parts = {attribute, *home.split(".")}
    for manager in managers(ctx, node):
        named = ctx.nodes(ast.Constant, inside=manager)
        if any(isinstance(n.value, str) and n.value.rpartition(".")[2] in parts for n in named):
            return True
    scopes: list[ast.AST] = list(ctx.scopes.functions(node))
    definition = ctx.class_of(node)
    scopes += [
        s for s in (definition.body if definition else []) if getattr(s, "name", "") in SETUPS
    ]
    for call in (call for scope in scopes for call in ctx.nodes(ast.Call, inside=scope)):
        made = double(call, ctx)
        if made and made.target and made.target.rpartition(".")[2] in parts:
            return True
    return False
