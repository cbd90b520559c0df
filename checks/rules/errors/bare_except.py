"""A bare `except:` takes any error for the expected one.

`except:` catches everything: the refusal that the test is about, a misspelt name, a failed
assertion, and the interrupt by which somebody tries to stop the run.

In a test it is reported where it decides the outcome: a quiet handler with
`else: self.fail()`, or a handler that only tidies up around an assertion. A handler that
raises again or keeps the error is left alone. The `strict` profile reports every bare
`except:` that does not raise again.

Name the error: `with pytest.raises(Denied): act()`. Do the clean-up in `finally`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.errors._handlers import place, verdict

rule = Rule(
    id="bare-except",
    severity="low",
    cwe=396,
    bad=[
        Bad(
            "def test_denied(self):\n    try:\n        login('guest')\n    except:  # <-\n"
            "        pass\n    else:\n        self.fail('accepted')"
        ),
        Bad(
            "import app as a\ndef test_a():\n    try:\n        assert a.status() == 403\n"
            "    except:  # <-\n        a.shutdown()"
        ),
        Bad(
            "def test_denied():\n    try:\n        login('guest')\n    except:  # <-\n"
            "        print('refused')\n    else:\n        assert False, 'accepted'"
        ),
        Bad(
            "import app as a\ntry:\n    a.act()\nexcept:  # <-\n    value = None", profile="strict"
        ),
        Bad(
            "def f():\n    try:\n        return act()\n    except:  # <-\n        return None",
            profile="strict",
        ),
        Bad(
            "def f():\n    try:\n        act()\n    except KeyError:\n        raise\n"
            "    except:  # <-\n        print('no')",
            profile="strict",
        ),
    ],
    good=[
        "def test_denied(self):\n    try:\n        login('guest')\n    except Denied:\n"
        "        pass\n    else:\n        self.fail('accepted')",
        "def test_a(client):\n    try:\n        assert client.get('/') == 403\n"
        "    except:\n        client.close()\n        raise",
        "def load():\n    try:\n        return act()\n    except:\n        return None",
        "def test_a():\n    try:\n        act()\n    except:\n        caught = True\n"
        "    assert caught",
        Good("try:\n    act()\nexcept:\n    tidy()\n    raise", profile="strict"),
    ],
)


@rule.on(ast.ExceptHandler)
def visit(handler: ast.ExceptHandler, ctx: Context) -> Iterator[Outcome]:
    if verdict(ctx, handler) == rule.id:
        yield rule.finding(
            place(ctx, handler),
            "A bare `except:` also takes a misspelt name, a failed assertion and an interrupt for"
            " what is expected here.",
        )
