"""Words about a file, without the secrets that were found in it.

A rule cites code in its words, and need not know that another rule finds a secret in there.
"""

import ast
from collections.abc import Iterable

from checks.values import MIN_SECRET, is_placeholder, masked, urls


def secrets(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The texts in these literals that tell a secret: of a URL its password, else all of it.

    Of a key in PEM they are its lines. Placeholders and what is too short to be one are none.
    """
    values = [
        part.value for node in nodes for part in ast.walk(node) if isinstance(part, ast.Constant)
    ]
    texts = [value for value in values if isinstance(value, str)]
    texts += [value.decode("latin-1") for value in values if isinstance(value, bytes)]
    found = {url.password for text in texts for url in urls(text)}
    found.update(*(text.split() for text in texts if "://" not in text))
    return frozenset(text for text in found if not is_placeholder(text))


def without(words: str, hidden: Iterable[str]) -> str:
    """*words* with each of these secrets masked; also where only its beginning is cited."""
    for secret in sorted(hidden, key=len, reverse=True):
        beginning = secret[:MIN_SECRET]
        while (at := words.find(beginning)) >= 0:
            cited = words[at : at + len(secret)]
            length = next(
                (n for n, (a, b) in enumerate(zip(cited, secret, strict=False)) if a != b),
                len(cited),
            )
            words = words[:at] + masked() + words[at + length :]
    return words
