"""A secret is encrypted block by block, without chaining (ECB).

In ECB mode equal blocks of text give equal blocks of ciphertext, so that whoever sees the
ciphertext sees the pattern of the text, and can swap blocks unnoticed.

A cipher over sample data, and a known-answer test of the cipher itself, is not a finding; a
finding is a password, token, secret or signature that is given to one. The `strict` profile
reports every use of ECB.

Use an authenticated mode: `AES.MODE_GCM`, `AESGCM` or `Fernet`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.network._protected import encrypts

_BLOCK = ("AES", "DES", "DES3", "ARC2", "Blowfish", "CAST")
_NEW = {
    f"{library}.Cipher.{name}.new": f"{library}.Cipher.{name}.MODE_ECB"
    for library in ("Crypto", "Cryptodome")
    for name in _BLOCK
}
_ECB = 1  # The value of MODE_ECB in both libraries.
_PRIMITIVES = "cryptography.hazmat.primitives.ciphers"

rule = Rule(
    id="weak-cipher-mode",
    severity="medium",
    cwe=327,
    bad=[
        Bad(
            "from Crypto.Cipher import AES\n"
            "def seal(key, password):\n"
            "    return AES.new(key, AES.MODE_ECB).encrypt(password)"
        ),
        Bad(
            "from Cryptodome.Cipher import AES as A\n"
            "def seal(key, token):\n"
            "    cipher = A.new(key, mode=A.MODE_ECB)  # <-\n"
            "    return cipher.encrypt(token)"
        ),
        Bad(
            "from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes as m\n"
            "def seal(key, secret):\n"
            "    cipher = Cipher(algorithms.AES(key), m.ECB())  # <-\n"
            "    return cipher.encryptor().update(secret)"
        ),
        Bad(
            "from cryptography.hazmat.primitives.ciphers.modes import ECB as Plain\nmode = Plain()",
            profile="strict",
        ),
        Bad("from Crypto.Cipher import AES\ncipher = AES.new(key, AES.MODE_ECB)", profile="strict"),
        Bad("from Crypto.Cipher import AES\nmode = 1\nc = AES.new(key, mode)", profile="strict"),
        Bad(
            "from cryptography.hazmat.primitives.ciphers import modes as m\nMODES = [m.ECB]",
            profile="strict",
        ),
    ],
    good=[
        (
            "from Crypto.Cipher import AES\n"
            "def test_known_answer(key):\n"
            "    assert AES.new(key, AES.MODE_ECB).encrypt(b'0' * 16) == b'1' * 16"
        ),
        (
            "from Crypto.Cipher import AES\n"
            "def seal(key, password):\n    return AES.new(key, AES.MODE_GCM).encrypt(password)"
        ),
        "MODES = ['ECB', 'CBC']\ndef test_a(modes, password):\n    modes.ECB().encrypt(password)",
        Good(
            "from cryptography.hazmat.primitives.ciphers import modes\n"
            "mode = modes.GCM(iv)\nother = self.modes.ECB()",
            profile="strict",
        ),
    ],
)


@rule.on_call(f"{_PRIMITIVES}.modes.ECB")
def visit_mode(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    yield from _report(call, ctx)


@rule.on_call(*_NEW)
def visit_new(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    mode = ctx.argument(call, 1, "mode")
    chosen = ctx.name(mode)
    if chosen == _NEW[ctx.call_name(call) or ""] or (mode and ctx.literal(mode) == _ECB):
        yield from _report(call, ctx)


def _report(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    secret = encrypts(ctx, call)
    if secret:
        why = f"`{secret}` is encrypted in ECB mode, which shows where blocks are equal."
        yield rule.finding(call, why)
    elif ctx.strict:
        why = "ECB mode shows where blocks of the text are equal."
        yield rule.finding(call, why, severity="low")


rule.on_value(f"{_PRIMITIVES}.modes.ECB")
