"""A token is signed or checked with a key that is written into the code.

Who knows the key can sign a token for any user. A key that is no placeholder (not short, not
a word, not an id) was most often taken from the application, and the test publishes it. Keys
that say that they are made up, and public keys, are not findings. The `strict` profile also
reports plain words.

Let the test make the key (`key = secrets.token_urlsafe(32)`) and give it to both sides,
or read it from the configuration of the application under test.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.secrets import _credentials as credentials
from checks.rules.secrets._tokens import token_in
from checks.values import is_placeholder, looks_random

_LIBRARIES = ("jwt", "jose.jwt", "jose.jws", "jwt.api_jwt", "jwt.PyJWT", "python_jwt")
_CALLS = [f"{library}.{verb}" for library in _LIBRARIES for verb in ("encode", "decode", "sign")]
_CALLS += ["jose.jws.verify", "jwt.decode_complete"]
_AUTHLIB = ("authlib.jose.jwt.encode",)
_LONGEST = 100

rule = Rule(
    id="jwt-hardcoded-secret",
    severity="medium",
    cwe=321,
    bad=[
        Bad("import jwt\ntoken = jwt.encode({'sub': 'ann'}, 'q7Rk2LxZ9vTn4WbYs8Hd')"),
        Bad(
            "from jwt import decode as read\n"
            "def test_token(token):\n"
            "    read(token, key='q7Rk2LxZ9vTn4WbYs8Hd', algorithms=['HS256'])"
        ),
        Bad(
            "from jose import jwt as tokens\n"
            "SIGNER = 'q7Rk2LxZ9vTn4WbYs8Hd'\n"
            "token = tokens.encode({'sub': 'ann'}, SIGNER, algorithm='HS256')"
        ),
        Bad("import jwt\ntoken = jwt.encode({}, 'swordfish', 'HS256')", profile="strict"),
    ],
    good=[
        "import jwt\ntoken = jwt.encode({'sub': 'ann'}, 'not-the-real-secret')",
        "import jwt\ntoken = jwt.encode({}, '0123456789abcdef0123456789abcdef')",
        "import jwt, secrets\nkey = secrets.token_urlsafe(32)\ntoken = jwt.encode({}, key)",
        "def test_codec(jwt):\n    jwt.encode({}, 'q7Rk2LxZ9vTn4WbYs8Hd')",
        "import jwt\njwt.encode.assert_called_with({}, 'q7Rk2LxZ9vTn4WbYs8Hd')",
        Good("import jwt\ntoken = jwt.encode({}, key)\njwt.decode(token, '')", profile="strict"),
    ],
)


@rule.on_call(*_CALLS, *_AUTHLIB)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    key = ctx.argument(call, 2 if ctx.call_name(call) in _AUTHLIB else 1, "key")
    value = ctx.literal(key)
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if key is None or not isinstance(text, str) or not text or "-----BEGIN" in text:
        return
    name = key.id if isinstance(key, ast.Name) else ""
    if token_in(text) or ctx.is_expectation(key):
        return
    if len(text) <= _LONGEST and not is_placeholder(text, (name,)):
        # A name is told where it is assigned, when that alone is enough.
        if not (credentials.is_credential_name(name) and looks_random(text)):
            why = "The literal key of this call is no placeholder: whoever reads it can sign."
            yield rule.finding(key, why, secret=key)
    elif ctx.strict and not credentials.wide_kind(name):
        why = "The key of this call is a literal."
        yield rule.finding(key, why, severity="low", secret=key)
