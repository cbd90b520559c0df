"""A credential from the environment becomes part of a test's id.

Without `ids`, pytest builds the ids of parametrized tests from their values. The id is
printed in the log, in the reports of the build and in the names of temporary directories,
and with it the real value.

Give the values names of their own: `ids=["token"]`, or `pytest.param(..., id="token")`;
or read the variable inside the test.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.secrets._sinks import secrets_read

_WITH_IDS = frozenset({"pytest.mark.parametrize", "pytest.fixture", "pytest.param"})

rule = Rule(
    id="secret-in-test-id",
    severity="medium",
    cwe=532,
    words=("parametrize", "params"),
    bad=[
        Bad(
            "import os, pytest\n"
            "@pytest.mark.parametrize('token', [os.environ['API_TOKEN'], 'wrong'])  # <-\n"
            "def test_login(token): login(token)"
        ),
        Bad(
            "import pytest as pt\n"
            "from os import getenv as read\n"
            "@pt.fixture(params=[read('DB_PASSWORD')])  # <-\n"
            "def account(request):\n"
            "    return request.param"
        ),
        Bad(
            "import os, pytest\n"
            "KEY = os.environ.get('SERVICE_API_KEY')\n"
            "@pytest.mark.parametrize(('key', 'ok'), [(KEY, True)])  # <-\n"
            "def test_login(key, ok): login(key)"
        ),
    ],
    good=[
        "import os, pytest\n"
        "@pytest.mark.parametrize('token', [os.environ['API_TOKEN']], ids=['token'])\n"
        "def test_login(token): login(token)",
        "import os, pytest\n"
        "@pytest.mark.parametrize('t', [pytest.param(os.environ['API_TOKEN'], id='token')])\n"
        "def test_login(t): login(t)",
        "import os, pytest\n"
        "@pytest.mark.parametrize('url', [os.environ['TOKEN_URL']])\n"
        "def test_login(url): login(url)",
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for node, name in ctx.once(secrets_read):
        calls = []
        for outer in ctx.ancestors(node):
            if isinstance(outer, ast.Call):
                calls.append(outer)
            elif not isinstance(outer, ast.List | ast.Tuple | ast.keyword):
                break
        names = [ctx.call_name(call) or "" for call in calls]
        named = any(ctx.keyword(call, key) for call in calls for key in ("id", "ids"))
        if names and _WITH_IDS.issuperset(names) and names[-1] != "pytest.param" and not named:
            reason = f"pytest builds the id of this test from the real value of `{name}`."
            yield rule.finding(node, reason)
