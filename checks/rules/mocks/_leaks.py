"""Is an attribute of a module or class, once replaced, put back? By whom, if so."""

import ast
import re

from checks.context import Context
from checks.restoration import is_undone, managers
from checks.rules.cleanup._restored import called
from checks.rules.mocks._doubles import double
from checks.rules.mocks._patchers import is_mock, unwrapped
from checks.scopes import SETUPS
from checks.tree import FUNCTIONS, Function

# Blocks that put back whatever is changed in them: ``with save_globals():``.
_KEEPS = re.compile(r"(?i)restor|preserv|isolat|sav(e|ed|ing)_|swap_")
_RESETS = re.compile(r"_*(reset|restore|clear|undo|unpatch)(_|$)")


def is_stand_in(value: ast.expr, ctx: Context) -> bool:
    """Whether a value is a mock, a lambda, or a function that the test defines inside itself."""
    made = unwrapped(ctx, value)
    if isinstance(made, ast.Lambda) or is_mock(made, ctx):
        return True
    local = ctx.names.definition(made)
    return isinstance(local, FUNCTIONS) and ctx.function(local) is not None


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
        return isinstance(inner, ast.Call) and _resets(inner, home, ctx)

    function = ctx.function(node)
    later = ctx.nodes(ast.Attribute, ast.Call, inside=function)
    return any(
        undoes(n)
        and ctx.tree.precedes(node, n)
        # What the import of the file does, none of its functions undoes by the way.
        and (function is not None or ctx.function(n) is None)
        for n in later
    ) or is_undone(ctx, node, lambda inner: inner is not node and undoes(inner))


def _resets(call: ast.Call, home: str, ctx: Context) -> bool:
    """Whether a call gives *home* its state of the beginning: ``recorder.reset_collector()``."""
    name = ctx.name(call.func) or ""
    owner, _, function = name.rpartition(".")
    if name == "importlib.reload":
        loaded = ctx.name(call.args[0]) if call.args else None
        return loaded is None or f"{home}.".startswith(f"{loaded}.")
    return owner == home and bool(_RESETS.match(function))


def is_place(node: ast.Attribute, home: str, attribute: str, ctx: Context) -> bool:
    """Whether *node* is the attribute *attribute* of *home*, or *home* itself."""
    if node.attr == attribute and ctx.name(node.value) == home:
        return True
    return node.attr == home.rpartition(".")[2] and ctx.name(node) == home


def may_follow(later: ast.AST, node: ast.AST, ctx: Context) -> bool:
    """Whether other code of the file may run after the test that *node* belongs to.

    That of another test does not, nor does that of another class of tests.
    """
    if ctx.function(later) is ctx.function(node) or ctx.scopes.in_test(later):
        return False
    owner, here = ctx.class_of(later), ctx.class_of(node)
    if owner is None or owner is here or not _holds_tests(owner, ctx):
        return True
    return here is not None and (owner in ctx.scopes.bases(here) or here in ctx.scopes.bases(owner))


def _holds_tests(definition: ast.ClassDef, ctx: Context) -> bool:
    return ctx.scopes.is_test_case(definition) or definition.name.startswith("Test")


def _before(node: ast.expr, ctx: Context) -> list[ast.AST]:
    """The functions around *node*, and the set-ups and fixtures of this file that precede it."""
    around = list(ctx.scopes.functions(node))
    asked = {argument.arg for function in around for argument in function.args.args}
    definition = ctx.class_of(node)
    scopes: list[ast.AST] = [*around]
    scopes += [
        s for s in (definition.body if definition else []) if getattr(s, "name", "") in SETUPS
    ]
    for fixture in ctx.once(_fixtures):
        home = ctx.parent(fixture)
        reached = home is definition or isinstance(home, ast.Module)
        if reached and (fixture.name in asked or ctx.scopes.is_autouse(fixture)):
            scopes.append(fixture)
    return scopes


def _fixtures(ctx: Context) -> tuple[Function, ...]:
    return tuple(f for f in ctx.nodes(*FUNCTIONS) if ctx.scopes.fixture(f) is not None)


def _is_missing(node: ast.expr, attribute: str, ctx: Context) -> bool:
    """Whether the attribute is only added where there is none: ``if not hasattr(cls, "info")``."""
    return any(
        ctx.text(call.args[1]) == attribute
        for outer in ctx.ancestors(node)
        if isinstance(outer, ast.If)
        for call in ctx.calls("hasattr", inside=outer.test)
        if len(call.args) == 2
    )


def is_guarded(node: ast.expr, home: str, attribute: str, ctx: Context) -> bool:
    """Whether a patch or fixture around holds the attribute, or its owner is a double itself."""
    if _is_missing(node, attribute, ctx):
        return True
    parts = {attribute, *home.split(".")}
    for manager in managers(ctx, node):
        if _KEEPS.search(called(manager)):
            return True
        named = ctx.nodes(ast.Constant, inside=manager)
        if any(isinstance(n.value, str) and n.value.rpartition(".")[2] in parts for n in named):
            return True
    scopes = _before(node, ctx)
    for call in (call for scope in scopes for call in ctx.nodes(ast.Call, inside=scope)):
        made = double(call, ctx)
        if made and made.target and made.target.rpartition(".")[2] in parts:
            return True
    return False
