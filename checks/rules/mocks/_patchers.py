"""Patchers and mocks: which call makes one, and what a name or attribute was given."""

import ast
import re
from collections.abc import Iterator
from typing import TypeGuard

from checks.context import Context

PATCH = "unittest.mock.patch"
PATCHES = frozenset({PATCH, f"{PATCH}.object", f"{PATCH}.dict", f"{PATCH}.multiple"})
_MOCK_LIST = (
    "Mock MagicMock AsyncMock NonCallableMock NonCallableMagicMock PropertyMock create_autospec"
)
MOCKS = frozenset(f"unittest.mock.{name}" for name in _MOCK_LIST.split())
_NAMED_MOCK = re.compile(r"(^|_)(magic)?mock(s|ed)?(_|\d|$)|^mock[A-Z]", re.IGNORECASE)
_DEPTH = 8


def is_patch(node: ast.AST | None, ctx: Context) -> TypeGuard[ast.Call]:
    """Whether *node* is a call of ``mock.patch`` or one of its variants: it makes a patcher."""
    return isinstance(node, ast.Call) and ctx.name(node.func) in PATCHES


def is_mock(node: ast.AST | None, ctx: Context) -> TypeGuard[ast.Call]:
    """Whether *node* is a call that makes a mock: ``Mock()``, ``create_autospec(X)``."""
    return isinstance(node, ast.Call) and ctx.name(node.func) in MOCKS


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

    Empty when one of its bindings is something else than a plain assignment.
    """
    targets: list[ast.AST] = []
    if isinstance(node, ast.Name):
        targets = ctx.names.bindings(node)
    elif is_own(node):
        targets = [a for a in own_attributes(ctx, node) if not isinstance(a.ctx, ast.Load)]
    found = []
    for target in targets:
        holder = ctx.parent(target)
        plain = isinstance(holder, ast.AnnAssign | ast.NamedExpr) or (
            isinstance(holder, ast.Assign) and target in holder.targets
        )
        value = getattr(holder, "value", None)
        if not plain or not isinstance(value, ast.expr):
            return []
        found.append(value)
    return found


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


def is_double(ctx: Context, node: ast.AST) -> bool:
    """Whether an expression is a mock or a part of one, as far as this file shows."""
    current: ast.AST | None = node
    for _ in range(_DEPTH):
        if current is None:
            return False
        name = getattr(current, "attr", "") or getattr(current, "id", "")
        made = [current, *values(ctx, current)]
        if (
            (name and _NAMED_MOCK.search(name))
            or any(is_mock(each, ctx) or is_start(each, ctx) for each in made)
            or (isinstance(current, ast.Name) and _is_injected(ctx, current))
        ):
            return True
        current = getattr(current, "func", None) or getattr(current, "value", None)
    return False


def _is_injected(ctx: Context, name: ast.Name) -> bool:
    """Whether a name is bound by ``with patch(...) as name`` or by a patch decorator."""
    for binding in ctx.names.bindings(name):
        holder = ctx.parent(binding)
        if isinstance(holder, ast.withitem):
            return is_patch(holder.context_expr, ctx)
        function = ctx.function(binding)
        if isinstance(binding, ast.arg) and function is not None:
            return any(
                is_patch(decorator, ctx) and replacement(ctx, decorator) is None
                for decorator in function.decorator_list
            )
    return False
