"""What is put back after a test, and what is not."""

import ast

import pytest

from checks.context import Context
from checks.model import Profile
from checks.restoration import (
    Undone,
    bases_undo,
    is_undone,
    managers,
    regions,
    stops_all_patches,
)
from checks.source import Source

HEADER = (
    "import pytest, unittest, contextlib\nfrom unittest import mock\nfrom elsewhere import Base\n"
)


def context(code: str) -> Context:
    """The context of a test file."""
    return Context(Source("tests/test_a.py", code), ast.parse(code), Profile.TESTS)


def call_of(ctx: Context, name: str) -> ast.Call:
    """The only call of a function called *name*."""
    (call,) = [c for c in ctx.nodes(ast.Call) if getattr(c.func, "id", "") == name]
    return call


def undone(code: str) -> bool:
    """Whether what ``act()`` does in *code* is undone, by a use of the name ``undo``."""
    ctx = context(HEADER + code)
    act = call_of(ctx, "act")
    return is_undone(ctx, act, lambda n: isinstance(n, ast.Name) and n.id == "undo")


@pytest.mark.parametrize(
    "code",
    [
        "def test_a():\n    try:\n        act()\n    finally:\n        undo()",
        "def test_a(request):\n    act()\n    request.addfinalizer(undo)",
        (
            "def test_a(request):\n    def put_back():\n        undo()\n"
            "    request.addfinalizer(put_back)\n    act()"
        ),
        (
            "def test_a():\n    with contextlib.ExitStack() as stack:\n"
            "        stack.callback(undo)\n        act()"
        ),
        "def test_a(config):\n    config.add_cleanup(lambda: undo())\n    act()",
        "@pytest.fixture\ndef a():\n    act()\n    yield\n    undo()",
        "@pytest.fixture\ndef a():\n    act()\n    with b():\n        yield\n    undo()",
        "@contextlib.contextmanager\ndef a():\n    act()\n    yield\n    undo()",
        "@pytest.fixture\ndef clean():\n    yield\n    undo()\ndef test_a(clean):\n    act()",
        (
            "@pytest.fixture\ndef clean():\n    yield\n    undo()\n"
            "@pytest.mark.usefixtures('clean')\ndef test_a():\n    act()"
        ),
        (
            "@pytest.fixture\ndef clean():\n    yield\n    undo()\n"
            "@pytest.mark.usefixtures('clean')\nclass TestA:\n    def test_a(self):\n        act()"
        ),
        (
            "@pytest.fixture(autouse=True)\ndef clean():\n    yield\n    undo()\n"
            "def test_a():\n    act()"
        ),
        "def teardown_module():\n    undo()\ndef test_a():\n    act()",
        "def setUpModule():\n    unittest.addModuleCleanup(undo)\ndef test_a():\n    act()",
        "class A:\n    def tearDown(self):\n        undo()\n    def test_a(self):\n        act()",
        "class A:\n    def setUp(self):\n        self.addCleanup(undo)\n        act()",
        (
            "class A:\n    def setUp(self):\n        self.addCleanup(self.back)\n"
            "    def back(self):\n        undo()\n    def test_a(self):\n        act()"
        ),
        (
            "class A:\n    def tearDown(self):\n        self.back()\n"
            "    def back(self):\n        undo()\n    def test_a(self):\n        act()"
        ),
        (
            "def back():\n    undo()\nclass A:\n    def tearDown(self):\n        back()\n"
            "    def test_a(self):\n        act()"
        ),
        (
            "class B:\n    def tearDown(self):\n        undo()\nclass A(B):\n"
            "    def test_a(self):\n        act()"
        ),
        (
            "class B:\n    def setUp(self):\n        act()\nclass A(B):\n"
            "    def tearDown(self):\n        undo()"
        ),
        (
            "class A:\n    @pytest.fixture\n    def clean(self):\n        yield\n        undo()\n"
            "    def test_a(self, clean):\n        act()"
        ),
        (
            "class A:\n    def test_a(self):\n        def inner():\n            act()\n"
            "        self.addCleanup(undo)\n        inner()"
        ),
    ],
)
def test_restoration_is_found_where_it_lives(code: str) -> None:
    """Clean-ups, tear-downs, finally, yield, fixtures, bases and subclasses all count."""
    assert undone(code)


