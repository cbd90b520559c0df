"""Patchers and mocks: which call makes one, and what a name or attribute was given."""

import ast
import re
from collections.abc import Iterator
from typing import TypeGuard

from checks.context import Context

PATCH = "unittest.mock.patch"
PATCHES = frozenset({PATCH, f"{PATCH}.object", f"{PATCH}.dict", f"{PATCH}.multiple"})
_MOCK_LIST = """
Mock MagicMock AsyncMock NonCallableMock NonCallableMagicMock PropertyMock ThreadingMock
create_autospec mock_open
"""
_MAKERS = frozenset(_MOCK_LIST.split())
MOCKS = frozenset(f"unittest.mock.{name}" for name in _MAKERS)
# The fixtures of pytest-mock, and what they make of their own.
MOCKER = re.compile(r"(class_|module_|package_|session_)?mocker")
_OF_MOCKER = _MAKERS | {"stub", "async_stub"}
_ENTERS = frozenset({"enter_context", "enterContext", "enterClassContext", "enterModuleContext"})
# What makes a property or method of a function is answered by that function.
WRAPPERS = frozenset({"property", "staticmethod", "classmethod", "functools.partial"})
_DEPTH = 3
_LISTS = ast.List | ast.Tuple | ast.Set
LOOPS = ast.For | ast.AsyncFor | ast.comprehension


def enters(node: ast.AST | None) -> bool:
    """Whether *node* is a call that enters what it is given: ``stack.enter_context(..)``."""
    return isinstance(node, ast.Call) and getattr(node.func, "attr", "") in _ENTERS


def unwrapped(ctx: Context, node: ast.expr) -> ast.expr:
    """What a value is, its name followed, without the ``staticmethod`` and its like around it."""
    for _ in range(_DEPTH):
        node = ctx.origin(node) or node
        if not (isinstance(node, ast.Call) and node.args and ctx.name(node.func) in WRAPPERS):
            break
        node = node.args[0]
    return node


def is_patch(node: ast.AST | None, ctx: Context) -> TypeGuard[ast.Call]:
    """Whether *node* is a call of ``mock.patch`` or one of its variants: it makes a patcher."""
    return isinstance(node, ast.Call) and ctx.name(node.func) in PATCHES


def is_mock(node: ast.AST | None, ctx: Context) -> TypeGuard[ast.Call]:
    """Whether *node* is a call that makes a mock: ``Mock()``, ``mocker.stub()``."""
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    return ctx.name(function) in MOCKS or (
        isinstance(function, ast.Attribute)
        and function.attr in _OF_MOCKER
        and bool(MOCKER.fullmatch(getattr(function.value, "id", "")))
    )


def is_own(node: ast.AST) -> TypeGuard[ast.Attribute]:
    """Whether *node* is an attribute of the instance or class: ``self.x``, ``cls.x``."""
    return isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in {"self", "cls"}


def own_attributes(ctx: Context, attribute: ast.Attribute) -> Iterator[ast.Attribute]:
    """All places of ``self.x`` in the class around and its bases in this module."""
    definition = ctx.class_of(attribute)
    if definition is None:
        return
    local = [base for base in ctx.scopes.bases(definition) if isinstance(base, ast.ClassDef)]
    for each in (definition, *local):
        for other in ctx.nodes(ast.Attribute, inside=each):
            if other.attr == attribute.attr and is_own(other):
                yield other


def values(ctx: Context, node: ast.AST) -> list[ast.expr]:
    """Every expression that a name, or an attribute of ``self``, is assigned.

    A name that a loop over a written list binds is given each of its elements. Empty when
    one of the bindings is something else.
    """
    targets: list[ast.AST] = []
    if isinstance(node, ast.Name):
        targets = ctx.names.bindings(node)
    elif is_own(node):
        targets = _stores(ctx, node)
    found = []
    for target in targets:
        given = _given(ctx, target)
        if not given:
            return []
        found += given
    return found


def _given(ctx: Context, target: ast.AST) -> list[ast.expr]:
    """What one binding gives to *target*; nothing where that is not written down."""
    holder = ctx.parent(target)
    if isinstance(holder, ast.Tuple):
        outer = ctx.parent(holder)
        value = outer.value if isinstance(outer, ast.Assign) else None
        parts = value.elts if isinstance(value, ast.Tuple) else []
        pairs = zip(holder.elts, parts, strict=True) if len(parts) == len(holder.elts) else ()
        return [part for each, part in pairs if each is target]
    if isinstance(holder, LOOPS):
        return _elements(ctx, holder.iter) if target is holder.target else []
    return _assigned(ctx, target)


