"""Python that is not this Python: older, newer, broken, or not Python at all."""

import sys

from tests.hostile.shapes import BAD, CANNOT_PARSE, Hostile, text

HEAD = "import requests\nu = ''\n"


def newer(version: tuple[int, int], name: str, code: str) -> Hostile:
    """Syntax of *version*: refused by an older host with a sentence, assessed by a newer one."""
    whole = f"{HEAD}{BAD}\n{code}\n"
    if sys.version_info >= version:
        return text(name, whole, None, 3)
    return text(name, whole, CANNOT_PARSE)


VERSIONS = (
    text("Python 2: print", "print 'hello'\n", CANNOT_PARSE),
    text("Python 2: except with a comma", "try: pass\nexcept E, e: pass\n", CANNOT_PARSE),
    text("Python 2: exec", "exec 'x = 1' in {}\n", CANNOT_PARSE),
    text("Python 2: backticks", "x = `1`\n", CANNOT_PARSE),
    text("Python 2: octal", "chmod('x', 0777)\n", CANNOT_PARSE),
    text("Python 2: not equal", "assert 1 <> 2\n", CANNOT_PARSE),
    text("Python 2: raise", "raise ValueError, 'x'\n", CANNOT_PARSE),
    text("Python 2: a unicode raw string", "x = ur'x'\n", CANNOT_PARSE),
    text("Python 2: parameters in a tuple", "def f((a, b)): pass\n", CANNOT_PARSE),
    text("Python 2: mixed tabs and spaces", "if x:\n        y\n\tz\n", CANNOT_PARSE),
    newer((3, 12), "3.12: type", "type A[T] = list[T]"),
    newer((3, 12), "3.12: generics", "def f[T](a: T) -> T: return a"),
    newer((3, 12), "3.12: the same quotes inside", "x = f'{u['a']}'"),
    newer((3, 13), "3.13: defaults of generics", "class C[T = int]: pass"),
    newer((3, 14), "3.14: t-strings", "x = t'{u}'"),
    newer((3, 14), "3.14: except without parentheses", "try: pass\nexcept A, B: pass"),
    newer((3, 15), "3.15: a lazy import", "lazy import os"),
    newer((3, 15), "3.15: unpacking in a comprehension", "x = [*a for a in u]"),
    text(
        "walrus, match, except*, positional only",
        f"{HEAD}def f(a, /, *, b): (c := a)\n"
        f"match u:\n case [1, *_] | {{'a': x}}: pass\ntry: {BAD}\nexcept* E: pass\n",
        None,
        6,
    ),
    text("an unterminated string", "x = 'abc\n", CANNOT_PARSE),
    text("an unterminated triple string", "x = '''abc\n", CANNOT_PARSE),
    text("an indentation that fits nowhere", "if x:\n    y\n  z\n", CANNOT_PARSE),
    text("return, yield and await outside", f"{HEAD}{BAD}\nreturn\nyield\n", None, 3),
    text("break outside, nonlocal at the top", f"{HEAD}{BAD}\nbreak\nnonlocal x\n", None, 3),
    text("a merge conflict", "<<<<<<< ours\nx = 1\n=======\nx = 2\n>>>>>>> theirs\n", CANNOT_PARSE),
    text("HTML", "<!doctype html><p>404</p>\n", CANNOT_PARSE),
    text(
        "a Git LFS pointer",
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
        CANNOT_PARSE,
    ),
    text("a notebook", f'{{"cells": [{{"source": ["{BAD}"]}}]}}\n'),
    Hostile("a ZIP archive", lambda: b"PK\x03\x04\x14\0\0\0" + bytes(100), "NUL bytes"),
    Hostile("compiled Python", lambda: b"\xa7\r\r\n\0\0\0\0" + bytes(100), "NUL bytes"),
)
