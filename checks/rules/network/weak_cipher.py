"""A secret is encrypted with a cipher that is broken.

DES, RC2, RC4, Blowfish, CAST5, IDEA, SEED and triple DES have short keys, short blocks or
known attacks: what is encrypted with them can be read by whoever collects enough of it.

A test that checks that old data can still be read is not a finding, nor is a cipher over
sample data; a finding is a password, token, secret or signature that is given to one. The
`strict` profile reports every use of such a cipher.

Use AES in an authenticated mode, `AESGCM` or `Fernet`, or `ChaCha20Poly1305`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.network._protected import encrypts

_ALGORITHMS = ("ARC4", "Blowfish", "CAST5", "IDEA", "RC2", "SEED", "TripleDES")
_MODULES = ("DES", "DES3", "ARC2", "ARC4", "Blowfish", "CAST", "IDEA", "XOR")
_CIPHERS = {
    **{
        f"cryptography.hazmat.{package}.ciphers.{algorithms}{name}": name
        for package in ("primitives", "decrepit")
        for algorithms in ("algorithms.", "")
        for name in _ALGORITHMS
    },
    **{
        f"{library}.Cipher.{name}.new": name
        for library in ("Crypto", "Cryptodome")
        for name in _MODULES
    },
    "pyDes.des": "DES",
    "pyDes.triple_des": "TripleDES",
}

rule = Rule(
    id="weak-cipher",
    severity="medium",
    cwe=327,
    bad=[
        Bad(
            "from Crypto.Cipher import DES\n"
            "def seal(key, password):\n"
            "    return DES.new(key, DES.MODE_CFB).encrypt(password)"
        ),
        Bad(
            "from Cryptodome.Cipher import ARC4 as rc\n"
            "def seal(key, api_token):\n"
            "    cipher = rc.new(key)  # <-\n"
            "    return cipher.encrypt(api_token)"
        ),
        Bad(
            "from cryptography.hazmat.primitives.ciphers import Cipher, algorithms as a, modes\n"
            "def seal(key, secret):\n"
            "    cipher = Cipher(a.Blowfish(key), modes.CBC(iv))  # <-\n"
            "    return cipher.encryptor().update(secret)"
        ),
        Bad(
            "from Crypto.Cipher import Blowfish as B\n"
            "sealed_token = B.new(b'0' * 16, B.MODE_CBC).encrypt(b'42')",
        ),
        Bad(
            "from cryptography.hazmat.primitives.ciphers.algorithms import IDEA as Old\n"
            "algorithm = Old(key)",
            profile="strict",
        ),
        Bad(
            "from cryptography.hazmat.decrepit.ciphers import algorithms\n"
            "algorithm = algorithms.TripleDES(key)",
            profile="strict",
        ),
        Bad("import Crypto.Cipher.XOR as xor\ncipher = xor.new(key)", profile="strict"),
        Bad("from Crypto.Cipher import CAST\ncipher = CAST.new(key)", profile="strict"),
    ],
    good=[
        (
            "from Crypto.Cipher import DES\n"
            "def test_old_data(key):\n    assert DES.new(key, DES.MODE_CFB).decrypt(b'x')"
        ),
        (
            "from Crypto.Cipher import AES\n"
            "def seal(key, password):\n    return AES.new(key, AES.MODE_GCM).encrypt(password)"
        ),
        "names = ['DES', 'RC4']\ndef test_a(DES, password):\n    DES.new(key).encrypt(password)",
        Good(
            "from cryptography.hazmat.primitives.ciphers import algorithms\n"
            "algorithms.AES(key)\nalgorithms.ChaCha20(key, nonce)\nself.ARC4.new(key)",
            profile="strict",
        ),
    ],
)


@rule.on_call(*_CIPHERS)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    cipher = _CIPHERS[ctx.call_name(call) or ""]
    secret = encrypts(ctx, call)
    if secret:
        yield rule.finding(call, f"`{secret}` is encrypted with {cipher}, which is broken.")
    elif ctx.strict:
        yield rule.finding(call, f"{cipher} is a broken cipher.", severity="low")
