"""The key that signs sessions and cookies is written into the settings.

The `SECRET_KEY` of Flask, Django and their kin signs sessions, password resets and cookies. A
generated one in test settings, of any characters or hexadecimal, was most often copied from the
deployed application, or will be copied there, and whoever reads it can sign a session for any
user. A value that says that it is made up is not a finding, but the `strict` profile reports
plain words.

Let the settings of the tests make one (`SECRET_KEY = secrets.token_urlsafe()`), or use a
value that nobody would deploy, like `"insecure-key-for-tests"`. If this key was ever
deployed, replace it there.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.secrets._credentials import Kind
from checks.rules.secrets._hardcoded import hardcoded

rule = Rule(
    id="hardcoded-secret-key",
    severity="medium",
    cwe=321,
    words=("SECRET_KEY", "secret_key", "SECURITY_PASSWORD_SALT", "_secret", "_SECRET"),
    bad=[
        Bad("SECRET_KEY = 'q7Rk2LxZ9vTn4WbYs8Hd'", path="tests/settings.py"),
        Bad(
            "from flask import Flask as App\n"
            "app = App(__name__)\n"
            "app.config['SECRET_KEY'] = 'q7Rk2LxZ9vTn4WbYs8Hd'  # <-"
        ),
        Bad(
            "from django.conf import settings as conf\n"
            "conf.configure(SECRET_KEY='x7$kq2)vTn4w&bYs8h(d')"
        ),
        Bad("app = create_app({'SECRET_KEY': b'q7Rk2LxZ9vTn4WbYs8Hd'})"),
        Bad("from app import Config as C\nC.SECRET_KEY = 'e19c0a7f4d2b86b35a90f7c148de2360'"),
        Bad(
            "def test_a(monkeypatch, app):\n"
            "    monkeypatch.setitem(app.config, 'SECRET_KEY', 'q7Rk2LxZ9vTn4WbYs8Hd')"
        ),
        Bad("app.secret_key = 'swordfish'", profile="strict"),
    ],
    good=[
        "SECRET_KEY = 'insecure-key-for-tests'",
        "SECRET_KEY = 'django_tests_secret_key'\nSECRET_KEY_FILE = 'q7Rk2LxZ9vTn4WbYs8Hd'",
        "import os\nSECRET_KEY = os.environ['SECRET_KEY']",
        "assert settings.SECRET_KEY == 'q7Rk2LxZ9vTn4WbYs8Hd'",
        Good("import secrets\nSECRET_KEY = secrets.token_urlsafe()", profile="strict"),
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    yield from hardcoded(rule, Kind.SECRET_KEY, ctx)
