"""Settings of applications as they are written: by name, attribute, key, keyword or call."""

import ast
from collections.abc import Collection, Iterator
from typing import NamedTuple

from checks.context import Context
from checks.rules._origins import origin
from checks.tree import Function

# Calls that are given an object, the setting's name and its value.
_SETS = frozenset({"setattr", "setitem", "setdefault", "__setitem__", "__setattr__"})
_BUILTIN = 3
_WIDE = frozenset({"class", "module", "package", "session"})
_OVERRIDES = frozenset({"override_settings", "modify_settings"})
_OVERRIDING_METHODS = frozenset({"settings", "dict"})  # self.settings(), patch.dict()


class Setting(NamedTuple):
    """One setting: where it stands, on what object it is set (None: not said), its value."""

    node: ast.expr
    owner: ast.expr | None
    value: ast.expr
    name: str


def settings(ctx: Context, names: Collection[str]) -> Iterator[Setting]:
    """Every place of the file that gives one of these settings a value."""
    for assign in ctx.nodes(ast.Assign, ast.AnnAssign):
        if assign.value is not None:
            targets = assign.targets if isinstance(assign, ast.Assign) else [assign.target]
            for target in targets:
                yield from _assigned(ctx, target, assign.value, names)
    for keyword in ctx.keywords_named(*names):
        yield Setting(keyword.value, _given_to(ctx, keyword), keyword.value, keyword.arg or "")
    for display in ctx.nodes(ast.Dict):
        for key, value in zip(display.keys, display.values, strict=True):
            name = key.value if isinstance(key, ast.Constant) else None
            if key and isinstance(name, str) and name in names:
                yield Setting(key, _given_to(ctx, display), value, name)
    for call in (*ctx.method_calls(*_SETS), *ctx.calls("setattr")):
        yield from _called(ctx, call, names)


def is_imported(ctx: Context, owner: ast.expr | None) -> bool:
    """Whether an object comes from another module: ``app.config`` after ``from x import app``.

    Also where a class holds it: ``self.app.config`` after ``self.app = app``.
    """
    name = ctx.name(owner)
    while name is None and isinstance(owner, ast.Attribute):
        held = origin(ctx, owner)
        name, owner = ctx.name(held), None if held else owner.value
    return name is not None and "." in name


def is_for_many(ctx: Context, node: ast.AST) -> bool:
    """Whether it holds for tests that did not ask for it: shared scope, but no named fixture.

    A plain function of a ``conftest.py`` runs only when it is called. What a fixture of a
    wider scope than one test does holds for the tests beside those that ask for it.
    """
    function = ctx.function(node)
    if function is not None and is_wide(ctx, function):
        return True
    if function is not None and ctx.scopes.in_conftest:
        return ctx.scopes.is_autouse(function) or function.name.startswith(("setup", "pytest_"))
    return ctx.scopes.is_shared(node)


def is_wide(ctx: Context, function: Function) -> bool:
    """Whether a function is a fixture that is made once for a class, a module or the whole run."""
    decorator = ctx.scopes.fixture(function)
    scope = ctx.keyword(decorator, "scope") if isinstance(decorator, ast.Call) else None
    return scope is not None and ctx.text(scope.value) in _WIDE


def is_self_restoring(ctx: Context, each: Setting) -> bool:
    """Whether a setting is put back by what sets it.

    ``monkeypatch``, ``override_settings``, ``patch.dict``, and the ``settings`` that
    pytest-django gives a test.
    """
    owner = each.owner
    if isinstance(owner, ast.Name) and owner.id == "settings" and ctx.names.is_parameter(owner):
        return True
    for outer in ctx.ancestors(each.node):
        if isinstance(outer, ast.stmt):
            return False
        if isinstance(outer, ast.Call):
            called = getattr(outer.func, "attr", getattr(outer.func, "id", ""))
            holder = getattr(outer.func, "value", None)
            if called in _OVERRIDES or (holder and called in _OVERRIDING_METHODS):
                return True
            if getattr(holder, "id", "") in {"monkeypatch", "mp"}:
                return True
    return False


def _assigned(
    ctx: Context, target: ast.expr, value: ast.expr, names: Collection[str]
) -> Iterator[Setting]:
    if isinstance(target, ast.Attribute) and target.attr in names:
        yield Setting(target, target.value, value, target.attr)
    elif isinstance(target, ast.Name) and target.id in names:
        holder = ctx.parent(ctx.statement(target))
        if isinstance(holder, ast.Module | ast.ClassDef):
            yield Setting(target, None, value, target.id)
    elif isinstance(target, ast.Subscript):
        name = ctx.text(target.slice)
        if name in names and name is not None:
            yield Setting(target, target.value, value, name)


def _given_to(ctx: Context, argument: ast.AST) -> ast.expr | None:
    """``settings`` in ``settings.update(X=1)``, also with a display, and ``settings |= {...}``."""
    call = ctx.parent(argument)
    updated = call.func if isinstance(call, ast.Call) else None
    if isinstance(call, ast.AugAssign) and isinstance(call.op, ast.BitOr):
        return call.target  # settings |= {"X": 1}
    takes = {"update", "from_mapping", "from_dict"}
    is_update = isinstance(updated, ast.Attribute) and updated.attr in takes
    return updated.value if is_update and isinstance(updated, ast.Attribute) else None


def _called(ctx: Context, call: ast.Call, names: Collection[str]) -> Iterator[Setting]:
    """``setattr(settings, "X", 1)``, ``monkeypatch.setitem(app.config, "X", 1)``."""
    name = ctx.text(call.args[1]) if len(call.args) >= _BUILTIN else None
    if name is not None and name in names:
        yield Setting(call.args[1], call.args[0], call.args[2], name)
    elif len(call.args) == _BUILTIN - 1 and isinstance(call.func, ast.Attribute):
        name = (ctx.text(call.args[0]) or "").rpartition(".")[2]
        if name in names:
            yield Setting(call.args[0], call.func.value, call.args[1], name)
