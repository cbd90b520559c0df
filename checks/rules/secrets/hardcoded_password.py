"""A password that authenticates is written into the code.

The value is no placeholder (not short, not a word, not an id, not built of its own name), and
it is used to log in, or was generated as only real ones are. Whoever reads the repository can
log in with it too, and it stays in the history after it is removed. The `strict` profile also
reports plain words, defaults and comparisons.

Change the password, then read the new one from the environment
(`os.environ["DB_PASSWORD"]`) or a secret store. Where the account belongs to the test,
let the test make both: `secrets.token_urlsafe()`, or a value that says that it is made
up, like `"not-a-real-password"`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.secrets._credentials import Kind
from checks.rules.secrets._hardcoded import hardcoded

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
        Bad("def test_env(monkeypatch):\n    monkeypatch.setenv('DB_PASSWORD', 'tR5$wq8Zx2Lm')"),
        Bad("CONFIG = {'user': 'ann', 'password': 'RNlGHo5mnQy1VuYD'}"),
        Bad("def connect(host, *, password='RNlGHo5mnQy1VuYD'): ..."),
        Bad("import os\nPASSWORD = os.environ.get('DB_PASSWORD') or 'RNlGHo5mnQy1VuYD'"),
        Bad("import os as system\npw = system.getenv('DB_PASSWORD', 'RNlGHo5mnQy1VuYD')"),
        Bad(
            "def test_env(monkeypatch, app):\n"
            "    monkeypatch.setattr(app, 'password', 'tR5$wq8Zx2Lm')"
        ),
        Bad("def test_log_in(browser):\n    assert log_in('ann', password='vK4!wPz9-dQ2')"),
        Bad(
            "from ftplib import FTP_TLS as Ftp\n"
            "ftp = Ftp('files.payments.corp', 'ann', 'mq7-ZbT2x')"
        ),
        Bad("headers = {'Authorization': 'Basic YW5uOnZLNCF3UHo5LWRRMg=='}"),
        Bad("def log_in(user, passwd='swordfish'): ...", profile="strict"),
        Bad("ok = user.password == 'swordfish'", profile="strict"),
        Bad("from app import user as u\nu.password = ''", profile="strict"),
        Bad("user, pwd = 'ann', 'swordfish'", profile="strict"),
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
        Good("def log_in(user, password=None, bypass='yes'): ...\npwd = None", profile="strict"),
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    yield from hardcoded(rule, Kind.PASSWORD, ctx)
