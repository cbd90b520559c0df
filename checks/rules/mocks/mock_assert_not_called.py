"""A mock's assertion is named but not made.

`m.assert_called_once` without parentheses checks nothing, and `assert m.called_with(..)`
or `assertTrue(m.has_calls(..))` are always true: a mock has every attribute, and each is a
mock that is true. The check that a guard was really asked is then no check.

Call the assertion: `m.assert_called_once_with(..)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, replace
from checks.context import Context
from checks.model import Edit
from checks.rules.mocks._patchers import is_double

_WITHOUT_ARGUMENTS = frozenset(
    {
        "assert_called",
        "assert_called_once",
        "assert_not_called",
        "assert_awaited",
        "assert_awaited_once",
        "assert_not_awaited",
    }
)
_ASSERTIONS = _WITHOUT_ARGUMENTS | {
    "assert_called_with",
    "assert_called_once_with",
    "assert_called_twice",
    "assert_any_call",
    "assert_has_calls",
    "assert_awaited_with",
    "assert_awaited_once_with",
    "assert_any_await",
    "assert_has_awaits",
}
# Attributes that a mock makes up, and the assertion that was meant.
_MEANT = {
    "called_with": "assert_called_with",
    "called_once_with": "assert_called_once_with",
    "called_once": "assert_called_once",
    "not_called": "assert_not_called",
    "any_call": "assert_any_call",
    "has_calls": "assert_has_calls",
    "awaited_with": "assert_awaited_with",
    "awaited_once_with": "assert_awaited_once_with",
}

_REASON = "This attribute of a mock is one more mock, which is always true."

rule = Rule(
    id="mock-assert-not-called",
    severity="medium",
    cwe=670,
    bad=[
        Bad(
            "def test_a(m):\n    m.check.assert_called_once",
            fixed="def test_a(m):\n    m.check.assert_called_once()",
        ),
        Bad("def test_a(m):\n    m.assert_called_with"),
        Bad("def test_a(m):\n    assert m.assert_called_once"),
        Bad("def test_a(mock_send):\n    assert mock_send.called_with('x')"),
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
    ],
)


@rule.on(ast.Expr)
def visit_statement(statement: ast.Expr, ctx: Context) -> Iterator[Outcome]:
    named = statement.value
    if isinstance(named, ast.Attribute) and named.attr in _ASSERTIONS:
        edit = None
        if named.attr in _WITHOUT_ARGUMENTS:
            edit = replace(named, f"{ctx.segment(named)}()")
        yield rule.finding(
            named, f"`{named.attr}` is named and not called, so nothing is checked.", edit=edit
        )


@rule.on(ast.Assert)
def visit_assert(statement: ast.Assert, ctx: Context) -> Iterator[Outcome]:
    if _is_always_true(statement.test, ctx):
        yield rule.finding(statement.test, _REASON)


@rule.on(ast.Call)
def visit_call(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == "assertTrue"):
        return
    if call.args and _is_always_true(call.args[0], ctx):
        yield rule.finding(call.args[0], _REASON, edit=_edit(call, ctx))


def _is_always_true(test: ast.expr, ctx: Context) -> bool:
    """Whether a test is an attribute of a mock, which is one more mock."""
    if isinstance(test, ast.Attribute) and test.attr in _ASSERTIONS:
        return True
    attribute = test.func if isinstance(test, ast.Call) else test
    return (
        isinstance(attribute, ast.Attribute)
        and attribute.attr in _MEANT
        and is_double(ctx, attribute.value)
    )


def _edit(call: ast.Call, ctx: Context) -> Edit | None:
    """The assertion itself in place of ``assertTrue(..)``, where its arguments are known."""
    test = call.args[0]
    attribute = test.func if isinstance(test, ast.Call) else test
    if not isinstance(attribute, ast.Attribute):
        return None
    meant = _MEANT.get(attribute.attr, attribute.attr)
    if isinstance(test, ast.Attribute) and meant not in _WITHOUT_ARGUMENTS:
        return None
    arguments = [ctx.segment(a) for a in test.args] if isinstance(test, ast.Call) else []
    if isinstance(test, ast.Call):
        arguments += [ctx.segment(keyword) for keyword in test.keywords]
    return replace(call, f"{ctx.segment(attribute.value)}.{meant}({', '.join(arguments)})")
