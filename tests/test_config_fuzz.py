"""Configurations as an attacker would write them: each is understood or refused, and soon.

``make fuzz`` tries ten thousand.
"""

import time

from hypothesis import event, given
from hypothesis import strategies as st

import checks
from reviewer.config_text import MAX_PROBLEMS
from reviewer.repo_config import MAX_BYTES, ConfigError, Problem, RepoConfig, read

SOON = 0.5
"""Seconds of CPU; a tenth of one on a machine that is not busy."""
KEYS = st.sampled_from(
    [
        *(*RepoConfig.model_fields, "paths", "require_write", "<<", "weak-hash", "weak-hsh", "1"),
        *("profil", "'*'", '"\\u202e"', "? [a]", "!!str profile", "&a profile", "*a", "é"),
        *("~", "="),
        "'a: b'",
    ]
)
SCALARS = st.sampled_from(
    [
        *("tests", "strict", "high", "never", "off", "true", "~", "", "''", '"\\ud800"'),
        "\"\\U0011FFFF\"",
        *("9" * 5_000, "-0x" + "f" * 999, "1e999", ".nan", "2026-01-01", "0o17"),
        *("190:20:30", "a.b.C"),
        *("*a", "&a b", "&a", "!!python/object/apply:os.system [x]", "!!binary a", "! a"),
        "!<tag:x> a",
        *("'[z-a]'", "'**/*a*'", "'!'", "./a", "'[[:alpha:]'", "'\\'", "'a\\ '"),
        "'" + "*a" * 99 + "'",
        *("|\n  a", ">-\n  a", "\u2028", "\x85", "\ufeff", "\x07", "\t", "@a", "`a`", "%a"),
        *("a: b", "- a"),
    ]
) | st.text(max_size=8)  # fmt: skip


def block(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Mappings and lists of these, in both of YAML's ways."""
    pairs = st.lists(st.tuples(KEYS, values), max_size=5)
    several = st.lists(values, max_size=5)
    return st.one_of(
        pairs.map(lambda found: "\n".join(f"{key}: {indented(value)}" for key, value in found)),
        pairs.map(lambda found: f"{{{', '.join(f'{key}: {value}' for key, value in found)}}}"),
        several.map(lambda found: "\n".join(f"- {indented(value)}" for value in found)),
        several.map(lambda found: f"[{', '.join(found)}]"),
    )


def indented(value: str) -> str:
    """A value below its key, where it has several lines."""
    return "\n  " + value.replace("\n", "\n  ") if "\n" in value else value


VALUES = st.recursive(SCALARS, block, max_leaves=12)
SETTINGS = st.sampled_from([*RepoConfig.model_fields])
PROPER = st.lists(st.tuples(SETTINGS, VALUES), min_size=1, max_size=6).map(
    lambda found: "\n".join(f"{key}: {indented(value)}" for key, value in found)
)
LAUGHS = st.tuples(st.integers(1, 400), st.integers(1, 9)).map(
    lambda size: "".join(f"k{n}: &a{n} [{f'*a{n - 1}, ' * size[1]}]\n" for n in range(size[0]))
)
UNITS = st.sampled_from(
    [
        *(*"[{-?:,&*!|>'\"%@#\n\r\t ", "- ", "? ", ": ", "a: ", "[]", "{},", "a,", "''"),
    ]
)
REPEATED = st.tuples(st.sampled_from(["", "include: ", "rules:\n ", "a: ["]), UNITS | VALUES).map(
    lambda found: found[0] + found[1] * ((MAX_BYTES // 3) // max(1, len(found[1].encode())))
)
RULES = st.lists(st.sampled_from([*checks.RULES]), max_size=200).map(
    lambda found: "rules:\n" + "".join(f"  {rule}{n}: x\n" for n, rule in enumerate(found))
)
TEXTS = st.one_of(PROPER, PROPER, VALUES, block(VALUES), LAUGHS, REPEATED, RULES)
CONTENTS = st.one_of(
    TEXTS.map(lambda text: text.encode(errors="replace")),
    st.tuples(TEXTS, st.sampled_from(["utf-16", "utf-8-sig", "latin-1"])).map(
        lambda found: found[0].encode(found[1], errors="replace")
    ),
)


@given(CONTENTS, st.booleans())
def test_what_an_attacker_configures_is_answered_soon(content: bytes, organisation: bool) -> None:
    """Settings that can be asked, or problems that stand in the file: and the same ones again."""
    (found, first), (again, second) = (answered(content, organisation) for _ in range(2))
    assert again == found
    assert min(first, second) < SOON  # Once the collector of garbage may have come between.
    if isinstance(found, RepoConfig):
        event("understood")
        for path in ("tests/test_a.py", "a/" * 50 + "a.py", "a" * 250):
            found.threshold_for(path)
            found.rules_for(path)
    else:
        event("refused")
        stand_in(content, found)


def answered(content: bytes, organisation: bool) -> tuple[RepoConfig | tuple[Problem, ...], float]:
    """What the content comes to, and the seconds of CPU that it took."""
    before = time.process_time()
    found: RepoConfig | tuple[Problem, ...]
    try:
        found = read(content, organisation=organisation)
    except ConfigError as error:
        found = error.problems
    return found, time.process_time() - before


def stand_in(content: bytes, problems: tuple[Problem, ...]) -> None:
    """The problems are at places of the file, in order, in a few printable words each."""
    assert 1 <= len(problems) <= MAX_PROBLEMS + 1
    assert [*problems] == sorted(problems, key=lambda each: (each.line, each.column))
    rows = content.decode("utf-8-sig", errors="surrogateescape").split("\n")
    for problem in problems:
        assert 1 <= problem.line <= len(rows)
        assert 1 <= problem.column <= len(rows[problem.line - 1]) + 1
        assert problem.message.isprintable()
        assert len(problem.message) < 500
        problem.message.encode()
