"""An `except` skips the checks on one case and goes on to the next.

In a loop over cases, `except Exception: continue` jumps over the assertions that follow.
A case that fails for any reason, a misspelt name included, is not looked at, and the test
passes as long as every case fails.

In a test it is reported only where a handler of everything skips assertions of its loop.
A loop that retries until something works, and one where going on is the success and what
follows fails the test, are left alone. The `strict` profile reports every
`except Exception: continue`.

Name the error that a case may raise, or check each case in its own subtest and let the
error out.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.errors._handlers import place, verdict

rule = Rule(
    id="except-continue",
    severity="low",
    cwe=390,
    bad=[
        Bad(
            "def test_all():\n    for name in names:\n        try:\n"
            "            user = load(name)\n        except Exception:  # <-\n"
            "            continue\n        assert user.locked"
        ),
        Bad(
            "import app as a\nimport builtins as b\nclass TestA:\n    def test_all(self):\n"
            "        for name in a.names:\n            try:\n"
            "                user = a.load(name)\n"
            "            except b.Exception as error:  # <-\n                print(error)\n"
            "                continue\n            self.assertTrue(user.locked)"
        ),
        Bad(
            "def test_all(self):\n    for name in names:\n        try:\n"
            "            user = load(name)\n        except:  # <-\n            continue\n"
            "        else:\n            self.assertTrue(user.locked)"
        ),
        Bad(
            "for item in items:\n    try:\n        act(item)\n    except Exception:  # <-\n"
            "        continue",
            profile="strict",
        ),
        Bad(
            "import builtins as b\nwhile item:\n    try:\n        act(item)\n"
            "    except b.BaseException:  # <-\n        continue",
            profile="strict",
        ),
        Bad(
            "def test_a():\n    for item in items:\n        try:\n            act(item)\n"
            "        except (KeyError, Exception):  # <-\n            continue",
            profile="strict",
        ),
    ],
    good=[
        "def test_all(self):\n    for bad in cases:\n        try:\n            parse(bad)\n"
        "        except Exception:\n            continue\n        self.fail('not refused')",
        "def test_all():\n    for name in names:\n        try:\n"
        "            user = load(name)\n        except NotFound:\n            continue\n"
        "        assert user.locked",
        "def test_all():\n    for _ in range(9):\n        try:\n            state = ask()\n"
        "        except Exception:\n            continue\n        assert state\n"
        "        break",
        "def wait(items):\n    for item in items:\n        try:\n            act(item)\n"
        "        except Exception:\n            continue",
        Good(
            "for item in items:\n    try:\n        act(item)\n    except KeyError:\n"
            "        continue",
            profile="strict",
        ),
    ],
)


@rule.on(ast.ExceptHandler)
def visit(handler: ast.ExceptHandler, ctx: Context) -> Iterator[Outcome]:
    if verdict(ctx, handler) == rule.id:
        yield rule.finding(
            place(ctx, handler),
            "Any error at all skips what follows for this case, and nobody is told.",
        )
