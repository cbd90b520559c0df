"""Names -> what they stand for, as Python would resolve them."""

import ast

import pytest

from checks.context import Context
from checks.literals import UNKNOWN
from checks.model import Profile
from checks.source import Source


def context(code: str) -> Context:
    return Context(Source("tests/test_a.py", code), ast.parse(code), Profile.TESTS)


def last_call(code: str) -> str | None:
    """The qualified name of the last call in *code*."""
    ctx = context(code)
    return ctx.name(list(ctx.nodes(ast.Call))[-1].func)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import yaml\nyaml.load(x)", "yaml.load"),
        ("import yaml as y\ny.load(x)", "yaml.load"),
        ("from yaml import load as l\nl(x)", "yaml.load"),
        ("import os.path\nos.path.join(x)", "os.path.join"),
        ("import mock\nmock.patch('x')", "unittest.mock.patch"),
        (
            "from unittest import mock\npatch = mock.patch\npatch.object(a)",
            "unittest.mock.patch.object",
        ),
        ("eval(x)", "eval"),
        ("import builtins\nbuiltins.eval(x)", "eval"),
        ("𝐞𝐯𝐚𝐥(x)", "eval"),
        ("from .api import get\nget(x)", ".api.get"),
        ("from . import api\napi.get(x)", ".api.get"),
        ("def f():\n    import yaml\n    yaml.load(x)", "yaml.load"),
        ("try:\n    import yaml\nexcept ImportError:\n    yaml = None\nyaml.load(x)", "yaml.load"),
        (
            "import yaml\nclass A:\n    yaml = 1\n    def m(self):\n        yaml.load(x)",
            "yaml.load",
        ),
        ("from unittest.mock import patch\n@patch('x')\ndef f(patch): pass", "unittest.mock.patch"),
    ],
)
def test_name_is_resolved(code: str, name: str) -> None:
    """Imports, aliases, builtins, re-assignments and normalised identifiers are seen through."""
    assert last_call(code) == name


@pytest.mark.parametrize(
    "code",
    [
        "from unittest.mock import patch\ndef f(patch):\n    patch('x')",
        "import yaml\ndef f():\n    yaml = other()\n    yaml.load(x)",
        "def eval(x): ...\neval(x)",
        "self.yaml.load(x)",
        "for eval in things:\n    eval(x)",
        "lambda eval: eval(x)",
        "[eval(x) for eval in things]",
        "import yaml\ndef f():\n    with a as yaml:\n        yaml.load(x)",
        "x().load(y)",
        "from helpers import *\nload(x)",
        "a = b\nb = a\na(x)",
    ],
)
def test_what_shadows_a_name_hides_it(code: str) -> None:
    """Parameters, local values, definitions and loops win over an import or a builtin."""
    assert last_call(code) is None


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("f('a' 'b')", "ab"),
        ("f('a' + 'b')", "ab"),
        ("A = 'x'\nf(A)", "x"),
        ("A = 'x'\nA = 'y'\nf(A)", UNKNOWN),
        ("f(f'{1}')", UNKNOWN),
        ("f(f'a{\"b\"}')", "ab"),
        ("f(-1)", -1),
        ("f(b'a' + b'b')", b"ab"),
        ("def g(A='x'):\n    f(A)", UNKNOWN),
    ],
)
def test_constants_are_folded(code: str, value: object) -> None:
    """A literal is what Python would make of it; anything else is unknown."""
    ctx = context(code)
    call = list(ctx.nodes(ast.Call))[-1]
    assert ctx.literal(call.args[0]) == value
