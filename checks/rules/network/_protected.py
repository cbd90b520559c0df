"""What a weak algorithm is used for: does it guard a password, a token, a secret, a signature?"""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from checks.context import Context
from checks.rules.network._expected import is_expected
from checks.tree import FUNCTIONS

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_GUARDED = frozenset(
    {
        *("password", "passwords", "passwd", "passphrase", "token", "tokens"),
        *("secret", "secrets", "signature", "signatures"),
    }
)
# "token_id" and "password_field" name something beside the secret.
_BESIDE = frozenset(
    {
        *("count", "counter", "expected", "expiry", "expires", "field", "file", "header", "id"),
        *("index", "len", "length", "name", "path", "prefix", "size", "type", "uri", "url"),
        *("bad", "broken", "dummy", "example", "fake", "invalid", "mock", "sample", "wrong"),
    }
)


@lru_cache(4096)
def names_secret(name: str) -> bool:
    """Whether a name says that its value is a password, token, secret or signature."""
    words = {word.lower() for word in _WORDS.findall(name)}
    return bool(words & _GUARDED) and not words & _BESIDE


def protects(ctx: Context, call: ast.Call, *, literals: bool = False) -> str:
    """The name of the secret that *call* is used for; "" when there is none.

    The secret goes in as an argument, or the result gets its name. What is only
    compared is data of the test, and so (unless *literals* count) is what is made of
    literals alone.
    """
    is_data = not literals and call.args and all(map(ctx.is_literal, call.args))
    if is_data or ctx.is_asserted(call) or is_expected(ctx, call):
        return ""
    names = (*_read(ctx, call), *_given_to(ctx, call))
    return next((name for name in names if names_secret(name)), "")


def _read(ctx: Context, call: ast.Call) -> Iterator[str]:
    """The names that the arguments of *call* read, text that is looked up by included."""
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        for node in ctx.nodes(ast.Name, ast.Attribute, ast.Subscript, inside=argument):
            if isinstance(node, ast.Name):
                yield node.id
            elif isinstance(node, ast.Attribute):
                yield node.attr
            elif isinstance(key := getattr(node.slice, "value", None), str):
                yield key


def _given_to(ctx: Context, call: ast.Call) -> Iterator[str]:
    """The names that the result of *call* is given: a target, a keyword, a key, a function."""
    child: ast.AST = call
    for outer in ctx.ancestors(call):
        if isinstance(outer, ast.keyword):
            yield outer.arg or ""
        elif isinstance(outer, ast.Dict) and child in outer.values:
            key = outer.keys[outer.values.index(child)] if isinstance(child, ast.expr) else None
            yield str(getattr(key, "value", ""))
        elif isinstance(outer, ast.Assign | ast.AnnAssign):
            for target in outer.targets if isinstance(outer, ast.Assign) else [outer.target]:
                yield str(getattr(target, "id", "") or getattr(target, "attr", ""))
        elif isinstance(outer, ast.Return):
            function = ctx.function(outer)
            yield function.name if function and not ctx.scopes.is_test(function) else ""
        if isinstance(outer, (ast.stmt, *FUNCTIONS)):
            return
        child = outer


def encrypts(ctx: Context, call: ast.Call) -> str:
    """The name of the secret that a cipher made by *call* is given; "" when there is none.

    Looked for in the call itself and in what the function around it encrypts.
    """
    function = ctx.function(call)
    fed = ctx.method_calls("encrypt", "update", "finalize", "encrypt_and_digest", inside=function)
    around = [each for each in fed if _uses(ctx, each, call)] if function else []
    found = (protects(ctx, each) for each in (call, *around))
    return next(filter(None, found), "")


def _uses(ctx: Context, call: ast.Call, made: ast.Call) -> bool:
    """Whether *call* is made on what *made* is part of: ``DES.new(key).encrypt(x)`` or by name."""
    receiver: ast.expr | None = call.func
    for _ in range(8):
        while isinstance(receiver, ast.Attribute | ast.Call):
            if ctx.tree.contains(receiver, made):
                return True
            receiver = receiver.func if isinstance(receiver, ast.Call) else receiver.value
        receiver = ctx.origin(receiver)
        if receiver is None:
            return False
        if ctx.tree.contains(receiver, made):
            return True
    return False
