"""A failing assertion would print a credential from the environment.

When the comparison fails, the runner shows both sides, and with them the real value, in the
log of the build. A variable that the test sets itself, and a comparison with `None` or with a
literal, are not findings.

Compare first and assert the answer: `same = hmac.compare_digest(got, expected)`, then
`assert same`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.secrets._credentials import called
from checks.rules.secrets._sinks import secrets_read

_EQUAL = frozenset({"assertEqual", "assertEquals", "assertNotEqual", "assertIn", "assertNotIn"})

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
    for node, name in ctx.once(secrets_read):
        holder = ctx.parent(node)
        if isinstance(holder, ast.Compare):
            sides = [holder.left, *holder.comparators]
            compared = isinstance(ctx.parent(holder), ast.Assert)
        else:
            sides = holder.args[:2] if isinstance(holder, ast.Call) else []
            compared = isinstance(holder, ast.Call) and called(holder) in _EQUAL
        if compared and node in sides and not any(ctx.is_literal(side) for side in sides):
            reason = f"When this fails, the runner prints the real value of `{name}`."
            yield rule.finding(node, reason)
