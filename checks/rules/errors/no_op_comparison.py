"""A comparison stands as a statement and checks nothing.

`response.status == 403` computes a truth value and throws it away. It reads as a check,
was most likely meant as one, and lets every status pass.

Running the operator can be the point: of objects made on the spot, in a block that expects
an error, in a benchmark, with expressions of a query. Those are left alone.

Write `assert response.status == 403`, or `self.assertEqual(403, response.status)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, replace
from checks.context import Context
from checks.model import Edit
from checks.rules.errors._assertions import expects_an_error

_EQUALS = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)
_METHODS: dict[type[ast.cmpop], str] = {
    ast.Eq: "assertEqual",
    ast.NotEq: "assertNotEqual",
    ast.Is: "assertIs",
    ast.IsNot: "assertIsNot",
    ast.In: "assertIn",
    ast.NotIn: "assertNotIn",
}
_READS = (ast.Attribute, ast.Subscript, ast.Call, ast.Await)

rule = Rule(
    id="no-op-comparison",
    severity="medium",
    cwe=482,
    bad=[
        Bad(
            "def test_a():\n    response.status == 403",
            fixed="def test_a():\n    assert response.status == 403",
        ),
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
        "def test_query():\n    User.name == 'a'\n    column.x == 5\n    query = column.y == 5",
        "class Benchmark:\n    def equals(self):\n        self.one == self.two",
        "def test_a():\n    def act():\n        user.x in rows\n    count_calls(act)",
        "def test_equal_calls_eq():\n    Left() == Right()\n    value == value\n    1 < counted",
    ],
)


@rule.on(ast.Compare)
def visit(comparison: ast.Compare, ctx: Context) -> Iterator[Outcome]:
    statement = ctx.parent(comparison)
    if not isinstance(statement, ast.Expr) or not ctx.scopes.in_test(statement):
        return
    if _tries_operator(comparison) or _is_act(ctx, statement) or expects_an_error(ctx, statement):
        return
    yield rule.finding(
        comparison,
        "The result of this comparison is thrown away.",
        edit=_edit(statement, comparison, ctx),
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


def _is_act(ctx: Context, statement: ast.Expr) -> bool:
    """Whether the comparison is run for what it does, as with expressions of a query.

    It is all of a nested or decorated function, starts at a class, or its like is kept as a value.
    """
    function = ctx.function(statement)
    assert isinstance(statement.value, ast.Compare)
    if function is None:
        return True
    is_handed_on = bool(function.decorator_list) or not ctx.scopes.is_test(function)
    if is_handed_on and function.body == [statement]:
        return True
    root: ast.expr = statement.value.left
    while isinstance(root, ast.Attribute):
        root = root.value
    if isinstance(root, ast.Name) and root.id[:1].isupper():
        return True
    operator = type(statement.value.ops[0])
    compared = [s.value for s in ctx.nodes(ast.Expr, inside=function)]
    if len({type(c.ops[0]) for c in compared if isinstance(c, ast.Compare)}) > 2:
        return True  # One operator after the other is tried.
    kept = (a.value for a in ctx.nodes(ast.Assign, inside=function))
    return any(isinstance(k, ast.Compare) and type(k.ops[0]) is operator for k in kept)


def _is_made_here(side: ast.expr) -> bool:
    """Whether a side is a new object: ``Left()``, ``bytearray(b"")``."""
    if not isinstance(side, ast.Call) or not isinstance(side.func, ast.Name):
        return False
    name = side.func.id
    return name[:1].isupper() or name in {"bytearray", "bytes", "str", "set", "list", "object"}


def _edit(statement: ast.Expr, comparison: ast.Compare, ctx: Context) -> Edit | None:
    """The assertion that was meant, in the style of the place."""
    function = ctx.function(statement)
    if function is None or not ctx.scopes.is_test(function) or len(comparison.ops) != 1:
        return None
    left, right = ctx.segment(comparison.left), ctx.segment(comparison.comparators[0])
    definition = ctx.class_of(statement)
    if definition is None or not definition.bases:
        return replace(statement, f"assert {ctx.segment(comparison)}")
    method = _METHODS.get(type(comparison.ops[0]))
    if method is None or not ctx.scopes.is_test_case(definition):
        return None
    return replace(statement, f"self.{method}({left}, {right})")
