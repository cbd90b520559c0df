"""A test about security is switched off.

An unconditional `skip`, `xfail` or `expectedFailure` on a test whose name says that it is
about access, authentication or an attack removes the check and keeps the appearance of
one. Whoever reads the list of tests believes that the case is covered.

A condition (`skipIf`, `skipif`, a `skip` inside an `if`), a strict `xfail`, and a reason that
names an issue by number or address are left alone: those come back by themselves or are
followed up. The `strict` profile reports the last two as well.

Repair the test, or name the issue that will bring it back.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.errors._assertions import does_nothing
from checks.rules.errors._security import is_security
from checks.tree import FUNCTIONS, Function

_OFF = frozenset(
    {
        "unittest.skip",
        "unittest.expectedFailure",
        "unittest.case.skip",
        "testtools.skip",
        "nose.tools.nottest",
        "pytest.mark.skip",
        "pytest.mark.xfail",
        "pytest.skip",
        "pytest.xfail",
    }
)
_ISSUE = re.compile(r"#\d+|\d{4,}|https?://|(?i:bug|issue|ticket|jira|[A-Z]{2,}-\d)")

rule = Rule(
    id="security-test-skipped",
    words=("skip", "xfail", "expectedFailure"),
    severity="low",
    cwe=561,
    bad=[
        Bad(
            "import unittest\nclass TestA(unittest.TestCase):\n"
            "    @unittest.skip('flaky')  # <-\n    def test_access_denied(self):\n"
            "        self.check()"
        ),
        Bad(
            "import pytest as pt\n@pt.mark.skip  # <-\ndef test_csrf_token_is_needed(client):\n"
            "    assert client.post('/').status_code == 403"
        ),
        Bad(
            "from unittest import expectedFailure as broken\nclass TestA:\n    @broken  # <-\n"
            "    def test_permissions(self):\n        self.check()"
        ),
        Bad(
            "import pytest\n@pytest.mark.xfail(reason='does not work yet')  # <-\n"
            "def test_sql_injection(client):\n    assert client.get('/?q=x')"
        ),
        Bad(
            "import unittest as u\n@u.skip('later')  # <-\nclass TestPermissions(u.TestCase):\n"
            "    def test_a(self):\n        self.check()"
        ),
        Bad("class TestA:\n    def test_login_required(self):\n        self.skipTest('later')"),
        Bad(
            "import pytest\ndef test_unauthorized(client):\n    '''Nobody gets in.'''\n"
            "    pytest.skip('later')  # <-\n    assert client.get('/').status_code == 401"
        ),
        Bad(
            "import pytest\n"
            "@pytest.mark.skip(reason='https://bugs.launchpad.net/bugs/123456')  # <-\n"
            "def test_permissions(client):\n    assert client",
            profile="strict",
        ),
    ],
    good=[
        "import unittest\nclass TestA(unittest.TestCase):\n    @unittest.skip('flaky')\n"
        "    def test_colours(self):\n        self.check()",
        "import unittest\nclass TestA(unittest.TestCase):\n"
        "    @unittest.skipIf(windows, 'no ACL')\n    def test_permissions(self):\n"
        "        self.check()",
        "import pytest\n@pytest.mark.skip(reason='see #1234')\n"
        "def test_permissions(client):\n    assert client",
        "import pytest\n@pytest.mark.xfail(strict=True, reason='not yet')\n"
        "def test_csrf(client):\n    assert client\n"
        "@pytest.mark.xfail(windows, reason='no')\ndef test_xss(client):\n    assert client",
        "import pytest\ndef test_permissions(client):\n    if client.old:\n"
        "        pytest.skip('no ACL')\n    assert client",
    ],
)


@rule.on(ast.FunctionDef, ast.AsyncFunctionDef)
def visit(function: Function, ctx: Context) -> Iterator[Outcome]:
    if is_security(function.name) and ctx.scopes.is_test(function):
        yield from _switched_off(ctx, [*function.decorator_list, *_first(function)], function.name)


@rule.on(ast.ClassDef)
def visit_class(definition: ast.ClassDef, ctx: Context) -> Iterator[Outcome]:
    if not definition.decorator_list:
        return
    tests = [m.name for m in definition.body if isinstance(m, FUNCTIONS) and ctx.scopes.is_test(m)]
    if tests and (is_security(definition.name) or all(map(is_security, tests))):
        yield from _switched_off(ctx, definition.decorator_list, definition.name)


def _switched_off(ctx: Context, nodes: list[ast.expr], about: str) -> Iterator[Outcome]:
    for node in nodes:
        call = node if isinstance(node, ast.Call) else None
        target = call.func if call else node
        name = ctx.name(target) or ""
        if getattr(target, "attr", "") == "skipTest":
            name = "unittest.skip"
        if name not in _OFF or (call and not _is_unconditional(ctx, call, name)):
            continue
        if ctx.strict or not (call and _is_followed_up(ctx, call)):
            yield rule.finding(node, f"`{about}` is about security, and never decides anything.")
            return


def _first(function: Function) -> list[ast.expr]:
    """The call that a test begins with."""
    first = next((s for s in function.body if not does_nothing([s])), None)
    return [first.value] if isinstance(first, ast.Expr) else []


def _is_unconditional(ctx: Context, call: ast.Call, name: str) -> bool:
    if not name.endswith("xfail"):
        return True
    return not call.args and not ctx.keyword(call, "condition")


def _is_followed_up(ctx: Context, call: ast.Call) -> bool:
    """Whether the failure is a declared one, or the reason says where it is dealt with."""
    strict = ctx.keyword(call, "strict")
    if strict and ctx.is_true(strict.value):
        return True
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(_ISSUE.search(ctx.segment(value)) for value in given)
