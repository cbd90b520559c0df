"""`except BaseException` also catches the interrupt and the exit of the run.

`BaseException` includes `KeyboardInterrupt`, `SystemExit` and every failed assertion. A
test that takes all of them for the expected refusal says nothing about the refusal, and
cannot be stopped.

In a test it is reported where it decides the outcome: a quiet handler with
`else: self.fail()`, or a handler that only tidies up around an assertion. A handler that
raises again or hands the error to another thread is left alone. The `strict` profile
reports every `except BaseException` that does not raise again.

Name the error: `with pytest.raises(Denied): act()`. Do the clean-up in `finally`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.errors._handlers import place, verdict

rule = Rule(
    id="catch-base-exception",
    severity="low",
    cwe=396,
    bad=[
        Bad(
            "def test_denied(self):\n    try:\n        login('guest')\n"
            "    except BaseException:  # <-\n        pass\n    else:\n"
            "        self.fail('accepted')"
        ),
        Bad(
            "import app as a\nfrom builtins import BaseException as Any\ndef test_a():\n"
            "    try:\n        assert a.status() == 403\n    except Any:  # <-\n"
            "        a.stop()"
        ),
        Bad(
            "def test_denied():\n    try:\n        login('guest')\n"
            "    except (OSError, BaseException) as error:  # <-\n        print(error)\n"
            "    else:\n        raise AssertionError('accepted')"
        ),
        Bad(
            "try:\n    act()\nexcept BaseException as error:  # <-\n    errors = [error]",
            profile="strict",
        ),
        Bad(
            "import builtins as b\ndef f():\n    try:\n        return act()\n"
            "    except b.BaseException:  # <-\n        return None",
            profile="strict",
        ),
        Bad(
            "def f():\n    try:\n        act()\n    except (KeyError, BaseException):  # <-\n"
            "        print('no')",
            profile="strict",
        ),
    ],
    good=[
        "def test_denied(self):\n    try:\n        login('guest')\n    except Denied:\n"
        "        pass\n    else:\n        self.fail('accepted')",
        "def test_a(client):\n    try:\n        assert client.get('/') == 403\n"
        "    except BaseException:\n        client.close()\n        raise",
        "def run(queue):\n    try:\n        act()\n    except BaseException as error:\n"
        "        queue.put(error)",
        Good("try:\n    act()\nexcept BaseException:\n    tidy()\n    raise", profile="strict"),
        Good(
            "from app import BaseException\ntry:\n    act()\nexcept BaseException:\n"
            "    value = None",
            profile="strict",
        ),
    ],
)


@rule.on(ast.ExceptHandler)
def visit(handler: ast.ExceptHandler, ctx: Context) -> Iterator[Outcome]:
    if verdict(ctx, handler) == rule.id:
        yield rule.finding(
            place(ctx, handler),
            "`BaseException` also takes a failed assertion, an exit and an interrupt for what is"
            " expected here.",
        )
