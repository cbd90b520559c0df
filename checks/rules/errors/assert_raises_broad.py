"""A failed assertion is taken for the expected exception.

`Exception` is the base of nearly every error, a failed assertion and a misspelt name
included. With `pytest.raises(Exception)` around an assertion the test also passes when the
assertion fails: hardly anything is left that could make it fail.

In a test it is reported only where the block holds an assertion. An expectation narrowed
by `match=` or a regular expression, and one of `AssertionError`, where the assertion is
the subject, are left alone. The `strict` profile reports every expectation of `Exception`
or `BaseException` that is not narrowed and whose error nobody looks at.

Expect the error that the code under test raises, and check the rest after the block.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.errors._raises import FUNCTIONS, METHODS, verdict

rule = Rule(
    id="assert-raises-broad",
    severity="medium",
    cwe=396,
    bad=[
        Bad(
            "import pytest\ndef test_denied():\n    with pytest.raises(Exception):  # <-\n"
            "        assert login('guest').denied"
        ),
        Bad(
            "from pytest import raises as fails\nimport builtins as b\ndef test_denied():\n"
            "    with fails(b.BaseException):  # <-\n        assert login('guest') is None\n"
            "        act()"
        ),
        Bad(
            "def test_denied(self):\n    with self.assertRaises(Exception):  # <-\n"
            "        self.assertEqual(403, self.get('/').status)"
        ),
        Bad(
            "import pytest\ndef test_denied():\n    with pytest.raises(Exception):  # <-\n"
            "        login('guest')",
            profile="strict",
        ),
        Bad(
            "class TestA:\n    def test_denied(self):\n"
            "        self.assertRaises(Exception, login, 'guest')",
            profile="strict",
        ),
        Bad(
            "import pytest as p\ndef test_denied():\n"
            "    p.raises(expected_exception=BaseException, func=login)",
            profile="strict",
        ),
    ],
    good=[
        "import pytest\ndef test_denied():\n    with pytest.raises(Denied):\n"
        "        assert login('guest').denied",
        "import pytest\ndef test_denied():\n"
        "    with pytest.raises(Exception, match='denied'):\n"
        "        assert login('guest').denied",
        "def test_denied(self):\n    with self.assertRaises(Exception):\n"
        "        self.assertDenied('guest')",
        "import pytest\ndef test_denied():\n    with pytest.raises(Exception):\n"
        "        login('guest')",
        Good(
            "import pytest\ndef test_denied():\n    with pytest.raises(Exception) as info:\n"
            "        login('guest')\n    assert info.value.code == 403",
            profile="strict",
        ),
        Good(
            "def test_denied(self):\n"
            "    self.assertRaisesRegex(Exception, 'denied', login, 'guest')",
            profile="strict",
        ),
    ],
)


@rule.on_call(*FUNCTIONS)
@rule.on_method(*METHODS)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    said = verdict(ctx, call)
    if said.rule == rule.id:
        why = (
            "`Exception` is also what a failed assertion and a misspelt name raise, so almost"
            " anything passes here."
        )
        yield rule.finding(said.place, why, severity=said.severity)
