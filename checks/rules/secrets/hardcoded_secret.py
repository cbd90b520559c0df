"""A token, an API key or another secret is written into the code.

The value is no placeholder (not short, not a word, not an id, not built of its own name), and
it is used to authenticate, or was generated as only real ones are. Whoever reads the
repository can use it too, and it stays in the history after it is removed. Names of kinds
(`auth_secret="client_secret_post"`), UUIDs and hexadecimal ids are not findings, nor are tokens
that say where one is (`next_token`, `csrf_token`). The `strict` profile also reports plain words.

Revoke the secret, then read a new one from the environment
(`os.environ["SERVICE_API_KEY"]`), or let the test use a value that says that it is made
up, like `"not-a-real-key"`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.secrets._credentials import Kind
from checks.rules.secrets._hardcoded import hardcoded

rule = Rule(
    id="hardcoded-secret",
    severity="medium",
    cwe=798,
    bad=[
        Bad(
            "class TestLive:\n"
            "    API_KEY = 'q7Rk2LxZ9vTn4WbYs8Hd'  # <-\n"
            "    def test_call(self):\n"
            "        assert call(self.API_KEY).ok"
        ),
        Bad(
            "import boto3 as aws\n"
            "store = aws.client(\n"
            "    's3',\n"
            "    aws_secret_access_key='q7Rk2LxZ9vTn4WbYs8Hd',  # <-\n"
            ")"
        ),
        Bad("def test_env(monkeypatch):\n    monkeypatch.setenv('CI_API_TOKEN', 'tR5$wq8Zx2Lm')"),
        Bad("import requests as r\nr.get(URL, headers={'X-Api-Key': 'q7Rk2LxZ9vTn4WbYs8Hd'})"),
        Bad("client.credentials(HTTP_AUTHORIZATION='Token q7Rk2LxZ9vTn4WbYs8Hd')"),
        Bad("token, url = 'q7Rk2LxZ9vTn4WbYs8Hd', 'https://ci.payments.corp'"),
        Bad("encryption_key = b'q7Rk2LxZ9vTn4WbYs8Hd'"),
        Bad("def fetch(page, *, auth_token='swordfish'): ...", profile="strict"),
        Bad("headers = {'access_token': 'swordfish'}", profile="strict"),
    ],
    good=[
        "server = create_server(secret_security='deployment', auth_secret='client_secret_post')",
        "api_key = 'b38a3f43-4be2-4046-897f-b67c2f5e0147'\nsecret = 'bff4a5a6b9eb4ea2a6ef'",
        "SECRET_NAME = 'Xk29vLq8TzPw'\nFAKE_API_KEY = 'q7Rk2LxZ9vTn4WbYs8Hd'",
        "assert client.api_key == 'q7Rk2LxZ9vTn4WbYs8Hd'",
        "import os\nAPI_KEY = os.environ['SERVICE_API_KEY']",
        Good("token = None\nsecret = b\ntokenizer = 'words'", profile="strict"),
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    yield from hardcoded(rule, Kind.SECRET, ctx)
