"""The test of a denial acts as an administrator only.

A test that somebody is turned away proves little when the only one who asks is an
administrator: what refuses them may be another check than the one for everybody, and the test
stays green when ordinary users are let in.

Something can be forbidden to administrators too. That the test says no more is therefore
evidence; the `strict` profile reports it.

Ask as a user without the right (`RequestContext("user", "project")`), and as an administrator
in a second test that expects success.
"""

import ast
import re
from collections.abc import Iterator
from typing import cast

from checks.api import Bad, Good, Outcome, Rule, evidence
from checks.context import Context
from checks.rules.access._contexts import acts_as_admin, is_somebody
from checks.tree import Function

_DENIED = re.compile(
    r"Forbidden|Unauthori[sz]ed|NotAuthori[sz]ed|PermissionDenied|AccessDenied|NotPermitted"
    r"|AdminRequired|PolicyNotAuth"
)

rule = Rule(
    id="elevated-denial-test",
    words=("admin", "superuser", "elevated", "is_staff"),
    severity="low",
    cwe=863,
    bad=[
        Bad(
            "from project import context\nclass TestA:\n    def test_delete_forbidden(self):\n"
            "        admin = context.get_admin_context()\n"
            "        self.assertRaises(Forbidden, self.api.delete, admin, 1)  # <-",
            profile="strict",
        ),
        Bad(
            "import pytest\nfrom project.context import get_admin_context as boss\n"
            "def test_read_denied(store):\n    ctxt = RequestContext(is_admin=True)\n"
            "    with pytest.raises(PermissionDenied):  # <-\n        store.read(ctxt, 1)",
            profile="strict",
        ),
        Bad(
            "def test_forbidden(admin_client):\n"
            "    assert admin_client.get('/books').status_code == 403",
            profile="strict",
        ),
    ],
    good=[
        Good(
            "def test_forbidden(client, admin_client):\n"
            "    assert admin_client.get('/books').status_code == 200\n"
            "    assert client.get('/books').status_code == 403",
            profile="strict",
        ),
        Good(
            "class TestA:\n    def test_delete_forbidden(self):\n"
            "        book = self.api.create(get_admin_context())\n"
            "        self.assertRaises(Forbidden, self.api.delete, self.context, book)",
            profile="strict",
        ),
        "def test_forbidden(admin_client):\n"
        "    assert admin_client.get('/books').status_code == 403",
        Good(
            "def test_admin(admin_client):\n    assert admin_client.get('/').status_code == 200",
            profile="strict",
        ),
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    seen: set[Function] = set()
    for demand in _demands(ctx):
        test = ctx.function(demand)
        if test is None or test in seen or not ctx.scopes.is_test(test):
            continue
        seen.add(test)
        if not _is_elevated(ctx, test):
            continue
        if ctx.strict:
            why = "Only an administrator asks here; nobody without the right is turned away."
            yield rule.finding(demand, why)
        else:
            yield evidence(demand, "A denial is demanded, and only an administrator asks for it.")


def _is_elevated(ctx: Context, test: Function) -> bool:
    """Whether an administrator acts in a test, and nobody else does."""
    names = list(ctx.nodes(ast.Name, ast.Attribute, inside=test))
    arguments = {argument.arg for argument in ctx.nodes(ast.arg, inside=test.args)}
    acting = [*names, *ctx.nodes(ast.Call, inside=test)]
    if not any(acts_as_admin(ctx, node) for node in acting):
        return False
    others = arguments & {"client", "user", "context"}
    return not others and not any(is_somebody(ctx, name) for name in names)


def _demands(ctx: Context) -> Iterator[ast.expr]:
    """The assertions of a denial: an exception that is expected, or a status of 401 or 403."""
    for call in ctx.method_calls("assertRaises", "assertRaisesRegex", "raises"):
        kind = call.args[0] if call.args else None
        name = str(getattr(kind, "attr", getattr(kind, "id", "")))
        if _DENIED.search(name):
            yield call
    statuses = [constant for status in (401, 403) for constant in ctx.numbers.get(status, ())]
    for constant in ctx.tree.in_order(statuses):
        demand = ctx.parent(constant)
        sides: list[ast.expr] = []
        if isinstance(demand, ast.Compare) and isinstance(demand.ops[0], ast.Eq):
            sides = [demand.left, *demand.comparators]
        elif isinstance(demand, ast.Call):
            function = getattr(demand.func, "attr", "")
            sides = demand.args if function in {"assertEqual", "assertEquals"} else []
        if any("status" in getattr(side, "attr", "") for side in sides):
            yield cast("ast.expr", demand)
