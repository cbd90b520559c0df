"""Where a node stands: single test or shared scope."""

import ast

import pytest

from checks.context import Context
from checks.model import Profile
from checks.source import Source

FIXTURE = "import pytest\n@pytest.fixture({})\ndef f():\n    act()\n    yield\n"


def shared(code: str, path: str = "tests/test_a.py") -> bool:
    """Whether the call of ``act`` in *code* stands in shared scope."""
    ctx = Context(Source(path, code), ast.parse(code), Profile.TESTS)
    calls = ctx.nodes(ast.Call)
    (act,) = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "act"]
    return ctx.scopes.is_shared(act)


@pytest.mark.parametrize(
    "code",
    [
        "act()",
        "class A:\n    x = act()",
        "class A:\n    def setUp(self):\n        act()",
        "class A:\n    @classmethod\n    def setUpClass(cls):\n        act()",
        FIXTURE.format("autouse=True"),
        "@act()\nclass A:\n    pass",
    ],
)
def test_shared_scope(code: str) -> None:
    """Module, class, set-up, autouse fixture and class decorator hold for many tests."""
    assert shared(code)


@pytest.mark.parametrize(
    "code",
    [
        "def test_a():\n    act()",
        "class A:\n    def test_a(self):\n        act()",
        "class A:\n    @act()\n    def test_a(self):\n        pass",
        FIXTURE.format(""),
        "def helper():\n    act()",
        "class A:\n    def test_a(self):\n        def setUp():\n            act()",
    ],
)
def test_single_scope(code: str) -> None:
    """A single test, a fixture that is asked for and a helper hold for who calls them."""
    assert not shared(code)


def test_everything_in_a_conftest_is_shared() -> None:
    """A fixture of a conftest.py is everybody's."""
    assert shared(FIXTURE.format(""), "tests/conftest.py")
