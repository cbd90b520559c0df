"""An expected exception is named but nothing is run.

`self.assertRaises(Denied)` without a callable, or `pytest.raises(Denied)` as a statement,
builds a context manager and throws it away; an empty `with` block runs nothing inside it.
The test says that something is rejected and never tries it.

Put the call into it: `with self.assertRaises(Denied): login()`, or
`self.assertRaises(Denied, login)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.errors._assertions import does_nothing, expects_an_error

# The number of arguments that only describe the expectation.
_METHODS = {
    "assertRaises": 1,
    "assertWarns": 1,
    "assertRaisesRegex": 2,
    "assertRaisesRegexp": 2,
    "assertWarnsRegex": 2,
}
_FUNCTIONS = {"pytest.raises": 1, "pytest.warns": 1, "pytest.deprecated_call": 0}

rule = Rule(
    id="raises-noop",
    severity="medium",
    cwe=703,
    bad=[
        Bad("def test_a(self):\n    self.assertRaises(Denied)"),
        Bad("import pytest as pt\ndef test_a():\n    pt.raises(Denied)"),
        Bad("from pytest import raises\ndef test_a():\n    raises(Denied, match='no')"),
        Bad("def test_a(self):\n    self.assertRaisesRegex(Denied, 'no')"),
        Bad("import pytest\ndef test_a():\n    with pytest.raises(Denied):  # <-\n        pass"),
        Bad("def test_a(self):\n    with self.assertRaises(Denied):  # <-\n        'todo'"),
    ],
    good=[
        "def test_a(self):\n    self.assertRaises(Denied, login, 'guest')",
        "def test_a(self):\n    with self.assertRaises(Denied):\n        login()",
        "def test_a(self):\n    self.assertRaises(*arguments)",
        "def test_a(self):\n    denied = self.assertRaises(Denied)\n    with denied:\n        go()",
        "def test_a(raises):\n    raises(Denied)",
        "import pytest\ndef test_a():\n    with pytest.raises(Denied), login():\n        pass",
        "def test_a(self):\n    with self.assertRaises(AssertionError):\n"
        "        with self.assertRaises(Denied):\n            pass",
    ],
)


@rule.on(ast.Expr)
def visit_statement(statement: ast.Expr, ctx: Context) -> Iterator[Outcome]:
    call = statement.value
    if _only_describes(call, ctx) and not expects_an_error(ctx, statement):
        yield rule.finding(
            call, "This only builds a context manager: nothing is called, so nothing can be raised."
        )


@rule.on(ast.With, ast.AsyncWith)
def visit_block(block: ast.With | ast.AsyncWith, ctx: Context) -> Iterator[Outcome]:
    last = block.items[-1].context_expr
    if not does_nothing(block.body) or not _only_describes(last, ctx):
        return
    if not expects_an_error(ctx, block):
        yield rule.finding(last, "The block is empty: it never runs what should be rejected.")


def _only_describes(call: ast.expr, ctx: Context) -> bool:
    """Whether an expression names an expected exception, and nothing that could raise it."""
    if not isinstance(call, ast.Call) or any(isinstance(a, ast.Starred) for a in call.args):
        return False
    if any(keyword.arg in {None, "callable", "callableObj", "func"} for keyword in call.keywords):
        return False
    most = _FUNCTIONS.get(ctx.name(call.func) or "")
    if most is None and isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS:
        most = _METHODS[call.func.attr] if _is_test(call.func.value) else None
    return most is not None and len(call.args) <= most


def _is_test(owner: ast.expr) -> bool:
    return isinstance(owner, ast.Name) and owner.id in {"self", "cls"}
