"""A token that a provider handed out is written into the code.

Providers give their tokens a prefix, a length and often a checksum, so that a token can be
told from an example. One that passes these tests opens a real account for everybody who can
read the repository, its forks and its history.

A published example (`AKIAIOSFODNN7EXAMPLE`), a repeated letter, a test-mode key
(`sk_test_`), and a value with a wrong checksum are not findings.

Revoke the token at its provider, for it stays in the history, then read a new one from
the environment (`os.environ["SERVICE_TOKEN"]`) or let the test use a made-up value that
says so, like `"fake-token"`.
"""

import ast
import base64
from collections.abc import Iterator

from checks.api import MARK, Bad, Outcome, Rule, evidence
from checks.context import Context
from checks.rules.secrets._shapes import checksum
from checks.rules.secrets._token_places import tokens_of
from checks.rules.secrets._tokens import Token
from checks.scopes import Span
from checks.values import masked

# Prefixes and bodies stand apart, here and in the examples, so that nobody's scanner takes
# an example for a leak. Nobody has ever been given one of these.
_HEADER, _CLAIMS = (
    base64.urlsafe_b64encode(part).decode().rstrip("=")
    for part in (b'{"alg":"RS256","typ":"JWT"}', b'{"iss":"nobody","installation":0}')
)
_SIGNATURE = "HkYm3pJkPzC8uQ4sTbWfX0nGvR7eLaDi29oZxNwE"

_BODY = "Vd7oBq2TzWcLk9RjHxN4sYgPmE8uQa"
_COMMENTED = "gh" + "p_" + _BODY + checksum(_BODY)

rule = Rule(
    id="provider-token",
    severity="high",
    cwe=798,
    bad=[
        Bad("TOKEN = 'gh' + 'p_' + 'NLHHdEGwK3zJb4FyhB0Obp3erh4dGg1VZiWH'"),
        Bad(
            "import os as system\n"
            "def test_publish(monkeypatch):\n"
            "    token = 'npm_' '6E9o2WFz8ap6dvxRNgHFD1nuaesPMQ1L15cv'  # <-\n"
            "    monkeypatch.setenv('NPM_TOKEN', token)\n"
            "    assert system.environ['NPM_TOKEN']"
        ),
        Bad(f"headers = {{'Authorization': 'token gh' + 's_77_{_HEADER}.{_CLAIMS}.{_SIGNATURE}'}}"),
        Bad(
            "client = connect(\n"
            "    key=b'SG' + b'.7Xdl4YmT5zYKZyWDq97IRw'  # <-\n"
            "        + b'.aegDtsl4Sk9WIHSfzwNtPgR6EVK0c36LYut8oq1D39A'\n"
            ")"
        ),
        Bad("bot = Bot('8401726395' + ':AA' + 'G3pMjtDsaQ6hQLuoI30Hv8jhpgrcFHXVW')"),
        Bad(f"def test_publish():\n    # used to be {_COMMENTED}  {MARK}\n    publish()"),
    ],
    good=[
        "KEY = 'AKIAIOSFODNN7EXAMPLE'",
        "TOKEN = 'gh' + 'p_' + 'x' * 36",
        # The right shape with a wrong checksum: made up.
        "TOKEN = 'gh' + 'p_' + 'pSJFwROtcXTjf45sREQYTsj3IfMn93gbjkxA'",
        "import os\nTOKEN = os.environ.get('GITHUB_TOKEN', 'ghp_fake')",
        # In a comment, too, an example is an example.
        "key = load()  # such as AKIAIOSFODNN7EXAMPLE or glpat-xxxxxxxxxxxxxxxxxxxx",
        "KEY = 'sk_test_' + 'rMxOnYWBPvACHrYgVheaxRUx830Z'",
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for node, token in ctx.once(tokens_of):
        yield _outcome(node, token, ctx)


def _outcome(node: ast.expr, token: Token, ctx: Context) -> Outcome:
    shown = f"{token.kind} (`{masked(token.prefix)}`)"
    is_comment = isinstance(node, Span)
    if not token.certain and not is_comment and (ctx.is_expectation(node) or _is_prose(node, ctx)):
        return evidence(node, f"{shown}: a value of this shape is only compared.", secret=node)
    why = "its checksum is right" if token.certain else "its shape is right and it looks random"
    where = " in a comment" if is_comment else ""
    reason = f"{shown}{where}: {why}, so it must be taken for a live one."
    return rule.finding(node, reason, secret=node)


def _is_prose(node: ast.expr, ctx: Context) -> bool:
    return isinstance(ctx.parent(node), ast.Expr)
