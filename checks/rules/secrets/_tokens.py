"""Tokens that providers hand out, found in a text: prefix, length, checksum or randomness."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.rules.secrets._shapes import SHAPES, Shape, has_checksum
from checks.values import is_marked


@dataclass(frozen=True, slots=True)
class Token:
    """A token found in a text: what it is, its public prefix, and whether a checksum agrees.

    ``start`` and ``end`` are where it stands in the text. The token itself is not kept.
    """

    kind: str
    prefix: str
    certain: bool
    start: int
    end: int


# What stands before a token is looked at afterwards: a pattern that begins with plain
# letters is found much faster.
_PATTERNS = tuple(
    (
        shape,
        tuple(shape.hints.split()),
        re.compile(rf"{shape.pattern}(?![A-Za-z0-9_-])", shape.flags),
    )
    for shape in SHAPES
)
_HINTS = frozenset(hint for _, hints, _ in _PATTERNS for hint in hints)
_SECRET = re.compile("secret", re.IGNORECASE)
_INSIDE = re.compile("[A-Za-z0-9_]")
SHORTEST = 20
# No token holds a space, but for the name in front of a secret key of AWS: ``awsSecretAccessKey``.
_WORD = 18

# SHA-256 (beginning) of keys that their providers print in their own documentation or
# build into an emulator: GitHub, Telegram, SendGrid, Discord, Google, Azurite, Cosmos DB, S3.
_PUBLISHED = frozenset(
    {
        "976b57ee8acdfcf4",
        "0b5dd075ccdd03c4",
        "02091175c1ae3023",
        "02f7ce3c263f85c0",
        "ac9265e56c79b234",
        "0011cc25eb432071",
        "aa6547439583c3a2",
        "0114c1456f250438",
    }
)


def is_published(token: str) -> bool:
    """Whether a token, or the secret at its end, is an example that everyone knows."""
    forms = {token, token.partition("AccountKey=")[2]}
    return any(hashlib.sha256(f.encode()).hexdigest()[:16] in _PUBLISHED for f in forms)


def tokens_in(text: str) -> Iterator[Token]:
    """The tokens of a provider in *text* that can be live ones.

    Examples from documentation, sequences, repetitions and bodies whose checksum is
    wrong are none.
    """
    if len(text) < SHORTEST:
        return
    words = "\n".join([word for word in text.split() if len(word) >= _WORD])
    present = {hint for hint in _HINTS if hint in words} if words else set()
    for shape, hints, pattern in _PATTERNS if present else ():
        if not present.isdisjoint(hints):
            for found in pattern.finditer(text):
                if _is_live(shape, found):
                    prefix = found[0].partition(found[1])[0]
                    yield Token(shape.kind, prefix, shape.certain, found.start(), found.end())


def token_in(text: str) -> Token | None:
    """The first token of a provider in *text* that can be a live one, or None."""
    return min(tokens_in(text), key=lambda token: token.start, default=None)


def _is_live(shape: Shape, found: re.Match[str]) -> bool:
    before = found.string[found.start() - 1 : found.start()] if found.start() else ""
    return (
        not _INSIDE.match(before)
        and shape.is_live(found[1])
        # That a prefix says "secret" does not make the token a made-up one.
        and not is_marked(_SECRET.sub("", found[0]))
        and not is_published(found[0])
    )


__all__ = ["SHORTEST", "Token", "has_checksum", "is_published", "token_in", "tokens_in"]
