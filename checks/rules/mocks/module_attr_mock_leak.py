"""A mock is put on a module or class of the product and left there.

`service.verify = Mock()` replaces the attribute for the whole process. Nothing puts the real
one back, so every test that runs later runs against the stand-in, in an order that nobody
chose, and no longer notices when the real one is broken.

An attribute of an object that the test makes or gets as an argument is not a finding, nor is
one that a `finally`, a clean-up or a patch puts back.

Use `mock.patch.object(service, "verify")` as a decorator or `with`, or
`monkeypatch.setattr(service, "verify", ..)`: both put it back.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, evidence, replace
from checks.context import Context
from checks.model import Edit
from checks.restoration import Undone, bases_undo
from checks.rules._wording import dotted
from checks.rules.mocks._leaks import (
    is_guarded,
    is_module_or_class,
    is_place,
    is_reset,
    is_stand_in,
    may_follow,
)
from checks.rules.mocks._patchers import is_own
from checks.rules.mocks._rewriting import as_statement, has_monkeypatch
from checks.rules.mocks._stopped import runs_by_itself

_FAKES = re.compile(r"(^|[._])(fakes?|mocks?|stubs?|dummy|tests?|testing|conftest)([._]|$)")
# Whoever replaces these turns TLS off, of which other rules speak.
_OF_TLS = frozenset({"ssl.match_hostname", "ssl._create_default_https_context"})
_OF_MOCKS = frozenset({"return_value", "side_effect", "call_count", "called"})

rule = Rule(
    id="module-attr-mock-leak",
    severity="medium",
    cwe=459,
    bad=[
        Bad(
            "from unittest import mock\nfrom app import auth\ndef test_a():\n"
            "    auth.verify = mock.Mock()  # <-\n    act()"
        ),
        Bad(
            "from unittest.mock import MagicMock as M\nimport app.auth\nclass A:\n"
            "    def setUp(self):\n        app.auth.fetch = M(return_value=1)"
        ),
        Bad("from app.auth import Guard\ndef test_a():\n    Guard.check = lambda self: 1"),
        Bad(
            "from app import auth\ndef test_a():\n    def verify(token):\n        return 1\n"
            "    auth.verify = verify"
        ),
        Bad(
            "from app import auth\nfrom unittest import mock\ndef test_a():\n"
            "    setattr(auth, 'verify', mock.Mock())"
        ),
        Bad(
            "from app import auth\nclass TestA:\n    def test_a(self):\n"
            "        auth.verify = lambda token: 1  # <-\n"
            "class TestB:\n    def setUp(self):\n        self.real = auth.verify\n"
            "    def tearDown(self):\n        auth.verify = self.real"
        ),
        Bad("from app.auth import Guard\ndef test_a():\n    Guard.user = property(lambda g: 1)"),
        Bad("from app import auth\ndef test_a(mocker):\n    auth.verify = mocker.Mock()"),
        Bad("from unittest.mock import Mock\nimport app\napp.send = Mock()", path="test_a.py"),
        Bad(
            "from app import auth\nfrom unittest import mock\ndef test_a():\n"
            "    auth.verify, before = mock.Mock(), 1"
        ),
        Bad(
            "from app import auth\ndef test_a(monkeypatch):\n    auth.verify = lambda token: 1",
            fixed="from app import auth\ndef test_a(monkeypatch):\n"
            '    monkeypatch.setattr(auth, "verify", lambda token: 1)',
        ),
        Bad(
            "from app import auth as a\nfrom unittest import mock\ndef test_a(monkeypatch):\n"
            "    setattr(a, 'verify', mock.Mock())",
            fixed="from app import auth as a\nfrom unittest import mock\n"
            "def test_a(monkeypatch):\n    monkeypatch.setattr(a, 'verify', mock.Mock())",
        ),
    ],
    good=[
        "from unittest import mock\nfrom app import auth\n"
        "@mock.patch.object(auth, 'verify')\ndef test_a(verify):\n    auth.verify.x = mock.Mock()",
        "from unittest import mock\nfrom app import auth\ndef test_a():\n    real = auth.verify\n"
        "    auth.verify = mock.Mock()\n    try:\n        act()\n    finally:\n"
        "        auth.verify = real",
        "from unittest import mock\nfrom app import auth\nclass A:\n    def setUp(self):\n"
        "        self.addCleanup(setattr, auth, 'verify', auth.verify)\n"
        "        auth.verify = mock.Mock()",
        "from unittest import mock\ndef test_a(auth):\n    auth.verify = mock.Mock()",
        "from unittest import mock\nfrom app import auth\ndef test_a():\n"
        "    guard = auth.Guard()\n    guard.verify = mock.Mock()",
        "import builtins\ndef test_a():\n    real = builtins.__import__\n"
        "    builtins.__import__ = lambda *a: real(*a)\n    try:\n        act()\n"
        "    finally:\n        builtins.__import__ = real",
        "from app import auth\nclass A:\n    def setup_test(self):\n"
        "        self.real = auth.verify\n        auth.verify = lambda token: 1\n"
        "    def undo(self):\n        auth.verify = self.real",
        "from unittest import mock\nfrom app import auth\nclass TestA(Case):\n"
        "    def setUp(self):\n        self.patch(auth, 'verify', None)\n"
        "    def test_a(self):\n        auth.verify = mock.Mock()",
        Good("from unittest.mock import Mock\nimport app\napp.send = Mock()", "tests/conftest.py"),
        "from app import auth\nclass Lenient:\n    def __enter__(self):\n"
        "        self.real = auth.fetch\n    def __exit__(self, *error):\n"
        "        auth.fetch = self.real\nclass TestA:\n    def setUp(self):\n"
        "        auth.fetch = lambda token: 1",
        "import pytest\nfrom app import auth\n@pytest.fixture(autouse=True)\n"
        "def keep(monkeypatch):\n    monkeypatch.setattr(auth, 'verify', auth.verify)\n"
        "def test_a():\n    auth.verify = lambda token: 1",
        "from app.auth import Guard\ndef test_a():\n    if not hasattr(Guard, 'check'):\n"
        "        Guard.check = lambda self: 1",
        "from app import auth\ndef verify(token):\n    return 1\nclass Fake:\n"
        "    verify = staticmethod(verify)\n    auth.verify = verify",
        "from app import auth\ndef pytest_configure():\n    auth.verify = lambda token: 1",
        "from app import auth\nfrom test.support import swap_attr\ndef test_a():\n"
        "    with swap_attr(auth, 'verify', None):\n        auth.verify = lambda: 1",
        "from unittest import mock\nfrom app import auth\ndef test_a(monkeypatch):\n"
        "    monkeypatch.setattr(auth, 'verify', None)\n    auth.verify = mock.Mock()",
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for statement, kept in ctx.assigned(ast.Attribute):
        if not is_own(kept) and ctx.name(kept.value) and is_stand_in(statement.value, ctx):
            yield from _outcome(kept, kept.value, kept.attr, _edit(statement, kept, ctx), ctx)
    for statement, several in ctx.assigned(ast.Tuple):
        given = statement.value.elts if isinstance(statement.value, ast.Tuple) else []
        for target, value in zip(several.elts, given, strict=False):
            if isinstance(target, ast.Attribute) and is_stand_in(value, ctx):
                yield from _outcome(target, target.value, target.attr, None, ctx)


@rule.on_call("setattr")
def visit_call(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    attribute = ctx.text(call.args[1]) if len(call.args) == 3 else None
    if attribute and is_stand_in(call.args[2], ctx):
        known = has_monkeypatch(call, ctx)
        edit = replace(call.func, "monkeypatch.setattr", safe=True) if known else None
        yield from _outcome(call, call.args[0], attribute, edit, ctx)


def _outcome(
    node: ast.expr, owner: ast.expr, attribute: str, edit: Edit | None, ctx: Context
) -> Iterator[Outcome]:
    home = ctx.name(owner)
    if not home or not is_module_or_class(home) or attribute in _OF_MOCKS:
        return
    if f"{home}.{attribute}" in _OF_TLS:
        return
    function = ctx.function(node)
    if function is None and not ctx.path.rpartition("/")[2].startswith("test"):
        return
    if function and function.name.startswith("pytest_"):  # A hook acts for the session.
        return
    if is_guarded(node, home, attribute, ctx) or is_reset(node, home, attribute, ctx):
        return
    if _is_given_back_elsewhere(node, home, attribute, ctx):
        return
    what = f"`{dotted(owner)}.{attribute}`"
    unknown = bases_undo(ctx, ctx.class_of(node), frozenset()) is Undone.UNKNOWN
    of_class = home.rpartition(".")[2].lstrip("_")[:1].isupper()
    doubtful = _FAKES.search(home.lower()) or (unknown and of_class)
    if doubtful or not runs_by_itself(ctx, node):
        yield evidence(node, f"{what} is replaced by a stand-in that this file does not put back.")
    else:
        reason = f"{what} is replaced for the whole process and not put back."
        yield rule.finding(node, reason, edit=edit)


def _is_given_back_elsewhere(node: ast.expr, home: str, attribute: str, ctx: Context) -> bool:
    """Whether another function assigns something real: a clean-up that a caller may call."""
    for target in ctx.attributes.get(attribute, ()):
        if isinstance(target.ctx, ast.Store):
            holder = ctx.parent(target)
            if (
                isinstance(holder, ast.Assign)
                and may_follow(target, node, ctx)
                and is_place(target, home, attribute, ctx)
                and not is_stand_in(holder.value, ctx)
            ):
                return True
    return False


def _edit(statement: ast.Assign, kept: ast.Attribute, ctx: Context) -> Edit | None:
    """``monkeypatch.setattr`` in place of the assignment, where the test has asked for it."""
    if len(statement.targets) != 1 or not has_monkeypatch(statement, ctx):
        return None
    value = ctx.segment(statement.value)
    text = f'monkeypatch.setattr({ctx.segment(kept.value)}, "{kept.attr}", {value})'
    return replace(statement, as_statement(text), safe=True)
