"""`except Exception` takes any error for the expected one.

With `except Exception: pass` and `else: self.fail()`, a misspelt name or a broken import is
taken for the refusal that the test is about. With an assertion in the block and only a
clean-up in the handler, the failed assertion is tidied away.

In a test only these two forms are reported. A handler that raises again, that keeps the
error for a later check, or that guards a clean-up is left alone. The `strict` profile
reports every `except Exception` that does not raise again.

Name the error: `with pytest.raises(Denied): act()`. Do the clean-up in `finally`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.errors._handlers import place, verdict

rule = Rule(
    id="broad-except",
    severity="low",
    cwe=396,
    bad=[
        Bad(
            "def test_denied(self):\n    try:\n        login('guest')\n"
            "    except Exception:  # <-\n        pass\n    else:\n"
            "        self.fail('accepted')"
        ),
        Bad(
            "import app as a\nimport builtins as b\ndef test_denied():\n    try:\n"
            "        a.login('guest')\n    except b.Exception:  # <-\n        return\n"
            "    else:\n        raise AssertionError('accepted')"
        ),
        Bad(
            "def test_a(client):\n    try:\n        assert client.get('/') == 403\n"
            "    except Exception:  # <-\n        client.close()"
        ),
        Bad(
            "try:\n    act()\nexcept Exception as error:  # <-\n    errors = [error]",
            profile="strict",
        ),
        Bad(
            "import builtins as b\ndef f():\n    try:\n        return act()\n"
            "    except (KeyError, b.Exception):  # <-\n        return None",
            profile="strict",
        ),
        Bad(
            "def f():\n    try:\n        act()\n    except Exception as error:  # <-\n"
            "        print(error)",
            profile="strict",
        ),
    ],
    good=[
        "def test_denied(self):\n    try:\n        login('guest')\n    except Denied:\n"
        "        pass\n    else:\n        self.fail('accepted')",
        "def test_a(client):\n    try:\n        assert client.get('/') == 403\n"
        "    except Exception:\n        client.close()\n        raise",
        "def test_a(client):\n    try:\n        assert client.get('/') == 403\n"
        "    except Exception as error:\n        failures.append(error)\n"
        "        client.close()",
        "def load():\n    try:\n        return act()\n    except Exception:\n        return None",
        Good(
            "try:\n    act()\nexcept Exception as error:\n    raise Failed() from error",
            profile="strict",
        ),
        Good("try:\n    act()\nexcept Exceptional:\n    value = None", profile="strict"),
    ],
)


@rule.on(ast.ExceptHandler)
def visit(handler: ast.ExceptHandler, ctx: Context) -> Iterator[Outcome]:
    if verdict(ctx, handler) == rule.id:
        yield rule.finding(
            place(ctx, handler),
            "`except Exception` also takes a misspelt name and a failed assertion for what is"
            " expected here.",
        )
