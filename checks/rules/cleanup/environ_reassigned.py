"""`os.environ` is replaced by another object, which leaves the environment as it was.

`os.environ = {...}` only rebinds the name. Variables are neither set nor removed in the
process: programs that the test starts, and libraries written in C, still see the old
ones, such as the credentials the test meant to take away; writing to the new object
reaches nobody.

Putting the saved object back, as in `os.environ = saved`, is not a finding of its own.

Use `mock.patch.dict(os.environ, {...}, clear=True)`, or `monkeypatch.setenv` and
`monkeypatch.delenv`: they change the environment itself and put it back.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules._origins import origin
from checks.rules.cleanup._restored import is_saved

rule = Rule(
    id="environ-reassigned",
    words=("environ",),
    severity="low",
    cwe=459,
    bad=[
        Bad("import os\ndef test_a():\n    os.environ = {'MODE': 'a'}"),
        Bad("import os as o\ndef test_a():\n    o.environ = dict(MODE='a')"),
        Bad(
            "import os, unittest\nclass TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        self.saved = os.environ\n        os.environ = {}  # <-\n"
            "    def tearDown(self):\n        os.environ = self.saved"
        ),
    ],
    good=[
        "import os\nfrom unittest import mock\ndef test_a():\n"
        "    with mock.patch.dict(os.environ, {'MODE': 'a'}, clear=True):\n        act()",
        "import os\nenviron = dict(os.environ)\nenviron['MODE'] = 'a'",
        "def test_a(os):\n    os.environ = {'MODE': 'a'}",
        "from app import server\ndef test_a():\n    request = server.Request()\n"
        "    request.environ = {'MODE': 'a'}",
    ],
)


@rule.on(ast.Assign, ast.AnnAssign)
def visit(assign: ast.Assign | ast.AnnAssign, ctx: Context) -> Iterator[Outcome]:
    targets = assign.targets if isinstance(assign, ast.Assign) else [assign.target]
    for target in targets:
        if not isinstance(target, ast.Attribute) or target.attr != "environ":
            continue
        if ctx.name(target) == "os.environ" and assign.value and not _is_kept(ctx, assign.value):
            yield rule.finding(
                target, "The environment itself stays as it was: only the name is rebound."
            )


def _is_kept(ctx: Context, value: ast.expr) -> bool:
    """Whether a value is the environment itself, kept from before."""
    return is_saved(value) or "os.environ" in (ctx.name(value), ctx.name(origin(ctx, value)))
