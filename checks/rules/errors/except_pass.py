"""An `except` that does nothing lets the test pass with and without the error.

`try: parse(bad)` with `except ParseError: pass` reads as "this must be refused", but the test
also passes when nothing is refused: there is no `else: self.fail()`, and nothing is checked
after it.

In a test it is reported only where the test is named after a failure or refusal, the
block ends it, and nothing else in it can fail. Errors that mean "not available here"
(`ImportError`, `TimeoutError`), clean-up code and an act that is checked afterwards are
left alone. The `strict` profile reports every `except Exception: pass`.

Say what must happen: `with pytest.raises(ParseError): parse(bad)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.errors._handlers import breadth, place, verdict

rule = Rule(
    id="except-pass",
    severity="low",
    cwe=390,
    bad=[
        Bad(
            "def test_bad_signature():\n    try:\n        parse('bad')\n"
            "    except ParseError:  # <-\n        pass"
        ),
        Bad(
            "import app.errors as e\nclass TestA:\n    def test_denied(self):\n"
            "        user = make()\n        try:\n            user.open('/etc/shadow')\n"
            "        except (e.Denied, OSError):  # <-\n            pass"
        ),
        Bad(
            "from app import Denied as D\ndef test_denied():\n    try:\n        open_it()\n"
            "    except D as error:  # <-\n        ...\n    finally:\n        clean()"
        ),
        Bad(
            "def close(client):\n    try:\n        client.close()\n"
            "    except Exception:  # <-\n        pass",
            profile="strict",
        ),
        Bad(
            "import builtins as b\ntry:\n    act()\nexcept b.Exception:  # <-\n    ...",
            profile="strict",
        ),
        Bad(
            "for item in items:\n    try:\n        act(item)\n    except:  # <-\n        pass",
            profile="strict",
        ),
    ],
    good=[
        "def test_denied(self):\n    try:\n        open_it()\n    except Denied:\n"
        "        pass\n    else:\n        self.fail('not denied')",
        "def test_denied(self):\n    try:\n        open_it()\n"
        "        self.fail('not denied')\n    except Denied:\n        pass",
        "def test_a():\n    try:\n        remove('a')\n    except OSError:\n        pass\n"
        "    assert left() == []",
        "def test_a():\n    try:\n        import speedups\n        speedups.load()\n"
        "    except ImportError:\n        pass",
        "def test_crash():\n    try:\n        parse('odd')\n    except ParseError:\n        pass",
        "def tearDown(self):\n    try:\n        self.client.close()\n"
        "    except Exception:\n        pass",
        Good(
            "def close(client):\n    try:\n        client.close()\n    except KeyError:\n"
            "        pass",
            profile="strict",
        ),
        Good(
            "def close(client):\n    try:\n        client.close()\n    except Exception:\n"
            "        raise",
            profile="strict",
        ),
    ],
)


@rule.on(ast.ExceptHandler)
def visit(handler: ast.ExceptHandler, ctx: Context) -> Iterator[Outcome]:
    if verdict(ctx, handler) == rule.id:
        everything = breadth(ctx, handler)
        yield rule.finding(
            place(ctx, handler),
            "Every error that happens here is dropped without a trace."
            if everything
            else "The test passes with this error and without it: nothing says that it must come.",
        )
