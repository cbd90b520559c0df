"""A credential from the environment becomes part of a test's id.

Without `ids`, pytest builds the ids of parametrized tests from their values. The id is
printed in the log, in the reports of the build and in the names of temporary directories,
and with it the real value. `subTest` shows what it is given, too. Of a container or an object
pytest shows only the name of the parameter: those are not findings.

Give the values names of their own: `ids=["token"]`, or `pytest.param(..., id="token")`;
or read the variable inside the test.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.secrets._environment import secrets_read
from checks.rules.secrets._test_ids import is_in_text, values_in_ids

rule = Rule(
    id="secret-in-test-id",
    severity="medium",
    cwe=532,
    words=("environ", "getenv", "getpass", "get_password"),
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
        Bad(
            "import os, pytest\nKEYS = [os.environ['API_TOKEN']]\n"
            "@pytest.mark.parametrize('key', KEYS, ids=str)  # <-\n"
            "def test_login(key): login(key)"
        ),
        Bad(
            "import os\ndef pytest_generate_tests(metafunc):\n"
            "    metafunc.parametrize('header', [f\"Bearer {os.environ['API_TOKEN']}\"])"
        ),
        Bad(
            "import os\ndef test_a(self):\n"
            "    with self.subTest(token=os.environ['API_TOKEN']): ..."
        ),
    ],
    good=[
        # Of a container, and of what a function makes, the id shows nothing.
        "import os, pytest\n"
        "@pytest.mark.parametrize('user', [{'token': os.environ['API_TOKEN']}, ('a', 'b')])\n"
        "@pytest.mark.parametrize('pair', [('ann', os.environ['API_TOKEN'])])\n"
        "@pytest.mark.parametrize('client', [Client(os.environ['API_TOKEN'])])\n"
        "def test_login(user, pair, client): login(user)",
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


@rule.on_method("parametrize", "expand", "subTest")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    yield from _findings(call, ctx)


@rule.on_call("pytest.fixture")
def visit_fixture(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    yield from _findings(call, ctx)


def _findings(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    secrets = dict(ctx.once(secrets_read))
    for value in values_in_ids(call, ctx) if secrets else ():
        for node in ctx.nodes(ast.Name, ast.Attribute, ast.Subscript, ast.Call, inside=value):
            if node in secrets and is_in_text(node, value, ctx):
                reason = f"The id of this test is built from the real value of `{secrets[node]}`."
                yield rule.finding(node if ctx.tree.contains(call, node) else call, reason)
                break
