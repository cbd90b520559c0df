"""A setting of a shared application is changed by a test and never put back.

`app.dependency_overrides[get_user] = fake`, `app.config["LIMIT"] = 1` and
`settings.LIMIT = 1` change an object that all tests share. What one test overrides, often an
authentication or a limit, stays overridden for the tests after it.

It is not a finding for an application or settings object that the test makes itself or
gets from a fixture: `settings` of pytest-django restores itself. Nor where the change is
put back on any path, and not for the switch that says that tests run (`TESTING`).

Put it back after a fixture's `yield`: `app.dependency_overrides.clear()`; or use
`monkeypatch.setitem(app.config, "LIMIT", 1)`, `override_settings(LIMIT=1)`, or
`mock.patch.dict(app.dependency_overrides, {...})`.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, evidence
from checks.context import Context
from checks.model import Edit
from checks.restoration import Undone, bases_undo
from checks.rules.cleanup._attributes import Stored, is_settings, left
from checks.rules.cleanup._restored import acts_in_tests, asks_for, called, is_restored, is_saved
from checks.rules.cleanup._rewrites import as_setattr, as_setitem
from checks.rules.cleanup._wording import code, dotted

TABLES = frozenset({"dependency_overrides", "config"})
# Switches that have rules of their own at shared scope, and the one that is meant to stay.
OTHERS = re.compile(r"(?i)^testing$|csrf|^debug$|login_disabled|auth|user|require|permission")
TESTING = re.compile(r"(?i)^testing$")
ENDS = frozenset({"clear", "pop", "popitem"})
GUARD = re.compile(r"(?i)override|restor|reset|clean|isolat")

rule = Rule(
    id="dependency-overrides-leak",
    severity="low",
    cwe=459,
    bad=[
        Bad(
            "from app.main import app\ndef test_a(fake):\n"
            "    app.dependency_overrides[fake] = lambda: 1  # <-\n    act()"
        ),
        Bad(
            "from app.main import app as web\ndef test_a(load, fake):\n"
            "    web.dependency_overrides = {load: fake}"
        ),
        Bad("from app import app\ndef test_a():\n    app.config['LIMIT'] = 1"),
        Bad("from app import app\ndef test_a():\n    app.config.update(LIMIT=1)"),
        Bad("from django.conf import settings as s\ndef test_a():\n    s.LIMIT = 1"),
        Bad(
            "from app import app\ndef test_a(monkeypatch):\n    app.config['LIMIT'] = 1",
            fixed="from app import app\ndef test_a(monkeypatch):\n"
            "    monkeypatch.setitem(app.config, 'LIMIT', 1)",
        ),
    ],
    good=[
        "import pytest\nfrom app.main import app\n@pytest.fixture\ndef fake_loader(load, fake):\n"
        "    app.dependency_overrides[load] = fake\n    yield\n"
        "    app.dependency_overrides.clear()",
        "from app import app\ndef test_a():\n    before = app.config['LIMIT']\n"
        "    app.config['LIMIT'] = 1\n    try:\n        act()\n    finally:\n"
        "        app.config['LIMIT'] = before",
        "def test_a(settings):\n    settings.LIMIT = 1",
        "from app import create_app\ndef test_a():\n    app = create_app()\n"
        "    app.config['LIMIT'] = 1",
        "from app import app\ndef test_a():\n    app.config['TESTING'] = True",
        "from app import app\ndef test_a(monkeypatch):\n"
        "    monkeypatch.setitem(app.config, 'LIMIT', 1)",
        "from django.test import override_settings\nfrom django.conf import settings\n"
        "@override_settings(LIMIT=2)\ndef test_a():\n    settings.LIMIT = 1",
    ],
)


@rule.on(ast.Module)
def visit(module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for item in left(ctx):
        if not is_settings(item.home) or item.attribute in TABLES:
            continue
        if not _is_anothers(ctx, item.node, item.attribute) and not _is_overridden(ctx, item):
            what = code(f"{dotted(item.owner)}.{item.attribute}")
            yield _said(ctx, item.node, what, as_setattr(ctx, item.node))


@rule.on(ast.Module)
def visit_assigned(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for assign, stored in ctx.assigned(ast.Attribute):
        if stored.attr in TABLES and not (is_saved(assign.value) or _is_empty(assign.value)):
            yield from _changed(ctx, stored, stored, None)
    for assign, entry in ctx.assigned(ast.Subscript):
        table = entry.value
        if not isinstance(table, ast.Attribute) or table.attr not in TABLES:
            continue
        if not is_saved(assign.value):
            yield from _changed(ctx, entry, table, entry.slice)


@rule.on_method("update", "setdefault")
def visit_call(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    item = getattr(call.func, "value", None)
    if not isinstance(item, ast.Attribute) or item.attr not in TABLES:
        return
    if not any(is_saved(argument) for argument in call.args):
        yield from _changed(ctx, call, item, None)


def _changed(
    ctx: Context, node: ast.expr, table: ast.Attribute, key: ast.expr | None
) -> Iterator[Outcome]:
    """What is to be said of a change to a table of an application, if it is left."""
    named = ctx.text(key) or called(key) if key is not None else ""
    if not _is_shared(ctx, table.value):
        return
    if ctx.function(node) is None and table.attr == "dependency_overrides":
        yield evidence(
            node, f"{code(dotted(table))} is changed when this file is imported, for all tests."
        )
    if not acts_in_tests(ctx, node):
        return
    if _is_anothers(ctx, node, named) or _is_repeated(ctx, node, table):
        return

    def undoes(inner: ast.AST) -> bool:
        return _is_undoing(ctx, inner, table, key)

    def guards(call: ast.AST) -> bool:
        return _is_guard(ctx, call, table.attr)

    if not asks_for(ctx, node, GUARD) and not is_restored(ctx, node, undoes, guards):
        yield _said(ctx, node, code(dotted(table)), as_setitem(ctx, node))


def _said(ctx: Context, node: ast.expr, what: str, edit: Edit | None) -> Outcome:
    if bases_undo(ctx, ctx.class_of(node), frozenset()) is Undone.UNKNOWN:
        return evidence(node, f"{what} is changed, and this file does not put it back.")
    return rule.finding(node, f"{what} stays changed for every test that shares it.", edit=edit)


def _is_shared(ctx: Context, owner: ast.expr) -> bool:
    """Whether an application is imported, or made once for the whole file."""
    root = owner
    while isinstance(root, ast.Attribute):
        root = root.value
    if not isinstance(root, ast.Name) or root.id in {"self", "cls"}:
        return False
    if ctx.name(owner) is not None:
        return is_settings(ctx.name(owner) or "")
    bindings = ctx.names.bindings(root)
    made = isinstance(ctx.origin(root), ast.Call)
    return root is owner and made and all(ctx.function(b) is None for b in bindings)


def _is_anothers(ctx: Context, node: ast.expr, key: str) -> bool:
    """Whether a change is meant to stay, or is a matter of the rules for access."""
    return bool(TESTING.search(key) or (OTHERS.search(key) and ctx.scopes.is_shared(node)))


def _is_repeated(ctx: Context, node: ast.expr, table: ast.Attribute) -> bool:
    """Whether the function has changed the same table before: one word about one test."""
    for other in ctx.nodes(ast.Attribute, inside=ctx.function(node)):
        if other is table:
            return False
        if other.attr == table.attr:
            holder = ctx.parent(other)
            if isinstance(holder, ast.Subscript) and isinstance(holder.ctx, ast.Store):
                return True
            if isinstance(other.ctx, ast.Store) or called(holder or other) == "update":
                return True
    return False


def _is_overridden(ctx: Context, item: Stored) -> bool:
    """Whether Django's decorator or block around restores the settings."""
    return any(
        called(manager) in {"override_settings", "modify_settings", "settings"}
        for outer in ctx.ancestors(item.node)
        for manager in (
            [entered.context_expr for entered in outer.items]
            if isinstance(outer, ast.With | ast.AsyncWith)
            else getattr(outer, "decorator_list", [])
        )
    )


def _is_empty(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return not value.args and not value.keywords
    return isinstance(value, ast.Dict) and not value.keys


def _is_undoing(ctx: Context, inner: ast.AST, table: ast.Attribute, key: ast.expr | None) -> bool:
    """Whether a node takes an entry out of the table, sets it again, or clears it."""
    if not isinstance(inner, ast.Attribute) or inner is table or inner.attr != table.attr:
        return False
    holder = ctx.parent(inner)
    if isinstance(holder, ast.Subscript) and not isinstance(holder.ctx, ast.Load):
        same = key is None or ast.dump(holder.slice) == ast.dump(key)
        return same or isinstance(holder.ctx, ast.Del)
    if isinstance(holder, ast.Attribute):
        return holder.attr in ENDS or holder.attr == "update"
    return not isinstance(inner.ctx, ast.Load)


def _is_guard(ctx: Context, call: ast.AST, table: str) -> bool:
    """Whether *call* is a patch of the table, or a block named after restoring."""
    if not isinstance(call, ast.Call):
        return False
    if GUARD.search(called(call)):
        return True
    return any(
        isinstance(part, ast.Attribute)
        and part.attr == table
        and called(call) in {"dict", "object", "setattr", "setitem"}
        for part in call.args
    )
