"""An assertion after the call that raises is never run.

Inside `with pytest.raises(Denied):` the block ends at the statement that raises. An assertion
written after it, about the error's text or about what was left undone, looks like a check and
is dead code.

It is reported only for an assertion that cannot be what raises: one about a mock, about the
variable of the `with` itself, or about values that were there before the block. In a block
that expects `AssertionError` the assertion is the subject. The `strict` profile reports every
assertion after another statement of such a block.

Move the assertion out of the block, one level to the left.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.errors._raises import FUNCTIONS, METHODS, verdict

rule = Rule(
    id="assert-after-raise",
    severity="medium",
    cwe=670,
    bad=[
        Bad(
            "import pytest\ndef test_denied():\n    with pytest.raises(Denied) as info:\n"
            "        login('guest')\n        assert 'guest' in str(info.value)"
        ),
        Bad(
            "from pytest import raises as fails\ndef test_denied(store):\n"
            "    with fails(Denied):\n        login('guest')\n"
            "        store.write.assert_not_called()"
        ),
        Bad(
            "class TestA:\n    def test_denied(self):\n"
            "        with self.assertRaises(Denied) as caught:\n            login('guest')\n"
            "            self.assertEqual(403, caught.exception.code)"
        ),
        Bad(
            "def test_denied(self):\n    sent = []\n    with self.assertRaises(Denied):\n"
            "        user = make()\n        user.login(sent)\n"
            "        self.assertEqual([], sent)"
        ),
        Bad(
            "import pytest\ndef test_denied():\n    with pytest.raises(Denied):\n"
            "        user = load()\n        assert user.name",
            profile="strict",
        ),
    ],
    good=[
        "import pytest\ndef test_denied():\n    with pytest.raises(Denied) as info:\n"
        "        login('guest')\n    assert 'guest' in str(info.value)",
        "import pytest\ndef test_denied():\n    with pytest.raises(KeyError):\n"
        "        user = load()\n        assert user['name']",
        "def test_denied(self):\n    with self.assertRaises(AssertionError):\n"
        "        value = load()\n        self.assertEqual(1, value)",
        "def test_denied(raises):\n    with raises(Denied):\n        login('guest')\n"
        "        assert ready",
        "def test_denied(self):\n    with self.assertRaises(Denied):\n"
        "        self.assertTrue(ready)\n        login('guest')",
    ],
)


@rule.on_call(*FUNCTIONS)
@rule.on_method(*METHODS)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    said = verdict(ctx, call)
    if said.rule == rule.id:
        why = "The block ends at the statement that raises, so this assertion is never run."
        yield rule.finding(said.place, why, severity=said.severity)
