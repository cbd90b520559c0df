"""A token without a signature is accepted.

The algorithm `none` means that a token carries no signature: whoever writes one is believed.
A decoder that lists it accepts what an attacker has made up, also beside other algorithms.

To make such a token is what a good test of its rejection does; that is evidence, and so is a
decoder that must refuse it (`with pytest.raises(...)`). The `strict` profile reports both.

List only algorithms that sign: `jwt.decode(token, key, algorithms=["HS256"])`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, evidence
from checks.context import Context
from checks.rules.access._tokens import is_refused, token_calls

_ALGORITHMS = 2  # the position in decode() and encode()

rule = Rule(
    id="jwt-none-alg",
    words=("jwt", "jose", "JWT"),
    severity="medium",
    cwe=347,
    bad=[
        Bad(
            "import jwt\ndef read(token):\n    return jwt.decode(token, None, algorithms=['none'])"
        ),
        Bad(
            "from jose.jwt import decode as read\ndef test_token(token, key):\n"
            "    assert read(token, key, ['HS256', 'NONE'])['sub'] == 'a'"
        ),
        Bad(
            "import jwt as tokens\nALLOWED = ('RS256', 'none')\ndef read(token, key):\n"
            "    return tokens.decode(token, key, algorithms=ALLOWED)"
        ),
        Bad(
            "import jwt\ndef make(claims):\n    return jwt.encode(claims, None, algorithm='none')",
            profile="strict",
        ),
        Bad(
            "from authlib.jose import jwt as tokens\ndef make(claims):\n"
            "    return tokens.encode({'alg': 'none'}, claims, '')",
            profile="strict",
        ),
    ],
    good=[
        "import jwt\ndef test_unsigned(client):\n"
        "    token = jwt.encode({'sub': 'a'}, None, algorithm='none')\n"
        "    assert client.get('/me', token).status_code == 401",
        "import jwt, pytest\ndef test_unsigned(token):\n"
        "    with pytest.raises(jwt.InvalidTokenError):\n"
        "        jwt.decode(token, None, algorithms=['none'])",
        "import jwt\njwt.decode(token, key, algorithms=['HS256'])",
        "codec.decode(token, key, algorithms=['none'])",
        Good("import jwt\njwt.encode(claims, key, algorithm='HS256')", profile="strict"),
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for call in token_calls(ctx, "decode", "decode_complete", "verify"):
        if _names_none(ctx, ctx.argument(call, _ALGORITHMS, "algorithms")):
            if is_refused(ctx, call) and not ctx.strict:
                yield evidence(call, "A token without a signature must be refused.")
            else:
                why = "A token without any signature is accepted here."
                yield rule.finding(call, why)
    for call in token_calls(ctx, "encode", "sign"):
        if _is_unsigned(ctx, call):
            if ctx.strict:
                why = "This token carries no signature."
                yield rule.finding(call, why, severity="low")
            else:
                yield evidence(call, "A token without a signature is made.")


def _names_none(ctx: Context, algorithms: ast.expr | None) -> bool:
    given = ctx.origin(algorithms) or algorithms
    several = given.elts if isinstance(given, ast.List | ast.Tuple | ast.Set) else None
    if several is None:
        return given is not None and _is_none(ctx, given)
    return any(ctx.literal(value) is None or _is_none(ctx, value) for value in several)


def _is_unsigned(ctx: Context, call: ast.Call) -> bool:
    header = (ctx.origin(call.args[0]) or call.args[0]) if call.args else None
    if isinstance(header, ast.Dict):
        for key, value in zip(header.keys, header.values, strict=True):
            if key is not None and ctx.text(key) == "alg" and _is_none(ctx, value):
                return True
    algorithm = ctx.argument(call, _ALGORITHMS, "algorithm")
    return algorithm is not None and (ctx.literal(algorithm) is None or _is_none(ctx, algorithm))


def _is_none(ctx: Context, node: ast.expr) -> bool:
    return (ctx.text(node) or "").lower() == "none"
