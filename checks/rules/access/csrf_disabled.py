"""The protection against forged requests (CSRF) is switched off.

Without it the application takes any form that a browser sends, also one that another site
made it send. An application or settings object that is imported belongs to the whole
run: once a module or a set-up has switched the protection off there, no test can notice that
a form has lost its token, and which tests do depends on their order.

A single test may switch it off, and so may the settings of an application that the test makes
for itself. The `strict` profile reports every switch that is not put back by what sets it, and
every exempted view.

Make an application for the tests (`create_app(TestConfig)`), or let the client fetch the
token and send it, and keep at least one test with the protection on.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.access._settings import (
    Setting,
    is_for_many,
    is_imported,
    is_self_restoring,
    settings,
)

_OFF = frozenset(
    {"WTF_CSRF_ENABLED", "WTF_CSRF_CHECK_DEFAULT", "CSRF_ENABLED", "JWT_COOKIE_CSRF_PROTECT"}
)
_LEGACY = frozenset({"csrf_enabled", "require_csrf", "csrf"})
_DJANGO = "_dont_enforce_csrf_checks"
_EXEMPT = "django.views.decorators.csrf.csrf_exempt"

rule = Rule(
    id="csrf-disabled",
    words=("CSRF", "csrf"),
    severity="medium",
    cwe=352,
    bad=[
        Bad(
            "from project import app\nclass TestA:\n    def setUp(self):\n"
            "        app.config['WTF_CSRF_ENABLED'] = False  # <-\n    def tearDown(self):\n"
            "        app.config['WTF_CSRF_ENABLED'] = True"
        ),
        Bad(
            "from project import app as site\nclass TestA:\n    def setUp(self):\n"
            "        site.config.update(WTF_CSRF_ENABLED=False)  # <-\n    def tearDown(self):\n"
            "        site.config.update(WTF_CSRF_ENABLED=True)"
        ),
        Bad(
            "from project.settings import config\nimport pytest\n"
            "@pytest.fixture(autouse=True)\ndef forms(monkeypatch):\n"
            "    monkeypatch.setitem(config, 'WTF_CSRF_ENABLED', False)"
        ),
        Bad(
            "import pytest\nfrom project import app\n"
            "@pytest.fixture(scope='session')\ndef client():\n"
            "    app.config |= {'WTF_CSRF_ENABLED': False}  # <-\n    yield app.test_client()\n"
            "    app.config |= {'WTF_CSRF_ENABLED': True}"
        ),
        Bad(
            "from project import app as site\nclass TestA:\n    def setUp(self):\n"
            "        self.app = site\n        self.app.config['WTF_CSRF_ENABLED'] = False  # <-\n"
            "    def tearDown(self):\n        self.app.config['WTF_CSRF_ENABLED'] = True"
        ),
        Bad(
            "from django.conf import settings\n"
            "settings.MIDDLEWARE.remove('django.middleware.csrf.CsrfViewMiddleware')"
        ),
        Bad("class Config:\n    WTF_CSRF_ENABLED = False", profile="strict"),
        Bad(
            "from django.views.decorators.csrf import csrf_exempt as open_to_all\n"
            "@open_to_all  # <-\ndef view(request):\n    return answer(request)",
            profile="strict",
        ),
        Bad("form = LoginForm(meta={'csrf': False})", profile="strict"),
    ],
    good=[
        Good(
            "from project import app\ndef test_form(monkeypatch):\n"
            "    monkeypatch.setitem(app.config, 'WTF_CSRF_ENABLED', False)",
            profile="strict",
        ),
        "def test_form(settings):\n"
        "    settings.MIDDLEWARE.remove('django.middleware.csrf.CsrfViewMiddleware')",
        "import pytest\n@pytest.fixture\ndef app():\n    app = create_app()\n"
        "    app.config['WTF_CSRF_ENABLED'] = False\n    return app",
        "def test_default(config):\n    assert config == {'WTF_CSRF_ENABLED': False}",
        Good("class Config:\n    WTF_CSRF_ENABLED = True", profile="strict"),
        Good("csrf = False\nread(csv=False)", profile="strict"),
        Good("assert config == {'WTF_CSRF_ENABLED': False}", profile="strict"),
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for each in settings(ctx, _OFF | _LEGACY | {_DJANGO}):
        if ctx.literal(each.value) is (each.name == _DJANGO) and not ctx.is_expectation(each.node):
            shared = is_imported(ctx, each.owner) and is_for_many(ctx, each.node)
            if shared and each.name in _OFF:
                yield rule.finding(
                    each.node,
                    f"`{each.name}` is switched off on an application that the whole run shares.",
                )
            elif ctx.strict and _is_protection(ctx, each) and not is_self_restoring(ctx, each):
                why = "Forged requests are let through here."
                yield rule.finding(each.node, why, severity="low")
    if ctx.strict:
        for name in ctx.nodes(ast.Name, ast.Attribute):
            if ctx.name(name) == _EXEMPT or _exempts(ctx, name):
                why = "This view takes requests that another site has forged."
                yield rule.finding(name, why, severity="low")


@rule.on_method("remove")
def visit_middleware(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    """``settings.MIDDLEWARE.remove("django.middleware.csrf.CsrfViewMiddleware")``."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    removed = ctx.text(call.args[0]) if call.args else None
    is_check = removed is not None and "csrf" in removed.lower()
    if is_check and is_imported(ctx, owner) and is_for_many(ctx, call):
        yield rule.finding(call, "The check is taken out of what the whole run shares.")


def _is_protection(ctx: Context, each: Setting) -> bool:
    """Whether a name that can mean other things is about forms: ``Meta.csrf``, ``meta={...}``."""
    if each.name != "csrf":
        return True
    holder = ctx.parent(ctx.statement(each.node))
    if isinstance(each.node, ast.Name):
        return isinstance(holder, ast.ClassDef) and holder.name == "Meta"
    outer = ctx.parent(ctx.parent(each.node) or each.node)
    return isinstance(outer, ast.keyword) and outer.arg == "meta"


def _exempts(ctx: Context, name: ast.Name | ast.Attribute) -> bool:
    """Whether a view is exempted as the Flask extension does it: ``@csrf.exempt``."""
    if not isinstance(name, ast.Attribute) or name.attr != "exempt":
        return False
    return "csrf" in str(getattr(name.value, "attr", getattr(name.value, "id", ""))).lower()
