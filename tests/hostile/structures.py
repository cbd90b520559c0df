"""Deep nesting of every kind: what the parser refuses, and what it accepts and walks must survive.

Depths differ in kind: ``200`` brackets are more than the tokenizer allows, thousands of
operators more than the parser's stack, hundreds are accepted and too deep for code that
recurses carelessly.
"""

from tests.hostile.shapes import BAD, CANNOT_PARSE, TOO_DEEP, Hostile, text

REFUSED = f"{CANNOT_PARSE}|{TOO_DEEP}"
"""Python's parsers differ in what they say of too much depth, not in that they refuse."""

HEAD = "import requests\nu = ''\n"


def accepted(name: str, code: str) -> Hostile:
    """A file that is deep and legal, with a finding on its third line, which must be found."""
    return text(name, f"{HEAD}{BAD}\n{code}\n", None, 3)


def refused(name: str, code: str) -> Hostile:
    """A file that is deeper than Python's parser goes."""
    return text(name, f"{HEAD}{BAD}\n{code}\n", REFUSED)


def blocks(header: str, depth: int) -> str:
    """*depth* compound statements, each inside the one before."""
    return "".join(f"{' ' * n}{header}\n" for n in range(depth)) + f"{' ' * depth}pass"


def statements(header: str, footer: str, depth: int) -> str:
    """*depth* ``try`` statements, each inside the one before, with their handlers."""
    opening = [f"{' ' * n}{header}" for n in range(depth)]
    closing = [f"{' ' * n}{footer}" for n in reversed(range(depth))]
    return "\n".join([*opening, f"{' ' * depth}pass", *closing])


STRUCTURES = (
    refused("10000 parentheses", "(" * 10_000 + ")" * 10_000),
    refused("10000 lists", "[" * 10_000 + "]" * 10_000),
    refused("3000 dictionaries", "{1:" * 3_000 + "1" + "}" * 3_000),
    refused("1000 calls in each other", "f(" * 1_000 + ")" * 1_000),
    refused("parentheses that never close", "(" * 100_000),
    refused("200 blocks in each other", blocks("if x:", 200)),
    refused("5000 else if", "if x: pass\n" + "else:\n if x: pass\n" * 2_000),
    refused("10000 not", "not " * 10_000 + "x"),
    refused("10000 minus", "-" * 10_000 + "1"),
    refused("10000 lambda", "lambda: " * 10_000 + "0"),
    refused("10000 powers", "**".join(["1"] * 10_000)),
    refused("10000 conditionals", "1 if x else " * 10_000 + "0"),
    refused("10000 await", "async def f():\n    " + "await " * 10_000 + "x"),
    refused("500 f-strings in each other", "f'{" * 500 + "x" + "}'" * 500),
    refused(
        "a match of 300 nested classes", "match x:\n case " + "C(" * 300 + ")" * 300 + ": pass"
    ),
    accepted("90 parentheses", "(" * 90 + "1" + ")" * 90),
    accepted("90 lists", "[" * 90 + "]" * 90),
    accepted("90 dictionaries", "{1:" * 90 + "1" + "}" * 90),
    accepted("90 calls in each other", "f(" * 90 + ")" * 90),
    accepted("90 blocks in each other", blocks("if x:", 90)),
    accepted("90 functions in each other", blocks("def f():", 90)),
    accepted("90 classes in each other", blocks("class C:", 90)),
    accepted("18 with in each other", blocks("with a as b:", 18)),
    accepted("18 try in each other", statements("try:", "except E: pass", 18)),
    accepted("a match of 90 nested classes", "match x:\n case " + "C(" * 90 + ")" * 90 + ": pass"),
    accepted("900 attributes", "a" + ".b" * 900),
    accepted("900 subscripts", "a" + "[0]" * 900),
    accepted("900 calls in a row", "a" + "()" * 900),
    accepted("900 sums", "+".join(["a"] * 900)),
    accepted("900 strings to add", "x = " + " + ".join(["'a'"] * 900)),
    accepted("900 else if", "if x: pass\n" + "elif x: pass\n" * 900),
    accepted("90 lambda", "lambda: " * 90 + "0"),
    accepted("30 comprehensions in each other", "[" * 30 + "x" + " for x in y]" * 30),
    accepted("900 comparisons", "assert " + " < ".join(["a"] * 900)),
    accepted("900 names for one value", " = ".join([f"a{n}" for n in range(900)]) + " = 1"),
    accepted(
        "2000 names, each the one before", "".join(f"b{n + 1} = b{n}\n" for n in range(2_000))
    ),
    accepted("two names that are each other", "a = b\nb = a\nassert a\nopen(a).read()"),
    accepted("a class that is its own base", "class C(D): pass\nclass D(C): pass"),
    accepted("900 decorators", "@d\n" * 900 + "def f(): pass"),
    Hostile("5000 attributes", lambda: ("a" + ".b" * 5_000).encode(), TOO_DEEP),
    Hostile("50000 sums", lambda: ("+".join(["a"] * 50_000)).encode(), TOO_DEEP),
)
