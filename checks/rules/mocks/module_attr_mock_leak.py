"""A mock is put on a module or class of the product and left there.

`service.verify = Mock()` replaces the attribute for the whole process. Nothing puts the real
one back, so every test that runs later runs against the stand-in, in an order that nobody
chose, and no longer notices when the real one is broken.

Use `mock.patch.object(service, "verify")` as a decorator or `with`, or
`monkeypatch.setattr(service, "verify", ..)`: both put it back.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, evidence
from checks.context import Context
from checks.restoration import Undone, bases_undo
from checks.rules.mocks._leaks import is_guarded, is_module_or_class, is_reset
from checks.rules.mocks._patchers import is_mock
from checks.tree import FUNCTIONS

_FAKES = re.compile(r"(^|[._])(fakes?|mocks?|stubs?|dummy|tests?|testing|conftest)([._]|$)")
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
            "    def setUp(self):\n        app.auth.verify = M(return_value=1)"
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
        "from app import auth\nfrom test.support import swap_attr\ndef test_a():\n"
        "    with swap_attr(auth, 'verify', None):\n        auth.verify = lambda: 1",
        "from unittest import mock\nfrom app import auth\ndef test_a(monkeypatch):\n"
        "    monkeypatch.setattr(auth, 'verify', None)\n    auth.verify = mock.Mock()",
    ],
)


@rule.on(ast.Assign)
def visit(statement: ast.Assign, ctx: Context) -> Iterator[Outcome]:
    for kept in statement.targets:
        if isinstance(kept, ast.Attribute) and _is_stand_in(statement.value, ctx):
            yield from _outcome(kept, kept.value, kept.attr, ctx)


@rule.on(ast.Call)
def visit_call(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if ctx.name(call.func) != "setattr" or len(call.args) != 3:
        return
    attribute = ctx.text(call.args[1])
    if attribute and _is_stand_in(call.args[2], ctx):
        yield from _outcome(call, call.args[0], attribute, ctx)


def _is_stand_in(value: ast.expr, ctx: Context) -> bool:
    """Whether a value is a mock, a lambda, or a function that the test defines inside itself."""
    made = ctx.origin(value) or value
    if isinstance(made, ast.Lambda) or is_mock(made, ctx):
        return True
    local = ctx.names.definition(value)
    return isinstance(local, FUNCTIONS) and ctx.function(local) is not None


def _outcome(node: ast.expr, owner: ast.expr, attribute: str, ctx: Context) -> Iterator[Outcome]:
    home = ctx.name(owner)
    if not home or not is_module_or_class(home) or attribute in _OF_MOCKS:
        return
    if ctx.function(node) is None:
        return
    if is_guarded(node, home, attribute, ctx) or is_reset(node, home, attribute, ctx):
        return
    what = f"`{ctx.segment(owner)}.{attribute}`"
    unknown = bases_undo(ctx, ctx.class_of(node), frozenset()) is Undone.UNKNOWN
    of_class = home.rpartition(".")[2][:1].isupper()
    if _FAKES.search(home.lower()) or (unknown and of_class):
        yield evidence(node, f"{what} is replaced by a stand-in that this file does not put back.")
    else:
        yield rule.finding(node, f"{what} is replaced for the whole process and not put back.")
