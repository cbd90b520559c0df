"""A credential from the environment is printed or logged.

What a test prints is kept in the log of the build, which more people can read than the secret
store, and often everybody. Build services mask the values that they know, but not what was
derived from them. A made-up value that stands in the test is not a finding, nor is a variable
that the test sets itself. The `strict` profile reports every name that sounds like a secret
and is printed or logged.

Print the name of the variable, or whether it is set: `print("API_TOKEN" in os.environ)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.secrets._environment import secrets_read
from checks.rules.secrets._sinks import prints, sensitive_names, shown_by

rule = Rule(
    id="secret-logged",
    severity="medium",
    cwe=532,
    bad=[
        Bad("import os\ndef test_login():\n    print(os.environ['API_TOKEN'])"),
        Bad(
            "from os import getenv as read\n"
            "import logging as log\n"
            "def test_login():\n"
            "    password = read('DB_PASSWORD')\n"
            "    log.info('using %s', password)"
        ),
        Bad(
            "import os, logging\n"
            "LOG = logging.getLogger(__name__)\n"
            "def test_login():\n"
            "    LOG.debug(f\"key: {os.environ.get('SERVICE_API_KEY')}\")"
        ),
        Bad(
            "import os, unittest\n"
            "class TestKey(unittest.TestCase):\n"
            "    def setUp(self):\n"
            "        self.token = os.environ['GITHUB_TOKEN']\n"
            "    def test_key(self):\n"
            "        self.fail(f'cannot log in with {self.token}')"
        ),
        Bad(
            "import os, structlog as s\n"
            "log = s.get_logger()\n"
            "headers = {'Authorization': f\"Bearer {os.environ['API_TOKEN']}\"}\n"
            "log.info('sent', headers=headers)"
        ),
        Bad("def helper(user):\n    print('welcome', user.password)", profile="strict"),
    ],
    good=[
        "import os\nprint('API_TOKEN' in os.environ, len(os.environ['API_TOKEN']))",
        "def test_mask(capsys):\n    password = 'swordfish'\n    print(password)",
        "import os\ndef test_env(monkeypatch):\n    monkeypatch.setenv('API_TOKEN', 'x')\n"
        "    print(os.environ['API_TOKEN'])",
        "import os\nprint(os.environ['TOKEN_FILE'], os.environ['HOME'])",
        Good("print(tokens, password_file, 'password')", profile="strict"),
    ],
)


@rule.on(ast.Module)
def visit(module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    told = set()
    for node, name in ctx.once(secrets_read):
        call = shown_by(node, ctx)
        if call and call not in told:
            told.add(call)
            yield rule.finding(call, f"This call shows the real value of `{name}`.")
    for call in ctx.nodes(ast.Call) if ctx.strict else ():
        if call not in told and prints(call, ctx):
            for name in sensitive_names(call)[:1]:
                yield rule.finding(call, f"This call shows the value of `{name}`.", severity="low")
