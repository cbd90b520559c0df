"""Bytes that mean something else than they show: encodings, hidden characters, line ends."""

import codecs
import re

from tests.hostile.shapes import BAD, CANNOT_PARSE, Hostile, text

HEAD = "import requests\nu = ''\n"
UNDECIDED = r"its encoding cannot be determined"


def declared(name: str, code: str) -> Hostile:
    """A file with an encoding cookie of a kind in which code can hide.

    Which of the two is said depends on what Python has loaded before it was confined.
    """
    return Hostile(
        f"an encoding cookie: {name}",
        lambda: f"# coding: {name}\n{code}\n".encode("ascii"),
        f"declares the encoding '{re.escape(name)}', which is not analysed|{UNDECIDED}",
    )


HIDDEN = f"# harmless +AAo-{BAD}"
ESCAPED = rf"# harmless \u000a{BAD}"

ENCODINGS = (
    declared("utf-7", HIDDEN),
    declared("utf_7", HIDDEN),
    declared("u7", HIDDEN),
    declared("raw_unicode_escape", ESCAPED),
    declared("raw-unicode-escape", ESCAPED),
    declared("unicode_escape", ESCAPED),
    declared("idna", HIDDEN),
    declared("rot13", "vzcbeg bf"),
    declared("utf-16", "x = 1"),
    declared("hex", "78203d2031"),
    declared("no-such-codec", "x = 1"),
    declared("cp037", "x = 1"),
    Hostile("UTF-16 with a BOM", lambda: "x = 1\n".encode("utf-16"), "NUL bytes"),
    Hostile("UTF-32 without a BOM", lambda: "x = 1\n".encode("utf-32-le"), "NUL bytes"),
    Hostile(
        "latin-1 as declared",
        lambda: f"# coding: latin-1\n{HEAD}x = 'é'; {BAD}\n".encode("latin-1"),
        findings=(4,),
    ),
    Hostile(
        "latin-1 in the second line's cookie",
        lambda: f"#!/usr/bin/python\n# vim: fileencoding=latin-1\n{HEAD}{BAD}\n".encode("latin-1"),
        findings=(5,),
    ),
    Hostile(
        "a BOM before UTF-8",
        lambda: codecs.BOM_UTF8 + f"{HEAD}{BAD}\n".encode(),
        findings=(3,),
    ),
    Hostile(
        "a BOM and a cookie that agree",
        lambda: codecs.BOM_UTF8 + f"# coding: utf-8\n{HEAD}{BAD}\n".encode(),
        findings=(4,),
    ),
    Hostile(
        "a BOM and a cookie that disagree",
        lambda: codecs.BOM_UTF8 + f"# coding: latin-1\n{HEAD}{BAD}\n".encode(),
        UNDECIDED,
    ),
    # Python would not run it; reading it all the same hides nothing.
    Hostile("two BOMs", lambda: codecs.BOM_UTF8 * 2 + f"{HEAD}{BAD}\n".encode(), findings=(3,)),
    Hostile(
        "invalid UTF-8 in code", lambda: b"x = '\xff\xfe'\n", "line 1 is not valid utf-8|determined"
    ),
    Hostile(
        "invalid UTF-8 in a comment far down",
        lambda: b"x = 1\n" * 9 + b"# \xe9\n",
        "line 10 is not valid utf-8",
    ),
    Hostile("an overlong slash in UTF-8", lambda: b"# x\n# y\n# \xc0\xaf\n", "line 3 is not valid"),
    Hostile(
        "a surrogate in UTF-8", lambda: b"# x\n# y\nx = '\xed\xa0\x80'\n", "line 3 is not valid"
    ),
    Hostile("a NUL byte in a string", lambda: b"x = 'a\0b'\n", "NUL bytes"),
    Hostile("a NUL byte in a comment", lambda: b"# \0\n", "NUL bytes"),
    Hostile("only NUL bytes", lambda: b"\0" * 100_000, "NUL bytes"),
    Hostile("random bytes", lambda: bytes(range(1, 256)) * 100, "not valid|determined"),
    Hostile(
        "a lone carriage return that ends a comment",
        lambda: f"{HEAD}# harmless\r{BAD}\nx = 1\n".encode(),
        findings=(3,),
    ),
    Hostile(
        "carriage returns as the only line ends",
        lambda: f"{HEAD}x = 1\n{BAD}\n".replace("\n", "\r").encode(),
        findings=(1,),
    ),
    Hostile(
        "three kinds of line ends",
        lambda: f"import requests\r\nu = ''\rx = 1\n{BAD}\r\n".encode(),
        findings=(3,),
    ),
    Hostile(
        "100000 carriage returns",
        lambda: (HEAD + "\r" * 100_000 + f"{BAD}\n").encode(),
        findings=(3,),
    ),
    text("form feeds between lines", f"{HEAD}\f\n\f{BAD}\n", None, 4),
    text("separators that are no line ends", f"{HEAD}x = '\u2028\u2029\x85\x1c'\n{BAD}\n", None, 4),
    text("a vertical tab in a comment", f"{HEAD}# \v\n{BAD}\n", None, 4),
    text(
        "letters that become others (NFKC)", f"{HEAD}𝓻𝓮𝓺𝓾𝓮𝓼𝓽𝓼.𝐠𝐞𝐭(u, ｖｅｒｉｆｙ=False)\n", None, 3
    ),
    text("a ligature that becomes two letters", "import requests\nﬁle = 1\nrequests.get(1)\n"),
    text("a Kelvin sign and a long s", "K = 1\nſ = 2\nassert K and s\n"),
    text("bidirectional controls in a string", f"{HEAD}x = '\u202e\u2066'\n{BAD}\n", None, 4),
    text("bidirectional controls in a comment", f"{HEAD}# \u202e\u2066 end\n{BAD}\n", None, 4),
    text("zero width characters in a string", f"{HEAD}x = '\u200b\u200d\ufeff'\n{BAD}\n", None, 4),
    text("a zero width space between tokens", "x\u200b = 1\n", CANNOT_PARSE),
    text("a space that is none", "x =\u00a01\n", CANNOT_PARSE),
    text("100000 combining marks", f"{HEAD}x = 'e{chr(0x301) * 100_000}'\n{BAD}\n", None, 4),
    text("escape sequences of a terminal", f"{HEAD}x = '\x1b[2J'\n{BAD}\n", None, 4),
    text("characters outside the first plane", f"{HEAD}x = '😀😀'; {BAD}\n", None, 3),
    text("names of characters", f"{HEAD}x = '\\N{{BULLET}}\\N{{NULL}}'\n{BAD}\n", None, 4),
    text("a name of no character", "x = '\\N{NO SUCH THING}'\n", CANNOT_PARSE),
)
