"""An attribute of a module or class is set by a test and never put back.

`limits.MAX_SIZE = 1` holds for the whole process: every test that runs later runs with
the other value, in an order that nobody chose. A limit, a switch or a path that one
test changed can hide what another one should find.

Doubles (mocks, lambdas) have a rule of their own, as have applications and settings.
It is not a finding where the value is put back on any path or by a fixture, where an
empty value is put there to start afresh, nor in an autouse fixture, which configures every
test there is (the `strict` profile reports that, too).

Use `mock.patch.object(limits, "MAX_SIZE", 1)` as a decorator or `with`, or
`monkeypatch.setattr(limits, "MAX_SIZE", 1)`: both put it back.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, evidence, replace
from checks.context import Context
from checks.model import Edit
from checks.restoration import Undone, bases_undo
from checks.rules.cleanup._attributes import Stored, is_settings, left
from checks.rules.cleanup._rewrites import alone, asked
from checks.rules.cleanup._wording import code, dotted
from checks.rules.mocks._rewriting import as_statement

rule = Rule(
    id="module-attr-not-restored",
    severity="low",
    cwe=459,
    bad=[
        Bad("from app import limits\ndef test_a():\n    limits.MAX = 1  # <-\n    act()"),
        Bad("import app.limits as l\nclass TestA:\n    def setup_method(self):\n        l.MAX = 1"),
        Bad("from app.jobs import Runner\ndef test_a():\n    Runner.delay = 0"),
        Bad("import sys\ndef test_a():\n    sys.argv = ['app', '--debug']  # <-\n    act()"),
        Bad("import os\ndef test_a():\n    os.name = 'nt'"),
        Bad("from app import limits\ndef test_a():\n    setattr(limits, 'MAX', 1)"),
        Bad(
            "from app import limits\ndef test_a(monkeypatch):\n    limits.MAX = 1",
            fixed="from app import limits\ndef test_a(monkeypatch):\n"
            "    monkeypatch.setattr(limits, 'MAX', 1)",
        ),
    ],
    good=[
        "from app import limits\ndef test_a(monkeypatch):\n"
        "    monkeypatch.setattr(limits, 'MAX', 1)",
        "from app import limits\ndef test_a():\n    before = limits.MAX\n    limits.MAX = 1\n"
        "    try:\n        act()\n    finally:\n        limits.MAX = before",
        "import unittest\nfrom app import limits\nclass TestA(unittest.TestCase):\n"
        "    def setUp(self):\n        self.addCleanup(setattr, limits, 'MAX', limits.MAX)\n"
        "        limits.MAX = 1",
        "from app import cache\ndef test_a():\n    cache.entries = {}",
        "from app import limits\ndef test_a():\n    limits.MAX = 1\n    try:\n        act()\n"
        "    finally:\n        limits.reset_limits()",
        "from app import limits\ndef test_a():\n    with save_globals():\n        limits.MAX = 1",
        "from app import limits\nclass TestA(Case):\n    def test_a(self):\n"
        "        self.patch(limits, 'known', Known())\n        limits.known.MAX = 1",
        "def test_a(limits):\n    limits.MAX = 1",
        "from app import limits\ndef test_a():\n    made = limits.Limits()\n    made.MAX = 1",
        "from app import limits\nlimits.MAX = 1",
        (
            "import pytest\nfrom app import limits\n@pytest.fixture(autouse=True)\n"
            "def limited():\n    limits.MAX = 1"
        ),
    ],
)


@rule.on(ast.Module)
def visit(module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for item in left(ctx):
        if is_settings(item.home):
            continue
        what = code(f"{dotted(item.owner)}.{item.attribute}")
        unknown = bases_undo(ctx, ctx.class_of(item.node), frozenset()) is Undone.UNKNOWN
        function = ctx.function(item.node)
        configures = function is not None and ctx.scopes.is_autouse(function) and not ctx.strict
        if unknown or configures:
            yield evidence(item.node, f"{what} is set, and this file does not put it back.")
        else:
            yield rule.finding(
                item.node,
                f"{what} stays changed for every test that runs later in this process.",
                edit=_rewritten(ctx, item),
            )


def _rewritten(ctx: Context, item: Stored) -> Edit | None:
    """The same by ``monkeypatch``, where the test has it."""
    statement = alone(ctx, item.node)
    if statement is None or not asked(ctx, item.node, "monkeypatch"):
        return None
    given = f"{ctx.segment(item.owner)}, {item.attribute!r}, {ctx.segment(item.value)}"
    return replace(statement, as_statement(f"monkeypatch.setattr({given})"), safe=True)
