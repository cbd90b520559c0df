"""An assertion of a mock is named but not called.

`m.assert_called_once` without parentheses checks nothing, and `assert m.called_with(..)`
or `assertTrue(m.has_calls(..))` are always true: a mock has every attribute, and each is a
mock that is true. The check that a guard was really asked is then no check.

An attribute that is called later (`check = m.assert_called_once`) is fine, and so is
`assert m.called`, which a mock really has. The `strict` profile also reports objects that may
not be mocks.

Call the assertion: `m.assert_called_once_with(..)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, replace
from checks.context import Context
from checks.model import Edit
from checks.rules.mocks._assertion_names import MADE_UP, NEVER, REAL, WITHOUT_ARGUMENTS
from checks.rules.mocks._mocks import is_double, is_own_method
from checks.rules.mocks._rewriting import as_statement

_ASSERTIONS = REAL | NEVER.keys()
_TRUE = ("assertTrue", "assert_", "failUnless", "assertIsNotNone")

rule = Rule(
    id="mock-assert-not-called",
    words=("call", "await"),
    severity="medium",
    cwe=670,
    bad=[
        Bad(
            "def test_a(m):\n    m.check.assert_called_once",
            fixed="def test_a(m):\n    m.check.assert_called_once()",
        ),
        Bad("def test_a(m):\n    m.assert_called_with"),
        Bad(
            "def test_a(m):\n    assert m.assert_called_once",
            fixed="def test_a(m):\n    m.assert_called_once()",
        ),
        Bad(
            "def test_a(mock_send):\n    assert mock_send.called_with('x'), 'not sent'",
            fixed="def test_a(mock_send):\n    mock_send.assert_called_with('x')",
        ),
        Bad(
            "def test_a(mock_send):\n    assert mock_send.not_called",
            fixed="def test_a(mock_send):\n    mock_send.assert_not_called()",
        ),
        Bad("def test_a(mock_send):\n    assert mock_send.ok and mock_send.called_with('x')"),
        Bad("def test_a(send):\n    assert send.called_once_with('x')", profile="strict"),
        Bad(
            "from unittest import mock\n@mock.patch('app.send')\ndef test_a(self, send):\n"
            "    self.assertTrue(send.called_once_with('x'))",
            fixed="from unittest import mock\n@mock.patch('app.send')\ndef test_a(self, send):\n"
            "    send.assert_called_once_with('x')",
        ),
        Bad(
            "def test_a(self, m):\n    self.assertTrue(m.assert_not_called)",
            fixed="def test_a(self, m):\n    m.assert_not_called()",
        ),
        Bad(
            "from unittest import mock as k\nm = k.Mock()\n"
            "def test_a():\n    assert m.has_calls([1])"
        ),
        Bad(
            "def test_a(mocker):\n    send = mocker.patch('app.send')\n    act()\n"
            "    assert send.called_once_with('x')",
            fixed="def test_a(mocker):\n    send = mocker.patch('app.send')\n    act()\n"
            "    send.assert_called_once_with('x')",
        ),
        Bad(
            "import pytest\nfrom unittest.mock import MagicMock\n@pytest.fixture\n"
            "def send():\n    return MagicMock()\ndef test_a(send):\n    act(send)\n"
            "    assert send.called_once"
        ),
        Bad("def test_a(m):\n    assert all([m.sent, m.assert_called_once])"),
        Bad("def test_a(m):\n    m.ok, m.assert_called_once"),
    ],
    good=[
        "def test_a(m):\n    m.assert_called_once()",
        "def test_a(m):\n    m.assert_called_once_with('x')",
        "def test_a(m):\n    assert m.called",
        "def test_a(m):\n    assert m.call_count == 1",
        "def test_a(m):\n    check = m.assert_called_once\n    check()",
        "def test_a(m):\n    assert called_with('x')",
        "def test_a(requests_double):\n    assert requests_double.called_once",
        "def test_a(spy):\n    assert spy.called_with('x')",
        "def test_a(m):\n    for check in (m.assert_called, m.assert_awaited):\n        check()",
        Good(
            "class Spy:\n    def called_with(self, value):\n        return value in self.seen\n"
            "def test_a():\n    assert Spy().called_with('x')",
            profile="strict",
        ),
        Good("def test_a(m):\n    assert m.called and m.call_count == 1", profile="strict"),
    ],
)


@rule.on(ast.Module)
def visit_statements(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for name in _ASSERTIONS.intersection(ctx.attributes):
        for named in ctx.attributes[name]:
            holder = ctx.parent(named)
            alone = isinstance(holder, ast.Expr)
            if not alone and not _is_thrown_away(holder, ctx):
                continue
            edit = None
            if alone and named.attr in WITHOUT_ARGUMENTS:
                edit = replace(named, f"{ctx.segment(named)}()")
            yield rule.finding(
                named, f"`{named.attr}` is named and not called, so nothing is checked.", edit=edit
            )


@rule.on(ast.Assert)
def visit_assert(statement: ast.Assert, ctx: Context) -> Iterator[Outcome]:
    for part in _parts(statement.test, ctx):
        yield from _outcome(part, statement if part is statement.test else None, ctx)


@rule.on_call("nose.tools.ok_", "nose.tools.assert_true")
@rule.on_method(*_TRUE)
def visit_call(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if call.args:
        alone = isinstance(ctx.parent(call), ast.Expr)
        for part in _parts(call.args[0], ctx):
            whole = call if alone and part is call.args[0] else None
            yield from _outcome(part, whole, ctx)


def _is_thrown_away(holder: ast.AST | None, ctx: Context) -> bool:
    """Whether a tuple or an ``and`` around the name is itself a statement."""
    return isinstance(holder, ast.Tuple | ast.BoolOp | ast.Await) and isinstance(
        ctx.parent(holder), ast.Expr
    )


def _parts(test: ast.expr, ctx: Context) -> list[ast.expr]:
    """What all has to be true for a test to be: the parts of an ``and`` or of ``all([..])``."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return test.values
    if ctx.call_name(test) == "all" and isinstance(test, ast.Call) and test.args:
        given = test.args[0]
        return given.elts if isinstance(given, ast.List | ast.Tuple) else [test]
    return [test]


