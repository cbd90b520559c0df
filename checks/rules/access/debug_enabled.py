"""An application runs in debug mode.

In debug mode an error shows the source, the settings and the environment to whoever sent
the request, and the Werkzeug debugger runs Python for them. On an application or settings
object that is imported the mode holds for the whole run: error pages are not those of
production, and a test of them proves nothing.

A single test may do it, and so may an application that the test makes for itself. The debug
mode of an event loop (`asyncio.run(main(), debug=True)`), and a switch of that name that
belongs to no application, are not findings. The `strict` profile reports every application in
debug mode.

Leave the mode off; where a test needs it, set it in that test
(`override_settings(DEBUG=True)`, `monkeypatch.setitem(app.config, "DEBUG", True)`).
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, replace
from checks.context import Context
from checks.rules._origins import made_by
from checks.rules.access._settings import (
    Setting,
    is_for_many,
    is_imported,
    is_self_restoring,
    settings,
)

_NAMES = frozenset({"DEBUG", "FLASK_DEBUG", "DEBUG_PROPAGATE_EXCEPTIONS", "TEMPLATE_DEBUG"})
_VARIABLES = frozenset({"FLASK_DEBUG", "DJANGO_DEBUG", "QUART_DEBUG"})
_APPLICATIONS = (
    *("flask.Flask", "quart.Quart", "fastapi.FastAPI", "starlette.applications.Starlette"),
    *("tornado.web.Application", "bottle.run", "bottle.Bottle", "sanic.Sanic", "dash.Dash"),
    *("uvicorn.run", "hypercorn.run", "litestar.Litestar", "flask_socketio.SocketIO"),
)
_FRAMEWORKS = frozenset(
    {"flask", "quart", "fastapi", "starlette", "bottle", "sanic", "dash", "flask_socketio"}
)
_MAKES_ONE = re.compile(r"(create|make|build|get)_(app|application)")
_CONFIGURES = re.compile(r"(?i)settings|config")
_FORMS = ("DEBUG", "debug=", "debug =", "debug'", 'debug"')
# Two patterns that begin with plain letters are found much faster than one of either.
_LOOKS_SET = (
    re.compile(r"debug(?<!\wdebug)['\"\])]*\s*[=:,]"),
    re.compile(r"DEBUG\w*['\"\])]*\s*[=:,]"),
)

rule = Rule(
    id="debug-enabled",
    words=("DEBUG", "debug"),
    severity="medium",
    cwe=489,
    bad=[
        Bad(
            "from project import app\nclass TestA:\n    def setUp(self):\n"
            "        app.config['DEBUG'] = True  # <-\n    def tearDown(self):\n"
            "        app.config['DEBUG'] = False"
        ),
        Bad(
            "from project import app as site\nsite.run(debug=True)",
            fixed="from project import app as site\nsite.run(debug=False)",
        ),
        Bad(
            "from project.main import app\nclass TestA:\n    def setUp(self):\n"
            "        app.debug = True  # <-\n    def tearDown(self):\n        app.debug = False"
        ),
        Bad(
            "from flask import Flask as App\napp = App(__name__)\napp.run('localhost', debug=True)",
            fixed="from flask import Flask as App\napp = App(__name__)\n"
            "app.run('localhost', debug=False)",
            profile="strict",
        ),
        Bad(
            "from project.main import application as site\nclass TestA:\n    def setUp(self):\n"
            "        site.debug = True  # <-\n    def tearDown(self):\n        site.debug = False"
        ),
        Bad(
            "from django.conf import settings as s\ndef pytest_configure():\n"
            "    s.configure(DEBUG=True)",
            profile="strict",
        ),
        Bad("DEBUG = True", path="tests/settings.py", profile="strict"),
        Bad(
            "import fastapi as api\napp = api.FastAPI(debug=True)",
            fixed="import fastapi as api\napp = api.FastAPI(debug=False)",
            profile="strict",
        ),
    ],
    good=[
        Good(
            "from project import app\ndef test_error(monkeypatch):\n"
            "    monkeypatch.setitem(app.config, 'DEBUG', True)",
            profile="strict",
        ),
        Good("def test_error(settings):\n    settings.DEBUG = True", profile="strict"),
        "import asyncio\nasyncio.run(main(), debug=True)",
        "from django.test import override_settings\n@override_settings(DEBUG=True)\n"
        "def test_error():\n    assert page()",
        "from unittest import mock\ndef test_serve(app):\n"
        "    app.run.assert_called_once_with(debug=True)",
        Good("DEBUG = True\nif DEBUG:\n    show(value)", profile="strict"),
        Good(
            "import asyncio, logging\nasyncio.run(main(), debug=True)\nlevel = logging.DEBUG",
            profile="strict",
        ),
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    text = ctx.source.text
    if not any(form in text for form in _FORMS) or not any(p.search(text) for p in _LOOKS_SET):
        return
    for each in settings(ctx, _NAMES | _VARIABLES | {"debug"}):
        if _is_on(ctx, each) and not ctx.is_expectation(each.node):
            call = ctx.parent(ctx.parent(each.node) or each.node)
            if isinstance(call, ast.Call) and each.name == "debug":
                if each.owner is None:
                    yield from _run(ctx, call, each)
            elif is_imported(ctx, each.owner) and _is_setting(ctx, each):
                if is_for_many(ctx, each.node):
                    yield _shared(each)
                elif ctx.strict and not is_self_restoring(ctx, each):
                    yield _informational(each)
            elif ctx.strict and _is_setting(ctx, each) and _is_told(ctx, each):
                yield _informational(each)


def _run(ctx: Context, call: ast.Call, each: Setting) -> Iterator[Outcome]:
    """``app.run(debug=True)``, ``Flask(debug=True)``."""
    off = replace(each.node, "False")
    name = ctx.call_name(call) or ""
    method = call.func if isinstance(call.func, ast.Attribute) else None
    if method is None or method.attr != "run" or name in _APPLICATIONS:
        if ctx.strict and name in _APPLICATIONS:
            why = "This application shows its inside to whoever causes an error."
            yield rule.finding(each.node, why, severity="low", edit=off)
        return
    owner = name.rpartition(".")[0]
    imported = "." in owner and owner.rpartition(".")[2] in {"app", "application"}
    if imported and is_for_many(ctx, call):
        why = "The server shows its inside to whoever causes an error, and may run code for them."
        yield rule.finding(each.node, why, edit=off)
    elif ctx.strict and name not in {"asyncio.run", "anyio.run", "trio.run"}:
        made = ctx.call_name(made_by(ctx, method.value))
        if imported or made in _APPLICATIONS or _FRAMEWORKS & _imported(ctx):
            why = "The server shows its inside to whoever causes an error, and may run code."
            yield rule.finding(each.node, why, edit=off)


def _imported(ctx: Context) -> set[str]:
    modules = {a.name for node in ctx.nodes(ast.Import) for a in node.names}
    modules |= {node.module for node in ctx.nodes(ast.ImportFrom) if node.module}
    return {module.partition(".")[0] for module in modules}


def _shared(each: Setting) -> Outcome:
    why = f"`{each.name}` is switched on for an application that the whole run shares."
    return rule.finding(each.node, why)


def _informational(each: Setting) -> Outcome:
    why = "Debug mode shows settings and source to whoever causes an error."
    return rule.finding(each.node, why, severity="low")


def _is_on(ctx: Context, each: Setting) -> bool:
    value = ctx.literal(each.value)
    return value is True or (each.name in _VARIABLES and value in ("1", "true", "True", "on", 1))


def _is_setting(ctx: Context, each: Setting) -> bool:
    """Whether the object is an application or its settings, as far as its name tells."""
    last = str(getattr(each.owner, "attr", getattr(each.owner, "id", "")))
    last = (ctx.name(each.owner) or last).rpartition(".")[2]
    if each.name == "debug":
        return last in {"app", "application"} or made_by(ctx, each.owner) is not None
    if each.owner is not None and each.name not in _VARIABLES:
        return bool(re.search(r"(?i)settings|conf(ig)?$|options|environ", last))
    return True


def _is_told(ctx: Context, each: Setting) -> bool:
    return _is_of_application(ctx, each) and not is_self_restoring(ctx, each)


def _is_of_application(ctx: Context, each: Setting) -> bool:
    """In the strict profile: whether a name, key or attribute speaks of an application's mode."""
    if each.name in _VARIABLES:
        return True
    if each.name == "debug":
        made = ctx.call_name(made_by(ctx, each.owner)) or ""
        return made in _APPLICATIONS or bool(_MAKES_ONE.fullmatch(made.rpartition(".")[2]))
    call = ctx.parent(ctx.parent(each.node) or each.node)
    if ctx.call_name(call) == "django.conf.settings.configure":
        return True
    if each.owner is not None:
        return True
    definition = ctx.class_of(each.node)
    here = definition.name if definition else ctx.path.rpartition("/")[2]
    return isinstance(each.node, ast.Name) and bool(_CONFIGURES.search(here))
