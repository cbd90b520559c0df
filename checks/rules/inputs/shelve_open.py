"""A shelf that the test has not made is opened.

A shelf is a file of pickles: reading a key runs code that the file names. Whoever
changes a shelf in the repository or on the machine runs code on the developer's
machine and on the build server.

A shelf in the test's own temporary folder, one that is opened with the flag `"n"`
(always new), and one that the same test fills are not findings. Nor is a class of
another library that is called `shelve`. The `strict` profile names every call.

Keep test data in a format that holds data only, such as JSON or SQLite, or fill a new
shelf in the test: `shelve.open(str(tmp_path / "data"), "n")`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.inputs._loading import loaded, of_path
from checks.rules.inputs._sources import MADE, Data

rule = Rule(
    id="shelve-open",
    severity="medium",
    cwe=502,
    bad=[
        Bad(
            "import shelve\ndef test_a():\n    with shelve.open('data/golden') as golden:  # <-\n"
            "        check(golden['a'])"
        ),
        Bad("import os, shelve as s\nstate = s.open(os.environ['STATE_FILE'], flag='r')"),
        Bad("from shelve import DbfilenameShelf\nstate = DbfilenameShelf('data/golden', 'r')"),
        Bad("import shelve\ndef a(path):\n    return shelve.open(path, 'n')", profile="strict"),
        Bad("from shelve import open as o\nread(opener=o)", profile="strict"),
    ],
    good=[
        "import shelve\ndef test_a(tmp_path):\n    shelve.open(str(tmp_path / 'a')).close()",
        (
            "import shelve\ndef test_a():\n    with shelve.open('state') as state:\n"
            "        state['a'] = 1"
        ),
        "from shelve import ShelveController\nfrom nova import shelve\nshelve.open('a')",
        "import shelve\ndef test_a():\n    with shelve.open('state', 'n') as s:\n        check(s)",
        "def test_a(shelve):\n    shelve.open('data/golden')",
        Good("import shelve\nshelf = shelve.Shelf({})", profile="strict"),
    ],
)


@rule.on_call("shelve.open", "shelve.DbfilenameShelf")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    yield from loaded(rule, ctx, call, _origin(call, ctx))


def _origin(call: ast.Call, ctx: Context) -> Data:
    if ctx.text(ctx.argument(call, 1, "flag")) == "n":
        return MADE
    holder = ctx.function(call) or ctx.tree.module
    stored = (isinstance(item.ctx, ast.Store) for item in ctx.nodes(ast.Subscript, inside=holder))
    return MADE if any(stored) else of_path(ctx, call, ctx.argument(call, 0, "filename"))


rule.on_value("shelve.open", "shelve.DbfilenameShelf")
