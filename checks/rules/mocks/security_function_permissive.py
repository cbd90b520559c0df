"""A security check says yes to everything, for many tests at once.

A double of a verify, authenticate or permission function that always succeeds is fine in one
test. In a `conftest.py`, an autouse fixture, a `setUp`, a class decorator or at module level
it switches the check off for every test there, and a test of a rejection no longer asks the
real check.

Replace the check only in the tests that need it, or give them a real credential to show.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, evidence
from checks.context import UNKNOWN, Context
from checks.rules.cleanup._restored import called
from checks.rules.mocks._answers import answer_of
from checks.rules.mocks._doubles import (
    Double,
    answer,
    doubles,
    is_told_otherwise,
    lasts,
    set_up_to,
)
from checks.rules.mocks._leaks import is_stand_in
from checks.rules.mocks._targets import denies_by_raising, guard
from checks.scopes import SETUPS

rule = Rule(
    id="security-function-permissive",
    severity="medium",
    cwe=287,
    bad=[
        Bad(
            "import pytest\nfrom unittest import mock\n@pytest.fixture(autouse=True)\ndef f():\n"
            "    with mock.patch('app.auth.verify_signature', return_value=True):  # <-\n"
            "        yield"
        ),
        Bad(
            "from unittest.mock import patch as p\nfrom app import auth\n"
            "@p.object(auth, 'check_password', new=lambda *a: True)  # <-\nclass TestA:\n"
            "    def test_a(self):\n        act()"
        ),
        Bad(
            "import pytest\n@pytest.fixture(autouse=True)\ndef f(monkeypatch):\n"
            "    monkeypatch.setattr('app.auth.authenticate', lambda user: user)",
            path="tests/conftest.py",
        ),
        Bad(
            "class A:\n    def setUp(self):\n"
            "        self.stub_out('app.policy.authorize', lambda *a, **k: None)"
        ),
        Bad(
            "from unittest import mock\nclass TestA:\n    def setUp(self):\n"
            "        patcher = mock.patch('app.auth.has_perm', return_value=True)  # <-\n"
            "        patcher.start()\n        self.addCleanup(patcher.stop)"
        ),
        Bad(
            "from unittest import mock\nclass TestA:\n    def setUp(self):\n"
            "        patcher = mock.patch('app.auth.has_perm')  # <-\n"
            "        self.has_perm = patcher.start()\n"
            "        self.has_perm.return_value = True\n        self.addCleanup(patcher.stop)"
        ),
        Bad(
            "import pytest\n@pytest.fixture(autouse=True)\ndef f(mocker):\n"
            "    check = mocker.patch('app.auth.check_password')  # <-\n"
            "    check.return_value = True"
        ),
        Bad(
            "from app import auth as a\nclass TestA:\n    def setUp(self):\n"
            "        self.real = a.verify_token\n"
            "        a.verify_token = lambda token: True  # <-\n"
            "    def tearDown(self):\n        a.verify_token = self.real"
        ),
        Bad(
            "import pytest\n@pytest.fixture(autouse=True)\ndef f(monkeypatch):\n"
            "    allow = staticmethod(lambda token: True)\n"
            "    monkeypatch.setattr('app.auth.verify_token', allow)"
        ),
        Bad(
            "from unittest import mock\nclass TestA:\n    def setUp(self):\n"
            "        self.patchers = [\n"
            "            mock.patch('app.auth.has_perm', return_value=True),  # <-\n"
            "            mock.patch('app.clock.now'),\n        ]\n"
            "        for each in self.patchers:\n            each.start()\n"
            "    def tearDown(self):\n        for each in self.patchers:\n"
            "            each.stop()"
        ),
        Bad(
            "from unittest import mock\nseen = []\ndef allow(user, action):\n"
            "    seen.append(action)\n    return True\n"
            "@mock.patch('app.policy.authorize', allow)  # <-\nclass TestA:\n"
            "    def test_a(self):\n        act()"
        ),
        Bad(
            "from unittest.mock import patch\ndef nothing(*args):\n    pass\n"
            "@patch('app.policy.enforce', nothing)  # <-\nclass TestA:\n"
            "    def test_a(self):\n        act()"
        ),
        Bad("from app import auth\nauth.verify_token = lambda t: True", path="tests/conftest.py"),
    ],
    good=[
        "from app import auth\nreal = auth.verify_token\nclass TestA:\n    def setUp(self):\n"
        "        self.stub_out('app.auth.verify_token', lambda *given: real(*given))",
        "from unittest import mock\ndef decide(user, action):\n    if user.guest:\n"
        "        raise Refused\n    return True\n"
        "@mock.patch('app.policy.authorize', decide)\nclass TestA:\n"
        "    def test_a(self):\n        act()",
        "from unittest import mock\n@mock.patch('app.auth.verify_signature', return_value=True)\n"
        "def test_a(verify):\n    act()",
        "from unittest import mock\ndef test_a():\n"
        "    with mock.patch('app.auth.verify_signature', return_value=True):\n        act()",
        "import pytest\nfrom unittest import mock\n@pytest.fixture(autouse=True)\ndef f():\n"
        "    with mock.patch('app.auth.verify_signature', return_value=False):\n        yield",
        "import pytest\nfrom unittest import mock\n@pytest.fixture(autouse=True)\ndef f():\n"
        "    with mock.patch('app.clock.now', return_value=True):\n        yield",
        Good(
            "import contextlib, pytest\nfrom unittest import mock\n@pytest.fixture\n"
            "def open_door():\n    @contextlib.contextmanager\n    def opened():\n"
            "        with mock.patch('app.auth.check_password', return_value=True):\n"
            "            yield\n    return opened",
            path="tests/conftest.py",
        ),
        "from unittest import mock\nclass TestA:\n    def setUp(self):\n"
        "        with mock.patch('app.auth.authenticate', return_value=1):\n            log_in()",
        "from unittest import mock\nclass TestA:\n    def setUp(self):\n"
        "        self.stub_out('app.auth.is_token_expired', lambda t: True)",
        "class TestA:\n    def setUp(self):\n"
        "        self.stub_out('app.auth.check_password_strength', lambda p: ['short'])",
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for made in doubles(ctx):
        name = guard(made.target)
        if name and ctx.scopes.is_shared(made.call):
            yield from _outcome(made, name, ctx)
    for statement, kept in ctx.assigned(ast.Attribute):
        # Most attributes are no guard's in any module: those need no look at their home.
        home = ctx.name(kept.value) if guard(f"auth.{kept.attr}") else None
        name = guard(f"{home}.{kept.attr}") if home else ""
        if not name or not is_stand_in(statement.value, ctx) or not ctx.scopes.is_shared(kept):
            continue
        if _says_yes(answer_of(statement.value, ctx), name, ctx):
            yield rule.finding(kept, _reason(name))


def _reason(name: str) -> str:
    return f"`{name}` succeeds for every test that shares this, whatever it is given."


def _outcome(made: Double, name: str, ctx: Context) -> Iterator[Outcome]:
    call = made.call
    told = answer(made, ctx) or set_up_to(made, "return_value", ctx)
    if not _says_yes(told, name, ctx) or not lasts(made, ctx):
        return
    if _is_asked_for(call, ctx) or is_told_otherwise(made, ctx):
        yield evidence(call, f"`{name}` is made to succeed here for the tests that want it.")
    else:
        yield rule.finding(call, _reason(name))


def _says_yes(given: ast.expr | None, name: str, ctx: Context) -> bool:
    """Whether the stand-in is told to say yes: a true answer, or none where no is an exception."""
    if given is None:
        return False
    value = ctx.literal(given)
    if value is None:
        return denies_by_raising(name)
    if value is not UNKNOWN:
        return bool(value)
    return not name.strip("_").startswith(("is", "has")) and _is_plain(given, ctx)


def _is_plain(given: ast.expr, ctx: Context) -> bool:
    """Whether an answer is an object, not a decision of its own."""
    if isinstance(given, ast.Dict | ast.List | ast.Tuple):
        return any(ast.iter_child_nodes(given))
    if isinstance(given, ast.Call) and not called(given)[:1].isupper():
        # With what it was given, somebody else decides.
        handed = (*given.args, *(keyword.value for keyword in given.keywords))
        names = (name for each in handed for name in ctx.nodes(ast.Name, inside=each))
        return not any(map(ctx.names.is_parameter, names))
    return isinstance(given, ast.Name | ast.Attribute | ast.Call | ast.Lambda)


def _is_asked_for(call: ast.Call, ctx: Context) -> bool:
    """Whether it is done by a fixture or helper that tests name, even in a ``conftest.py``."""
    functions = list(ctx.scopes.functions(call))
    return bool(functions) and not any(
        function.name in SETUPS
        or function.name.startswith("pytest_")
        or ctx.scopes.is_autouse(function)
        for function in functions
    )
