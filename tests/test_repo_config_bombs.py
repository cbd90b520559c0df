"""Configurations made to take long: each is answered at once, with a sentence."""

from contextlib import suppress

import pytest

import checks
from reviewer.repo_config import MAX_BYTES, ConfigError, read
from reviewer.selection import Layout, read_layout
from tests.cpu import cpu_seconds

SOON = 0.5
"""Seconds of CPU; a tenth of one on a machine that is not busy."""


def filled(unit: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    """As many *unit* as a configuration may have."""
    return before + unit * ((MAX_BYTES - len(before) - len(after)) // len(unit)) + after


RULES = b"".join(
    b" %sx: x\n x%s: x\n %s: x\n" % ((rule.encode(),) * 3) for rule in [*checks.RULES][:120]
)
BOMBS = {
    "aliases": filled(b"- *a\n", b"include:\n"),
    "laughs": b"a: &a [x]\n" + b"".join(b"b%d: &b%d [*a,*a,*a]\n" % (n, n) for n in range(900)),
    "merges": filled(b"<<: {a: b}\n"),
    "tags": filled(b"- !a b\n", b"include:\n"),
    "objects": filled(b"- !!python/object/apply:os.system [x]\n"),
    "list": filled(b"a,", b"include: [", b"]"),
    "maps": filled(b"{},", b"overrides: [", b"]"),
    "keys": b"".join(b"k%d: \n" % n for n in range(4_000)),
    "keys like settings": b"".join(b"profile%d: a\n" % n for n in range(490)),
    "rules like rules": b"rules:\n" + RULES,
    "one key again and again": filled(b"a: b\n"),
    "no keys": filled(b"? \n"),
    "keys that are lists": b"? [" + b"a," * 16_000 + b"]\n: x\n",
    "values of lists as keys": filled(b"? [a,a,a,a,a]\n: x\n"),
    "brackets": filled(b"["),
    "braces": filled(b"{"),
    "dashes": filled(b"- "),
    "lines": filled(b"\n"),
    "lines in brackets": filled(b"#\n", b"include: [", b"]"),
    "quoted lines": filled(b"\n", b'profile: "', b'"'),
    "folded": filled(b" a\n", b"profile: >\n"),
    "words": filled(b" a", b"profile: a"),
    "digits": filled(b"9", b"fail_on: "),
    "a long pattern": filled(b"*a", b"include: ['", b"']"),
    "many patterns": b"include:\n" + b"".join(b"- '**/*a%d*/?/*'\n" % n for n in range(900)),
}


@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_answered_soon(content: bytes) -> None:
    """Understood or refused: in a time that nobody else's review feels."""

    def answer() -> None:
        with suppress(ConfigError):
            read(content, organisation=True)

    assert cpu_seconds(answer, SOON) < SOON


@pytest.mark.parametrize("text", ["include: [{}]\n", "? [{}]\n: x\n"])
def test_more_than_a_thousand_keys_and_values_are_refused(text: str) -> None:
    """At the first one too many, also where they would have been left out."""
    with pytest.raises(ConfigError) as caught:
        read(text.format("a, " * 1_001).encode())
    assert "1,000 keys and values" in caught.value.problems[-1].message


def test_a_large_project_has_enough() -> None:
    """Every rule named at the top, and forty overrides with patterns and rules of their own."""
    rules = "".join(f"  {rule}: low\n" for rule in checks.RULES)
    override = "  - paths: [a/**/b_*.py, c/]\n    rules: {weak-hash: off, bind-all: low}\n"
    config = read(f"rules:\n{rules}overrides:\n{override * 40}".encode())
    assert len(config.overrides) == 40


K = 128 * 1024 - 64
LAYOUTS = {
    "dotted.toml": b"a" + b".a" * (K // 2) + b" = 1",
    "quoted.toml": b"a" + b" . 'a b'" * (K // 8) + b" = 1",
    "header.toml": b"[a" + b'."a"' * (K // 4) + b"]",
    "inline.toml": b"a = [" + b"{a.a.a.a.a.a.a.a.a=1}," * (K // 22) + b"]",
    "words.toml": b"[tool.pytest]\ntestpaths = '" + b"a " * (K // 2 - 30) + b"'",
    "list.toml": b"[tool.pytest]\ntestpaths = [" + b"'a'," * (K // 4 - 30) + b"]",
    "wrong.ini": b"[pytest]\n" + b"[\n" * (K // 4 - 30),
    "words.ini": b"[pytest]\npython_files=" + b"a " * (K // 4 - 30),
    "word.ini": b"[pytest]\npython_files=" + b"[a" * (K // 4 - 30),
}


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_project_s_pytest_configuration_takes_no_time_and_no_memory(kind: str) -> None:
    """A key with 100,000 dots took all the memory of the machine; nobody has one."""
    name = "pyproject.toml" if kind.endswith("toml") else "pytest.ini"
    assert read_layout({name: LAYOUTS[kind]}) == Layout()
    assert cpu_seconds(lambda: read_layout({name: LAYOUTS[kind]}), SOON) < SOON


def test_a_key_with_a_few_dots_is_read() -> None:
    """Also beside texts with very many."""
    text = f"[tool.pytest.ini_options]\ntestpaths = ['x']\n[tool.a.b.c.d]\ne.f = '{'1.2 ' * 99}'"
    assert read_layout({"pyproject.toml": text.encode()}) == Layout(testpaths=("x",))
