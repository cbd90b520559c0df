"""A failing assertion would print a credential from the environment.

When the comparison fails, the runner shows both sides, and with them the real value, in the
log of the build; so does a double that is asked what it was called with. A variable that the
test sets itself, and a comparison with `None` or with a literal, are not findings.

Compare first and assert the answer: `same = hmac.compare_digest(got, expected)`, then
`assert same`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.secrets._credentials import called
from checks.rules.secrets._environment import secrets_read
from checks.rules.secrets._sinks import carried

_EQUAL = frozenset(
    [
        *("assertEqual", "assertEquals", "assertNotEqual", "assertIn", "assertNotIn"),
        *("assertDictEqual", "assertListEqual", "assertTupleEqual", "assertSequenceEqual"),
        *("assertCountEqual", "assertMultiLineEqual", "assertRegex", "assertNotRegex", "assertIs"),
    ]
)
_CALLED_WITH = frozenset(
    [
        *("assert_called_with", "assert_called_once_with", "assert_any_call"),
        *("assert_awaited_with", "assert_awaited_once_with", "assert_any_await"),
    ]
)

rule = Rule(
    id="secret-in-assert",
    severity="low",
    cwe=532,
    words=("environ", "getenv", "getpass", "get_password"),
    bad=[
        Bad("import os\ndef test_key(client):\n    assert client.key == os.environ['API_TOKEN']"),
        Bad("import os\ndef test_key(bot):\n    assert bot.token == os.environ['SLACK_BOT_TOKEN']"),
        Bad(
            "from os import getenv as read\n"
            "def test_key(client):\n"
            "    expected = read('DB_PASSWORD')\n"
            "    assert expected in client.dsn"
        ),
        Bad(
            "import os, unittest\n"
            "class TestKey(unittest.TestCase):\n"
            "    def test_key(self):\n"
            "        self.assertEqual(load().key, os.environ.get('SERVICE_API_KEY'))"
        ),
        Bad(
            "import os\n"
            "TOKEN = os.environ['CI_TOKEN']\n"
            "def test_headers(sent):\n"
            "    assert sent == {'Authorization': f'Bearer {TOKEN}'}"
        ),
        Bad(
            "import os\ndef test_connect(api):\n    api.assert_called_with(os.environ['API_TOKEN'])"
        ),
    ],
    good=[
        "import os\ndef test_url(bot):\n    assert bot.url == os.environ['TOKEN_URL']",
        "import os\ndef test_set():\n    assert os.environ['API_TOKEN'] is not None",
        "import os\ndef test_env(monkeypatch, run):\n    monkeypatch.setenv('API_TOKEN', 'x')\n"
        "    assert run() == os.environ['API_TOKEN']",
        "import os\ndef test_set():\n    assert os.environ.get('API_TOKEN') != ''",
        "import hmac, os\ndef test_key(key):\n"
        "    same = hmac.compare_digest(key, os.environ['API_TOKEN'])\n    assert same",
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    told = set()
    for node, name in ctx.once(secrets_read):
        side = carried(node, ctx)
        holder = ctx.parent(side) if side else None
        if side and holder not in told and _shows(holder, side, ctx):
            told.add(holder)
            reason = f"When this fails, the runner prints the real value of `{name}`."
            yield rule.finding(node, reason)


def _shows(holder: ast.AST | None, side: ast.AST, ctx: Context) -> bool:
    """Whether this comparison is asserted, or this call compares, so that a failure shows both."""
    if isinstance(holder, ast.Compare):
        sides = [holder.left, *holder.comparators]
        outer = ctx.parent(holder)
        compared = isinstance(
            ctx.parent(outer) if isinstance(outer, ast.BoolOp) else outer, ast.Assert
        )
    elif isinstance(holder, ast.Call) and called(holder) in _CALLED_WITH:
        return True
    elif isinstance(holder, ast.Call):
        given = [keyword for keyword in holder.keywords if keyword.arg != "msg"]
        sides = [*holder.args[:2], *(keyword.value for keyword in given)]
        compared = called(holder) in _EQUAL and side in [*holder.args[:2], *given]
    else:
        return False
    return compared and not any(ctx.is_literal(each) for each in sides)
