"""An assertion of a mock is misspelt, so it checks nothing.

A mock has every attribute one asks it for: `m.called_once_with(..)` or `m.asert_called()`
is a call of one more mock, and checks nothing. The test passes although the permission
check, the audit entry or the lock that it is about may never have been asked for. Newer
versions of Python refuse some of these names, unless the mock is `unsafe`; none refuses
all of them.

An object of the test's own that has such a method is not a finding, nor is `m.called`, which
a mock really has. The `strict` profile also reports objects that may not be mocks.

Write the assertion by its name: `m.assert_called_once_with(..)`. A mock with a `spec`
refuses attributes that the real object does not have.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, replace
from checks.context import Context
from checks.rules.errors._assertions import expects_an_error
from checks.rules.mocks._assertion_names import MADE_UP, REAL, is_refused, misspelt
from checks.rules.mocks._mocks import is_double, is_own_method

rule = Rule(
    id="mock-invalid-assert",
    words=("cal", "Call", "wait"),
    severity="medium",
    cwe=670,
    bad=[
        Bad(
            "def test_a(mock_send):\n    act()\n    mock_send.called_once_with('x')",
            fixed="def test_a(mock_send):\n    act()\n    mock_send.assert_called_once_with('x')",
        ),
        Bad(
            "from unittest import mock as m\ndef test_a():\n    send = m.Mock()\n    act(send)\n"
            "    send.not_called()",
            fixed="from unittest import mock as m\ndef test_a():\n    send = m.Mock()\n"
            "    act(send)\n    send.assert_not_called()",
        ),
        Bad(
            "from unittest.mock import patch as p\nclass TestA:\n    @p('app.send')\n"
            "    def test_a(self, send):\n        act()\n        send.has_calls([1, 2])"
        ),
        Bad(
            "def test_a(check):\n    act(check)\n    check.asert_called_once()",
            fixed="def test_a(check):\n    act(check)\n    check.assert_called_once()",
        ),
        Bad("def test_a(spy):\n    act(spy)\n    spy.verify.assrt_called_with('x')"),
        Bad(
            "from unittest.mock import AsyncMock as A\nasync def test_a():\n"
            "    send = A()\n    await act(send)\n    send.assert_awaited_once_wth('x')"
        ),
        Bad(
            "from unittest.mock import Mock as M\ndef test_a():\n    send = M(unsafe=True)\n"
            "    act(send)\n    send.assertCalledWith('x')"
        ),
        Bad("def test_a(x):\n    act(x)\n    x.called_once_with(1)", profile="strict"),
        Bad(
            "from unittest.mock import Mock as M\nclass FakeMail:\n"
            "    def called_with(self, value):\n        return value in self.sent\n"
            "def test_a():\n    send = M()\n    act(send, FakeMail())\n"
            "    send.called_with('x')"
        ),
        Bad(
            "def test_a(mocker):\n    send = mocker.stub()\n    act(send)\n"
            "    send.assert_called_twice()"
        ),
    ],
    good=[
        "def test_a(mock_send):\n    act()\n    mock_send.assert_called_once_with('x')",
        "def test_a(mock_send):\n    act()\n    assert mock_send.called",
        "def test_a(spy):\n    act()\n    spy.called_once_with('x')",
        "def test_a(page, mock_page):\n    page.asset_called()\n    mock_page.any_caller()",
        "class FakeMail:\n    def not_called(self):\n        assert not self.sent\n"
        "def test_a(mock_mail):\n    act()\n    mock_mail.not_called()",
        "def test_a(recorder):\n    recorder.assert_has_call('x')",
        "import pytest\ndef test_a(mock_send):\n    with pytest.raises(AttributeError):\n"
        "        mock_send.assert_called_onec()",
        Good("def test_a(m):\n    act(m)\n    m.assert_has_calls([1])", profile="strict"),
    ],
)


@rule.on(ast.Module)
def visit(module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for call in ctx.methods_where(lambda name: name in MADE_UP or misspelt(name)):
        if isinstance(ctx.parent(call), ast.Expr) and isinstance(call.func, ast.Attribute):
            yield from _outcome(call.func, ctx)


def _outcome(function: ast.Attribute, ctx: Context) -> Iterator[Outcome]:
    name, meant = function.attr, MADE_UP.get(function.attr) or misspelt(function.attr)
    if is_own_method(ctx, function) or expects_an_error(ctx, function):
        return
    # A name that no one would give to a method of his own is wrong on any object.
    slip = name not in MADE_UP and not name.startswith("assert") and name.count("_") > 1
    sure = slip or is_double(ctx, function.value)
    if sure or ctx.strict:
        edit = replace(function, f"{ctx.segment(function.value)}.{meant}")
        refused = " (or raises `AttributeError`, where Python is new enough)"
        yield rule.finding(
            function,
            f"A mock has no assertion `{name}`: the call checks nothing"
            f"{refused if is_refused(name) else ''}. `{meant}` is meant.",
            severity=None if sure else "low",
            edit=edit if meant in REAL else None,
        )
