"""The test of a rejection calls the stand-in it has just told to reject.

The function that should refuse is replaced by a mock that raises, or answers `False`; then
the test calls that same function and finds that it refuses. It looks at its own mock: the
real check may accept everyone, and the test still passes.

To replace the check and call something else, a view or a service that has to react to the
refusal, is a proper test and not a finding.

Call the real function with a credential that it has to refuse; replace only what it asks:
the clock, the store of keys, the network.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.mocks._doubles import Double, assigned, doubles
from checks.rules.mocks._refusals import calls_of, is_expected_refusal, is_in_force, refuses
from checks.rules.mocks._targets import guard, is_about_denial
from checks.tree import FUNCTIONS, Function

_AUTH = "import pytest\nfrom unittest import mock\nfrom app import auth\n"

rule = Rule(
    id="subject-mocked",
    words=("patch", "setattr", "stub_out", "Mock"),
    severity="medium",
    cwe=670,
    bad=[
        Bad(
            f"{_AUTH}@mock.patch('app.auth.verify_token', side_effect=ValueError)\n"
            "def test_a(verify):\n    with pytest.raises(ValueError):\n"
            "        auth.verify_token('expired')"
        ),
        Bad(
            "import unittest\nfrom unittest.mock import patch as p\nfrom app import auth as a\n"
            "class TestA(unittest.TestCase):\n    def test_a(self):\n"
            "        with p.object(a, 'check_password', return_value=False):\n"
            "            self.assertFalse(a.check_password('alice', 'wrong'))"
        ),
        Bad(
            f"{_AUTH}def test_a(monkeypatch):\n"
            "    monkeypatch.setattr(auth, 'has_permission', lambda user: False)\n"
            "    assert not auth.has_permission('bob')"
        ),
        Bad(
            "from unittest import mock\nfrom app.policy import Enforcer\nclass TestA:\n"
            "    @mock.patch.object(Enforcer, 'authorize')\n"
            "    def test_a(self, authorize):\n        authorize.side_effect = Forbidden()\n"
            "        enforcer = Enforcer()\n"
            "        self.assertRaises(Forbidden, enforcer.authorize, 'bob')"
        ),
        Bad(
            "from unittest import mock\nfrom app import shop\ndef test_refund_denied_for_guest():\n"
            "    with mock.patch('app.shop.refund', return_value=False):\n"
            "        assert shop.refund(1) is False"
        ),
        Bad(
            f"{_AUTH}def refuse(token):\n    raise ValueError(token)\n"
            "def test_a(monkeypatch):\n"
            "    monkeypatch.setattr('app.auth.verify_token', refuse)\n"
            "    with pytest.raises(ValueError):\n        auth.verify_token('x')"
        ),
        Bad(
            f"{_AUTH}def test_a(request):\n"
            "    request.addfinalizer(lambda: setattr(auth, 'verify_token', real))\n"
            "    auth.verify_token = mock.Mock(side_effect=ValueError)\n"
            "    with pytest.raises(ValueError):\n        auth.verify_token('x')"
        ),
        Bad(
            f"{_AUTH}@mock.patch('app.auth.authenticate', return_value=None)\n"
            "def test_a(authenticate):\n    user = auth.authenticate('bob', 'wrong')  # <-\n"
            "    assert user is None"
        ),
    ],
    good=[
        f"{_AUTH}from app import views\n"
        "@mock.patch('app.auth.verify_token', side_effect=ValueError)\n"
        "def test_a(verify):\n    with pytest.raises(ValueError):\n        views.index('expired')",
        f"{_AUTH}from app.auth import verify_token\n"
        "@mock.patch('app.auth.verify_token', side_effect=ValueError)\n"
        "def test_a(verify):\n    with pytest.raises(ValueError):\n        verify_token('expired')",
        f"{_AUTH}@mock.patch('app.auth.now', return_value=9)\ndef test_a(now):\n"
        "    with pytest.raises(ValueError):\n        auth.verify_token('expired')",
        f"{_AUTH}def test_a():\n"
        "    with mock.patch('app.auth.verify_token', side_effect=ValueError):\n        act()\n"
        "    with pytest.raises(ValueError):\n        auth.verify_token('expired')",
        f"{_AUTH}@mock.patch('app.auth.verify_token', side_effect=[ValueError, None])\n"
        "def test_a(verify):\n    with pytest.raises(ValueError):\n        auth.verify_token('x')",
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for made in (*doubles(ctx), *assigned(ctx)):
        test = _test(made, ctx)
        if test and made.target and (guard(made.target) or is_about_denial(test.name)):
            yield from _outcomes(made, test, ctx)


def _outcomes(made: Double, test: Function, ctx: Context) -> Iterator[Outcome]:
    if not refuses(made, test, ctx):
        return
    for called in calls_of(made, test, ctx):
        if is_expected_refusal(called, ctx) and is_in_force(made, called, ctx):
            name = made.target.rpartition(".")[2]
            yield rule.finding(
                called, f"This calls the mock that stands in for `{name}`, not `{name}` itself."
            )


def _test(made: Double, ctx: Context) -> Function | None:
    """The test that a replacement is made for, alone."""
    holder = ctx.scopes.decorated(made.call) or ctx.function(made.call)
    return holder if isinstance(holder, FUNCTIONS) and ctx.scopes.is_test(holder) else None
