"""A temporary file or folder is created and never removed.

`mkstemp`, `mkdtemp` and `NamedTemporaryFile(delete=False)` leave removal to the caller. What
stays behind fills the disk of the build server, and whatever the test wrote there, such as
keys, database copies or logs, stays readable for the next job.

It is not a finding where the test, its fixture or its class removes what was made, where the
path is returned to a caller, or inside `tmp_path`.

Use pytest's `tmp_path`, `with tempfile.TemporaryDirectory() as folder:`, or register
the removal at once: `self.addCleanup(shutil.rmtree, folder)`.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, evidence
from checks.context import Context
from checks.restoration import Undone, bases_undo, regions
from checks.rules.cleanup._restored import acts_in_tests, called
from checks.rules.mocks._patchers import values
from checks.tree import FUNCTIONS

CREATES = frozenset({"tempfile.mkstemp", "tempfile.mkdtemp"})
KEEPS = frozenset({"tempfile.NamedTemporaryFile", "tempfile.TemporaryDirectory"})
REMOVES = re.compile(
    r"(?i)remove|move(_|$)|unlink|rmtree|rmdir|delete|clean|purge|destroy|tear_?down|dispose|addfinalizer"
)
# Bases that give each test a private folder for temporary files and remove it.
PRIVATE = frozenset({"oslotest.base.BaseTestCase", "oslotest.base.TestCase"})
FIXTURES = frozenset({"NestedTempfile", "TempDir", "TemporaryDirectory", "isolated_filesystem"})

_PATHS = frozenset(
    {"os.path.join", "os.path.realpath", "os.path.abspath", "pathlib.Path", "str"}
    | {"os.fspath", "py.path.local"}
)

rule = Rule(
    id="mkstemp-leak",
    severity="low",
    cwe=459,
    bad=[
        Bad("import tempfile\ndef test_a():\n    a = tempfile.mkdtemp()  # <-\n    act(a)"),
        Bad("from tempfile import mkstemp as new\ndef test_a():\n    fd, path = new()"),
        Bad(
            "import tempfile, unittest\nclass TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        self.folder = tempfile.mkdtemp()  # <-\n    def test_a(self):\n"
            "        act(self.folder)"
        ),
        Bad(
            "import tempfile\ndef test_a():\n"
            "    with tempfile.NamedTemporaryFile(delete=False) as f:  # <-\n"
            "        f.write(b'a')"
        ),
        Bad(
            "import pytest, tempfile\n@pytest.fixture\ndef folder():\n    return tempfile.mkdtemp()"
        ),
        Bad(
            "import pytest, tempfile\n@pytest.fixture\ndef folder():\n"
            "    made = tempfile.mkdtemp()  # <-\n    yield made"
        ),
        Bad(
            "import shutil, tempfile, unittest\nclass TestA(unittest.TestCase):\n"
            "    def setUp(self):\n        self.a = tempfile.mkdtemp()  # <-\n"
            "        self.b = tempfile.mkdtemp()\n    def tearDown(self):\n"
            "        shutil.rmtree(self.b)"
        ),
        Bad(
            "import pytest\nfrom tempfile import mkdtemp as make\n"
            "@pytest.fixture(scope='session')\ndef folder():\n    return make()"
        ),
    ],
    good=[
        "import pytest, shutil, tempfile\n@pytest.fixture\ndef folder():\n"
        "    made = tempfile.mkdtemp()\n    yield made\n    shutil.rmtree(made)",
        "import tempfile\ndef test_a():\n    with tempfile.TemporaryFile() as f:\n        act(f)",
        Good(
            "import os, tempfile\ndef test_a():\n    fd, path = tempfile.mkstemp()\n    try:\n"
            "        os.close(fd)\n    finally:\n        os.unlink(path)"
        ),
        Good(
            "import shutil, tempfile, unittest\nclass TestA(unittest.TestCase):\n"
            "    def setUp(self):\n        self.folder = tempfile.mkdtemp()\n"
            "        self.addCleanup(shutil.rmtree, self.folder)"
        ),
        "import pytest, shutil, tempfile\n@pytest.fixture(scope='session')\ndef folder(request):\n"
        "    made = tempfile.mkdtemp()\n    request.addfinalizer(lambda: shutil.rmtree(made))\n"
        "    return made",
        "import tempfile\ndef make():\n    return tempfile.mkdtemp()",
        "import tempfile\ndef test_a(tmp_path):\n    folder = tempfile.mkdtemp(dir=tmp_path)",
        "def test_a(tempfile):\n    path = tempfile.mkdtemp()",
    ],
)


@rule.on_call(*CREATES, *KEEPS)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    name = ctx.call_name(call) or ""
    if name in KEEPS:
        keyword = ctx.keyword(call, "delete")
        if keyword is None or not ctx.is_false(keyword.value):
            return
    # On the disk it stays behind the run, too.
    acts = acts_in_tests(ctx, call) or _in_fixture(ctx, call)
    if ctx.keyword(call, "dir") or not acts:
        return
    if _is_handed_on(ctx, call) or _is_removed(ctx, call):
        return
    made = "folder" if name.endswith(("mkdtemp", "Directory")) else "file"
    known = bases_undo(ctx, ctx.class_of(call), PRIVATE)
    if known is Undone.UNKNOWN or _is_mixin(ctx, call):
        yield evidence(
            call, f"A temporary {made} is left to a base class in another file, if to anybody."
        )
    elif known is Undone.NO:
        yield rule.finding(
            call, f"Nothing in this test or its class removes this temporary {made}."
        )


def _is_handed_on(ctx: Context, call: ast.Call) -> bool:
    """Whether somebody else gets the path to keep: returned, yielded, collected, an argument."""
    holder = ctx.parent(call)
    while isinstance(holder, ast.Subscript | ast.Tuple | ast.Attribute | ast.Call):
        if isinstance(holder, ast.Call) and not _is_path(ctx, holder):
            return True
        holder = ctx.parent(holder)
    if isinstance(holder, ast.Return | ast.Yield) and _in_fixture(ctx, call):
        return False
    if not isinstance(holder, ast.Assign | ast.AnnAssign | ast.withitem | ast.Expr):
        return True
    targets = holder.targets if isinstance(holder, ast.Assign) else []
    names = {n.id for target in targets for n in ctx.nodes(ast.Name, inside=target)}
    if isinstance(holder, ast.withitem) and isinstance(holder.optional_vars, ast.Name):
        names = {holder.optional_vars.id}
    function = ctx.function(call)
    for name in ctx.nodes(ast.Name, inside=function) if function else ():
        if name.id in names and isinstance(name.ctx, ast.Load) and _leaves(ctx, name):
            return True
    return False


def _is_path(ctx: Context, node: ast.Call) -> bool:
    """Whether *node* makes a path of the one it is given: ``Path(mkdtemp())``."""
    return ctx.call_name(node) in _PATHS


def _in_fixture(ctx: Context, node: ast.AST) -> bool:
    """Whether what is returned or yielded stays the fixture's to remove."""
    function = ctx.function(node)
    return function is not None and ctx.scopes.fixture(function) is not None


