"""A suggestion shows whole lines: none is made where one of them holds a secret."""

import pytest

from checks import SourceFile, assess
from checks.model import Profile
from checks.suggestions import suggest

SECRET = "mq7-ZbT2xR4v"
HEAD = "import requests\n\n\ndef test_a():\n"
SAME_LINE = f'    requests.get("https://bob:{SECRET}@pay.corp/x", verify=False)\n'
INSIDE = f"    'redis://:{SECRET}@cache.payments.corp'.x in (1, 403)\n"
ABOVE = SAME_LINE.replace("get(", "get(\n        ").replace(
    ", verify=False)", ",\n        verify=False,\n    )"
)


def findings(code: str) -> list[tuple[str, tuple[str, ...] | None]]:
    """The rules that found something, each with the lines that it suggests."""
    file = SourceFile("tests/test_a.py", (HEAD + code).encode())
    (assessment,) = assess([file])
    made = suggest(file, assessment.findings, Profile.TESTS)
    assert SECRET not in repr(made)
    return [(each.rule, each.suggestion and each.suggestion.lines) for each in made]


@pytest.mark.parametrize(
    ("code", "rule"), [(SAME_LINE, "tls-verify-off"), (INSIDE, "no-op-comparison")]
)
def test_a_line_with_a_secret_is_not_written_again(code: str, rule: str) -> None:
    """The finding stands, in words, with the secret masked; there is nothing to click."""
    assert (rule, None) in findings(code)


def test_a_secret_on_another_line_is_in_nobody_s_way() -> None:
    """Of the same statement, and of the next one."""
    suggested = ("        verify=True,",)
    assert ("tls-verify-off", suggested) in findings(ABOVE)
