"""Patterns as in .gitignore: pathspec's answers, and always soon."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from reviewer.patterns import matcher
from tests.cpu import cpu_seconds

PARTS = ["a", "b", "*", "**", "?", "/", "[ab]", "[]é]", "\\*", "^", "(", ".", "!", "é", "+"]
PATTERNS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=9).map("".join)
PATHS = st.lists(st.sampled_from("aab*^(.é"), min_size=1, max_size=9).flatmap(
    lambda letters: st.lists(st.sampled_from(["", "/"]), min_size=9, max_size=9).map(
        lambda ends: "".join(map("".join, zip(letters, ends, strict=False))).strip("/")
    )
)


@given(st.lists(PATTERNS, min_size=1, max_size=3), st.lists(PATHS, min_size=1, max_size=5))
@example(["a", "!a/"], ["a/a", "a/b", "b/a"])
@example(["a**b*/**/?b*a", "**/a/**/b/**"], ["aab/b/abba", "b/a/a/b/a", "a/b", "a/b/b/a/b/a"])
def test_the_answers_are_those_of_pathspec(patterns: list[str], paths: list[str]) -> None:
    """Wildcards, sets, folders, exceptions: the short way says what the long one says."""
    try:
        plain = GitIgnoreSpec.from_lines(patterns, backend="simple")
    except ValueError:
        with pytest.raises(ValueError, match="pattern"):
            matcher(tuple(patterns))
        return
    for path in paths:
        assert matcher(tuple(patterns)).match_file(path) == plain.match_file(path), path


@pytest.mark.parametrize(
    ("pattern", "path", "taken"),
    [
        ("b*[!a]*b", "bb/b", False),
        ("b*[!a]*b", "bb/bcb", True),
        ("a[+-9]b", "a/b", False),
        ("a[+-9]b", "a1b", True),
        ("[]!]", "!", True),
        ("[!]a]x", "]x", False),
        ("\\[a]", "[a]", True),
        ("[\\]*[^/", "\\", False),
        ("[^]/[^]a]", "^/b", False),
        ("[z-a]", "z", False),
    ],
)
def test_a_set_takes_no_slash_in(pattern: str, path: str, *, taken: bool) -> None:
    """As for git, and unlike pathspec: a name ends at a slash."""
    assert matcher((pattern,)).match_file(path) is taken


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 40 + "b", "a" * 4_000),
        ("*a*a*/*a*a*/*a*a*/b", "/".join(["a" * 1_000] * 3) + "/c"),
        ("**/a/**/a/**/a/**/a/**/b", "a/" * 2_000 + "c"),
        ("**/*a*a*/**/*a*a*/**/*a*a*/**/b", "aaaa/" * 1_000 + "c"),
        ("*/" * 100 + "b", "a/" * 2_000 + "c"),
        ("**/" + "a/" * 100 + "b", "a/" * 2_000 + "c"),
        ("?" * 200 + "*b", "a" * 4_000),
        ("*[ab]" * 50 + "c", "ab" * 2_000),
    ],
)
def test_no_wildcards_take_long(pattern: str, path: str) -> None:
    """Some of these took minutes, or the rest of the day."""
    spec = matcher((pattern,))
    assert not spec.match_file(path)
    assert cpu_seconds(lambda: spec.match_file(path), 0.5) < 0.5
