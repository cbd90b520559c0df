"""A file is made under a fixed name in a folder that everybody may write to.

`/tmp`, `/var/tmp` and `/dev/shm` are shared by all users of a machine. A fixed name can
be taken before the test comes: a link put there sends what the test writes into another
file, and what it reads back may be somebody else's. Two runs at once, as on a build
server, overwrite each other.

A path that is only data is not a finding: compared, given to a mock or a parser, never opened
for writing. The `strict` profile reports every such path.

Use pytest's `tmp_path`, `tempfile.TemporaryDirectory()` or `tempfile.mkstemp()`: the
folder is the test's own, and it is removed again.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.cleanup._shared_folders import is_made_up, shared_path, written_paths

rule = Rule(
    id="hardcoded-tmp",
    words=("/tmp", "/var/tmp", "/dev/shm"),  # noqa: S108  # looked for, not written to
    severity="low",
    cwe=377,
    bad=[
        Bad("def test_a(name):\n    open('/tmp/{}'.format(name), 'w').close()"),
        Bad(
            "import socket\ndef test_a():\n    with socket.socket(socket.AF_UNIX) as s:\n"
            "        s.bind('/tmp/a.sock')"
        ),
        Bad("import logging as log\nlog.basicConfig(filename='/tmp/a.log')"),
        Bad("def test_a():\n    with open('/tmp/a', 'w') as f:  # <-\n        f.write('a')"),
        Bad("import sqlite3\ndef test_a():\n    act(sqlite3.connect(database='/tmp/a.db'))"),
        Bad("import os as o\ndef test_a():\n    o.makedirs('/var/tmp/a/b')"),
        Bad("from pathlib import Path as P\ndef test_a():\n    P('/dev/shm/a').write_text('a')"),
        Bad("import os\nWORK = '/tmp'\ndef test_a():\n    os.mkdir(os.path.join(WORK, 'a'))"),
        Bad("import shutil\ndef test_a(source, name):\n    shutil.copy(source, f'/tmp/{name}.db')"),
        Bad("NAME = '/tmp/a'", profile="strict"),
        Bad("def test_a():\n    act('/var/tmp/%s' % 1)", profile="strict"),
        Bad(
            "from unittest import mock as m\nreader = m.Mock(return_value='/tmp/a')",
            profile="strict",
        ),
    ],
    good=[
        "def test_a(tmp_path):\n    (tmp_path / 'a').write_text('a')",
        "from app import parse\ndef test_a():\n    assert parse('/tmp/a') == '/tmp/a'",
        "def test_a():\n    with open('/tmp/a') as f:\n        assert f.read()",
        "import tempfile\ndef test_a():\n    with tempfile.TemporaryDirectory(dir='/tmp') as d:\n"
        "        act(d)",
        "from unittest import mock\ndef test_a():\n"
        "    with mock.patch('builtins.open') as opened:\n"
        "        with open('/tmp/a', 'w') as f:\n            f.write('a')",
        "import os, uuid\ndef test_a():\n    os.mkdir('/tmp/' + uuid.uuid4().hex)",
        Good("def test_a(path):\n    '/tmp/a is said, not used.'\n    act(path)", profile="strict"),
        Good("NAME = '/tmpl/a'\nURL = 'http://127.0.0.1/tmp/a'", profile="strict"),
    ],
)


@rule.on(ast.Module)
def visit(module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    seen: set[ast.AST] = set()
    for call, path in written_paths(ctx):
        literal = shared_path(ctx, path)
        if literal is not None and literal not in seen and not is_made_up(ctx, call, path):
            seen.add(literal)
            node = literal if ctx.strict or ctx.tree.contains(call, literal) else path
            yield rule.finding(node, "Another user can put a file or link under this name first.")
    for constant in ctx.nodes(ast.Constant) if ctx.strict else ():
        if constant not in seen and _is_named(ctx, constant):
            yield rule.finding(constant, "This names a folder that every user may write to.")


def _is_named(ctx: Context, constant: ast.Constant) -> bool:
    """Whether a literal is such a path, and no documentation."""
    return shared_path(ctx, constant) is not None and not isinstance(ctx.parent(constant), ast.Expr)
