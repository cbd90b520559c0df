"""A token without a signature is accepted.

The algorithm `none` means that a token carries no signature: whoever writes one is believed.
A decoder that lists it accepts what an attacker has made up, also beside other algorithms.

To make such a token is what a good test of its rejection does; that is evidence, and so is a
decoder that must refuse it (`with pytest.raises(...)`). A token without a signature that a test
or a set-up logs in with is a finding: the application believes it. The `strict` profile reports
every one.

List only algorithms that sign: `jwt.decode(token, key, algorithms=["HS256"])`.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, evidence
from checks.context import Context
from checks.rules.access._tokens import is_refused, token_calls
from checks.rules.cleanup._expectations import expected_exceptions, expected_statuses
from checks.tree import FUNCTIONS, Function

_ALGORITHMS = 2  # the position in decode() and encode()
_DECODERS = ("authlib.jose.JsonWebToken", "authlib.jose.JsonWebSignature", "jwt.PyJWS")
_HEADER_FIRST = frozenset({"authlib", "joserfc"})
# A test or helper whose name says that the token is one to be turned away.
_ATTACK = re.compile(
    r"(?i)unsigned|unsecured|(^|_)none(_|$)|alg(_|$|orithm)|forg|tamper|invalid|bad(_|$)|evil"
    r"|attack|malicious|insecure|reject|refus|den(y|ied|ies)|unauthori|forbid|signature|untrusted"
)

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
        Bad("import jwt\ndef make(claims):\n    return jwt.encode(claims, None, algorithm='none')"),
        Bad(
            "from jwt import encode as sign\ndef test_me(client):\n"
            "    token = sign({'sub': 'a'}, None, 'none')  # <-\n"
            "    assert client.get('/me', token).status_code == 200"
        ),
        Bad("from authlib.jose import JsonWebToken as Tokens\nTokens(['HS256', 'none'])"),
        Bad(
            "import jwt\ndef test_unsigned(client):\n"
            "    token = jwt.encode({'sub': 'a'}, None, algorithm='none')  # <-\n"
            "    assert client.get('/me', token).status_code == 401",
            profile="strict",
        ),
        Bad(
            "from authlib.jose import jwt as tokens\ndef make(claims):\n"
            "    return tokens.encode({'alg': 'none'}, claims, '')"
        ),
    ],
    good=[
        "import jwt\ndef test_unsigned(client):\n"
        "    token = jwt.encode({'sub': 'a'}, None, algorithm='none')\n"
        "    assert client.get('/me', token).status_code == 401",
        "import jwt\ndef made(claims):\n    return jwt.encode(claims, '', algorithm='none')\n"
        "def test_me(client):\n    assert client.get('/me', made({})).status_code == 401",
        "import jwt\ndef forged(claims):\n    return jwt.encode(claims, '', algorithm='none')",
        Good("import jwt\njwt.encode({'alg': 'none'}, key, algorithm='HS256')", profile="strict"),
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
            why = "This token carries no signature, and is not one that must be turned away."
            if _is_to_be_refused(ctx, call):
                why = "This token carries no signature."
                if not ctx.strict:
                    yield evidence(call, "A token without a signature is made, to be refused.")
                    continue
            yield rule.finding(call, why, severity="low")
    for call in ctx.calls(*_DECODERS):
        named = _names_none(ctx, ctx.argument(call, 0, "algorithms"))
        if named and (ctx.strict or not is_refused(ctx, call)):
            yield rule.finding(call, "A decoder is made that takes tokens without any signature.")


def _is_to_be_refused(ctx: Context, call: ast.Call) -> bool:
    """Whether the test that makes or uses the token demands a refusal, or names speak of one."""
    function = ctx.function(call)
    targets = getattr(ctx.statement(call), "targets", [])
    names = {_spelled(target) for target in targets}
    names |= {function.name, f".{function.name}"} if function else set()
    if is_refused(ctx, call) or any(_ATTACK.search(name) for name in names):
        return True
    refusing = ctx.once(_refusing)
    if function is not None and ctx.scopes.is_test(function):
        return function in refusing
    return any(names & set(ctx.once(_mentioned, test)) for test in refusing)


def _refusing(ctx: Context) -> set[Function]:
    """The tests of the file that demand a refusal, or whose name speaks of one."""
    demands = [node for node, _ in (*expected_exceptions(ctx), *expected_statuses(ctx))]
    demands += ctx.method_calls("assertFalse", "assertIsNone")
    around = {function for node in demands for function in ctx.scopes.functions(node)}
    return {
        function
        for function in ctx.nodes(*FUNCTIONS)
        if ctx.scopes.is_test(function) and (function in around or _ATTACK.search(function.name))
    }


def _mentioned(ctx: Context, test: ast.AST) -> list[str]:
    """The names, attributes and parameters that a test uses."""
    used = ctx.nodes(ast.Name, ast.Attribute, ast.arg, inside=test)
    return [_spelled(node) for node in used]


def _spelled(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f".{node.attr}"
    return str(getattr(node, "id", getattr(node, "arg", "")))


def _names_none(ctx: Context, algorithms: ast.expr | None) -> bool:
    given = ctx.origin(algorithms) or algorithms
    several = given.elts if isinstance(given, ast.List | ast.Tuple | ast.Set) else None
    if several is None:
        return given is not None and _is_none(ctx, given)
    return any(ctx.literal(value) is None or _is_none(ctx, value) for value in several)


def _is_unsigned(ctx: Context, call: ast.Call) -> bool:
    header = (ctx.origin(call.args[0]) or call.args[0]) if call.args else None
    library = (ctx.name(call.func) or "").partition(".")[0]
    if isinstance(header, ast.Dict) and library in _HEADER_FIRST:
        for key, value in zip(header.keys, header.values, strict=True):
            if key is not None and ctx.text(key) == "alg" and _is_none(ctx, value):
                return True
    algorithm = ctx.argument(call, _ALGORITHMS, "algorithm")
    return algorithm is not None and (ctx.literal(algorithm) is None or _is_none(ctx, algorithm))


def _is_none(ctx: Context, node: ast.expr) -> bool:
    return (ctx.text(node) or "").lower() == "none"
