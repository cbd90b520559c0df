"""A literal is asserted, which is always true.

`assert "access denied"` or `self.assertTrue("denied")` asks whether the text is empty. The
comparison that was meant is missing, so nothing about the code under test is checked.

`assert True` and `assertTrue(True)` say that a place was reached and are left alone; the
`strict` profile reports them too.

Compare the value with something: `assert response.text == "access denied"`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.errors._truths import empty, is_marker, place

rule = Rule(
    id="assert-on-literal",
    severity="low",
    cwe=571,
    bad=[
        Bad("def test_denied(page):\n    assert 'access denied'"),
        Bad("import app as a\ndef test_denied():\n    assert f'{a.user} is denied', 'not denied'"),
        Bad("class TestA:\n    def test_denied(self):\n        self.assertTrue('access denied')"),
        Bad("def test_denied(self):\n    self.assertIsNotNone(403)"),
        Bad("def test_denied():\n    assert [401, 403]"),
        Bad("def test_denied():\n    act()\n    assert True", profile="strict"),
        Bad("def test_denied(self):\n    self.assertTrue(1)", profile="strict"),
        Bad("def test_denied(self):\n    self.assertFalse(False)", profile="strict"),
    ],
    good=[
        "def test_denied(page):\n    assert page.text == 'access denied'",
        "def test_denied(page):\n    assert page, 'access denied'",
        "def test_denied(self):\n    act()\n    self.assertTrue(True)\n    assert True",
        "def test_denied(check):\n    check.assertTrue('access denied')\n    assert f'{page}'",
        "def test_denied(pages):\n    assert [*pages]",
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for node, why in empty(ctx, rule.id):
        if ctx.strict or not is_marker(node):
            yield rule.finding(place(node), why)
