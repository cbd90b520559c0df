"""An assertion is true whatever the code under test does.

`assert status == 401 or 403` is true for every status, because `403` alone is. So is
`status != 401 or status != 403`, `len(found) >= 0`, a generator that nobody runs, and a
function that nobody calls. The check reads well and cannot fail.

A literal on its own is the business of `assert-on-literal`, an expression compared with
itself that of `assert-equal-self`; `1 == 1`, which marks a place, is reported by the
`strict` profile alone.

Say what must hold: `assert status in (401, 403)`, `assert status not in (401, 403)`,
`assert len(found) > 0`, `assert all(..)`, `assert is_denied()`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.errors._truths import empty, is_marker, place

rule = Rule(
    id="assert-tautology",
    severity="medium",
    cwe=571,
    bad=[
        Bad("def test_denied(status):\n    assert status == 401 or 403"),
        Bad("import app as a\ndef test_denied():\n    assert a.status() != 401 or True"),
        Bad(
            "class TestA:\n    def test_denied(self):\n"
            "        self.assertTrue(self.status == 401 or 'denied')"
        ),
        Bad("def test_status(status):\n    assert status != 401 or status != 403"),
        Bad("def test_denied(user):\n    assert user.is_guest or not user.is_guest"),
        Bad("def test_denied(found):\n    assert len(found) >= 0"),
        Bad("def test_denied(self):\n    self.assertGreaterEqual(len(found), 0)"),
        Bad("def test_denied(users):\n    assert (user.denied for user in users)"),
        Bad("def is_denied():\n    return status == 403\ndef test_denied():\n    assert is_denied"),
        Bad("def test_denied(self):\n    self.assertIsNotNone([user()])"),
        Bad("def test_denied(self):\n    self.assertEqual(403, 403)"),
        Bad("def test_denied(self):\n    self.assertFalse(not (self.denied or 1))"),
        Bad("def test_denied(self):\n    self.assertEqual(1, 1)", profile="strict"),
    ],
    good=[
        "def test_sample(self):\n    self.assertEqual(1, 1)",
        "def test_denied(status):\n    assert status == 401 or status == 403",
        "def test_denied(status):\n    assert status != 401 and status != 403",
        "def test_denied(self):\n    self.assertTrue((user or 'guest') == 'guest')",
        "def test_denied(found, is_denied):\n    assert len(found) >= 1\n    assert is_denied",
        "def test_denied(self):\n    self.assertFalse(user or [])\n"
        "    self.assertEqual(403, 403.0)",
        "def is_denied():\n    return status == 403\ndef test_denied():\n    assert is_denied()",
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for node, why in empty(ctx, rule.id):
        if ctx.strict or not is_marker(node):
            severity = "low" if is_marker(node) else None
            yield rule.finding(place(node), why, severity=severity)
