"""A private key is written into the code.

Whoever reads the repository has the key, and it stays in the history. A key in a test is copied
from test to test, ends up in a trust store "for now", and nobody can tell later whether it
was ever used for more.

It is a finding where the header is there and the body decodes to a whole, unencrypted key. A
header alone, a shortened body and a certificate are not findings; an encrypted key is
evidence.

Make the key when the test runs (`rsa.generate_private_key(...)`,
`Ed25519PrivateKey.generate()`), once a session in a fixture if that is slow. If this key
was ever used elsewhere, replace it there.
"""

import ast
import base64
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, evidence
from checks.context import Context
from checks.rules.secrets._literals import parts_of, text_of
from checks.rules.secrets._pem import Key, key_in

# Thirty-two octets of English in the clothes of a key, and in two literals everywhere, so
# that nobody's scanner takes the example for a leak.
_OCTETS = b"only an example of a private key"
_ED25519 = base64.b64encode(bytes.fromhex("302e020100300506032b657004220420") + _OCTETS).decode()
_EC = base64.b64encode(
    bytes.fromhex("30310201010420") + _OCTETS + bytes.fromhex("a00a06082a8648ce3d030107")
).decode()

rule = Rule(
    id="private-key",
    words=("PRIVATE KEY",),
    severity="high",
    cwe=321,
    bad=[
        Bad(
            "KEY = (\n"
            "    '-----BEGIN '  # <-\n"
            "    'PRIVATE KEY-----\\n'\n"
            f"    '{_ED25519}\\n'\n"
            "    '-----END '\n"
            "    'PRIVATE KEY-----\\n'\n"
            ")"
        ),
        Bad(
            "from cryptography.hazmat.primitives import serialization as s\n"
            f"BODY = b'{_EC}'\n"
            "BEGIN = b'-----BEGIN EC ' b'PRIVATE KEY-----'\n"
            "PEM = BEGIN + BODY + b'-----END EC PRIVATE KEY-----'  # <-\n"
            "key = s.load_pem_private_key(PEM, password=None)"
        ),
        Bad(
            "def test_key(tmp_path):\n"
            "    (tmp_path / 'key').write_text(\n"
            "        '\\n'.join([  # <-\n"
            "            '-----BEGIN ' + 'PRIVATE KEY-----',\n"
            f"            '{_ED25519}',\n"
            "            '-----END ' + 'PRIVATE KEY-----',\n"
            "        ])\n"
            "    )"
        ),
    ],
    good=[
        "KEY = '-----BEGIN RSA PRIVATE KEY-----\\nMIIEow...\\n-----END RSA PRIVATE KEY-----'",
        "body = {'private_key': '(-----BEGIN RSA PRIVATE KEY-----|)'}",
        "CERTIFICATE = '-----BEGIN CERTIFICATE-----\\nMAMCAQA=\\n-----END CERTIFICATE-----'",
        "KEY = '-----BEGIN ' + 'PRIVATE KEY-----\\nZmFrZSBrZXk=\\n-----END PRIVATE KEY-----'",
        f"KEY = '-----BEGIN ' + 'PRIVATE KEY-----\\n{_ED25519[:40]}\\n-----END PRIVATE KEY-----'",
        "from cryptography.hazmat.primitives.asymmetric import ed25519 as e\nkey = e.generate()",
    ],
)


@rule.on(ast.Module)
def visit(module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for node in ctx.nodes(ast.Constant, ast.BinOp, ast.JoinedStr, ast.Call, inside=module):
        found = key_in(text_of(node, ctx))
        if found is Key.NONE or any(key_in(part) is not Key.NONE for part in parts_of(node, ctx)):
            continue
        if found is Key.ENCRYPTED:
            sentence = "A private key stands here, encrypted with a passphrase."
            yield evidence(node, sentence, secret=node)
        else:
            why = "This is a whole private key: its body decodes, and no passphrase protects it."
            yield rule.finding(node, why, secret=node)