def _outcome(
    test: ast.expr, whole: ast.Call | ast.Assert | None, ctx: Context
) -> Iterator[Outcome]:
    """A finding where a *test* is an attribute of a mock, which is one more mock."""
    attribute = test.func if isinstance(test, ast.Call) else test
    if not isinstance(attribute, ast.Attribute):
        return
    plain = attribute is test and attribute.attr in _ASSERTIONS
    if not plain and attribute.attr not in MADE_UP:
        return
    if not plain and is_own_method(ctx, attribute):
        return
    sure = plain or is_double(ctx, attribute.value)
    if sure or ctx.strict:
        yield rule.finding(
            test,
            f"`{attribute.attr}` of a mock is one more mock, which is always true.",
            severity=None if sure else "low",
            edit=_edit(test, attribute, whole, ctx) if whole else None,
        )


def _edit(
    test: ast.expr, attribute: ast.Attribute, whole: ast.Call | ast.Assert, ctx: Context
) -> Edit | None:
    """The assertion itself in place of the *whole* statement, where its arguments are known."""
    meant = MADE_UP.get(attribute.attr, attribute.attr)
    if meant not in REAL or (attribute is test and meant not in WITHOUT_ARGUMENTS):
        return None
    arguments: list[ast.expr | ast.keyword] = []
    if isinstance(test, ast.Call):
        arguments = [*test.args, *test.keywords]
    given = ", ".join(map(ctx.segment, arguments))
    text = f"{ctx.segment(attribute.value)}.{meant}({given})"
    return replace(whole, text if isinstance(whole, ast.Call) else as_statement(text))
