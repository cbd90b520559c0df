"""A password, token or signature rests on MD5 or SHA-1.

MD5 and SHA-1 are fast, and collisions for them are made at will. A password hashed with them
is guessed at billions of tries a second, and a signature over them can be moved to another
text.

Checksums, cache keys and sample data are not findings. `usedforsecurity=False` says
that the hash guards nothing. The `strict` profile reports every other use of these hashes.

Hash passwords with `hashlib.scrypt` or the application's own hasher; take
`hashlib.sha256` for signatures and tokens, and pass `usedforsecurity=False` to a checksum.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.network._protected import protects

_WEAK = frozenset({"md2", "md4", "md5", "md5-sha1", "sha", "sha1"})
_DIRECT = {
    **{f"hashlib.{name}": name for name in ("md4", "md5", "sha", "sha1")},
    **{
        f"{library}.Hash.{name}.new": name
        for library in ("Crypto", "Cryptodome")
        for name in ("MD2", "MD4", "MD5", "SHA", "SHA1")
    },
    **{f"cryptography.hazmat.primitives.hashes.{name}": name for name in ("MD5", "SHA1")},
    **{
        f"passlib.hash.{name}.{verb}": name
        for name in ("des_crypt", "hex_md5", "hex_sha1", "ldap_md5", "ldap_sha1", "md5_crypt")
        for verb in ("encrypt", "hash")
    },
    "md5.md5": "MD5",
    "md5.new": "MD5",
    "sha.new": "SHA-1",
    "sha.sha": "SHA-1",
}
# Calls that take the algorithm as a name or function -> where it stands and how it is called.
_CHOSEN: dict[str, tuple[int, str]] = {
    "hashlib.new": (0, "name"),
    "hashlib.file_digest": (1, "digest"),
    "hashlib.pbkdf2_hmac": (0, "hash_name"),
    "hmac.new": (2, "digestmod"),
    "hmac.HMAC": (2, "digestmod"),
    "hmac.digest": (2, "digest"),
}
_WEAK_METHODS = {
    "crypt.METHOD_CRYPT": "DES crypt",
    "crypt.METHOD_MD5": "MD5 crypt",
    "crypt.METHOD_BLOWFISH": "Blowfish crypt",
}

rule = Rule(
    id="weak-hash",
    severity="medium",
    cwe=328,
    bad=[
        Bad(
            "import hashlib\n"
            "def store(user, password):\n"
            "    user.digest = hashlib.md5(password.encode()).hexdigest()"
        ),
        Bad("from hashlib import sha1 as digest\ntoken = digest(seed()).hexdigest()"),
        Bad(
            "import hashlib\ndef sign(text, secret):\n    return hashlib.new('MD5', text + secret)"
        ),
        Bad(
            "import hashlib as h\n"
            "class TestLogin:\n"
            "    def setup_method(self):\n"
            "        self.user = User(password=h.md5(b'opensesame').hexdigest())"
        ),
        Bad("import hashlib\nname = hashlib.md5(path.encode()).hexdigest()", profile="strict"),
        Bad("import hashlib as h\nname = h.new(name='sha1', data=blob)", profile="strict"),
        Bad("from Crypto.Hash import MD5 as M\nname = M.new(blob)", profile="strict"),
        Bad("from Cryptodome.Hash import SHA\nname = SHA.new()", profile="strict"),
        Bad(
            "from cryptography.hazmat.primitives import hashes as h\ndigest = h.Hash(h.SHA1())",
            profile="strict",
        ),
        Bad("import crypt\nline = crypt.crypt(word, crypt.METHOD_MD5)", profile="strict"),
        Bad("import crypt as c\nsalt = c.mksalt(c.METHOD_CRYPT)", profile="strict"),
        Bad("import hmac\nmac = hmac.new(key, text, digestmod='md5')", profile="strict"),
        Bad("import hashlib as h\nindex = Index(algorithm=h.md5)", profile="strict"),
    ],
    good=[
        "import hashlib\netag = hashlib.md5(body).hexdigest()\ntoken = hashlib.sha256(seed())",
        "import hashlib\nassert sign(token) == hashlib.sha1(token).hexdigest()",
        "import hashlib\ntoken_id = hashlib.md5(b'sample').hexdigest()\npassword = md5(word)",
        "import hmac, hashlib\ndef test_a(key):\n    mac = hmac.new(key, b'', hashlib.sha512)",
        Good(
            "import hashlib\n"
            "name = hashlib.md5(blob, usedforsecurity=False)\n"
            "other = hashlib.new('md5', usedforsecurity=False)\nbest = hashlib.new('sha256')",
            profile="strict",
        ),
        Good("import crypt\nline = crypt.crypt(w, crypt.METHOD_SHA512)", profile="strict"),
        Good("def test_a(hashlib):\n    hashlib.md5(b'')\nself.md5.new()", profile="strict"),
    ],
)


@rule.on_call(*_DIRECT)
def visit_direct(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    name = _DIRECT[ctx.call_name(call) or ""]
    yield from _report(call, name.upper() if "_" not in name else name, ctx)


@rule.on_call(*_CHOSEN)
def visit_chosen(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    name = ctx.call_name(call) or ""
    position, keyword = _CHOSEN[name]
    chosen = ctx.argument(call, position, keyword)
    text = ctx.text(chosen) or (ctx.name(chosen) or "").removeprefix("hashlib.")
    algorithm = text.lower().replace("_", "-").replace("sha-1", "sha1")
    # HMAC over SHA-1 has no known attack; nor has a key derivation of many rounds.
    keyed = name.startswith("hmac.") or name.endswith("pbkdf2_hmac")
    if algorithm in _WEAK and not (keyed and algorithm == "sha1"):
        yield from _report(call, algorithm.upper(), ctx)


@rule.on_call("crypt.crypt", "crypt.mksalt")
def visit_crypt(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    is_salt = ctx.call_name(call) == "crypt.mksalt"
    chosen = ctx.argument(call, 0 if is_salt else 1, "method" if is_salt else "salt")
    name = _WEAK_METHODS.get(ctx.name(chosen) or "")
    if name:
        yield from _report(call, name, ctx)


def _report(call: ast.Call, algorithm: str, ctx: Context) -> Iterator[Outcome]:
    given = ctx.keyword(call, "usedforsecurity")
    if given and ctx.is_false(given.value):
        return
    # hashlib.sha1().block_size asks for a property, and hashes nothing.
    is_asked = getattr(ctx.parent(call), "attr", "") in {"block_size", "digest_size", "name"}
    secret = "" if is_asked else protects(ctx, call)
    if secret:
        yield rule.finding(call, f"`{secret}` rests on {algorithm}, which is broken.")
    elif ctx.strict:
        yield rule.finding(call, f"{algorithm} is broken: collisions are made.", severity="low")


rule.on_value(*_DIRECT)
