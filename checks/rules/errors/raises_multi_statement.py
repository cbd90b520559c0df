"""Calls after the first one that raises are never run.

In `with pytest.raises(ValueError): parse("a"); parse("b")` the block ends at `parse("a")`.
The second case is never tried, so it may be accepted without anyone noticing.

In a test it is reported only where the block calls one function or class of the product
with different literal values: these are cases, not steps. Steps that lead to the error
are left alone. The `strict` profile reports every block with more than one simple
statement.

Give each case its own block, for instance with `@pytest.mark.parametrize`, and keep the
preparation outside.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.errors._raises import FUNCTIONS, METHODS, verdict

rule = Rule(
    id="raises-multi-statement",
    severity="low",
    cwe=670,
    bad=[
        Bad(
            "import pytest\nfrom app import parse\ndef test_refused():\n"
            "    with pytest.raises(ValueError):\n        parse('../a')\n"
            "        parse('/etc/shadow')"
        ),
        Bad(
            "from pytest import raises as fails\nimport app as a\ndef test_refused():\n"
            "    with fails(a.Invalid):\n        a.Path(name='..')  \n"
            "        a.Path(name='/')  # <-\n        a.Path(name='~')"
        ),
        Bad(
            "from app import parse\nclass TestA:\n    def test_refused(self):\n"
            "        with self.assertRaises(Invalid):\n            parse(['a'], 1)\n"
            "            parse(['b'], 1)"
        ),
        Bad(
            "import pytest\ndef test_refused():\n    with pytest.raises(Denied):  # <-\n"
            "        user = make()\n        user.login('guest')",
            profile="strict",
        ),
        Bad(
            "import pytest\ndef test_refused():\n    with pytest.raises(Denied):  # <-\n"
            "        if user:\n            user.login('guest')",
            profile="strict",
        ),
        Bad(
            "def test_refused(self):\n    with self.assertRaises(Denied):  # <-\n"
            "        one()\n        two()",
            profile="strict",
        ),
    ],
    good=[
        "import pytest\nfrom app import parse\ndef test_refused():\n"
        "    with pytest.raises(ValueError):\n        parse('../a')\n"
        "    with pytest.raises(ValueError):\n        parse('/etc/shadow')",
        "import pytest\ndef test_refused(iterator):\n"
        "    with pytest.raises(StopIteration):\n        next(iterator)\n"
        "        next(iterator)",
        "def test_refused(self):\n    with self.assertRaises(Twice):\n"
        "        self.store.add('a')\n        self.store.add('b')",
        "import pytest\nfrom app import parse\ndef test_refused():\n"
        "    with pytest.raises(Twice):\n        parse('a')\n        parse('a')",
        Good(
            "import pytest\ndef test_refused():\n    with pytest.raises(Denied):\n"
            "        user.login('guest')",
            profile="strict",
        ),
    ],
)


@rule.on_call(*FUNCTIONS)
@rule.on_method(*METHODS)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    said = verdict(ctx, call)
    if said.rule == rule.id:
        why = "The block ends at the first call that raises; the calls after it are never tried."
        yield rule.finding(said.place, why, severity=said.severity)
