"""Patterns as in .gitignore, in a time that neither a pattern nor a path can blow up. Pure.

pathspec says what a pattern means: as an expression that tries every way to share a path among
the wildcards, so that ``*a*a*/*a*a*/b`` took four seconds for a path of 240 letters. The same
expression here takes the first place where a part fits and never looks back: what follows a
wildcard is found behind the first place if it is found behind a later one.
"""

import re
from functools import lru_cache

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

_STAR = "[^/]*"
_INNER = "(?:/.+)?/"  # `/**/`
_ANYWHERE = "^(?:.+/)?"  # `**/` at the beginning
_FOLDER = "(?P<ps_d>/)"  # what is matched is a folder that the path lies in
_ENDS = (f"(?:{_FOLDER}|$)", _FOLDER, "/")
_SLASH = re.compile(r"(?<!\[\^)/")  # not the one of `[^/]`
_SET = re.compile(r"(\\.|\[\^/\])|(\[\^?\]?[^\]]*\])")


class _Pattern(GitIgnoreSpecPattern):
    """One line of a .gitignore file, as an expression that does not backtrack."""

    __slots__ = ()

    @classmethod
    def pattern_to_regex(cls, pattern: str) -> tuple[str | None, bool | None]:  # type: ignore[override]
        regex, include = super().pattern_to_regex(pattern)
        if regex is None:
            return None, None
        try:
            re.compile(soon := _without_looking_back(regex))
        except re.error:  # Of a range such as `[z-a]`, with which git matches nothing.
            return None, None
        return soon, include


@lru_cache(maxsize=256)
def matcher(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    """What can be asked whether a path is taken in: ``matcher(patterns).match_file(path)``.

    A question takes a time of at most path times pattern, in characters.

    Raises:
        ValueError: git would not understand one of the patterns.
    """
    return GitIgnoreSpec.from_lines(patterns, _Pattern, backend="simple")


def _without_looking_back(regex: str) -> str:
    if not regex.startswith("^"):
        return regex  # A single character decides.
    end = next(end for end in _ENDS if regex.endswith(end))
    body = regex.removesuffix(end)
    anywhere = body.startswith(_ANYWHERE)
    body = body.removeprefix(_ANYWHERE if anywhere else "^")
    *before, last = ("/".join(map(_segment, _SLASH.split(g))) for g in body.split(_INNER))
    found = "^"
    for group in before:
        found += f"(?>{'(?:.+?/)??' if anywhere else ''}{group}/)"
        anywhere = True
    # Of the last part the last place counts: there it may be the path itself, not a folder.
    return f"{found}{'(?:.+/)?' if anywhere else ''}{last}{end}"


def _segment(regex: str) -> str:
    """What stands between two slashes: only its last wildcard reaches to the end."""
    # Unlike pathspec's, a set never takes a slash in: not to git, either.
    regex = _SET.sub(lambda found: found[1] or f"(?!/){found[2]}", regex)
    first, *rest = regex.split(_STAR)
    if not rest:
        return regex
    inner = "".join(f"(?>{_STAR}?{piece})" for piece in rest[:-1])
    return f"{first}{inner}(?>{_STAR}{rest[-1]}(?=/|$))"