@pytest.mark.parametrize(
    "code",
    [
        "def test_a():\n    act()",
        "def test_a():\n    act()\n    undo()",
        "def test_a():\n    act()\ndef test_b(request):\n    request.addfinalizer(undo)",
        (
            "class A:\n    def test_a(self):\n        act()\n"
            "    def test_b(self):\n        self.addCleanup(undo)"
        ),
        (
            "class A:\n    def test_a(self):\n        act()\nclass B:\n"
            "    def tearDown(self):\n        undo()"
        ),
        "@pytest.fixture\ndef a():\n    undo()\n    yield\n    act()",
        "@pytest.fixture\ndef clean():\n    yield\n    undo()\ndef test_a():\n    act()",
        "class A:\n    def test_a(self):\n        act()\n    def elsewhere(self):\n        undo()",
    ],
)
def test_what_runs_elsewhere_puts_nothing_back(code: str) -> None:
    """Another test's clean-up, another class's tear-down and plain statements do not count."""
    assert not undone(code)


def test_regions_are_the_same_when_asked_again() -> None:
    """What is kept per definition gives the same answer the second time."""
    ctx = context(
        "class A:\n    def tearDown(self):\n        undo()\n    def test_a(self):\n        act()"
    )
    act = call_of(ctx, "act")
    assert list(regions(ctx, act)) == list(regions(ctx, act)) != []


def test_managers_are_with_blocks_and_decorators_around() -> None:
    """Inmost first; a context expression is not its own manager."""
    ctx = context(
        "@d\nclass A:\n    @c\n    def test_a(self):\n        with b(), a():\n            act()"
    )
    names = [
        getattr(m.func if isinstance(m, ast.Call) else m, "id", "")
        for m in managers(ctx, call_of(ctx, "act"))
    ]
    assert names == ["a", "b", "c", "d"]
    assert len(list(managers(ctx, call_of(ctx, "b")))) == 2


@pytest.mark.parametrize(
    ("bases", "answer"),
    [
        ("", Undone.NO),
        ("unittest.TestCase", Undone.NO),
        ("Known", Undone.YES),
        ("Base", Undone.UNKNOWN),
        ("make()", Undone.UNKNOWN),
        ("unittest.TestCase, Base", Undone.UNKNOWN),
        ("Local", Undone.YES),
    ],
)
def test_bases_are_followed_and_unknown_ones_admitted(bases: str, answer: Undone) -> None:
    """A plain base undoes nothing, a known one everything, of another nothing is known."""
    code = f"{HEADER}from known import Known\nclass Local(Known): ...\nclass A({bases}): ...\n"
    ctx = context(code)
    definition = list(ctx.nodes(ast.ClassDef))[-1]
    assert bases_undo(ctx, definition, frozenset({"known.Known"})) is answer


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("class TestA:\n    def setUp(self):\n        act()", Undone.NO),
        ("class Mixin:\n    def setUp(self):\n        act()", Undone.UNKNOWN),
        ("class TestA(Base):\n    def setUp(self):\n        act()", Undone.UNKNOWN),
        # Nothing else than the case that it is mixed into has a setUp to go on to.
        (
            "class TestA:\n    def setUp(self):\n        super().setUp()\n        act()",
            Undone.UNKNOWN,
        ),
        (
            (
                "import abc\nclass A(abc.ABC):\n    def setUp(self):\n"
                "        super(A, self).setUp()\n        act()"
            ),
            Undone.UNKNOWN,
        ),
        # The tests that use a fixture may stop all patches.
        (
            "import fixtures\nclass A(fixtures.Fixture):\n    def _setUp(self):\n        act()",
            Undone.UNKNOWN,
        ),
        (
            (
                "class A(unittest.TestCase):\n    def setUp(self):\n        super().setUp()\n"
                "        act()"
            ),
            Undone.NO,
        ),
        ("def test_a():\n    act()", Undone.NO),
        (
            (
                "from oslotest.base import BaseTestCase as Case\nclass A(Case):\n"
                "    def setUp(self):\n        act()"
            ),
            Undone.YES,
        ),
        (
            (
                "class A(unittest.TestCase):\n    def setUp(self):\n"
                "        self.addCleanup(mock.patch.stopall)\n        act()"
            ),
            Undone.YES,
        ),
        (
            (
                "class A(unittest.TestCase):\n    def setUp(self):\n        act()\n"
                "    def tearDown(self):\n        self.patch.stopall()"
            ),
            Undone.NO,
        ),
    ],
)
def test_stopall_is_found_here_or_in_a_known_base(code: str, answer: Undone) -> None:
    """``patch.stopall`` counts here and in oslotest's base; a mixin's user is not known."""
    ctx = context(HEADER + code)
    assert stops_all_patches(ctx, call_of(ctx, "act")) is answer
