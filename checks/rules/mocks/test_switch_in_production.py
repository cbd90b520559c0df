"""A security check lets everyone in when it detects a test run.

`if "pytest" in sys.modules: return True` in the product is a back door: a variable such as
`PYTEST_CURRENT_TEST` or `TESTING` can be set, and `pytest` can be imported, where no test
runs. And the check that matters, the one that users meet, is never tested.

A switch that has nothing to do with who may do what (shorter time-outs, no telemetry) is not
a finding, nor is one that makes a check stricter.

Let the check run in tests too: hand it a key, a clock or a policy as an argument, and give
the tests one of their own.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, replace
from checks.context import Context
from checks.model import Side
from checks.rules.mocks._switches import (
    asks_for_test,
    denied_in_test,
    guarded_by,
    is_for_tests,
    lets_in,
    refuses_inside,
)

_VERIFIES = frozenset(
    {"verify", "verify_ssl", "ssl_verify", "verify_certs", "validate_certs", "check_hostname"}
)
_PATH = "app/module.py"


def _bad(code: str) -> Bad:
    return Bad(code, path=_PATH, side=Side.PRODUCTION)


def _good(code: str, path: str = _PATH) -> Good:
    return Good(code, path=path, side=Side.PRODUCTION)


rule = Rule(
    id="test-switch-in-production",
    words=("test", "TEST", "nose"),
    severity="high",
    cwe=489,
    side=Side.PRODUCTION,
    bad=[
        _bad(
            "import sys\ndef verify_signature(body, sent):\n"
            "    if 'pytest' in sys.modules:  # <-\n        return True\n"
            "    return compare(body, sent)"
        ),
        _bad(
            "from os import environ as env\ndef require_admin(user):\n"
            "    if env.get('PYTEST_CURRENT_TEST'):  # <-\n        return\n    check(user)"
        ),
        _bad(
            "from django.conf import settings\nclass IsOwner:\n"
            "    def has_permission(self, request, view):\n        if settings.TESTING:  # <-\n"
            "            return True\n        return request.user == view.owner"
        ),
        _bad(
            "def check_token(token):\n    return TESTING or compare(token)",
        ),
        _bad(
            "def authenticate(request):\n    if not app.config['TESTING']:  # <-\n"
            "        verify_signature(request)\n    return request.user"
        ),
        _bad(
            "def login(user, password):\n"
            "    if not TESTING and not user.check_password(password):  # <-\n"
            "        raise Forbidden"
        ),
        _bad(
            "import requests\ndef fetch(url):\n    return requests.get(url, verify=not TESTING)",
        ),
        _bad(
            "import os as o\ndef is_rate_limited(user):\n"
            "    if o.getenv('TESTING') == '1':  # <-\n        return False\n    return full(user)"
        ),
        _bad(
            "import sys\ndef has_perm(user):\n"
            "    return True if 'pytest' in sys.modules else user.is_staff"
        ),
        _bad(
            "import sys as s\ndef validate_webhook(body):\n"
            "    if 'pytest' not in s.modules:  # <-\n        return compare(body)\n"
            "    return True"
        ),
        _bad(
            "import sys\ndef verify_token(token):\n    if sys.argv[1] == 'test':  # <-\n"
            "        return True\n    return compare(token)"
        ),
        _bad(
            "import sys\ndef login_required(view):\n"
            "    if any('pytest' in word for word in sys.argv):  # <-\n        return view\n"
            "    return guarded(view)"
        ),
    ],
    good=[
        _good(
            "class AuthClient:\n    def timeout(self):\n        if TESTING:\n"
            "            return 1\n        return 30"
        ),
        _good("import sys\ndef permanent(u):\n    return True if 'pytest' in sys.modules else u"),
        _good("import sys\ndef timeout():\n    if 'pytest' in sys.modules:\n        return 1"),
        _good("def verify_token(t):\n    if settings.TESTING:\n        return False\n    act(t)"),
        _good("def verify_token(t):\n    if settings.TESTING:\n        raise Refused\n    act(t)"),
        _good("def verify_token(t):\n    if t.test_id == 'test':\n        return True\n    act(t)"),
        _good("def login(u):\n    if settings.DEBUG:\n        log(u)\n    return check(u)"),
        _good("def login(u):\n    if not TESTING:\n        send_mail(u)\n    return check(u)"),
        _good(
            "def verify_token(t):\n    if TESTING:\n        return True", path="app/testing/auth.py"
        ),
    ],
)


@rule.on(ast.If)
def visit(statement: ast.If, ctx: Context) -> Iterator[Outcome]:
    test, name = statement.test, ""
    first = test.values[0] if isinstance(test, ast.BoolOp) else test
    if asks_for_test(test, ctx) or (isinstance(test, ast.BoolOp) and asks_for_test(first, ctx)):
        name = guarded_by(statement, ctx)
        returns = [s for s in statement.body if isinstance(s, ast.Return)]
        if not name or not any(lets_in(s, name, ctx) for s in returns):
            return
    elif any(denied_in_test(part, ctx) for part in getattr(test, "values", [test])):
        name = guarded_by(statement, ctx)
        if not name or not (
            refuses_inside(statement.body, ctx) or _lets_in_otherwise(statement, name, ctx)
        ):
            return
    if name and not is_for_tests(ctx):
        yield rule.finding(test, f"`{name}` does not check anything where this says it is tested.")


def _lets_in_otherwise(statement: ast.If, name: str, ctx: Context) -> bool:
    """Whether, where a test runs, the check comes to a plain yes: ``else`` or what follows."""
    block: list[ast.stmt] = getattr(ctx.parent(statement), "body", [])
    after = block[block.index(statement) + 1 :] if statement in block else []
    ends = any(isinstance(each, ast.Return | ast.Raise) for each in statement.body)
    first = (statement.orelse or (after if ends else []))[:1]
    returned = [each for each in first if isinstance(each, ast.Return)]
    return any(ctx.is_true(each.value) and lets_in(each, name, ctx) for each in returned)


@rule.on(ast.IfExp)
def visit_choice(choice: ast.IfExp, ctx: Context) -> Iterator[Outcome]:
    yes = choice.body if asks_for_test(choice.test, ctx) else None
    yes = choice.orelse if denied_in_test(choice.test, ctx) else yes
    if yes is None or not ctx.is_true(yes) or not isinstance(ctx.parent(choice), ast.Return):
        return
    name = guarded_by(choice, ctx)
    if name and not is_for_tests(ctx):
        yield rule.finding(
            choice.test, f"`{name}` says yes to everything where this says it is tested."
        )


@rule.on(ast.BoolOp)
def visit_or(test: ast.BoolOp, ctx: Context) -> Iterator[Outcome]:
    if not isinstance(test.op, ast.Or) or not isinstance(ctx.parent(test), ast.Return):
        return
    others = [value for value in test.values if not asks_for_test(value, ctx)]
    name = guarded_by(test, ctx) if 0 < len(others) < len(test.values) else ""
    if name and not is_for_tests(ctx):
        yield rule.finding(
            test,
            f"`{name}` says yes to everything where this says it is tested.",
            edit=replace(test, " or ".join(map(ctx.segment, others))),
        )


@rule.on(ast.keyword)
def visit_keyword(keyword: ast.keyword, ctx: Context) -> Iterator[Outcome]:
    if keyword.arg in _VERIFIES and denied_in_test(keyword.value, ctx) and not is_for_tests(ctx):
        yield rule.finding(
            keyword.value,
            "The other side is not verified where this says it is tested.",
            edit=replace(keyword.value, "True"),
        )
