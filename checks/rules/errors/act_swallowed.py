"""The only act of a test is swallowed, so the test cannot fail.

`try: act()` with `except Exception: pass`, and nothing checked before or after it: the test
passes when the call works, when it is refused, and when its name is misspelt. It is counted
as a test and looks at nothing.

It is not a finding when something after the block is checked, when a helper that may check is
called, when the handler fails the test or keeps the error, or when only the clean-up of
another test is guarded like this.

Let the error out of the test, or say which one belongs there:
`with pytest.raises(Denied): act()` or `self.assertRaises(Denied, act)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.errors._handlers import place, verdict

rule = Rule(
    id="act-swallowed",
    severity="medium",
    cwe=703,
    bad=[
        Bad(
            "def test_login():\n    client = make()\n    try:\n        client.login('guest')\n"
            "    except Exception:  # <-\n        pass"
        ),
        Bad(
            "import app as a\nfrom builtins import Exception as Anything\ndef test_login():\n"
            "    try:\n        a.login()\n    except Anything:  # <-\n        return"
        ),
        Bad(
            "import logging\nlog = logging.getLogger()\nclass TestA:\n"
            "    def test_login(self):\n        with self.client as c:\n            try:\n"
            "                c.login()\n"
            "            except (ValueError, BaseException) as error:  # <-\n"
            "                log.info(error)"
        ),
        Bad(
            "async def test_login(client):\n    try:\n        await client.login()\n"
            "    except:  # <-\n        print('refused')"
        ),
    ],
    good=[
        "def test_login():\n    try:\n        login()\n    except Exception:\n"
        "        pass\n    assert user() is None",
        "def test_login(self):\n    try:\n        login()\n    except Exception as error:\n"
        "        self.fail(error)",
        "def test_login(self):\n    self.prepare()\n    try:\n        login()\n"
        "    except Exception:\n        pass\n    self.verify_refused()",
        "def test_login():\n    errors = []\n    try:\n        login()\n"
        "    except Exception as error:\n        errors.append(error)\n    count(errors)",
        "def close(client):\n    try:\n        client.close()\n    except Exception:\n        pass",
        "import pytest\ndef test_login():\n    try:\n        login()\n"
        "    except Exception:\n        pytest.fail('refused')",
    ],
)


@rule.on(ast.ExceptHandler)
def visit(handler: ast.ExceptHandler, ctx: Context) -> Iterator[Outcome]:
    if verdict(ctx, handler) == rule.id:
        yield rule.finding(
            place(ctx, handler),
            "Whatever the call does, this handler takes it and the test passes: nothing else is"
            " checked.",
        )
