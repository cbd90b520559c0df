"""A stand-in is put into `sys.modules` and left there.

From then on every `import` of that name, in every later test, gets the stand-in: a client
that accepts each certificate, a library for passwords that verifies nothing. At the top of
a test file it happens as soon as the file is collected, even if none of its tests runs.
Likewise a module that is thrown out of `sys.modules` while this file has imported it: it is
loaded a second time, and what is patched in one copy is not patched in the other.

A substitute for a library that is not installed (`except ImportError`), and what a
`patch.dict`, a clean-up or a `finally` puts back, is not a finding.

Let something put it back: `monkeypatch.setitem(sys.modules, name, stand_in)` or
`with mock.patch.dict(sys.modules, {name: stand_in}):`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, evidence, replace
from checks.context import Context
from checks.model import Edit
from checks.rules.mocks._modules import (
    imported_here,
    is_fallback,
    is_stand_in,
    is_sys_modules,
    is_undone,
)
from checks.rules.mocks._rewriting import as_statement, has_monkeypatch
from checks.rules.mocks._stopped import runs_by_itself

_TOP = "from unittest import mock\nimport sys\n"
_SET = "sys.modules['app.auth'] = mock.Mock()"

rule = Rule(
    id="sys-modules-replaced",
    words=("modules",),
    severity="medium",
    cwe=459,
    bad=[
        Bad(f"{_TOP}def test_a():\n    {_SET}  # <-\n    act()"),
        Bad(f"{_TOP}{_SET}  # <-\nfrom app import views\ndef test_a():\n    views.act()"),
        Bad(
            "import sys as s\nfrom unittest.mock import MagicMock as M\nclass TestA:\n"
            "    def setUp(self):\n        fake = M()\n        s.modules['ldap'] = fake"
        ),
        Bad(
            "import sys, types\nclass TestA:\n    def setUp(self):\n"
            "        self.fake = types.ModuleType('ldap')\n"
            "        sys.modules['ldap'] = self.fake"
        ),
        Bad("from sys import modules as loaded\ndef test_a():\n    loaded['ssl'] = None"),
        Bad(
            f"{_TOP}import types\ndef test_a(monkeypatch):\n"
            "    sys.modules['ldap'] = types.ModuleType('ldap')",
            fixed=f"{_TOP}import types\ndef test_a(monkeypatch):\n"
            "    monkeypatch.setitem(sys.modules, 'ldap', types.ModuleType('ldap'))",
        ),
        Bad(
            f"{_TOP}def test_a():\n    sys.modules.update({{'ldap': mock.Mock()}})  # <-\n    act()"
        ),
        Bad(
            "import sys\nfrom app.auth import verify\ndef test_a(monkeypatch):\n"
            "    del sys.modules['app.auth']",
            fixed="import sys\nfrom app.auth import verify\ndef test_a(monkeypatch):\n"
            "    monkeypatch.delitem(sys.modules, 'app.auth')",
        ),
        Bad("import sys\nimport app.auth\ndef test_a():\n    sys.modules.pop('app.auth', None)"),
    ],
    good=[
        f"{_TOP}def test_a():\n    with mock.patch.dict('sys.modules', ldap=None):\n        {_SET}",
        f"{_TOP}@mock.patch.dict(sys.modules)\ndef test_a():\n    {_SET}\n    act()",
        f"{_TOP}def test_a():\n    {_SET}\n    try:\n        act()\n    finally:\n"
        "        del sys.modules['app.auth']",
        f"{_TOP}class TestA:\n    def setUp(self):\n        {_SET}\n"
        "        self.addCleanup(sys.modules.pop, 'app.auth')",
        f"{_TOP}try:\n    import ldap\nexcept ImportError:\n    sys.modules['ldap'] = mock.Mock()",
        "import sys, importlib.util\ndef test_a(path):\n"
        "    spec = importlib.util.spec_from_file_location('a', path)\n"
        "    module = importlib.util.module_from_spec(spec)\n    sys.modules['a'] = module",
        "import sys\ndef test_a(monkeypatch):\n    monkeypatch.setitem(sys.modules, 'ldap', None)",
        "import sys\ndef test_a():\n    sys.modules.pop('generated_module', None)\n    act()",
        f"{_TOP}from app.testing import forget\ndef test_a():\n"
        f"    with forget('app.auth'):\n        {_SET}\n        act()",
        f"{_TOP}def test_a():\n    saved = Snapshot()\n    {_SET}\n    saved.restore()",
        "def test_a(modules):\n    modules['app.auth'] = None",
        Good(f"{_TOP}sys.modules['RPi'] = mock.Mock()", path="tests/conftest.py"),
    ],
)


@rule.on(ast.Subscript)
def visit(item: ast.Subscript, ctx: Context) -> Iterator[Outcome]:
    if isinstance(item.ctx, ast.Load) or not is_sys_modules(item.value, ctx):
        return
    holder = ctx.parent(item)
    if isinstance(holder, ast.Assign) and is_stand_in(holder.value, ctx):
        yield from _replaced(item, _edit(holder, item, ctx), ctx)
    elif isinstance(holder, ast.Delete):
        yield from _removed(item, item.slice, _edit(holder, item, ctx), ctx)


@rule.on_method("update", "setdefault", "__setitem__", "pop")
def visit_call(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    assert isinstance(call.func, ast.Attribute)
    if not call.args or not is_sys_modules(call.func.value, ctx):
        return
    if call.func.attr == "pop":
        if isinstance(ctx.parent(call), ast.Expr):
            yield from _removed(call, call.args[0], None, ctx)
        return
    last = call.args[-1]
    given = last.values if isinstance(last, ast.Dict) else [last]
    if any(is_stand_in(value, ctx) for value in given):
        yield from _replaced(call, None, ctx)


def _replaced(node: ast.expr, edit: Edit | None, ctx: Context) -> Iterator[Outcome]:
    if is_fallback(node, ctx) or is_undone(node, ctx):
        return
    alone = ctx.function(node) is None and not ctx.path.rpartition("/")[2].startswith("test")
    if alone or not runs_by_itself(ctx, node):
        yield evidence(node, "A stand-in is put into `sys.modules` and stays for the whole run.")
    else:
        reason = "Every later import of this name gets the stand-in: nothing puts the module back."
        yield rule.finding(node, reason, edit=edit)


def _removed(node: ast.expr, key: ast.expr, edit: Edit | None, ctx: Context) -> Iterator[Outcome]:
    name = ctx.text(key)
    if not name or not imported_here(name, ctx) or not ctx.scopes.in_test(node):
        return
    if not is_undone(node, ctx):
        reason = (
            f"`{name}` is loaded a second time after this, while this file and others keep the"
            " first copy."
        )
        yield rule.finding(node, reason, severity="low", edit=edit)


def _edit(holder: ast.Assign | ast.Delete, item: ast.Subscript, ctx: Context) -> Edit | None:
    """``monkeypatch`` in place of the statement, where the test has asked for it."""
    if len(holder.targets) != 1 or not has_monkeypatch(holder, ctx):
        return None
    given = [ctx.segment(item.value), ctx.segment(item.slice)]
    verb = "delitem"
    if isinstance(holder, ast.Assign):
        verb = "setitem"
        given.append(ctx.segment(holder.value))
    return replace(holder, as_statement(f"monkeypatch.{verb}({', '.join(given)})"), safe=True)
