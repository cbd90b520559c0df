"""A jump out of `finally` throws away the exception on its way.

`return`, `break` and `continue` in a `finally` block end the exception that is being
raised, a failed assertion included. The test or the helper goes on as if nothing had
happened.

A `return` of a function defined in the block, and a `break` of a loop that begins there,
stay inside and are left alone.

Put the jump after the `try` statement, and leave only the clean-up in `finally`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.tree import DEFINITIONS

_LOOPS = (ast.For, ast.AsyncFor, ast.While)

rule = Rule(
    id="jump-in-finally",
    severity="medium",
    cwe=584,
    bad=[
        Bad(
            "def test_denied():\n    try:\n        assert login('guest') is None\n"
            "    finally:\n        return"
        ),
        Bad(
            "import app as a\ndef load():\n    try:\n        return a.load()\n    finally:\n"
            "        if a.ready:\n            return None  # <-\n        a.close()"
        ),
        Bad(
            "def test_all(users):\n    for user in users:\n        try:\n"
            "            assert user.denied\n        finally:\n            continue"
        ),
        Bad(
            "async def load(items):\n    while items:\n        try:\n"
            "            await items.pop()\n        finally:\n            with items:\n"
            "                break"
        ),
    ],
    good=[
        "def test_denied():\n    try:\n        assert login('guest') is None\n"
        "    finally:\n        close()\n    return",
        "def test_denied():\n    try:\n        act()\n    finally:\n"
        "        for user in users:\n            if user.stale:\n                break",
        "def test_denied():\n    try:\n        act()\n    finally:\n        def close():\n"
        "            return 1\n        close()",
        "def test_all(users):\n    for user in users:\n        try:\n"
        "            act(user)\n        except KeyError:\n            continue\n"
        "        finally:\n            while user.open:\n                if user.busy:\n"
        "                    continue\n                user.close()",
    ],
)


@rule.on(ast.Return, ast.Break, ast.Continue)
def visit(jump: ast.Return | ast.Break | ast.Continue, ctx: Context) -> Iterator[Outcome]:
    if _leaves_finally(jump, ctx):
        word = type(jump).__name__.lower()
        yield rule.finding(
            jump, f"This `{word}` ends whatever exception is on its way, a failed assertion too."
        )


def _leaves_finally(jump: ast.stmt, ctx: Context) -> bool:
    child: ast.AST = jump
    for outer in ctx.ancestors(jump):
        if isinstance(outer, DEFINITIONS):
            return False
        if isinstance(outer, ast.Try | ast.TryStar) and child in outer.finalbody:
            return True
        # A loop's `else` is not part of it: a jump from there goes to the loop around.
        if isinstance(outer, _LOOPS) and not isinstance(jump, ast.Return) and child in outer.body:
            return False
        child = outer
    return False
