"""A token is signed or checked with a key that is written into the code.

Who knows the key can sign a token for any user. A key that is no placeholder (not short, not
a word, not an id; hexadecimal ones count from 128 bits on) was most often taken from the
application, and the test publishes it. Keys that say that they are made up, and public keys,
are not findings. The `strict` profile also reports plain words.

Let the test make the key (`key = secrets.token_urlsafe(32)`) and give it to both sides,
or read it from the configuration of the application under test.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules._origins import made_by
from checks.rules.secrets import _credentials as credentials
from checks.rules.secrets._literals import as_text
from checks.rules.secrets._tokens import token_in
from checks.values import is_generated, is_placeholder, looks_random

_LIBRARIES = ("jwt", "jose.jwt", "jose.jws", "jwt.api_jwt", "jwt.PyJWT", "python_jwt")
_CALLS = [f"{library}.{verb}" for library in _LIBRARIES for verb in ("encode", "decode", "sign")]
_CALLS += ["jose.jws.verify", "jwt.decode_complete"]
_CALLS += ["authlib.jose.jwt.encode", "authlib.jose.jwt.decode", "jwt.api_jws.encode"]
# Behind the header and the claims.
_THIRD = frozenset({"authlib.jose.jwt.encode"})
_MAKERS = frozenset({"jwt.PyJWT", "jwt.api_jwt.PyJWT"})
_HEX_KEY = re.compile("[0-9a-f]{32,128}")
_LONGEST = 100

rule = Rule(
    id="jwt-hardcoded-secret",
    severity="medium",
    cwe=321,
    words=("jwt", "jose", "authlib"),
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
        Bad("import jwt\nassert jwt.PyJWT().encode({}, b'q7Rk2LxZ9vTn4WbYs8Hd')"),
        Bad(
            "from authlib.jose import jwt as tokens\n"
            "claims = tokens.decode(read(), 'e19c0a7f4d2b86b35a90f7c148de2360')"
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


@rule.on_call(*_CALLS)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    yield from _outcomes(ctx.argument(call, 2 if ctx.call_name(call) in _THIRD else 1, "key"), ctx)


@rule.on_method("encode", "decode")
def visit_method(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    maker = made_by(ctx, call.func.value) if isinstance(call.func, ast.Attribute) else None
    if ctx.call_name(maker) in _MAKERS:
        yield from _outcomes(ctx.argument(call, 1, "key"), ctx)


def _outcomes(key: ast.expr | None, ctx: Context) -> Iterator[Outcome]:
    text = as_text(ctx.literal(key))
    if key is None or not text or "-----BEGIN" in text or token_in(text) or ctx.is_expectation(key):
        return
    name = key.id if isinstance(key, ast.Name) else ""
    is_hex_key = bool(_HEX_KEY.fullmatch(text)) and is_generated(text)
    if is_hex_key or (len(text) <= _LONGEST and not is_placeholder(text, (name,))):
        # A name is told where it is assigned, when that alone is enough.
        if not (credentials.opens(name) and looks_random(text)):
            why = "The literal key of this call is no placeholder: whoever reads it can sign."
            yield rule.finding(key, why, secret=key)
    elif ctx.strict and not credentials.wide_kind(name):
        why = "The key of this call is a literal."
        yield rule.finding(key, why, severity="low", secret=key)
