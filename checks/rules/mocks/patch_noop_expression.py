"""`patch(..)` stands as a statement and replaces nothing.

Calling `patch` only makes a patcher. Without `with`, a decorator or `.start()` the real
function runs: a test that seems to keep the network, the mail server or the payment provider
out is talking to them.

Nor does a patcher start or stop where `patcher.start` is named and not called.

A fixture that is called `patch`, and `mocker.patch(..)`, which starts at once, are not
findings.

Use it as `with patch(..):`, as a decorator, or, with Python 3.11 and newer,
`self.enterContext(patch(..))`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, replace
from checks.context import Context
from checks.rules.errors._assertions import expects_an_error
from checks.rules.mocks._patchers import PATCHES, is_patcher
from checks.rules.mocks._rewriting import entering

rule = Rule(
    id="patch-noop-expression",
    words=("patch",),
    severity="medium",
    cwe=670,
    bad=[
        Bad(
            "from unittest import mock\ndef test_a():\n    mock.patch('app.send')  # <-\n    act()"
        ),
        Bad("from unittest.mock import patch as p\ndef test_a():\n    p.object(app, 'send')"),
        Bad("import mock as m\nclass A:\n    def setUp(self):\n        m.patch('app.send')"),
        Bad(
            "import unittest\nfrom unittest import mock\nclass TestA(unittest.TestCase):\n"
            "    def setUp(self):\n        mock.patch('app.send')",
            fixed="import unittest\nfrom unittest import mock\nclass TestA(unittest.TestCase):\n"
            "    def setUp(self):\n        self.enterContext(mock.patch('app.send'))",
        ),
        Bad(
            "import pytest\nfrom unittest import mock\ndef test_a():\n"
            "    with pytest.raises(OSError):\n"
            "        mock.patch('app.send', side_effect=OSError)  # <-\n        act()"
        ),
        Bad(
            "from unittest.mock import patch as p\nclass TestA:\n    def setUp(self):\n"
            "        self.patcher = p('app.send')\n        self.patcher.start()\n"
            "    def tearDown(self):\n        self.patcher.stop",
            fixed="from unittest.mock import patch as p\nclass TestA:\n    def setUp(self):\n"
            "        self.patcher = p('app.send')\n        self.patcher.start()\n"
            "    def tearDown(self):\n        self.patcher.stop()",
        ),
    ],
    good=[
        "from unittest import mock\ndef test_a():\n    with mock.patch('app.send'):\n        act()",
        "def test_a(patch):\n    patch('/items/1')",
        "def test_a(mocker):\n    mocker.patch('app.send')",
        "from unittest import mock\n@mock.patch('app.send')\ndef test_a(send):\n    act()",
        "import pytest\nfrom unittest import mock\ndef test_a():\n"
        "    with pytest.raises(TypeError):\n        mock.patch('app.send', new=1, create=2)",
    ],
)


@rule.on(ast.Module)
def visit_names(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for word in ("start", "stop"):
        for named in ctx.attributes.get(word, ()):
            if isinstance(ctx.parent(named), ast.Expr) and is_patcher(ctx, named.value):
                reason = f"`{word}` is named and not called, so the patcher does not {word}."
                yield rule.finding(named, reason, edit=replace(named, f"{ctx.segment(named)}()"))


@rule.on_call(*PATCHES)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    statement = ctx.parent(call)
    if isinstance(statement, ast.Expr) and not _is_to_fail(statement, call, ctx):
        yield rule.finding(
            call,
            "This makes a patcher and throws it away: nothing is replaced.",
            edit=entering(call, call, ctx),
        )


def _is_to_fail(statement: ast.Expr, call: ast.Call, ctx: Context) -> bool:
    """Whether the making of the patcher is what has to raise: nothing comes after it."""
    block = getattr(ctx.parent(statement), "body", [])
    return block[-1:] == [statement] and expects_an_error(ctx, call)
