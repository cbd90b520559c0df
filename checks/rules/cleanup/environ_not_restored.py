"""An environment variable is set, or removed, and never put back.

`os.environ` belongs to the whole process. A variable that one test sets is there for every
later test and every program they start, so tests pass or fail by their order, and a switch
such as a debug flag or an authentication setting stays on unseen.

It is not a finding where a clean-up, a `finally`, a fixture or a patch of the environment
puts the variable back, nor where a base class is not at hand that may do so, nor in an autouse
fixture, which configures every test there is; the `strict` profile reports the last two.

Let the framework put it back: `monkeypatch.setenv("NAME", "value")` in pytest,
`self.useFixture(fixtures.EnvironmentVariable("NAME", "value"))` with testtools, or
`with mock.patch.dict(os.environ, {"NAME": "value"}):`.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, evidence
from checks.context import UNKNOWN, Context
from checks.restoration import STOP_ALL, Undone, bases_undo
from checks.rules.cleanup._restored import acts_in_tests, asks_for, called, is_restored, is_saved
from checks.rules.cleanup._rewrites import as_fixture

SETTERS = frozenset({"os.putenv", "os.environ.update", "os.environ.setdefault", "os.environ.clear"})
RESTORERS = frozenset(
    {f"os.environ.{name}" for name in ("pop", "update", "clear", "__setitem__", "__delitem__")}
    | {"os.putenv", "os.unsetenv", "os.environ.setdefault"}
)
SENSITIVE = re.compile(
    r"(?i)secret|token|passw|passphrase|api_?key|access_?key|credential|auth(?!or)|private"
    r"|ssl|tls|cert|ca_bundle|verify"
)
GUARD = re.compile(r"(?i)env")
NO_GUARD = frozenset({"getenv", "putenv", "unsetenv", "load_dotenv", "Environment", "environ"})
MANY = 10
# What switches TLS verification off has a rule of its own in the category of the network.
TLS_KEYS = re.compile(r"PYTHONHTTPSVERIFY|NODE_TLS_REJECT_UNAUTHORIZED|SSL_CERT_FILE|\w+_CA_BUNDLE")
TLS_OFF = frozenset({"", "0", "/dev/null"})
PATCHERS = re.compile(r"patch|^dict$|^object$|setattr|swap|stub")

rule = Rule(
    id="environ-not-restored",
    words=("environ", "putenv"),
    severity="low",
    cwe=459,
    bad=[
        Bad("import os\nclass TestA:\n    def test_a(self):\n        os.environ['DEBUG'] = '1'"),
        Bad("from os import environ as env\ndef test_a():\n    env['API_TOKEN'] = 'x'"),
        Bad(
            "import os, unittest\n"
            "class TestA(unittest.TestCase):\n"
            "    def setUp(self):\n"
            "        os.environ['MODE'] = 'a'  # <-\n"
            "    def tearDown(self):\n"
            "        del os.environ['OTHER']"
        ),
        Bad("import os\ndef test_a():\n    os.environ.update(MODE='a')"),
        Bad("import os\ndef test_a():\n    os.environ.clear()"),
        Bad("import os\ndef test_reset_password():\n    del os.environ['HOME']  # <-\n    act()"),
        Bad(
            "import os\nfrom elsewhere import OurCase\nclass TestA(OurCase):\n"
            "    def test_a(self):\n        os.environ['DEBUG'] = '1'",
            profile="strict",
        ),
        Bad(
            "import os, pytest\n@pytest.fixture\ndef service():\n"
            "    os.environ['MODE'] = 'a'  # <-\n    yield 1"
        ),
        Bad("import os\ndef test_a():\n    os.environ |= {'MODE': 'a'}"),
        Bad(
            "import os\ndef test_a(monkeypatch):\n    os.environ['MODE'] = 'a'",
            fixed="import os\ndef test_a(monkeypatch):\n    monkeypatch.setenv('MODE', 'a')",
        ),
        Bad(
            "import os, fixtures, testtools\nclass TestA(testtools.TestCase):\n"
            "    def test_a(self):\n        os.environ['MODE'] = 'a'  # <-\n"
            "        self.useFixture(fixtures.TempDir())",
            fixed="import os, fixtures, testtools\nclass TestA(testtools.TestCase):\n"
            "    def test_a(self):\n"
            "        self.useFixture(fixtures.EnvironmentVariable('MODE', 'a'))  # <-\n"
            "        self.useFixture(fixtures.TempDir())",
        ),
        Bad(
            "import os, unittest\nfrom unittest import mock\n"
            "class TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        self.enterContext(act())\n        os.environ['MODE'] = 'a'",
            fixed="import os, unittest\nfrom unittest import mock\n"
            "class TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        self.enterContext(act())\n"
            "        self.enterContext(mock.patch.dict(os.environ, {'MODE': 'a'}))",
        ),
    ],
    good=[
        "def test_a(monkeypatch):\n    monkeypatch.setenv('DEBUG', '1')",
        "import os\nfrom elsewhere import OurCase\nclass TestA(OurCase):\n"
        "    def test_a(self):\n        os.environ['DEBUG'] = '1'",
        Good(
            "import os\nfrom unittest import mock\ndef test_a():\n"
            "    with mock.patch.dict(os.environ):\n        os.environ['DEBUG'] = '1'"
        ),
        Good(
            "import os, unittest\nclass TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        self.addCleanup(os.environ.pop, 'MODE', None)\n"
            "        os.environ['MODE'] = 'a'"
        ),
        Good(
            "import os\ndef test_a():\n    old = os.environ.get('MODE')\n    try:\n"
            "        os.environ['MODE'] = 'a'\n    finally:\n        os.environ['MODE'] = old"
        ),
        Good(
            "import os, pytest\n@pytest.fixture\ndef mode():\n    saved = dict(os.environ)\n"
            "    os.environ['MODE'] = 'a'\n    yield\n    os.environ.clear()\n"
            "    os.environ.update(saved)"
        ),
        Good(
            "import os\nimport fixtures\nclass TestA:\n    def setUp(self):\n"
            "        self.useFixture(fixtures.EnvironmentVariable('MODE'))\n"
            "    def test_a(self):\n        os.environ['MODE'] = 'a'"
        ),
        (
            "import os, pytest\n@pytest.fixture(autouse=True)\ndef region(server):\n"
            "    os.environ['REGION'] = server.region"
        ),
        "import os\ndef test_a(load):\n    load(os.environ['MODE'])",
        "import os\ndef test_a():\n    with mode('a'):\n        act()\n    del os.environ['MODE']\n"
        "def mode(value):\n    os.environ['MODE'] = value",
        "import os\ndef test_a():\n    kept = os.environ.copy()\n    act()\n"
        "    os.environ.update(kept)",
        "import os\nenv = dict(os.environ)\ndef test_a():\n    env['MODE'] = 'a'",
        Good("import os\nos.environ.setdefault('MODE', 'a')", path="tests/conftest.py"),
    ],
)


@rule.on(ast.Subscript)
def visit_item(item: ast.Subscript, ctx: Context) -> Iterator[Outcome]:
    if isinstance(item.ctx, ast.Load) or ctx.name(item.value) != "os.environ":
        return
    if isinstance(item.ctx, ast.Del):
        if not _sets(ctx, key := _key(ctx, item.slice)):
            yield from _outcome(ctx, item, key, "removed")
        return
    statement = ctx.statement(item)
    if is_saved(getattr(statement, "value", None)):
        return
    function = ctx.function(item)
    key = _key(ctx, item.slice)
    if _turns_tls_off(key or "", ctx.literal(getattr(statement, "value", None))):
        return
    before = 0
    for earlier in ctx.nodes(ast.Subscript, inside=function) if function else ():
        if earlier is item:
            break
        if isinstance(earlier.ctx, ast.Store):
            before += 1
            if before > MANY or _key(ctx, earlier.slice) == key:
                return  # One word about one variable, and some words about one test.
    yield from _outcome(ctx, item, key)


@rule.on(ast.AugAssign)
def visit_union(assign: ast.AugAssign, ctx: Context) -> Iterator[Outcome]:
    whole = isinstance(assign.op, ast.BitOr) and ctx.name(assign.target) == "os.environ"
    if whole and not is_saved(assign.value):
        yield from _outcome(ctx, assign.target, None)


@rule.on_call(*SETTERS)
def visit_call(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    name = ctx.call_name(call)
    if not (call.args or call.keywords or name == "os.environ.clear"):
        return
    if call.args and (is_saved(call.args[0]) or _is_copy(ctx, call.args[0])):
        return
    key: str | None = None
    if name == "os.environ.update":
        named = [k.arg for k in call.keywords if k.arg]
        if call.args and isinstance(call.args[0], ast.Dict):
            named += [_key(ctx, k) or "" for k in call.args[0].keys]
        key = named[0] if len(named) == 1 else None
    elif call.args:
        key = _key(ctx, call.args[0])
    yield from _outcome(ctx, call, key)


def _sets(ctx: Context, key: str | None) -> bool:
    """Whether the file sets the variable somewhere, so that to remove it can put things back."""
    stores = (n for n in ctx.nodes(ast.Subscript) if isinstance(n.ctx, ast.Store))
    return any(
        _fits(ctx, n.slice, key) for n in stores if ctx.name(n.value) == "os.environ"
    ) or any(True for _ in ctx.calls(*SETTERS))


def _outcome(
    ctx: Context, node: ast.expr, key: str | None, state: str = "set"
) -> Iterator[Outcome]:
    if not acts_in_tests(ctx, node) or asks_for(ctx, node, GUARD):
        return
    if key == "TZ" and _resets_time_zone(ctx, node):
        return

    def undoes(inner: ast.AST) -> bool:
        return _is_undoing(ctx, inner, key)

    def guards(call: ast.AST) -> bool:
        return _is_guard(ctx, call, key)

    if is_restored(ctx, node, undoes, guards):
        return
    what = f"`{key}` stays {state}" if key else "The environment stays changed"
    function = ctx.function(node)
    if function and ctx.scopes.is_autouse(function) and not ctx.strict:
        yield evidence(node, f"{what} behind the tests that this autouse fixture sets up.")
        return
    unknown = bases_undo(ctx, ctx.class_of(node), frozenset(), STOP_ALL) is Undone.UNKNOWN
    if unknown and not ctx.strict:
        yield evidence(node, f"{what} unless a base class that is not at hand puts it back.")
        return
    yield rule.finding(
        node,
        f"{what} for every test that runs later in this process; nothing here puts it back.",
        severity="medium" if key and SENSITIVE.search(key) and not unknown else None,
        edit=as_fixture(ctx, node),
    )


def _is_copy(ctx: Context, node: ast.expr) -> bool:
    """Whether a name was given what was made of the environment: ``kept = dict(os.environ)``."""
    made = ctx.origin(node)
    parts = ctx.nodes(ast.Attribute, ast.Name, inside=made) if made is not None else ()
    return any(ctx.name(part) == "os.environ" for part in parts)


def _turns_tls_off(key: str, value: object) -> bool:
    if key == "GIT_SSL_NO_VERIFY":
        return isinstance(value, str) and value != ""
    return TLS_KEYS.fullmatch(key) is not None and value in TLS_OFF


def _key(ctx: Context, node: ast.AST | None) -> str | None:
    """The variable's name where it is literal, else the source of its expression."""
    if not isinstance(node, ast.expr):
        return None
    return ctx.text(node) or ctx.segment(node)


