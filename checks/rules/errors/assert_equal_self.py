"""A value is compared with itself.

`self.assertEqual(user.role, user.role)` holds for every role. One side should have been
the expected value, so the test does not notice a wrong one.

A test of equality, ordering or hashing compares a thing with itself on purpose; it is
recognised by its name, by `is`, by a comparison for being different next to it, by another
look at the same value, and by comparing bare variables. Calls are left alone, because two
calls may differ. The `strict` profile reports all but the calls.

Compare with the value that is expected: `self.assertEqual("guest", user.role)`.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.errors._truths import Assertion, empty, place

_ABOUT_EQUALITY = re.compile(
    r"eq(_|$|ual)|cmp|compar|hash|ident|same|sort|order|reflex|nan|cache|singleton|memo|lazy"
    r"|propert|once|stable|repeat|descriptor|getattr|getitem"
)

rule = Rule(
    id="assert-equal-self",
    severity="medium",
    cwe=697,
    bad=[
        Bad("def test_role(self):\n    self.assertEqual(user.role, user.role)"),
        Bad("import app as a\ndef test_role():\n    assert a.user.role == a.user.role"),
        Bad(
            "class TestA:\n    def test_role(self):\n"
            "        self.assertListEqual(roles['guest'], roles['guest'])"
        ),
        Bad("def test_role(self):\n    self.assertTrue(user.role == user.role)"),
        Bad("def test_role(user):\n    assert user == user", profile="strict"),
        Bad("def test_equal(self):\n    self.assertEqual(user.role, user.role)", profile="strict"),
    ],
    good=[
        "def test_role(self):\n    self.assertEqual(user.role, other.role)",
        "def test_role(user):\n    assert user == user",
        "def test_eq(self):\n    self.assertEqual(user.role, user.role)",
        "def test_role(self):\n    self.assertEqual(user.role, user.role)\n"
        "    self.assertNotEqual(user.role, 1)",
        "def test_role(self):\n    self.assertEqual(next(roles), next(roles))\n"
        "    assert user.role() == user.role()",
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for node, why in empty(ctx, rule.id):
        on_purpose = _is_on_purpose(ctx, node)
        if ctx.strict or not on_purpose:
            yield rule.finding(place(node), why, severity="low" if on_purpose else None)


def _is_on_purpose(ctx: Context, node: Assertion) -> bool:
    """Whether comparing a thing with itself is what is tested."""
    left = _left(node)
    if _asks_identity(node) or not isinstance(left, ast.Attribute | ast.Subscript):
        return True
    if isinstance(left, ast.Subscript) and getattr(left.value, "id", "")[:1].isupper():
        return True  # `Type[Meta]` makes something.
    function = ctx.function(node)
    if function is None or _ABOUT_EQUALITY.search(ctx.scopes.symbol(function).lower()):
        return True
    if any(True for _ in ctx.method_calls("assertNotEqual", "assertIsNot", inside=function)):
        return True
    if any(
        isinstance(operator, ast.NotEq | ast.IsNot)
        for comparison in ctx.nodes(ast.Compare, inside=function)
        for operator in comparison.ops
    ):
        return True
    text = ast.dump(left)
    same = (n for n in ctx.nodes(type(left), inside=function) if ast.dump(n) == text)
    return len(list(same)) > 2  # It is looked at elsewhere too: here it is read twice.


def _asks_identity(node: Assertion) -> bool:
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "assertIs":
        return True
    test = node.test if isinstance(node, ast.Assert) else node.args[0]
    return isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is)


def _left(node: Assertion) -> ast.expr:
    test = node.test if isinstance(node, ast.Assert) else node.args[0]
    return test.left if isinstance(test, ast.Compare) else test