def _stores(ctx: Context, attribute: ast.Attribute) -> list[ast.AST]:
    return [a for a in own_attributes(ctx, attribute) if not isinstance(a.ctx, ast.Load)]


def _assigned(ctx: Context, target: ast.AST) -> list[ast.expr]:
    """The value of the plain assignment to *target*, or nothing."""
    holder = ctx.parent(target)
    plain = isinstance(holder, ast.AnnAssign | ast.NamedExpr) or (
        isinstance(holder, ast.Assign) and target in holder.targets
    )
    value = getattr(holder, "value", None)
    return [value] if plain and isinstance(value, ast.expr) else []


def _elements(ctx: Context, iterated: ast.expr) -> list[ast.expr]:
    """The elements of a list that is written down, here or where its only name is bound."""
    if is_own(iterated):
        given = [value for target in _stores(ctx, iterated) for value in _assigned(ctx, target)]
        iterated = given[0] if len(given) == 1 else iterated
    iterated = ctx.origin(iterated) or iterated
    if isinstance(iterated, ast.ListComp | ast.GeneratorExp):
        return [iterated.elt]
    return list(iterated.elts) if isinstance(iterated, _LISTS) else []


def is_start(node: ast.AST | None, ctx: Context) -> TypeGuard[ast.Call]:
    """Whether *node* is ``patcher.start()``: its value is the mock, not the patcher."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "start"
        and not node.args
        and bool(_patches(ctx, node.func.value))
    )


def _patches(ctx: Context, patcher: ast.expr) -> list[ast.Call]:
    """The ``patch(...)`` calls that made what is certainly a patcher, else nothing."""
    if is_patch(patcher, ctx):
        return [patcher]
    given = values(ctx, patcher)
    calls = [value for value in given if is_patch(value, ctx)]
    return calls if len(calls) == len(given) else []


def is_patcher(ctx: Context, node: ast.expr) -> bool:
    """Whether an expression is certainly a patcher: a call of ``patch``, or a name of one."""
    return bool(_patches(ctx, node))


def patches_of(ctx: Context, start: ast.Call) -> list[ast.Call]:
    """The ``patch(...)`` calls whose patcher ``start`` may start: one, unless re-assigned."""
    return _patches(ctx, start.func.value) if isinstance(start.func, ast.Attribute) else []


def started(ctx: Context, node: ast.AST) -> list[ast.Call]:
    """The ``patcher.start()`` calls whose mock *node* holds; empty if it may hold other things."""
    given = values(ctx, node)
    calls = [value for value in given if is_start(value, ctx)]
    return calls if len(calls) == len(given) else []


def replacement(ctx: Context, call: ast.Call) -> ast.expr | None:
    """What ``patch`` or ``patch.object`` is told to put there, or None: a new ``MagicMock``."""
    position = 2 if (ctx.name(call.func) or "").endswith(".object") else 1
    return ctx.argument(call, position, "new")


def is_imported(ctx: Context, name: str, near: ast.AST) -> bool:
    """Whether the file's imports bind *name*, so that it can be written down at *near*."""
    function = ctx.function(near)
    if function is not None and any(a.arg == name for a in ctx.nodes(ast.arg, inside=function)):
        return False
    return any(
        (alias.asname or alias.name.partition(".")[0]) == name
        for statement in ctx.nodes(ast.Import, ast.ImportFrom)
        if ctx.function(statement) in {None, function}
        for alias in statement.names
    )


def loads(ctx: Context, patcher: ast.expr) -> list[ast.expr]:
    """The places in reach where a name or an attribute of ``self`` is read."""
    found: list[ast.expr] = []
    if isinstance(patcher, ast.Name):
        bindings = ctx.names.bindings(patcher)
        scope = ctx.function(bindings[0]) if bindings else None
        named = ctx.nodes(ast.Name, inside=scope)
        found = [n for n in named if n.id == patcher.id and ctx.names.bindings(n) == bindings]
    elif is_own(patcher):
        found = list(own_attributes(ctx, patcher))
    return [use for use in found if isinstance(getattr(use, "ctx", None), ast.Load)]


def loop_targets(ctx: Context, container: ast.AST | None) -> list[ast.expr]:
    """What walks over a list that is written down, in a loop over it or over its name."""
    if not isinstance(container, ast.List | ast.Tuple | ast.Set | ast.ListComp):
        return []
    outer = ctx.parent(container)
    if isinstance(outer, LOOPS):
        return [outer.target]
    kept = outer.targets if isinstance(outer, ast.Assign) else []
    loops = [ctx.parent(use) for target in kept for use in loads(ctx, target)]
    return [loop.target for loop in loops if isinstance(loop, LOOPS)]
