"""A test of a refusal asserts nothing.

A test that is named after a refusal has to see the refusal. One that only makes the call
passes when the call is granted, and it is granted silently.

It is reported where the test and the functions of the file that it calls hold no assertion,
no expected exception and nothing that sounds like a check, and where every function that it
calls is known. A method of a base class in another file, a fixture that is called, and a
helper from a module of tests may check, so they are left alone.

Assert the refusal: `with pytest.raises(Denied): act()`, or compare the status with 403.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.errors._assertions import sounds_like_check
from checks.rules.errors._security import header, is_denial
from checks.tree import FUNCTIONS, Function

_TELLING = (ast.Assert, ast.Raise, ast.Yield, ast.YieldFrom, ast.Return, ast.Try, ast.TryStar,
            ast.With, ast.AsyncWith, ast.Call)  # fmt: skip
_OF_TESTS = re.compile("(^|[._])(tests?|testing|conftest|utils?|helpers?|fixtures?|common)([._]|$)")
# Test clients that give back whatever the answer is; those of WebTest raise.
_CLIENT = re.compile("(?i)client$")
_REQUESTS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request"})
_EXPECTS = re.compile("status|expect|code")

rule = Rule(
    id="security-test-asserts-nothing",
    severity="medium",
    cwe=670,
    bad=[
        Bad(
            "from app import login\ndef test_login_is_denied():  # <-\n    login('guest', 'wrong')"
        ),
        Bad(
            "import app as a\nclass TestA:\n    def test_invalid_token(self):  # <-\n"
            "        user = a.User('guest')\n        a.decode(user.token)"
        ),
        Bad(
            "from app import get\ndef ask(name):\n    return get('/admin', name)\n"
            "def test_forbidden():  # <-\n    ask('guest')"
        ),
        Bad("def test_forbidden(client):  # <-\n    client.get('/admin')"),
        Bad(
            "from django import test\nclass TestA(test.TestCase):\n"
            "    def test_login_required(self):  # <-\n        self.client.post('/users/', {})"
        ),
        Bad(
            "from app import login\nasync def test_unauthorized():  # <-\n"
            "    print(await login('guest'))"
        ),
    ],
    good=[
        "from app import login\nfrom pytest import raises\ndef test_login_is_denied():\n"
        "    with raises(PermissionError):\n        login('guest')",
        "from app import get\ndef refused(name):\n    assert get('/admin', name) == 403\n"
        "def test_forbidden():\n    refused('guest')",
        "from app import base\nclass TestA(base.Base):\n    def test_forbidden(self):\n"
        "        self.common('guest', 403)",
        "def test_forbidden(refuse):\n    refuse('guest')",
        "def test_forbidden(client):\n    client.get('/admin', status=403)",
        "def test_forbidden(testapp):\n    testapp.get('/admin')",  # WebTest raises
        "from tests.helpers import common\ndef test_forbidden():\n    common('guest', 403)",
        "from app import login\ndef test_login():\n    login('guest')",
        "import pytest\nfrom app import login\n"
        "@pytest.mark.xfail(strict=True, raises=PermissionError)\n"
        "def test_login_is_denied():\n    login('guest')",
    ],
)


@rule.on(ast.FunctionDef, ast.AsyncFunctionDef)
def visit(function: Function, ctx: Context) -> Iterator[Outcome]:
    if not is_denial(function.name) or not ctx.scopes.is_test(function):
        return
    calls = _asserts_nothing(ctx, function, depth=1)
    if calls and not any(_sounds(decorator) for decorator in function.decorator_list):
        yield rule.finding(
            header(ctx, function),
            "Nothing in this test can tell the refusal from success.",
        )


def _asserts_nothing(ctx: Context, function: Function, depth: int) -> bool:
    """Whether a function makes known calls only, at least one, and none can fail the test."""
    calls = False
    for node in ctx.nodes(*_TELLING, inside=function):
        if isinstance(node, ast.Return) and depth == 0:
            continue
        if not isinstance(node, ast.Call) or sounds_like_check(node):
            return False
        if any(_EXPECTS.search(keyword.arg or "") for keyword in node.keywords):
            return False
        local = ctx.names.definition(node.func)
        if isinstance(local, FUNCTIONS):
            if depth == 0 or not _asserts_nothing(ctx, local, depth - 1):
                return False
        elif not _is_known(ctx, node.func):
            return False
        calls = True
    return calls


def _is_known(ctx: Context, function: ast.expr) -> bool:
    """Whether a call cannot be a check in disguise: of the product, a library or an object."""
    name = ctx.name(function)
    if name:
        return not name.startswith(".") and not _OF_TESTS.search(name)
    if _is_request(function):
        return True
    root = function
    while isinstance(root, ast.Attribute | ast.Call | ast.Subscript | ast.Await):
        root = root.func if isinstance(root, ast.Call) else root.value
    if isinstance(root, ast.Constant):
        return True
    if not isinstance(root, ast.Name) or root.id in {"self", "cls"}:
        return False
    if ctx.names.is_parameter(root):
        return False
    origin = ctx.origin(root)
    return isinstance(origin, ast.Await | ast.Call | ast.Constant) and root is not function


def _is_request(function: ast.expr) -> bool:
    """Whether a test client sends a request: it gives back what a test has to look at."""
    if not isinstance(function, ast.Attribute) or function.attr not in _REQUESTS:
        return False
    client = getattr(function.value, "attr", "") or getattr(function.value, "id", "")
    return bool(_CLIENT.search(client))


def _sounds(decorator: ast.expr) -> bool:
    call = decorator if isinstance(decorator, ast.Call) else ast.Call(decorator, [], [])
    return sounds_like_check(call)
