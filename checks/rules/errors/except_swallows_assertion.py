"""An `except` swallows the assertion it stands around.

A failed assertion is an exception too. `except Exception: pass` around it means that the test
passes whether or not the check holds: the rejected login, the refused certificate or the
denied request may just as well have been accepted.

A handler that keeps the error or raises again, a loop that retries, and a block that fails
the test in its `else` are not findings.

Catch only the exception that the code under test raises, or say what should happen:
`with pytest.raises(PermissionDenied):` or `self.assertRaises(PermissionDenied, call)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.errors._handlers import place, swallowed, verdict

rule = Rule(
    id="except-swallows-assertion",
    severity="medium",
    cwe=703,
    bad=[
        Bad(
            "def test_denied(self):\n    try:\n        login('guest')\n"
            "        self.fail('accepted')\n    except Exception:  # <-\n        pass"
        ),
        Bad(
            "def test_a():\n    try:\n        assert sign(x) == y\n    except:  # <-\n        pass"
        ),
        Bad(
            "import builtins as b\ndef test_a():\n    try:\n        assert sign(x) == y\n"
            "    except (ValueError, b.BaseException):  # <-\n        ..."
        ),
        Bad(
            "import logging\nlog = logging.getLogger()\ndef test_a(self):\n    try:\n"
            "        self.assertEqual(sign(x), y)\n    except AssertionError:  # <-\n"
            "        log.exception('not signed')"
        ),
    ],
    good=[
        # The point of the test: the assertion itself is under test.
        "def test_a(self):\n    try:\n        raise AssertionError('x')\n"
        "    except AssertionError:\n        pass",
        "def test_a(self):\n    try:\n        self.assertFoo(1)\n    except AssertionError:\n"
        "        pass\n    else:\n        self.fail('no error')",
        "def test_a():\n    try:\n        assert sign(x) == y\n    except Exception as error:\n"
        "        errors.append(error)",
        "def test_a():\n    for _ in range(9):\n        try:\n            assert ready()\n"
        "            break\n        except AssertionError:\n            pass",
        "def test_a():\n    try:\n        assert sign(x) == y\n    except AssertionError:\n"
        "        raise\n    except Exception:\n        pass",
        "def test_a():\n    try:\n        act()\n    except Denied:\n        pass\n    assert x",
        "def test_a():\n    try:\n        f = lambda: self.fail('x')\n    except Exception:\n"
        "        pass",
    ],
)


@rule.on(ast.ExceptHandler)
def visit(handler: ast.ExceptHandler, ctx: Context) -> Iterator[Outcome]:
    if verdict(ctx, handler) != rule.id:
        return
    attempt = ctx.parent(handler)
    assertion = swallowed(ctx, attempt) if isinstance(attempt, ast.Try | ast.TryStar) else None
    if assertion:
        yield rule.finding(
            place(ctx, handler),
            f"This handler also catches the failure of the assertion on line {assertion.lineno},"
            " so the test passes whether it holds or not.",
        )
