"""`assertTrue` is given two values to compare and looks only at the first.

The second argument of `assertTrue`, `assertFalse`, `assertIsNone` and `assertIsNotNone` is
the message shown on failure. `assertTrue(calls, 1)` passes with any number of calls but
none. `assertIsNone(group, Group)` does check for `None`, and shows the reader another check
that is never made.

Compare the two: `assertEqual(calls, 1)`; for a type, `assertIsInstance(x, T)`.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, replace
from checks.context import UNKNOWN, Context

_METHODS = ("assertTrue", "assertFalse", "assertIsNone", "assertIsNotNone")
# What the method checks anyway: `assertFalse(x, False)` is odd, and works.
_SAME = {"assertTrue": True, "assertFalse": False, "assertIsNone": None}
_CONTAINERS = (ast.List, ast.Tuple, ast.Dict, ast.Set)
_ANSWERS = ("is", "has", "can", "should", "starts", "ends", "all", "any", "callable", "exists")
_EXPECTED = re.compile(r"expect(ed)?(_(?!message|msg|error)|$)")

rule = Rule(
    id="asserttrue-two-values",
    severity="medium",
    cwe=697,
    bad=[
        Bad(
            "def test_a(self):\n    self.assertTrue(len(calls), 1)",
            fixed="def test_a(self):\n    self.assertEqual(len(calls), 1)",
        ),
        Bad("def test_a(self):\n    self.assertIsNone(group, [])"),
        Bad(
            "def test_a(self, expected_role):\n    self.assertTrue(role(), expected_role)",
            fixed="def test_a(self, expected_role):\n    self.assertEqual(role(), expected_role)",
        ),
        Bad("from app import objects as o\ndef test_a(self):\n    self.assertIsNone(x, o.Group)"),
        Bad("def test_a(self):\n    self.assertTrue(cipher[:2], ('ECDHE', 'RSA'))"),
        Bad(
            "EXPECTED = 200\ndef test_a(self):\n    self.assertTrue(status, EXPECTED)",
            fixed="EXPECTED = 200\ndef test_a(self):\n    self.assertEqual(status, EXPECTED)",
        ),
    ],
    good=[
        "def test_a(self):\n    self.assertTrue(granted(), self.expected_message)",
        "def test_a(self):\n    self.assertTrue(x > 0, x)",
        "def test_a(self):\n    self.assertTrue(x, 'x is not set')",
        "def test_a(self):\n    self.assertTrue(x, f'{x} is not set')",
        "def test_a(self):\n    self.assertTrue(x, 'no {}'.format(x))",
        "def test_a(self):\n    self.assertIsNone(x, msg)",
        "def test_a(self):\n    self.assertTrue(x, None)",
        "def test_a(self):\n    self.assertTrue(path.is_dir(), True)",
        "def test_a(self):\n    self.assertTrue(same(a, b), (a, b))",
        "def test_a(self):\n    self.assertTrue(isinstance(x, T), [1])",
        Good("def test_a(self):\n    self.assertTrue(*pair)\n    self.assertTrue(x, self.why(x))"),
    ],
)


@rule.on_method(*_METHODS)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    function = call.func
    if not isinstance(function, ast.Attribute) or len(call.args) != 2:
        return
    if isinstance(call.args[0], ast.Starred):
        return
    first, second = call.args
    if _is_answer(first) or not _is_value(second, function.attr, ctx):
        return
    edit = None
    if function.attr == "assertTrue" and not call.keywords:
        arguments = f"{ctx.segment(first)}, {ctx.segment(second)}"
        edit = replace(call, f"{ctx.segment(function.value)}.assertEqual({arguments})")
    yield rule.finding(
        call,
        f"`{function.attr}` takes its second argument as the failure message;"
        " the two values are not compared.",
        edit=edit,
    )


def _is_answer(node: ast.expr) -> bool:
    """Whether an expression is true or false by itself, so that it needs no second value."""
    if isinstance(node, ast.Compare | ast.BoolOp):
        return True
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not)
    called = node.func if isinstance(node, ast.Call) else None
    name: str = getattr(called, "attr", "") or getattr(called, "id", "")
    return name.startswith(_ANSWERS)


def _is_value(node: ast.expr, method: str, ctx: Context) -> bool:
    """Whether an argument is no message: a literal that is no text, what is expected, a class."""
    if isinstance(node, _CONTAINERS):
        return ctx.is_literal(node)
    value = ctx.literal(node)
    if value is not UNKNOWN:
        return value is not None and not isinstance(value, str) and value is not _SAME.get(method)
    if _EXPECTED.match(getattr(node, "attr", "") or getattr(node, "id", "")):
        return True
    name = ctx.name(node) or ""
    last = name.rpartition(".")[2]
    return "." in name and last[:1].isupper() and not last.isupper()
