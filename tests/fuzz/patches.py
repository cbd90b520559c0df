"""Patches: any text as GitHub's patch of any content, and the patches of any two versions.

An input is a version, another version, and a text that claims to be a patch, with U+001E between.
"""

import random
from collections.abc import Iterator
from contextlib import suppress

from reviewer.hunks import added, anchor, commentable, hunks, in_one_hunk, undone
from tests.standin.diff import patch

LONGEST, BLIND = 600, 0.2
_PART = "\x1e"
_LINES = [
    *("", " ", "x = 1", " x", "+x", "-x", "\\ No newline at end of file", "é", "a\rb", "\x0c"),
    *("--- a/x", "+++ b/x", "diff --git a/x b/x", "\u2028", "\x85", "\x1d", "\ufeff", "\udcff"),
    *("@@ -1 +1 @@", "@@ -0,0 +1,2 @@", "@@ -1,2 +0,0 @@", "@@ -1,3 +1,4 @@ def f():", "@@"),
    *(f"@@ -{'9' * 5_000} +1 @@", "@@ -1,99999999 +1,99999999 @@", "@@ -٣ +٣ @@", "@@ -1 +1"),
]


def seeds() -> Iterator[bytes]:
    """Versions that differ in every way, some with their patch."""
    pairs = [
        ("", "a\n"), ("a\n", ""), ("a\nb\n", "a\nc\n"), ("a", "a\n"), ("a\n", "a"), ("a", "b"),
        ("x\n" * 20, "x\n" * 9 + "y\n" + "x\n" * 11), ("a\r\nb\r\n", "a\r\nc\r\n"),
        ("x\n" * 30, "y\n" + "x\n" * 28 + "y"), ("-a\n+b\n@@\n", "-a\n+b\n\\ No\n"),
    ]  # fmt: skip
    for before, after in pairs:
        text = patch(before.encode(), after.encode()).text or ""
        yield _PART.join([before, after, text]).encode()


def mutated(data: bytes, most: int, chance: random.Random) -> bytes:
    """Lines moved, doubled, left out, or taken from those that mean something in a patch."""
    lines = data.decode(errors="surrogateescape").split("\n")
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines))
        new = chance.choice([chance.choice(_LINES), chance.choice(lines)])
        lines[at : at + chance.randint(0, 2)] = [new][: chance.randint(0, 3)]
        lines = lines or [""]
    if chance.random() < 0.2:
        lines.insert(chance.randrange(len(lines) + 1), _PART)
    return "\n".join(lines).encode(errors="surrogateescape")[:most]


def one(data: bytes) -> None:
    """Only ValueError; places in the new version; and what is undone is the old version."""
    before, _, rest = data.decode(errors="replace").partition(_PART)
    after, _, text = rest.partition(_PART)
    for content in (before, after, text):
        _read(text, content.encode())
    made = patch(before.encode(), after.encode())
    if made.text is None:
        return
    assert undone(after.encode(), made.text) == before.encode()
    found = hunks(made.text)
    lines = after.count("\n") + (not after.endswith("\n"))
    assert commentable(found) <= set(range(1, lines + 1))
    assert added(found) == {
        number
        for hunk in made.hunks
        for number, index in hunk.right.items()
        if hunk.lines[index].startswith("+")
    }
    assert commentable(found) == {number for hunk in made.hunks for number in hunk.right}


def _read(text: str, content: bytes) -> None:
    with suppress(ValueError):
        undone(content, text)
    found = hunks(text)
    rows = text.count("\n") + 1
    for hunk in found:
        assert hunk.last - hunk.first < rows
        assert hunk.first <= min(hunk.added, default=hunk.first)
        assert max(hunk.added, default=hunk.last) <= hunk.last
        assert in_one_hunk([hunk], hunk.first, hunk.last)
        assert anchor([hunk], hunk.first, hunk.last + 9) == (hunk.first, hunk.last)
    assert added(found) <= commentable(found)
