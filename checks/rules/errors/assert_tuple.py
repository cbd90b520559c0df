"""An `assert` on a tuple is always true.

`assert (x == 1, "message")` checks that a tuple of two things is not empty, which it never
is. The comparison inside is computed and ignored, so the test passes whatever the code under
test answers.

A comparison of tuples (`assert (a, b) == pair`) is not a finding, nor is a condition alone in
parentheses.

Leave the parentheses out: `assert x == 1, "message"`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, replace
from checks.context import Context
from checks.model import Edit

rule = Rule(
    id="assert-tuple",
    severity="medium",
    cwe=670,
    bad=[
        Bad(
            "def test_a():\n    assert (status == 403, 'not denied')",
            fixed="def test_a():\n    assert status == 403, 'not denied'",
        ),
        Bad("def test_a():\n    assert (a, b)"),
        Bad("import app as a\ndef test_a():\n    assert (a.denied(), a.reason()), 'x'"),
        Bad("def test_a():\n    assert(status == 403, 'not denied')"),
    ],
    good=[
        "def test_a():\n    assert status == 403, 'not denied'",
        "def test_a():\n    assert (a, b) == pair",
        "def test_a():\n    assert (status == 403)",
        "def test_a():\n    assert (*found,)",
    ],
)


@rule.on(ast.Assert)
def visit(statement: ast.Assert, ctx: Context) -> Iterator[Outcome]:
    test = statement.test
    if not isinstance(test, ast.Tuple):
        return
    if any(not isinstance(element, ast.Starred) for element in test.elts):
        why = "A tuple that is not empty is true, whatever is in it."
        yield rule.finding(test, why, edit=_edit(statement, test, ctx))


def _edit(statement: ast.Assert, test: ast.Tuple, ctx: Context) -> Edit | None:
    """A condition and its message, where the second value is plainly a text."""
    if len(test.elts) != 2 or statement.msg:
        return None
    condition, message = test.elts
    if isinstance(condition, ast.Constant) or not isinstance(message, ast.Constant | ast.JoinedStr):
        return None
    if isinstance(message, ast.Constant) and not isinstance(message.value, str):
        return None
    return replace(statement, f"assert {ctx.segment(condition)}, {ctx.segment(message)}")
