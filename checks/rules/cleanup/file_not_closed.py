"""A file is opened and never closed.

An open file holds a descriptor, and what was written to it may still wait in a buffer:
a test that reads the file back can see half of it. When it is closed is left to the
garbage collector, and the warnings about it hide the leaks of the code under test.

It is not a finding where the file is closed on any path, where `addCleanup(f.close)` or
a tear-down closes it, or where it is handed on: returned, stored or passed to a call
that may close it.

Use a block that ends with it: `with open(path) as f:`. To read or write all at once,
`pathlib.Path(path).read_text()` and `.write_text(...)` close the file themselves.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, evidence, replace
from checks.context import Context
from checks.model import Edit
from checks.restoration import Undone, bases_undo
from checks.rules.cleanup._held import Left
from checks.rules.cleanup._kinds import FILE, leaving
from checks.rules.cleanup._rewrites import spelled
from checks.rules.cleanup._shared_folders import is_path

rule = Rule(
    id="file-not-closed",
    severity="low",
    cwe=772,
    bad=[
        Bad("def test_a(path):\n    f = open(path)  # <-\n    f.close\n    assert f.closed"),
        Bad(
            "from pathlib import Path\ndef test_reset():\n"
            "    assert (Path(__file__).parent / 'a').open().read()"
        ),
        Bad("def test_a(path):\n    f = open(path)  # <-\n    assert f.read() == 'a'"),
        Bad("from io import open as o\ndef test_a(path):\n    assert o(path).read() == 'a'"),
        Bad(
            "import pathlib\ndef test_a(path):\n    text = open(path, encoding='utf-8').read()",
            fixed="import pathlib\ndef test_a(path):\n"
            "    text = pathlib.Path(path).read_text(encoding='utf-8')",
        ),
        Bad("import json\ndef test_a(path):\n    data = json.load(open(path))"),
        Bad(
            "import gzip\ndef test_a(path):\n    for line in gzip.open(path):  # <-\n"
            "        act(line)"
        ),
        Bad(
            "import unittest\nclass TestA(unittest.TestCase):\n    def test_a(self):\n"
            "        self.log = open('a.log')  # <-\n        self.assertTrue(self.log.read())"
        ),
        Bad(
            "from pathlib import Path as P\ndef test_a(name):\n"
            "    text = (P('data') / name).open().read()  # <-\n    assert text"
        ),
        Bad("def test_a(path):\n    log = open(path, 'a')  # <-\n    print('started', file=log)"),
        Bad("import json as j\ndef test_a(path):\n    assert j.load(open(path)) == {}"),
        Bad("def test_a(path):\n    if (f := open(path)) and f.read():  # <-\n        act()"),
    ],
    good=[
        "def test_a(path):\n    with open(path) as f:\n        assert f.read() == 'a'",
        "import unittest\nclass TestA(unittest.TestCase):\n    def test_a(self):\n"
        "        f = open('a.log')\n        self.addCleanup(f.close)",
        "def test_a(path):\n    f = open(path)\n    try:\n        act()\n    finally:\n"
        "        f.close()",
        "def make(path):\n    f = open(path)\n    return f",
        "from pathlib import Path\ndef test_a(shop):\n    with Path('a').open() as f:\n"
        "        f.read()\n    shop.open().read()",
        "from app import Reader\ndef test_a(path):\n    f = open(path)\n    reader = Reader(f)",
        "def test_a(open):\n    assert open('a').read() == 'a'",
        "from unittest import mock\n@mock.patch('builtins.open')\ndef test_a(fake, path):\n"
        "    f = open(path)\n    assert f.read() == 'a'",
        "import io, zipfile\ndef test_a():\n    kept = io.BytesIO()\n"
        "    z = zipfile.ZipFile(kept)\n    assert z.namelist()",
        "import pytest\ndef test_a(path):\n    with pytest.raises(FileNotFoundError):\n"
        "        open(path)",
    ],
)


@rule.on_method("open")
def visit_method(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    path = call.func.value if isinstance(call.func, ast.Attribute) else None
    if ctx.call_name(call) is None and is_path(ctx, path):
        yield from visit(call, ctx)


@rule.on_call(*FILE.makers)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    how = leaving(ctx, call, rule.id)
    if how is None:
        return
    unknown = bases_undo(ctx, ctx.class_of(call), frozenset()) is Undone.UNKNOWN
    if how is Left.ON_SELF and unknown:
        yield evidence(call, "A base class in another file closes this file, if anybody does.")
    elif how is Left.DROPPED:
        yield rule.finding(
            call, "Nobody holds this file, so nobody can close it.", edit=_rewritten(ctx, call)
        )
    else:
        yield rule.finding(call, "Nothing closes this file, whether the test passes or fails.")


def _rewritten(ctx: Context, call: ast.Call) -> Edit | None:
    """``Path(p).read_text()`` for ``open(p).read()``, where the file imports ``Path``."""
    path = spelled(ctx, "pathlib.Path")
    method = ctx.parent(call)
    use = ctx.parent(method) if isinstance(method, ast.Attribute) else None
    if not path or ctx.name(call.func) not in {"open", "io.open"}:
        return None
    if not isinstance(method, ast.Attribute) or method.attr != "read":
        return None
    if not isinstance(use, ast.Call) or use.args or use.keywords:
        return None
    mode = "r" if len(call.args) < 2 else ctx.text(call.args[1])
    read = {"r": "read_text", "rt": "read_text", "rb": "read_bytes"}.get(mode or "")
    known = all(k.arg in {"encoding", "errors"} for k in call.keywords)
    if not read or not known or not call.args or len(call.args) > 2:
        return None
    given = ", ".join(ctx.segment(keyword) for keyword in call.keywords)
    return replace(use, f"{path}({ctx.segment(call.args[0])}).{read}({given})", safe=True)
