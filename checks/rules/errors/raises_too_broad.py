"""The expected exception is so wide that another error passes for it.

`pytest.raises((Denied, Exception))` names the refusal and then accepts every error there
is. `ValueError` and `OSError` alone are raised by so much code that the wrong one is
easily taken for the right one.

In a test only the first form is reported, where the wide type makes the narrow one
pointless. The `strict` profile reports `ValueError`, `OSError` and their synonyms too,
unless `match=` or a regular expression narrows them or the error is looked at afterwards.

Name the one error, or give `match="..."` with the words that tell it from others.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.errors._raises import FUNCTIONS, METHODS, verdict

rule = Rule(
    id="raises-too-broad",
    severity="low",
    cwe=396,
    bad=[
        Bad(
            "import pytest\ndef test_denied():\n"
            "    with pytest.raises((Denied, Exception)):  # <-\n        login('guest')"
        ),
        Bad(
            "from pytest import raises as fails\nimport app as a\ndef test_denied():\n"
            "    fails((a.Denied, BaseException), a.login, 'guest')"
        ),
        Bad(
            "def test_denied(self):\n"
            "    with self.assertRaises((ValueError, Exception)):  # <-\n        login('guest')"
        ),
        Bad(
            "import pytest\ndef test_denied():\n    with pytest.raises(ValueError):  # <-\n"
            "        login('guest')",
            profile="strict",
        ),
        Bad(
            "import socket as s\nimport pytest\ndef test_denied():\n"
            "    with pytest.raises((KeyError, s.error)):  # <-\n        login('guest')",
            profile="strict",
        ),
        Bad(
            "class TestA:\n    def test_denied(self):\n"
            "        self.assertRaises(OSError, login, 'guest')",
            profile="strict",
        ),
    ],
    good=[
        "import pytest\ndef test_denied():\n    with pytest.raises((Denied, KeyError)):\n"
        "        login('guest')",
        "import pytest\ndef test_denied():\n"
        "    with pytest.raises((Denied, Exception), match='guest'):\n"
        "        login('guest')",
        "import pytest\ndef test_denied():\n    with pytest.raises(ValueError):\n"
        "        login('guest')",
        Good(
            "import pytest\ndef test_denied():\n"
            "    with pytest.raises(ValueError, match='guest'):\n        login('guest')",
            profile="strict",
        ),
        Good(
            "def test_denied(self):\n    with self.assertRaises(OSError) as caught:\n"
            "        login('guest')\n    self.assertEqual(13, caught.exception.errno)",
            profile="strict",
        ),
    ],
)


@rule.on_call(*FUNCTIONS)
@rule.on_method(*METHODS)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    said = verdict(ctx, call)
    if said.rule == rule.id:
        why = (
            "So many things raise this that an error of another cause passes for the expected one."
        )
        yield rule.finding(said.place, why, severity=said.severity)
