"""A test of a refusal also accepts success.

A test that is named after a refusal and asserts `status in (200, 403)`, or only
`status != 500`, passes when the request is granted. The access control can be removed
without anyone noticing.

It is reported in tests whose name says that access is denied, and for an assertion about
a status. A list of accepted statuses in a test about something else, and a test that also
checks for the refusal itself, are left alone.

Assert the refusal: `assert response.status_code == 403`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.errors._assertions import assertions
from checks.rules.errors._security import is_denial
from checks.rules.errors._statuses import SUCCESS, is_success, statuses
from checks.tree import Function

rule = Rule(
    id="denial-accepts-success",
    words=("status",),
    severity="high",
    cwe=863,
    bad=[
        Bad(
            "def test_access_denied(client):\n    response = client.get('/admin')\n"
            "    assert response.status_code in (200, 403)"
        ),
        Bad(
            "from http import HTTPStatus as S\nclass TestA:\n    def test_forbidden(self):\n"
            "        response = self.client.get('/admin')\n"
            "        self.assertIn(response.status_code, [S.OK, S.FORBIDDEN])"
        ),
        Bad(
            "def test_unauthorized_delete(self):\n"
            "    response = self.client.delete('/users/1')\n"
            "    self.assertNotEqual(500, response.status)"
        ),
        Bad(
            "def test_invalid_token(client):\n"
            "    status = client.get('/me', token='x').status\n    assert status != 500"
        ),
        Bad("def test_forbidden(page):\n    assert page.ok or page.status_code == 403"),
        Bad("def test_login_required(client):\n    assert client.get('/me').status_code < 500"),
        Bad(
            "def test_access_denied(client):\n    response = client.get('/admin')\n"
            "    assert response.status_code == 200 or response.status_code == 403"
        ),
    ],
    good=[
        "def test_access_denied(client):\n    response = client.get('/admin')\n"
        "    assert response.status_code in (401, 403)",
        "def test_pages(client):\n    response = client.get('/admin')\n"
        "    assert response.status_code in (200, 403)",
        "def test_access_denied(client):\n    response = client.get('/admin')\n"
        "    assert response.status_code != 500\n    assert response.status_code == 403",
        "def test_access_denied(client):\n    response = client.get('/admin')\n"
        "    assert response.status_code != 200\n    assert response.count in (200, 403)",
        "def test_access_denied_then_granted(client):\n"
        "    assert client.get('/admin').status_code == 403\n    grant()\n"
        "    assert client.get('/admin').status_code == 200",
    ],
)


@rule.on(ast.FunctionDef, ast.AsyncFunctionDef)
def visit(function: Function, ctx: Context) -> Iterator[Outcome]:
    if not is_denial(function.name) or not ctx.scopes.is_test(function):
        return
    loose: list[tuple[ast.AST, str]] = []
    for node in assertions(ctx, function.body):
        allowed = statuses(ctx, node)
        if allowed is None:
            continue
        if allowed == SUCCESS or not any(is_success(status) for status in allowed):
            return  # It says what is refused, or tells the two outcomes apart.
        if any(not is_success(status) for status in allowed):
            loose.append((node.test if isinstance(node, ast.Assert) else node, _why(allowed)))
    for place, why in loose:
        yield rule.finding(place, why)


def _why(allowed: frozenset[int]) -> str:
    success = min(status for status in allowed if is_success(status))
    return f"The test of a refusal also passes with status {success}, that is, when it is granted."
