"""Is an expression a mock, as far as a file shows? Made, started, injected, or named like one."""

import ast
import re

from checks.context import Context
from checks.rules.mocks._patchers import (
    MOCKER,
    enters,
    is_mock,
    is_patch,
    is_start,
    replacement,
    values,
)
from checks.tree import FUNCTIONS

_NAMED_MOCK = re.compile(r"(^|_)(magic)?mock(s|ed)?(_|\d|$)|^mock[A-Z]", re.IGNORECASE)
_DEPTH = 8


def is_double(ctx: Context, node: ast.AST, *, by_name: bool = True, depth: int = 0) -> bool:
    """Whether an expression is a mock or a part of one, as far as this file shows.

    Something that is only named like one (``mock_send``) is one *by_name*.
    """
    current: ast.AST | None = node
    for _ in range(_DEPTH):
        if current is None:
            return False
        name = getattr(current, "attr", "") or getattr(current, "id", "")
        given = values(ctx, current)
        if (
            (by_name and name and _NAMED_MOCK.search(name))
            or any(_makes_double(ctx, each) for each in (current, *given))
            or (isinstance(current, ast.Name) and _is_injected(ctx, current))
        ):
            return True
        # What was taken from a mock is one: its return value, under a name of its own.
        parts = [each for each in given if isinstance(each, ast.Attribute | ast.Name)]
        if depth < 2 and any(
            is_double(ctx, each, by_name=by_name, depth=depth + 1) for each in parts
        ):
            return True
        current = getattr(current, "func", None) or getattr(current, "value", None)
    return False


def _makes_double(ctx: Context, node: ast.AST) -> bool:
    """Whether an expression gives a new mock: made, started, entered, or of pytest-mock."""
    if is_mock(node, ctx) or is_start(node, ctx):
        return True
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if enters(node) and node.args:
        entered = node.args[0]
        return is_patch(entered, ctx) and replacement(ctx, entered) is None
    word, owner = node.func.attr, node.func.value
    if word == "object":
        word, owner = getattr(owner, "attr", ""), getattr(owner, "value", owner)
    mocker = bool(MOCKER.fullmatch(getattr(owner, "id", "")))
    number = 2 if node.func.attr == "object" else 1
    return mocker and word in {"patch", "spy"} and ctx.argument(node, number, "new") is None


def _is_injected(ctx: Context, name: ast.Name) -> bool:
    """Whether a name is bound by ``with patch(...) as name``, a patch decorator, a fixture."""
    for binding in ctx.names.bindings(name):
        holder = ctx.parent(binding)
        if isinstance(holder, ast.withitem):
            patch = holder.context_expr
            return is_patch(patch, ctx) and replacement(ctx, patch) is None
        function = ctx.function(binding)
        if isinstance(binding, ast.arg) and function is not None:
            definition = ctx.parent(function)
            outer = definition.decorator_list if isinstance(definition, ast.ClassDef) else []
            return any(
                is_patch(decorator, ctx) and replacement(ctx, decorator) is None
                for decorator in (*function.decorator_list, *outer)
            ) or name.id in ctx.once(_mock_fixtures)
    return False


def _mock_fixtures(ctx: Context) -> frozenset[str]:
    """The fixtures of this file that return or yield nothing but mocks."""
    found = set()
    for function in ctx.nodes(*FUNCTIONS):
        if ctx.scopes.fixture(function) is None:
            continue
        ends = [
            end.value
            for end in ctx.nodes(ast.Return, ast.Yield, inside=function)
            if ctx.function(end) is function and end.value is not None
        ]
        made = [_makes_double(ctx, each) for end in ends for each in values(ctx, end) or [end]]
        if made and all(made):
            found.add(function.name)
    return frozenset(found)


def is_own_method(ctx: Context, attribute: ast.Attribute) -> bool:
    """Whether the file defines a method of this name, and nothing says that this is a mock's."""
    return attribute.attr in ctx.once(_defined) and not is_double(
        ctx, attribute.value, by_name=False
    )


def _defined(ctx: Context) -> frozenset[str]:
    return frozenset(function.name for function in ctx.nodes(*FUNCTIONS))
