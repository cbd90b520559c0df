"""An expected exception is named but nothing is run.

`self.assertRaises(Denied)` without a callable, or `pytest.raises(Denied)` as a statement,
builds a context manager and throws it away; a `with` block that is empty, or only names a
function, runs nothing. The test says that something is rejected and never tries it.

A context manager that is kept and used later is not a finding, nor is an empty block whose
`with` makes the call itself.

Put the call into it: `with self.assertRaises(Denied): login()`, or
`self.assertRaises(Denied, login)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, replace
from checks.context import Context
from checks.rules.errors._assertions import does_nothing, expects_an_error
from checks.rules.errors._raises import DESCRIBES, DESCRIBING, only_describes
from checks.tree import FUNCTIONS

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
        Bad(
            "import pytest\ndef test_a():\n    with pytest.raises(Denied):  # <-\n"
            "        lambda: login('guest')",
            fixed="import pytest\ndef test_a():\n    with pytest.raises(Denied):  # <-\n"
            "        login('guest')",
        ),
        Bad(
            "def test_a(self):\n    def act():\n        login()\n"
            "    with self.assertRaises(Denied):  # <-\n        act"
        ),
    ],
    good=[
        "import pytest\ndef test_a():\n    pytest.raises(act())",
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


@rule.on_call(*DESCRIBING)
@rule.on_method(*DESCRIBES)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    holder = ctx.parent(call)
    if isinstance(holder, ast.Expr):
        # ``raises(act())`` makes the call, and takes no answer of it for an exception's class.
        if call.args and isinstance(call.args[0], ast.Call):
            return
        if only_describes(call, ctx) and not expects_an_error(ctx, holder):
            why = "This only builds a context manager: nothing is called, so nothing can be raised."
            yield rule.finding(call, why)
    elif isinstance(holder, ast.withitem):
        block = ctx.parent(holder)
        if isinstance(block, ast.With | ast.AsyncWith) and block.items[-1] is holder:
            yield from _empty(ctx, call, block)


def _empty(ctx: Context, call: ast.Call, block: ast.With | ast.AsyncWith) -> Iterator[Outcome]:
    lazy = _uncalled(ctx, block.body)
    if not (lazy or does_nothing(block.body)) or not only_describes(call, ctx):
        return
    if not expects_an_error(ctx, block):
        edit = replace(lazy, ctx.segment(lazy.body)) if isinstance(lazy, ast.Lambda) else None
        why = "The block is empty: it never runs what should be rejected."
        if lazy:
            why = "The block only names what should be rejected, and never calls it."
        yield rule.finding(call, why, edit=edit)


def _uncalled(ctx: Context, body: list[ast.stmt]) -> ast.expr | None:
    """The function that is all of a block, and is not called: a lambda, or one defined here."""
    value = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None
    is_local = isinstance(ctx.names.definition(value), FUNCTIONS) if value else False
    return value if is_local or isinstance(value, ast.Lambda) else None
