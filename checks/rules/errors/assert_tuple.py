"""An `assert` on a tuple is always true.

`assert (x == 1, "message")` checks that a tuple of two things is not empty, which it never
is. The comparison inside is computed and ignored.

Leave the parentheses out: `assert x == 1, "message"`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context

rule = Rule(
    id="assert-tuple",
    severity="medium",
    cwe=670,
    bad=[
        Bad("def test_a():\n    assert (status == 403, 'not denied')"),
        Bad("def test_a():\n    assert (a, b)"),
        Bad("import app as a\ndef test_a():\n    assert (a.denied(), a.reason()), 'x'"),
        Bad("def test_a():\n    assert(status == 403, 'not denied')"),
    ],
    good=[
        "def test_a():\n    assert status == 403, 'not denied'",
        "def test_a():\n    assert (a, b) == pair",
        "def test_a():\n    assert (status == 403)",
        "def test_a():\n    assert ()\n    assert (*found,)",
    ],
)


@rule.on(ast.Assert)
def visit(statement: ast.Assert, ctx: Context) -> Iterator[Outcome]:
    test = statement.test
    if not isinstance(test, ast.Tuple):
        return
    if any(not isinstance(element, ast.Starred) for element in test.elts):
        yield rule.finding(test, "A tuple that is not empty is true, whatever is in it.")
