"""`contextlib.suppress` swallows the assertion inside it.

`with suppress(Exception):` ends quietly at the first failed assertion, and whatever it was
meant to show is never shown again: the test passes whether the check holds or not.

A narrow exception (`suppress(KeyError)`), and a block that only cleans up, are not findings.

Name the one exception that may be ignored, and move the assertions out of the block.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.errors._assertions import assertions, catches_assertion, is_polling

rule = Rule(
    id="suppress-assertion",
    severity="medium",
    cwe=703,
    bad=[
        Bad("import contextlib\ndef test_a():\n    with contextlib.suppress(Exception):  # <-\n"
            "        assert sign(x) == y"),
        Bad("from contextlib import suppress as quietly\ndef test_a(self):\n"
            "    with quietly(KeyError, AssertionError):  # <-\n        self.assertEqual(1, x)"),
        Bad("import contextlib as c\ndef test_a(self):\n    with l, c.suppress(Exception):  # <-\n"
            "        self.assertIn('a', read())"),
    ],
    good=[
        "import contextlib\ndef test_a():\n    with contextlib.suppress(KeyError):\n"
        "        assert table['a'] == 1",
        "import contextlib\ndef test_a():\n    with contextlib.suppress(Exception):\n"
        "        clean_up()\n    assert done()",
        "def test_a(suppress):\n    with suppress(Exception):\n        assert x",
    ],
)  # fmt: skip


@rule.on_call("contextlib.suppress")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    item = ctx.parent(call)
    block = ctx.parent(item) if isinstance(item, ast.withitem) else None
    if not isinstance(block, ast.With | ast.AsyncWith):
        return
    if not any(catches_assertion(ctx, argument) for argument in call.args):
        return
    swallowed = next(assertions(ctx, block.body), None)
    if swallowed and not is_polling(ctx, block, block.body):
        yield rule.finding(
            call, f"The assertion on line {swallowed.lineno} cannot fail inside this block."
        )
