"""Suggestions change the one statement, and only when they are proved."""

import ast

import pytest

import checks
from checks.engine import Engine
from checks.model import Finding, Profile, Suggestion
from checks.source import SourceFile
from checks.suggestions import patched, suggest

HEAD = "import requests\n\n\ndef test_a():\n"


def made(code: str | bytes) -> list[Finding]:
    """The findings of *code*, with their suggestions."""
    raw = code.encode() if isinstance(code, str) else code
    file = SourceFile("tests/test_a.py", raw)
    found = Engine(checks.RULES, checks.CATEGORIES).assess(file).findings
    return suggest(file, found, Profile.TESTS)


def only(code: str) -> Suggestion | None:
    (finding,) = made(code)
    return finding.suggestion


@pytest.mark.parametrize(
    ("body", "line", "new"),
    [
        ("    requests.get(u, verify=False)\n", 5, "    requests.get(u, verify=True)"),
        (
            "    requests.get(\n        'é',  # why\n        verify=False,  # not\n    )\n",
            7,
            "        verify=True,  # not",
        ),
        (
            "    with requests.get(u, verify=False) as answer:\n        x = '''\na\n'''\n",
            5,
            "    with requests.get(u, verify=True) as answer:",
        ),
        ("\tif requests.get(u, verify=(False)):\n\t\tpass\n", 5, None),
        (
            "    x = 1; requests.get(u, verify=False)\n",
            5,
            "    x = 1; requests.get(u, verify=True)",
        ),
    ],
)
def test_only_the_edited_line_changes(body: str, line: int, new: str | None) -> None:
    """Comments, quotes, tabs and neighbours on the line are kept byte for byte."""
    suggestion = only(HEAD + body)
    assert suggestion is not None
    if new is None:
        new = body.split("\n")[0].replace("False", "True")
    assert (suggestion.line, suggestion.end_line, suggestion.lines) == (line, line, (new,))
    assert ast.parse(patched(HEAD + body, suggestion))


def test_windows_line_endings_are_kept() -> None:
    """A file of one style keeps it."""
    code = (HEAD + "    requests.get(u, verify=False)\n").replace("\n", "\r\n")
    suggestion = only(code)
    assert suggestion is not None
    assert patched(code, suggestion) == code.replace("False", "True")


@pytest.mark.parametrize(
    "code",
    [
        HEAD + "    requests.get(u, verify=False)\r\n    x = 1\n",
        HEAD + "    requests.get(u" + ", a" * 2000 + ", verify=False)\n",
        HEAD + "    if x: pass\n    else: requests.get(u, verify=False)\n",
    ],
    ids=["mixed line endings", "a statement too long for libcst", "no statement to cut out"],
)
def test_what_cannot_be_proved_is_not_suggested(code: str) -> None:
    """The finding stands without a suggestion, or with one that parses."""
    suggestion = only(code)
    assert suggestion is None or ast.parse(patched(code, suggestion))


def test_a_suggestion_never_wakes_another_rule() -> None:
    """With two findings in a file each suggestion silences its own and leaves the other."""
    code = HEAD + "    requests.get(u, verify=False)\n    requests.put(u, verify=False)\n"
    first, second = made(code)
    assert first.suggestion
    assert second.suggestion
    both = patched(patched(code, first.suggestion), second.suggestion)
    assert both == code.replace("False", "True")


def test_headers_with_decorators_and_comments_are_rewritten() -> None:
    """A comment behind the colon and decorators above do not stand in the way."""
    code = f"{HEAD}    if requests.get(u, verify=False):  # why\n        pass\n"
    (finding,) = made(code)
    assert finding.suggestion is not None
    assert finding.suggestion.lines == ("    if requests.get(u, verify=True):  # why",)
    decorator = "@given(requests.get(u, verify=False))  # so"
    decorated = f"import requests\n\n\n{decorator}\n@other\ndef test_a():\n    pass\n"
    (finding,) = made(decorated)
    assert finding.suggestion is not None
    assert finding.suggestion.line == 4


def test_suggestions_are_proved_one_by_one_where_not_all_of_them_hold() -> None:
    """One that cannot be carried out, or two on one line, do not take the others with them."""
    code = HEAD + "    requests.get(u, verify=False)\n"
    two = "    requests.get(u, verify=False); requests.put(u, verify=False)\n"
    assert [bool(f.suggestion) for f in made(code + two)] == [True, True, True]
    assert [bool(f.suggestion) for f in made(code + code[len(HEAD) :])] == [True, True]
