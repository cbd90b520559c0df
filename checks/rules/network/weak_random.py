"""Predictable random numbers are used, which cannot protect a secret.

`random` is made for games and samples: whoever has seen a few hundred of its numbers knows
all that follow. Passwords, tokens and keys that are made with it can be guessed.

In a test random numbers are mostly sample data, so this is reported only in the `strict` profile;
it weighs more where the result is named a password, token, secret or signature.

Use `secrets.token_urlsafe()`, `secrets.choice()` or `random.SystemRandom()` for secrets.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.network._protected import protects

_FUNCTION_LIST = """
Random betavariate binomialvariate choice choices expovariate gammavariate gauss getrandbits
lognormvariate normalvariate paretovariate randbytes randint random randrange sample shuffle
triangular uniform vonmisesvariate weibullvariate
"""
_FUNCTIONS = [f"random.{name}" for name in _FUNCTION_LIST.split()]

rule = Rule(
    id="weak-random",
    severity="medium",
    cwe=338,
    profile="strict",
    bad=[
        Bad("import random\nport = random.randint(1, 9)", profile="strict"),
        Bad("from random import choice as pick\npassword = pick(letters)", profile="strict"),
        Bad("import random as r\ngenerator = r.Random(7)", profile="strict"),
        Bad(
            "import random\ndef make_token():\n    return ''.join(random.choices('abc', k=9))",
            profile="strict",
        ),
        Bad("import random as r\nlist(map(r.choice, rows))", profile="strict"),
    ],
    good=[
        "import random\ntoken = random.randint(1, 9)",
        Good(
            "import random, secrets\n"
            "token = secrets.token_hex()\nn = random.SystemRandom().randint(1, 9)",
            profile="strict",
        ),
        Good(
            "def test_a(random):\n    random.choice('ab')\nself.random.random()", profile="strict"
        ),
    ],
)


@rule.on_call(*_FUNCTIONS)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    secret = protects(ctx, call)
    if secret:
        yield rule.finding(call, f"`{secret}` is made of numbers that can be predicted.")
    else:
        why = "These numbers can be predicted: they are no protection."
        yield rule.finding(call, why, severity="low")


rule.on_value(*_FUNCTIONS)