def _leaves(ctx: Context, name: ast.Name) -> bool:
    for outer in ctx.ancestors(name):
        if isinstance(outer, ast.Return | ast.Yield):
            return not _in_fixture(ctx, name)
        if isinstance(outer, ast.Call) and called(outer) in {"append", "add", "update", "extend"}:
            return True
        if isinstance(outer, ast.Assign) and ctx.tree.contains(outer.value, name):
            return any(isinstance(t, ast.Attribute | ast.Subscript) for t in outer.targets)
        if isinstance(outer, ast.stmt):
            return False
    return False


def _is_removed(ctx: Context, call: ast.Call) -> bool:
    """Whether something in the function, or what runs after it, removes files."""
    function = ctx.function(call)
    if function is None:
        return False
    if any(
        re.search(r"(?i)te?mp", called(item.context_expr))
        for outer in ctx.ancestors(call)
        if isinstance(outer, ast.With)
        for item in outer.items
        if item.context_expr is not call
    ):
        return True
    places = [function, *regions(ctx, call)]
    definition = ctx.class_of(call)
    setups = [m for m in definition.body if isinstance(m, FUNCTIONS)] if definition else []
    if any(
        called(c) in FIXTURES and c is not call
        for setup in (*(s for s in setups if s.name == "setUp"), function)
        for c in ctx.nodes(ast.Call, inside=setup)
    ):
        return True
    return any(
        REMOVES.search(called(part))
        for place in places
        for part in ctx.nodes(ast.Name, ast.Attribute, inside=place)
        if called(part) not in {"addCleanup", "addClassCleanup", "tearDown"}
        and not _is_about_another(ctx, part, call)
    )


def _is_about_another(ctx: Context, part: ast.AST, call: ast.Call) -> bool:
    """Whether what removes is only given things that other calls than *call* made."""
    around = next((outer for outer in ctx.ancestors(part) if isinstance(outer, ast.Call)), None)
    given = [each for each in around.args if each is not part] if around else []
    made = [values(ctx, each) for each in given]
    return bool(made) and all(
        len(each) == 1 and each[0] is not call and ctx.call_name(each[0]) in CREATES
        for each in made
    )


def _is_mixin(ctx: Context, call: ast.Call) -> bool:
    """Whether the class has no test base of its own but its tests speak to one: a mixin."""
    definition = ctx.class_of(call)
    if definition is None or ctx.scopes.is_test_case(definition):
        return False
    return any(
        isinstance(c.func, ast.Attribute)
        and (c.func.attr.startswith("assert") or c.func.attr in {"setUp", "useFixture"})
        for c in ctx.nodes(ast.Call, inside=definition)
    )
