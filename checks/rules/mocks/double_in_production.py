"""Production code imports a test double, a test runner or the tests.

What a module imports when it is loaded is part of the product: mocks and factories that
accept everything stand where real code can reach them, and the product breaks, or fails
open, where the tests are not installed. Often it is a stand-in that was meant to be
temporary.

A module that is there for tests (by its name, or because it defines fixtures or hooks of the
runner), a build or documentation script, an import for type checkers alone, and one inside a
function are not findings.

Move the stand-in into the tests, and hand it to the code under test as an argument.
"""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.model import Side
from checks.rules.mocks._switches import is_at_import, is_for_tests

_DOUBLE_LIST = """
unittest.mock mock pytest _pytest pytest_mock pytest_asyncio pytest_django pytest_httpx
pytest_httpserver requests_mock freezegun asynctest mockito flexmock respx httpretty moto
aioresponses fakeredis mongomock pyfakefs
"""
_DOUBLES = frozenset(_DOUBLE_LIST.split())
_PATH = "app/module.py"


def _bad(code: str) -> Bad:
    return Bad(code, path=_PATH, side=Side.PRODUCTION)


def _good(code: str, path: str = _PATH) -> Good:
    return Good(code, path=path, side=Side.PRODUCTION)


rule = Rule(
    id="double-in-production",
    words=("mock", "pytest", "tests", "conftest", *_DOUBLES),
    severity="medium",
    cwe=489,
    side=Side.PRODUCTION,
    bad=[
        _bad("from unittest import mock"),
        _bad("from unittest.mock import MagicMock as Client"),
        _bad("import unittest.mock as m"),
        _bad("import json, pytest"),
        _bad("from fakeredis import FakeStrictRedis as Redis"),
        _bad("from app.tests.factories import FakeGateway"),
        _bad("from .tests import helpers"),
        _bad("from . import tests"),
        _bad("try:\n    from mock import Mock  # <-\nexcept ImportError:\n    Mock = None"),
    ],
    good=[
        _good("def probe():\n    from unittest import mock\n    return mock.Mock()"),
        _good("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pytest"),
        _good("from app.mocking import mock\nfrom app import contests, latest"),
        _good("import pytest\n@pytest.fixture\ndef client():\n    return 1"),
        _good("import pytest\ndef pytest_configure(config):\n    pass"),
        _good("from unittest import mock", path="app/testing.py"),
        _good("from unittest import mock", path="docs/conf.py"),
        _good("from moto.core import models", path="src/moto/s3/models.py"),
        _good("if __name__ == '__main__':\n    import pytest\n    pytest.main()"),
        _good("import django.test\nfrom unittest import TestCase"),
    ],
)


@rule.on(ast.Import, ast.ImportFrom)
def visit(statement: ast.Import | ast.ImportFrom, ctx: Context) -> Iterator[Outcome]:
    found = next(filter(_is_double, _modules(statement)), "")
    if not found or not is_at_import(statement, ctx) or is_for_tests(ctx):
        return
    home = found.partition(".")[0]
    if home in _DOUBLES and home in PurePosixPath(ctx.path).parts:  # The library itself.
        return
    yield rule.finding(
        statement, f"The product loads `{found}` together with this module, outside of any test."
    )


def _modules(statement: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """The dotted names that an import may load."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
        return
    home = "." * statement.level + (statement.module or "")
    yield home
    yield from (f"{home.rstrip('.')}.{alias.name}" for alias in statement.names)


def _is_double(module: str) -> bool:
    parts = module.strip(".").split(".")
    if not module.startswith(".") and (parts[0] in _DOUBLES or ".".join(parts[:2]) in _DOUBLES):
        return True
    return "tests" in parts or "conftest" in parts
