"""The logged-in user is replaced for every test, so no request has to prove who sends it.

An application asks a dependency (`get_current_user`, `require_admin`) or `current_user` who
sends a request. When a module, a set-up or an autouse fixture replaces it, every request of
every test is logged in, and no test can notice an endpoint that forgets to ask.

A fixture that tests ask for by name is evidence, not a defect, unless it lasts for a class,
a module or the run: a test without it still meets the real check. So is an override that a
test of the same file takes away again, and one that turns everybody away.

Put the override in a fixture that the tests name (`client_as_user`), and keep tests that send
no credential and a wrong one.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, evidence
from checks.context import Context
from checks.rules.access._settings import is_for_many, is_wide
from checks.rules.cleanup._wording import code

_ASKS = re.compile(
    r"(get_)?(current|active|authenticated|logged_in)_(\w+_)?(user|admin|account|principal)"
    r"|(require|verify|check|ensure|authenticate|authori[sz]e|validate|needs?)(_\w+)?"
    r"|get_(\w+_)?(user|token|api_key|credentials|auth)(_\w+)?|oauth2?_scheme|\w*_required"
    r"|(is|has)_(admin|superuser|role|permission|scope)s?|\w*(auth|permission|security)\w*",
    re.IGNORECASE,
)
_OVERRIDES = "dependency_overrides"
_USER = re.compile(r"(^|\.)(current_user|_get_user|_load_user)$")
_PAIR = 2  # the dependency and its stand-in
_PATCHES = frozenset({"patch", "object", "setattr", "stub_out"})

rule = Rule(
    id="auth-dependency-overridden",
    words=(_OVERRIDES, "current_user", "_get_user", "_load_user"),
    severity="medium",
    cwe=287,
    bad=[
        Bad(
            "from project import app\nfrom project.auth import get_current_user\n"
            "class TestA:\n    def setUp(self):\n"
            "        app.dependency_overrides[get_current_user] = lambda: User('a')  # <-\n"
            "    def tearDown(self):\n        app.dependency_overrides.clear()"
        ),
        Bad(
            "import pytest\nfrom project import app\n"
            "from project.auth import require_admin as ask\n"
            "@pytest.fixture(autouse=True)\ndef admin():\n"
            "    app.dependency_overrides[ask] = lambda: None  # <-\n    yield\n"
            "    app.dependency_overrides = {}"
        ),
        Bad(
            "from project import app, auth\nclass TestA:\n    def setUp(self):\n"
            "        app.dependency_overrides.update({auth.get_api_key: lambda: 'a'})  # <-\n"
            "        self.addCleanup(app.dependency_overrides.clear)"
        ),
        Bad(
            "from unittest import mock\nclass TestA:\n    def setUp(self):\n"
            "        patcher = mock.patch('project.views.current_user', ADMIN)  # <-\n"
            "        patcher.start()\n        self.addCleanup(patcher.stop)"
        ),
        Bad(
            "import pytest\nfrom project import app\nfrom project.auth import get_current_user\n"
            "@pytest.fixture(scope='module')\ndef client():\n"
            "    app.dependency_overrides |= {get_current_user: lambda: User('a')}  # <-\n"
            "    yield Client(app)\n    app.dependency_overrides.clear()"
        ),
        Bad(
            "from project import app\nfrom project.auth import get_current_user\n"
            "class TestA:\n    def setUp(self):\n"
            "        app.dependency_overrides.setdefault(get_current_user, fake)  # <-\n"
            "        self.addCleanup(app.dependency_overrides.clear)\n"
            "    def test_a(self):\n        del self.body['name']"
        ),
    ],
    good=[
        "import pytest\nfrom project import app\nfrom project.auth import get_current_user\n"
        "@pytest.fixture\ndef client():\n"
        "    app.dependency_overrides[get_current_user] = lambda: User('a')\n"
        "    yield Client(app)\n    app.dependency_overrides.clear()",
        "import pytest\nfrom project import app\nfrom project.db import get_session\n"
        "@pytest.fixture(autouse=True)\ndef session():\n"
        "    app.dependency_overrides[get_session] = lambda: Session()\n    yield\n"
        "    app.dependency_overrides.clear()",
        "import pytest\nfrom project import app, auth\ndef nobody():\n    raise Unauthorized\n"
        "@pytest.fixture(autouse=True)\ndef logged_out():\n"
        "    app.dependency_overrides[auth.get_current_user] = nobody\n    yield\n"
        "    app.dependency_overrides.clear()",
        "from unittest import mock\ndef test_page(client):\n"
        "    with mock.patch('project.views.current_user', ADMIN):\n"
        "        assert client.get('/').status_code == 200",
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for node, asked, stand_in in (*_dependencies(ctx), *_users(ctx)):
        if not _ASKS.fullmatch(asked.rpartition(".")[2].strip("_")) or _denies(ctx, stand_in):
            continue
        last = code(asked.rpartition(".")[2])
        function = ctx.function(node)
        named = function is not None and ctx.scopes.fixture(function) is not None
        if not is_for_many(ctx, node) or (
            named and function and not (ctx.scopes.is_autouse(function) or is_wide(ctx, function))
        ):
            yield evidence(node, f"{last} is replaced for the tests that ask for it.")
        elif _is_taken_away(ctx):
            yield evidence(node, f"{last} is replaced, and put back by a test of this file.")
        else:
            why = f"{last} is answered for every test: none of them meets the real check."
            yield rule.finding(node, why)


def _dependencies(ctx: Context) -> Iterator[tuple[ast.expr, str, ast.expr]]:
    """What ``dependency_overrides`` is given: the place, the dependency, its stand-in."""
    for assign in ctx.nodes(ast.Assign):
        for target in assign.targets:
            if isinstance(target, ast.Subscript) and _is_overrides(target.value):
                yield target, _dotted(ctx, target.slice), assign.value
            elif _is_overrides(target) and isinstance(assign.value, ast.Dict):
                yield from _entries(ctx, assign.value)
    for merged in ctx.nodes(ast.AugAssign):
        if _is_overrides(merged.target) and isinstance(merged.value, ast.Dict):
            yield from _entries(ctx, merged.value)
    for call in ctx.method_calls("update", "setdefault", "__setitem__"):
        if isinstance(call.func, ast.Attribute) and _is_overrides(call.func.value):
            if len(call.args) == _PAIR:
                yield call, _dotted(ctx, call.args[0]), call.args[1]
            for given in call.args:
                if isinstance(given, ast.Dict):
                    yield from _entries(ctx, given)


def _entries(ctx: Context, display: ast.Dict) -> Iterator[tuple[ast.expr, str, ast.expr]]:
    for key, value in zip(display.keys, display.values, strict=True):
        if key is not None:
            yield key, _dotted(ctx, key), value


def _users(ctx: Context) -> Iterator[tuple[ast.expr, str, ast.expr | None]]:
    """Patches of ``current_user`` and of what loads it, each with its stand-in."""
    found = [*ctx.method_calls(*_PATCHES), *ctx.calls("unittest.mock.patch")]
    for call in dict.fromkeys(found):
        first = ctx.text(call.args[0]) if call.args else None
        second = ctx.text(call.args[1]) if len(call.args) > 1 else None
        target = first if first and "." in first else second
        if target and _USER.search(f".{target}") and not _is_limited(ctx, call):
            number = 1 if target is first else 2
            stand_in = ctx.argument(call, number, "new") or ctx.argument(call, None, "return_value")
            yield call, target.replace("_get_user", "current_user"), stand_in


def _is_limited(ctx: Context, call: ast.Call) -> bool:
    """Whether the patch ends with the block it is made for, in a set-up that goes on."""
    item = ctx.parent(call)
    block = ctx.parent(item) if isinstance(item, ast.withitem) else None
    return block is not None and not any(ctx.nodes(ast.Yield, inside=block))


def _is_overrides(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == _OVERRIDES


def _dotted(ctx: Context, node: ast.expr) -> str:
    return ctx.name(node) or str(getattr(node, "attr", getattr(node, "id", "")))


def _denies(ctx: Context, stand_in: ast.expr | None) -> bool:
    """Whether the stand-in turns everybody away: it raises, or gives no user at all."""
    local = ctx.names.definition(stand_in) or stand_in
    if local is None or ctx.literal(stand_in) is None:
        return local is not None
    return any(ctx.nodes(ast.Raise, inside=local)) if ctx.holds(local) else False


def _is_taken_away(ctx: Context) -> bool:
    """Whether a test removes an override, to meet the real check, and not just its own."""
    overriding = {ctx.function(place) for place, _, _ in _dependencies(ctx)}
    taking: list[ast.AST] = [
        call
        for call in ctx.method_calls("pop", "clear")
        if isinstance(call.func, ast.Attribute) and _is_overrides(call.func.value)
    ]
    taking += [
        target
        for deleted in ctx.nodes(ast.Delete)
        for target in deleted.targets
        if isinstance(target, ast.Subscript) and _is_overrides(target.value)
    ]
    return any(ctx.scopes.in_test(n) and ctx.function(n) not in overriding for n in taking)
