"""A comparison stands as a statement and checks nothing.

`response.status == 403` computes a truth value and throws it away. It reads as a check,
was most likely meant as one, and lets every status pass.

Write `assert response.status == 403`, or `self.assertEqual(403, response.status)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, replace
from checks.context import Context
from checks.model import Edit
from checks.rules.errors._assertions import expects_an_error

_EQUALS = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)
_READS = (ast.Attribute, ast.Subscript, ast.Call, ast.Await)

rule = Rule(
    id="no-op-comparison",
    severity="medium",
    cwe=482,
    bad=[
        Bad("def test_a():\n    response.status == 403"),
        Bad("def test_a():\n    for r in responses:\n        r.status in (401, 403)"),
        Bad("import app as a\ndef test_a():\n    a.user is None"),
        Bad(
            "import unittest\nclass TestA(unittest.TestCase):\n    def test_a(self):\n"
            "        self.get().status == 403",
            fixed="import unittest\nclass TestA(unittest.TestCase):\n    def test_a(self):\n"
            "        self.assertEqual(self.get().status, 403)",
        ),
    ],
    good=[
        "def test_a():\n    assert response.status == 403",
        "import pytest\ndef test_a():\n    with pytest.raises(TypeError):\n        a < b",
        "def test_a():\n    try:\n        a == b\n    except TypeError:\n        handled()",
        "def test_a():\n    is_denied = status == 403\n    check(is_denied)",
        "def test_equal_calls_eq():\n    Left() == Right()\n    value == value\n    1 < counted",
    ],
)


@rule.on(ast.Expr)
def visit(statement: ast.Expr, ctx: Context) -> Iterator[Outcome]:
    comparison = statement.value
    if not isinstance(comparison, ast.Compare) or ctx.function(statement) is None:
        return
    if _tries_operator(comparison) or expects_an_error(ctx, statement):
        return
    yield rule.finding(
        comparison, "The result of this comparison is thrown away.", edit=_edit(comparison, ctx)
    )


def _tries_operator(comparison: ast.Compare) -> bool:
    """Whether running the operator is the point: fresh or equal objects, constants, bare names."""
    sides = [comparison.left, *comparison.comparators]
    if all(isinstance(side, ast.Constant) or _is_made_here(side) for side in sides):
        return True
    if len({ast.dump(side) for side in sides}) == 1:
        return True
    if all(isinstance(operator, _EQUALS) for operator in comparison.ops):
        return False
    return not any(isinstance(side, _READS) and not _is_made_here(side) for side in sides)


def _is_made_here(side: ast.expr) -> bool:
    """Whether a side is a new object: ``Left()``, ``bytearray(b"")``."""
    if not isinstance(side, ast.Call) or not isinstance(side.func, ast.Name):
        return False
    name = side.func.id
    return name[:1].isupper() or name in {"bytearray", "bytes", "str", "set", "list", "object"}


def _edit(comparison: ast.Compare, ctx: Context) -> Edit | None:
    definition = ctx.class_of(comparison)
    is_equality = len(comparison.ops) == 1 and isinstance(comparison.ops[0], ast.Eq)
    if not is_equality or definition is None or not ctx.scopes.is_test_case(definition):
        return None
    left, right = ctx.segment(comparison.left), ctx.segment(comparison.comparators[0])
    return replace(comparison, f"self.assertEqual({left}, {right})")