def _fits(ctx: Context, node: ast.AST | None, key: str | None) -> bool:
    """Whether a key that is put back is, or may be, the one that was set."""
    if node is None or key is None or ctx.literal(node) is UNKNOWN:
        return True
    return ctx.text(node) == key


def _is_undoing(ctx: Context, inner: ast.AST, key: str | None) -> bool:
    if not isinstance(inner, ast.Name | ast.Attribute):
        return False
    name = ctx.name(inner)
    parent = ctx.parent(inner)
    if name == "os.environ":
        if isinstance(parent, ast.Subscript) and not isinstance(parent.ctx, ast.Load):
            return _fits(ctx, parent.slice, key)
        return not isinstance(inner.ctx, ast.Load)
    if name not in RESTORERS or not isinstance(parent, ast.Call):
        return False
    if parent.func is inner:
        given = parent.args[0] if parent.args else None
    else:  # registered: ``addCleanup(os.environ.pop, "NAME", None)``
        position = parent.args.index(inner) + 1 if inner in parent.args else len(parent.args)
        given = parent.args[position] if position < len(parent.args) else None
    return _fits(ctx, given, key)


def _is_guard(ctx: Context, call: ast.AST, key: str | None) -> bool:
    """Whether the end of *call* puts the environment back: patchers, fixtures, ``*env*``."""
    name = called(call)
    arguments = call.args if isinstance(call, ast.Call) else []
    if PATCHERS.search(name) and isinstance(getattr(call, "func", None), ast.Attribute | ast.Name):
        for argument in arguments:
            if ctx.name(argument) == "os.environ" or ctx.text(argument) in {
                "os.environ",
                "environ",
            }:
                return ctx.call_name(call) != "dict"
    if not GUARD.search(name) or name in NO_GUARD:
        return False
    return _fits(ctx, arguments[0] if arguments else None, key)


def _resets_time_zone(ctx: Context, node: ast.AST) -> bool:
    """Whether the function goes on with ``time.tzset()``, which has a rule of its own."""
    function = ctx.function(node)
    return function is not None and any(
        ctx.name(call.func) == "time.tzset" for call in ctx.nodes(ast.Call, inside=function)
    )
