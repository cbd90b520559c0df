"""All assertions of a test stand in an `except` that may never be reached.

`try: login()` with `except Denied as error: assert "guest" in str(error)` checks the error
if there is one. When the login is accepted nothing is raised, nothing is checked, and the
test passes.

It is reported where every assertion of the test stands in such a handler. A `self.fail()`
in the block or in `else`, and an assertion elsewhere in the test, are what makes it right.
The `strict` profile reports every assertion about the caught error.

Let the test say that the error must come: `with pytest.raises(Denied) as info: login()`, and
check `info.value` after the block.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.errors._handlers import is_defect, place, verdict

rule = Rule(
    id="assert-in-except",
    severity="medium",
    cwe=670,
    bad=[
        Bad(
            "def test_denied():\n    try:\n        login('guest')\n"
            "    except Denied as error:  # <-\n        assert 'guest' in str(error)"
        ),
        Bad(
            "import app.errors as e\nclass TestA:\n    def test_denied(self):\n"
            "        user = make()\n        try:\n            user.login('guest')\n"
            "        except e.Denied as error:  # <-\n            text = str(error)\n"
            "            self.assertEqual(403, error.code)"
        ),
        Bad(
            "def test_denied(self):\n    for name in names:\n        try:\n"
            "            login(name)\n        except Denied:  # <-\n"
            "            self.assertTrue(locked(name))"
        ),
        Bad(
            "def test_denied(self):\n    try:\n        login('guest')\n"
            "    except Exception as error:  # <-\n        self.assertIsInstance(error, Denied)"
        ),
        Bad(
            "def test_denied(self):\n    try:\n        login('guest')\n"
            "    except Denied as error:  # <-\n        assert error.code == 403\n"
            "    assert user() is None",
            profile="strict",
        ),
    ],
    good=[
        "def test_denied(self):\n    try:\n        login('guest')\n"
        "    except Denied as error:\n        self.assertEqual(403, error.code)\n"
        "    else:\n        self.fail('accepted')",
        "def test_denied(self):\n    try:\n        login('guest')\n"
        "        self.fail('accepted')\n    except Denied as error:\n"
        "        self.assertEqual(403, error.code)",
        "def test_a(self):\n    try:\n        login('guest')\n    except Denied as error:\n"
        "        self.fail(error)",
        "def test_denied():\n    caught = None\n    try:\n        login('guest')\n"
        "    except Denied as error:\n        assert error.code\n        caught = error\n"
        "    assert caught",
        "def remove(path):\n    try:\n        path.unlink()\n    except OSError as error:\n"
        "        assert error.errno == 2",
        Good(
            "def test_denied():\n    with pytest.raises(Denied) as info:\n"
            "        login('guest')\n    assert info.value.code == 403",
            profile="strict",
        ),
    ],
)


@rule.on(ast.ExceptHandler)
def visit(handler: ast.ExceptHandler, ctx: Context) -> Iterator[Outcome]:
    if verdict(ctx, handler) == rule.id:
        yield rule.finding(
            place(ctx, handler),
            "Nothing says that this error must come: without it, what is asserted here is"
            " never looked at.",
            severity=None if is_defect(ctx, handler) else "low",
        )
