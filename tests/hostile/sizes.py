"""Too much of everything, in one line or in millions of them."""

from tests.hostile.shapes import (
    BAD,
    CANNOT_PARSE,
    MEMORY,
    TOO_BIG,
    TOO_DEEP,
    TOO_MUCH,
    Hostile,
    text,
)

MIB = 1024 * 1024
HEAD = f"import requests\nu = ''\n{BAD}\n"


def big(name: str, code: str, *, refused: str | None = None) -> Hostile:
    """A large file with a finding on its third line."""
    return text(name, HEAD + code, refused, *(() if refused else (3,)))


SIZES = (
    Hostile("an empty file", lambda: b""),
    Hostile("one line feed", lambda: b"\n"),
    Hostile("a line of 5 MB", lambda: b"x = [" + b"1," * (5 * MIB // 2) + b"]", TOO_BIG),
    Hostile("2 MiB and a byte", lambda: b"#" * (2 * MIB + 1), TOO_BIG),
    Hostile("exactly 2 MiB in one comment", lambda: b"#" * (2 * MIB)),
    big(
        "a list of 900000 numbers on one line",
        "[" + "1," * 900_000 + "]",
        refused=f"{MEMORY}|{TOO_DEEP}",
    ),
    big("a string of 1.9 MB on one line", f"x = '{'a' * 1_900_000}'\n"),
    big("a string of 1.9 MB on 300000 lines", f"x = '''{('abcde' + chr(10)) * 300_000}'''\n"),
    big("1.9 million empty lines", "\n" * 1_900_000),
    big("60000 comments", "# a comment\n" * 60_000),
    big("60000 ignores", "# secreview: ignore[x] -- no\n" * 60_000, refused=TOO_MUCH),
    big("500000 line joins", "x = 1" + "\\\n" * 500_000 + "\n"),
    big("a call with 300000 arguments", "f(" + "a," * 100_000 + ")\n"),
    big(
        "a function with 10000 parameters",
        f"def f({','.join(f'a{n}' for n in range(10_000))}): 0\n",
    ),
    big("a name of 1 MB", f"{'n' * MIB} = 1\n"),
    big("an f-string with 20000 fields", "x = f'" + "{u}" * 20_000 + "'\n"),
    big("5000 f-strings with formats", "x = f'{u:{u}>{u}}'\n" * 5_000),
    big("20000 strings put together", "x = (" + "'a'\n" * 20_000 + ")\n"),
    big("an integer of 4000 digits", f"x = {'9' * 4_000}\n"),
    big("an integer of 5000 digits", f"x = {'9' * 5_000}\n", refused=CANNOT_PARSE),
    big("a hexadecimal integer of 1 MB", f"x = 0x{'f' * MIB}\n"),
    big("a power that nobody can compute", "x = 9 ** 9 ** 9 ** 9\ny = 'a' * 9 ** 9\n"),
    big("a sum of 100000 strings", "x = " + "+".join(["'a'"] * 100_000), refused=TOO_DEEP),
    big("20000 tests of one class", "class T:\n" + " def test_a(self): assert 1\n" * 20_000),
    big("20000 patches in a row", "import mock\n" + "mock.patch('a.b').start()\n" * 3_000),
    big(
        "3000 names that shadow each other",
        "".join(f"def u{n}(u{n}): u{n}\n" for n in range(3_000)),
    ),
    big("20000 imports of one name", "import os as o\n" * 20_000),
    big("10000 imports with a star", "from os import *\n" * 10_000),
)
