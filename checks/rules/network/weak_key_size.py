"""A key for signatures or secrets is too short to be safe.

RSA and DSA keys under 2048 bits, and curves under 224, can be broken with rented
machines, and then every signature and every secret under them is worth nothing.

Small keys that only make a test fast are not findings by default; a finding is one that is
named as, or signs, a token, secret, password or signature. The `strict` profile reports every
short key.

Make RSA keys of 2048 bits or more (`key_size=2048`; once for the session in a fixture where
that takes too long), and use `ec.SECP256R1()` or Ed25519 for curves.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, replace
from checks.context import Context
from checks.rules.network._protected import protects

_SMALLEST = 2048
_ASYMMETRIC = "cryptography.hazmat.primitives.asymmetric"
# Call -> kind, position and name of the size.
_SIZES: dict[str, tuple[str, int, str]] = {
    f"{_ASYMMETRIC}.rsa.generate_private_key": ("RSA", 1, "key_size"),
    f"{_ASYMMETRIC}.dsa.generate_private_key": ("DSA", 0, "key_size"),
    f"{_ASYMMETRIC}.dsa.generate_parameters": ("DSA", 0, "key_size"),
    f"{_ASYMMETRIC}.dh.generate_parameters": ("DH", 1, "key_size"),
    "Crypto.PublicKey.RSA.generate": ("RSA", 0, "bits"),
    "Crypto.PublicKey.DSA.generate": ("DSA", 0, "bits"),
    "Crypto.PublicKey.ElGamal.generate": ("ElGamal", 0, "bits"),
    "Cryptodome.PublicKey.RSA.generate": ("RSA", 0, "bits"),
    "Cryptodome.PublicKey.DSA.generate": ("DSA", 0, "bits"),
    "Cryptodome.PublicKey.ElGamal.generate": ("ElGamal", 0, "bits"),
    "paramiko.RSAKey.generate": ("RSA", 0, "bits"),
    "paramiko.DSSKey.generate": ("DSA", 0, "bits"),
    "asyncssh.generate_private_key": ("RSA", -1, "key_size"),
    "rsa.newkeys": ("RSA", 0, "nbits"),
    "M2Crypto.RSA.gen_key": ("RSA", 0, "bits"),
}
_CURVES = {
    f"{_ASYMMETRIC}.ec.generate_private_key": (0, "curve"),
    "Crypto.PublicKey.ECC.generate": (-1, "curve"),
    "Cryptodome.PublicKey.ECC.generate": (-1, "curve"),
}
_SMALL_CURVES = frozenset(
    {
        *("SECP160K1", "SECP160R1", "SECP160R2", "SECP192K1", "SECP192R1", "SECT113R1"),
        *("SECT131R1", "SECT163K1", "SECT163R1", "SECT163R2", "SECT193R1"),
        *("P-192", "P192", "NIST P-192", "PRIME192V1", "BRAINPOOLP160R1", "BRAINPOOLP192R1"),
    }
)
_TYPES = {"OpenSSL.crypto.TYPE_RSA": "RSA", "OpenSSL.crypto.TYPE_DSA": "DSA"}

rule = Rule(
    id="weak-key-size",
    severity="medium",
    cwe=326,
    bad=[
        Bad(
            "from Crypto.PublicKey import RSA as R\n"
            "def issue(claims):\n    return sign(claims, secret=R.generate(1024))"
        ),
        Bad(
            "from cryptography.hazmat.primitives.asymmetric import rsa\n"
            "token_key = rsa.generate_private_key(public_exponent=65537, key_size=1024)",
            fixed="from cryptography.hazmat.primitives.asymmetric import rsa\n"
            "token_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)",
        ),
        Bad(
            "from cryptography.hazmat.primitives.asymmetric import ec as curves\n"
            "signature_key = curves.generate_private_key(curves.SECP192R1())"
        ),
        Bad(
            "from cryptography.hazmat.primitives.asymmetric import dsa as d\n"
            "key = d.generate_private_key(1024, backend)",
            profile="strict",
        ),
        Bad(
            "from cryptography.hazmat.primitives.asymmetric import rsa\n"
            "SIZE = 512\nkey = rsa.generate_private_key(65537, SIZE)",
            profile="strict",
        ),
        Bad("from Cryptodome.PublicKey import DSA\nk = DSA.generate(bits=1024)", profile="strict"),
        Bad(
            "from cryptography.hazmat.primitives.asymmetric import ec\n"
            "key = ec.generate_private_key(curve=ec.SECT163K1)",
            profile="strict",
        ),
        Bad("from Crypto.PublicKey import ECC\nk = ECC.generate(curve='P-192')", profile="strict"),
        Bad("import paramiko as p\nkey = p.RSAKey.generate(1024)", profile="strict"),
        Bad(
            "from OpenSSL import crypto as c\nkey = c.PKey()\nkey.generate_key(c.TYPE_RSA, 1024)",
            profile="strict",
        ),
    ],
    good=[
        "from Crypto.PublicKey import RSA\nkey = RSA.generate(1024)",
        (
            "from cryptography.hazmat.primitives.asymmetric import rsa\n"
            "token_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)"
        ),
        "def test_a(rsa):\n    secret = rsa.generate_private_key(65537, 512)",
        Good(
            "from cryptography.hazmat.primitives.asymmetric import ec, rsa\n"
            "ec.generate_private_key(ec.SECP256R1())\nrsa.generate_private_key(65537, SIZE)\n"
            "rsa.generate_private_key(*options, **more)\nself.rsa.generate_private_key(3, 512)",
            profile="strict",
        ),
    ],
)


@rule.on_call(*_SIZES)
def visit_size(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    kind, position, keyword = _SIZES[ctx.call_name(call) or ""]
    size = ctx.argument(call, position if position >= 0 else None, keyword)
    yield from _sized(call, kind, size, ctx)


@rule.on_method("generate_key")
def visit_pkey(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    kind = _TYPES.get(ctx.name(ctx.argument(call, 0, "type")) or "")
    if kind:
        yield from _sized(call, kind, ctx.argument(call, 1, "bits"), ctx)


@rule.on_call(*_CURVES)
def visit_curve(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    position, keyword = _CURVES[ctx.call_name(call) or ""]
    given = ctx.argument(call, position if position >= 0 else None, keyword)
    chosen = ctx.origin(given) or given
    curve = chosen.func if isinstance(chosen, ast.Call) else chosen
    name = (ctx.text(curve) or (ctx.name(curve) or "").rpartition(".")[2]).upper()
    if name in _SMALL_CURVES:
        yield from _report(call, f"The curve {name}", None, ctx)


def _sized(call: ast.Call, kind: str, size: ast.expr | None, ctx: Context) -> Iterator[Outcome]:
    bits = ctx.literal(size)
    if isinstance(bits, int) and 0 < bits < _SMALLEST:
        yield from _report(call, f"{kind} with {bits} bits", size, ctx)


def _report(call: ast.Call, what: str, size: ast.expr | None, ctx: Context) -> Iterator[Outcome]:
    secret = protects(ctx, call)
    if secret or ctx.strict:
        why = f"{what} can be broken" + (f", and `{secret}` rests on it." if secret else ".")
        edit = replace(size, str(_SMALLEST)) if isinstance(size, ast.Constant) else None
        yield rule.finding(call, why, edit=edit, severity=None if secret else "low")
