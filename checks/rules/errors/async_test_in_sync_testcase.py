"""An `async` test of a plain `unittest.TestCase` is never run.

`unittest.TestCase` calls the method, gets a coroutine back, and drops it. Not one line of
the test is run, and it is counted as passed.

It is reported for a method of a class whose bases are all known and plain. Classes that
run coroutines (`IsolatedAsyncioTestCase`, those of Django, aiohttp, tornado, twisted and
asynctest), a base in another file, a decorator that may run it, and a nested `async def`
are left alone.

Derive the class from `unittest.IsolatedAsyncioTestCase`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.errors._security import header
from checks.tree import FUNCTIONS

_TEST_CASES = frozenset({"unittest.TestCase", "unittest.case.TestCase"})
# Methods by which a class runs its tests in its own way.
_MENTIONED = frozenset(
    {"run", "__call__", "_callTestMethod", "__getattribute__", "__init_subclass__"}
)

rule = Rule(
    id="async-test-in-sync-testcase",
    severity="high",
    cwe=670,
    bad=[
        Bad(
            "import unittest\nclass TestA(unittest.TestCase):\n"
            "    async def test_denied(self):  # <-\n"
            "        self.assertIsNone(await login('guest'))"
        ),
        Bad(
            "from unittest import TestCase as Case, mock\nclass TestA(Case):\n"
            "    @mock.patch('app.login')\n    async def test_denied(self, login):  # <-\n"
            "        self.assertIsNone(await login('guest'))"
        ),
        Bad(
            "import unittest\nclass Base(unittest.TestCase):\n    pass\nclass TestA(Base):\n"
            "    def setUp(self):\n        self.user = 1\n"
            "    async def testDenied(self):  # <-\n        self.assertEqual(1, self.user)"
        ),
    ],
    good=[
        "import unittest\nclass TestA(unittest.IsolatedAsyncioTestCase):\n"
        "    async def test_denied(self):\n        self.assertIsNone(await login('guest'))",
        "from django.test import TestCase\nclass TestA(TestCase):\n"
        "    async def test_denied(self):\n        self.assertIsNone(await login('guest'))",
        "import unittest\nfrom app.testing import Runs\n"
        "class TestA(Runs, unittest.TestCase):\n    async def test_denied(self):\n"
        "        self.assertIsNone(await login('guest'))",
        "import unittest\nfrom app.testing import run_async\n"
        "class TestA(unittest.TestCase):\n    @run_async\n"
        "    async def test_denied(self):\n        self.assertIsNone(await login('guest'))",
        "import unittest\nclass TestA(unittest.TestCase):\n    def test_denied(self):\n"
        "        async def test_inner():\n            await login('guest')\n"
        "        run(self, test_inner)",
        "import sys, unittest\nclass TestA(unittest.TestCase):\n    if sys.platform != 'win32':\n"
        "        def _callTestMethod(self, method):\n            run(method)\n"
        "    async def test_denied(self):\n        self.assertIsNone(await login('guest'))",
        "class TestA:\n    async def test_denied(self):\n"
        "        assert await login('guest') is None",
    ],
)


@rule.on(ast.AsyncFunctionDef)
def visit(method: ast.AsyncFunctionDef, ctx: Context) -> Iterator[Outcome]:
    definition = ctx.parent(method)
    if not method.name.startswith("test") or not isinstance(definition, ast.ClassDef):
        return
    if not all(_is_neutral(ctx, d) for d in (*method.decorator_list, *definition.decorator_list)):
        return
    if _is_plain(ctx, definition):
        yield rule.finding(
            header(ctx, method),
            "The runner drops this coroutine without awaiting it: no line of the test is run.",
        )


def _is_plain(ctx: Context, definition: ast.ClassDef) -> bool:
    """Whether a class is unittest's own, and nothing in it or its bases runs coroutines."""
    bases = ctx.scopes.bases(definition)
    family = [definition, *(base for base in bases if isinstance(base, ast.ClassDef))]
    names = {base for base in bases if isinstance(base, str)}
    if any(each.keywords for each in family) or _runs_in_its_way(ctx, family):
        return False
    return bool(names & _TEST_CASES) and names <= _TEST_CASES | {"object", "abc.ABC"}


def _runs_in_its_way(ctx: Context, family: list[ast.ClassDef]) -> bool:
    """Whether a class defines a method that runs tests, under a condition of its body, too."""
    methods = (m for each in family for m in ctx.nodes(*FUNCTIONS, inside=each))
    return any(method.name in _MENTIONED for method in methods)


def _is_neutral(ctx: Context, decorator: ast.expr) -> bool:
    """Whether a decorator leaves a coroutine function one."""
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (ctx.name(target) or "").startswith(("unittest.", "pytest.mark.", "ddt."))
