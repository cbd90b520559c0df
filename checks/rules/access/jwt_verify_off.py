"""A token is read without checking its signature.

Anybody can write a token; only the signature tells who did. Code that lets somebody in on
the word of such a token lets everybody in, and a stand-in that does so hides that the real
check is missing.

A test that reads the claims so stays green when the application signs with the wrong key, or
not at all. It is a finding of low severity; a function that others trust to check
(`verify_token`, `authenticate`, `get_current_user`) is one of medium. A test that also checks
the signature, that makes another token of the claims, or that demands a refusal is
evidence. The `strict` profile reports every unchecked token.

Give the key and the algorithm: `jwt.decode(token, key, algorithms=["HS256"])`.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, evidence, replace
from checks.context import Context
from checks.model import Edit
from checks.rules.access._tokens import is_refused, token_calls
from checks.tree import Function

_CHECKS = re.compile(
    r"_*(verify|validate|check|authenticate|authori[sz]e|require|get_current|current|login)"
    r"(_\w+)?|load_user(_\w+)?"
)
_READS = ("decode", "decode_complete", "verify")
_READERS = ("jwt.PyJWT", "jwt.PyJWS", "jwt.api_jwt.PyJWT", "jwt.api_jws.PyJWS")
_VERIFY = 2  # the position in decode() of old releases
_UNVERIFIED = ("get_unverified_claims", "get_unverified_payload")

rule = Rule(
    id="jwt-verify-off",
    words=("jwt", "jose"),
    severity="medium",
    cwe=347,
    bad=[
        Bad(
            "import jwt\ndef verify_token(token):\n"
            "    return jwt.decode(token, options={'verify_signature': False})",
            fixed="import jwt\ndef verify_token(token):\n"
            "    return jwt.decode(token, options={'verify_signature': True})",
        ),
        Bad(
            "from jose import jwt as tokens\nclass StubAuth:\n"
            "    def authenticate(self, token, key):\n"
            "        return tokens.decode(token, key, options=dict(verify_signature=False))",
            fixed="from jose import jwt as tokens\nclass StubAuth:\n"
            "    def authenticate(self, token, key):\n"
            "        return tokens.decode(token, key, options=dict(verify_signature=True))",
        ),
        Bad(
            "from jwt import decode\ndef get_current_user(token):\n"
            "    return decode(token, verify=False)['sub']",
            fixed="from jwt import decode\ndef get_current_user(token):\n"
            "    return decode(token, verify=True)['sub']",
        ),
        Bad(
            "import jwt\ndef test_claims(token):\n"
            "    claims = jwt.decode(token, options={'verify_signature': False})  # <-\n"
            "    assert claims['sub'] == 'a'"
        ),
        Bad(
            "import jwt as j\ndef test_claims(t):\n    assert j.decode(t, KEY, False)",
            fixed="import jwt as j\ndef test_claims(t):\n    assert j.decode(t, KEY, True)",
        ),
        Bad(
            "from jose import jws as signed\ndef test_body(t):\n"
            "    assert signed.verify(t, KEY, 'HS256', verify=False)",
            fixed="from jose import jws as signed\ndef test_body(t):\n"
            "    assert signed.verify(t, KEY, 'HS256', verify=True)",
        ),
        Bad("from google.auth import jwt as tokens\nclaims = tokens.decode(t, verify=False)"),
        Bad(
            "import jwt\ndef test_claims(token):\n    options = {}\n"
            "    options['verify_signature'] = False\n"
            "    assert jwt.decode(token, options=options)"
        ),
        Bad("import jwt\nreader = jwt.PyJWT(options={'verify_signature': False})"),
        Bad(
            "import jwt\ndef test_next(t):\n"
            "    claims = jwt.decode(t, options={'verify_signature': False})  # <-\n"
            "    assert use(jwt.encode(claims | {'exp': 0}, KEY)) == 401",
            profile="strict",
        ),
        Bad(
            "from jose import jwt\ndef test_claims(token):\n"
            "    claims = jwt.get_unverified_claims(token)  # <-\n"
            "    assert claims['sub'] == 'a'",
            profile="strict",
        ),
    ],
    good=[
        "import jwt\ndef test_claims(token):\n"
        "    claims = jwt.decode(token, options={'verify_signature': False})\n"
        "    assert claims == jwt.decode(token, KEY, algorithms=['HS256'])",
        "import jwt\ndef test_expired(token):\n"
        "    claims = jwt.decode(token, options={'verify_signature': False})\n"
        "    assert use(jwt.encode(claims | {'exp': 0}, KEY)) == 401",
        "import jwt\ndef test_old(token):\n"
        "    jwt.decode(token, KEY, algorithms=['HS256'], options={'verify_exp': False})",
        "import jwt\ndef verify_token(token, key):\n"
        "    return jwt.decode(token, key, algorithms=['HS256'])",
        "def verify_token(jwt, token):\n    return jwt.decode(token, verify=False)",
        Good("import base64\nimport jwt\nbase64.decode(a, verify=False)", profile="strict"),
        Good("import jwt\njwt.decode(t, k, options={'verify_signature': True})", profile="strict"),
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for call in (*token_calls(ctx, *_READS), *ctx.calls(*_READERS)):
        off = _switch(ctx, call)
        if off is not None:
            yield _outcome(ctx, call, replace(off, "True") if _is_here(ctx, off) else None)
    if ctx.strict:
        for call in token_calls(ctx, *_UNVERIFIED):
            yield _outcome(ctx, call, None)


def _outcome(ctx: Context, call: ast.Call, edit: Edit | None) -> Outcome:
    function = ctx.function(call)
    if is_refused(ctx, call):
        return evidence(call, "A token is read without its signature, and must be refused.")
    if function is not None and _CHECKS.fullmatch(function.name):
        why = f"`{function.name}` believes any token, whoever has signed it."
        return rule.finding(call, why, edit=edit)
    if not ctx.strict and function is not None and _is_checked(ctx, call, function):
        return evidence(call, "The claims of a token are read without checking its signature.")
    why = "The claims of this token are read whoever has signed it."
    return rule.finding(call, why, severity="low", edit=edit if _has_key(ctx, call) else None)


def _has_key(ctx: Context, call: ast.Call) -> bool:
    key = ctx.argument(call, 1, "key")
    return bool(call.args) and key is not None and ctx.literal(key) is not None


def _is_checked(ctx: Context, call: ast.Call, function: Function) -> bool:
    """Whether a function also checks the same token, or makes another one of its claims."""
    claims = {getattr(target, "id", "") for target in getattr(ctx.statement(call), "targets", [])}
    for made in token_calls(ctx, "encode"):
        if ctx.tree.contains(function, made) and any(
            name.id in claims for name in ctx.nodes(ast.Name, inside=made)
        ):
            return True
    token = ctx.segment(call.args[0]) if call.args else ""
    return any(
        _has_key(ctx, read) and ctx.segment(read.args[0]) == token and _switch(ctx, read) is None
        for read in token_calls(ctx, *_READS)
        if ctx.tree.contains(function, read)
    )


def _switch(ctx: Context, call: ast.Call) -> ast.expr | None:
    """The ``False`` that switches the check off."""
    for verify in (ctx.argument(call, None, "verify"), ctx.argument(call, _VERIFY, None)):
        if verify is not None and ctx.is_false(verify):
            return verify
    options = ctx.keyword(call, "options")
    if options is None:
        return None
    if isinstance(options.value, ast.Name) and (off := _put_in(ctx, options.value)):
        return off
    given = ctx.origin(options.value) or options.value
    if isinstance(given, ast.Call):
        found = ctx.keyword(given, "verify_signature")
        return found.value if found and ctx.is_false(found.value) else None
    if isinstance(given, ast.Dict):
        for key, value in zip(given.keys, given.values, strict=True):
            if ctx.text(key) == "verify_signature" and ctx.is_false(value):
                return value
    return None


def _put_in(ctx: Context, options: ast.Name) -> ast.expr | None:
    """The ``False`` of ``options["verify_signature"] = False`` in the same function."""
    for key in ctx.strings.get("verify_signature", ()):
        item, statement = ctx.parent(key), ctx.statement(key)
        if isinstance(item, ast.Subscript) and isinstance(statement, ast.Assign):
            same = isinstance(item.value, ast.Name) and item.value.id == options.id
            if same and ctx.function(item) is ctx.function(options):
                return statement.value if ctx.is_false(statement.value) else None
    return None


def _is_here(ctx: Context, off: ast.expr) -> bool:
    return ctx.function(off) is not None and isinstance(off, ast.Constant)
