"""An assertion never holds, whatever the code under test does.

`self.assertIsNone([])` or `assert status and None` fails in every run. Such a check is
sooner or later skipped, or hidden in a block that swallows it, together with what it was
meant to show.

`assert False` and `assertTrue(False)` say that a place must not be reached. In a test that
is a fair way to fail; `python -O` leaves out the first, so the `strict` profile reports
them.

Write the comparison that was meant; to fail on purpose, `pytest.fail("why")` or
`raise AssertionError("why")`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, replace
from checks.context import Context
from checks.model import Edit
from checks.rules.errors._truths import Assertion, empty, is_marker, place

rule = Rule(
    id="assert-always-false",
    severity="low",
    cwe=617,
    bad=[
        Bad("def test_denied(self):\n    self.assertIsNone([])"),
        Bad("import app as a\ndef test_denied():\n    assert a.status() == 403 and None"),
        Bad("class TestA:\n    def test_denied(self):\n        self.assertEqual(401, 403)"),
        Bad("def test_denied():\n    assert [], 'nothing was found'"),
        Bad(
            "import app as a\nclass TestA:\n    def test_a(self):\n"
            "        self.assertIs(a.all(), [])"
        ),
        Bad("from app import users\ndef test_denied():\n    assert users() is {}"),
        Bad(
            "def test_denied():\n    assert False",
            fixed="def test_denied():\n    raise AssertionError()",
            profile="strict",
        ),
        Bad(
            "def test_denied(user):\n    assert 0, f'{user} is not denied'",
            fixed="def test_denied(user):\n    raise AssertionError(f'{user} is not denied')",
            profile="strict",
        ),
        Bad("def test_denied(self):\n    self.assertFalse(True)", profile="strict"),
    ],
    good=[
        "def test_denied(self):\n    self.assertIsNone(user)",
        "def test_denied():\n    for user in users:\n        if user.denied:\n"
        "            break\n    else:\n        assert False, 'nobody is denied'",
        "def test_denied(self):\n    self.assertEqual(401, '401')\n"
        "    self.assertTrue(False, 'reached')",
        "def test_denied(check):\n    check.assertEqual(401, 403)\n    assert users or []",
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for node, why in empty(ctx, rule.id):
        if ctx.strict or not is_marker(node):
            yield rule.finding(place(node), why, edit=_edit(node, ctx))


def _edit(node: Assertion, ctx: Context) -> Edit | None:
    """A failure that optimised byte code keeps."""
    if not isinstance(node, ast.Assert) or not is_marker(node):
        return None
    message = ctx.segment(node.msg) if node.msg else ""
    return replace(node, f"raise AssertionError({message})", safe=True)
