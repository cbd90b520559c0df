"""A password or key that authenticates is written into the code.

The value is no placeholder (not short, not a word, not an id, not built of its own name),
and it is used to log in, or was generated as only real ones are. Whoever reads the
repository can log in with it too, and it stays in the history after it is removed.

Change the password, then read the new one from the environment
(`os.environ["DB_PASSWORD"]`) or a secret store. Where the account belongs to the test,
let the test make both: `secrets.token_urlsafe()`, or a value that says that it is made
up, like `"not-a-real-password"`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.secrets import _credentials as credentials
from checks.rules.secrets._tokens import token_in
from checks.values import is_placeholder, looks_random

_LONGEST = 100  # What is longer is a ciphertext, a certificate or a test vector.

rule = Rule(
    id="hardcoded-password",
    severity="medium",
    cwe=798,
    bad=[
        Bad(
            "import psycopg2 as pg\ndb = pg.connect(host='db.payments.corp', password='gvt8Rzq!w3')"
        ),
        Bad(
            "import smtplib\n"
            "def test_mail():\n"
            "    with smtplib.SMTP('mail.payments.corp') as server:\n"
            "        server.login('robot', 'vK4!wPz9-dQ2')"
        ),
        Bad(
            "from requests import get as fetch\n"
            "PASSWORD = 'mq7-ZbT2x'\n"
            "fetch('https://ci.payments.corp/queue', auth=('robot', PASSWORD))"
        ),
        Bad(
            "class TestLive:\n"
            "    API_KEY = 'q7Rk2LxZ9vTn4WbYs8Hd'  # <-\n"
            "    def test_call(self):\n"
            "        assert call(self.API_KEY).ok"
        ),
        Bad("def test_env(monkeypatch):\n    monkeypatch.setenv('DB_PASSWORD', 'tR5$wq8Zx2Lm')"),
    ],
    good=[
        # Placeholders, enumerations, identifiers.
        "import psycopg2\npsycopg2.connect(host='db.payments.corp', password='changeme123')",
        "server = create_server(secret_security='deployment', auth_secret='client_secret_post')",
        "secret = 'b38a3f43-4be2-4046-897f-b67c2f5e0147'\npassword = 'bff4a5a6b9eb4ea2a6ef'",
        "PASSWORD_FIELD = 'id_new_password1'\nSECRET_NAME = 'Xk29vLq8TzPw'",
        # The machine itself, and an account that the test makes.
        "import psycopg2\npsycopg2.connect(host='localhost', password='gvt8Rzq!w3')",
        "users.create_user('ann', password='vK4!wPz9-dQ2')\nuser_login('ann', 'vK4!wPz9-dQ2')",
        "login.assert_called_once_with(host='db', password='vK4!wPz9-dQ2')",
        "import os\nPASSWORD = os.environ['DB_PASSWORD']",
    ],
)


@rule.on(ast.Call)
def visit_call(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    for name, value in credentials.credentials(call):
        text = _candidate(name, value, ctx)
        if not text or ctx.is_expectation(value):
            continue
        made = credentials.library(call, ctx)
        by_name = credentials.authenticates(call) or credentials.sets_variable(call)
        if not made and not (by_name and looks_random(text)):
            continue
        if any(credentials.goes_nowhere(c, ctx) for c in {call, made or call}):
            continue
        # A name is told where it is assigned, when that alone is enough.
        if not (isinstance(value, ast.Name) and _is_told_by(value.id, text)):
            why = f"The value of `{name}` is no placeholder, and this call authenticates with it."
            yield from _finding(value, why, text, ctx)


@rule.on(ast.Assign, ast.AnnAssign)
def visit_assignment(node: ast.Assign | ast.AnnAssign, ctx: Context) -> Iterator[Outcome]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        name = _target_name(target)
        if not isinstance(node.value, ast.Constant) or not credentials.is_credential_name(name):
            continue
        text = _candidate(name, node.value, ctx)
        if _is_told_by(name, text) and not ctx.is_expectation(node.value):
            why = f"The value of `{name}` is no placeholder: it looks generated, as live ones do."
            yield from _finding(node.value, why, text, ctx)


def _is_told_by(name: str, text: str) -> bool:
    """Whether an assignment alone shows a live credential: by its name and its value."""
    is_credential = credentials.is_credential_name(name) and not credentials.says_made_up(name)
    return is_credential and looks_random(text)


def _target_name(target: ast.expr) -> str:
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return str(getattr(target, "id", "") or getattr(target, "attr", ""))


def _candidate(name: str, value: ast.expr, ctx: Context) -> str:
    """The text of a value that is no placeholder, or ""."""
    text = ctx.text(value) or ""
    if len(text) > _LONGEST or is_placeholder(text, (name,)) or token_in(text):
        return ""
    return text


def _finding(value: ast.expr, why: str, text: str, ctx: Context) -> Iterator[Outcome]:
    if not credentials.is_own_account(text, ctx):
        yield rule.finding(value, why, secret=value)
