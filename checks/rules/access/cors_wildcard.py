"""Every site may call the application from a visitor's browser.

With `*` as the allowed origin any page can read what the application answers; together with
credentials it can read it as the visitor who is logged in. On an imported application
that a module or a set-up opens so, the tests run with another rule than production, and a
test that another origin is turned away can no longer fail.

An application that the test makes for itself may do it, and so may a header that is compared
or that a stand-in for somebody else's server sends. The `strict` profile reports every
wildcard, also one in a header.

Name the origins that the tests use: `allow_origins=["https://app.example"]`.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules._origins import made_by
from checks.rules.access._settings import is_for_many, is_imported, is_self_restoring, settings

_HEADER = "access-control-allow-origin"
_ALL = frozenset({"CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"})
_LISTS = frozenset({"CORS_ORIGINS", "CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST"})
_ORIGINS = frozenset({"origins", "allow_origins", "cors_allowed_origins", "allowed_origins"})
_CREDENTIALS = frozenset({"allow_credentials", "supports_credentials"})
_ANY = re.compile(r"\*|\^?\.[*+]\$?")
_SETTERS = ("add", "set", "add_header", "set_header", "send_header", "setdefault", "append_header")

rule = Rule(
    id="cors-wildcard",
    words=("CORS", "cors", "Access-Control", "access-control", "cross_origin"),
    severity="medium",
    cwe=942,
    bad=[
        Bad("from flask_cors import CORS\nfrom project import app\nCORS(app, origins='*')"),
        Bad(
            "from fastapi.middleware.cors import CORSMiddleware as Cors\n"
            "from project import app\n"
            "app.add_middleware(Cors, allow_origins=['*'], allow_credentials=True)"
        ),
        Bad(
            "from project import app\nclass TestA:\n    def setUp(self):\n"
            "        app.config['CORS_ORIGINS'] = '*'  # <-\n    def tearDown(self):\n"
            "        app.config['CORS_ORIGINS'] = []"
        ),
        Bad(
            "from flask_cors import CORS as cors\ndef make(app):\n"
            "    cors(app, resources={'/api/*': {'origins': '*'}})",
            profile="strict",
        ),
        Bad(
            "def answer(response):\n    response.headers['Access-Control-Allow-Origin'] = '*'",
            profile="strict",
        ),
        Bad(
            "def do_GET(self):\n    self.send_header('Access-Control-Allow-Origin', '*')",
            profile="strict",
        ),
    ],
    good=[
        "from flask_cors import CORS\nfrom project import app\n"
        "CORS(app, origins=['https://app.example'])",
        "from flask import Flask\nfrom flask_cors import CORS\ndef test_cors():\n"
        "    app = Flask('a')\n    CORS(app, origins='*')",
        "def test_header(response):\n"
        "    assert response.headers['Access-Control-Allow-Origin'] == '*'",
        Good(
            "def test_header(response):\n"
            "    assert response.headers == {'Access-Control-Allow-Origin': '*'}",
            profile="strict",
        ),
        Good(
            "from django.test import override_settings\n"
            "@override_settings(CORS_ALLOW_ALL_ORIGINS=True)\n"
            "def test_answer(client):\n    assert client.get('/').status_code == 200",
            profile="strict",
        ),
        Good("query(origins=['*'])\nheaders = {'Accept': '*'}", profile="strict"),
    ],
)


@rule.on(ast.keyword)
def visit(keyword: ast.keyword, ctx: Context) -> Iterator[Outcome]:
    call = ctx.parent(keyword)
    if not isinstance(call, ast.Call) or ctx.is_expectation(call):
        return
    called = _called(ctx, call)
    if keyword.arg in _ORIGINS | {"allow_origin_regex"}:
        opened = "cors" in called and _is_any(ctx, keyword.value)
    else:
        opened = keyword.arg == "resources" and "cors" in called and _has_any(ctx, keyword.value)
    if not opened:
        return
    credentials = any(k.arg in _CREDENTIALS and ctx.is_true(k.value) for k in call.keywords)
    why = "Every site may read the answers" + (
        " in the name of a visitor who is logged in." if credentials else "."
    )
    if _is_of_run(ctx, call) and is_for_many(ctx, call):
        yield rule.finding(keyword.value, why)
    elif ctx.strict:
        yield rule.finding(keyword.value, why, severity="medium" if credentials else "low")


@rule.on(ast.Module)
def visit_settings(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for each in settings(ctx, _ALL | _LISTS):
        opened = ctx.is_true(each.value) if each.name in _ALL else _is_any(ctx, each.value)
        if opened and not ctx.is_expectation(each.node):
            why = f"`{each.name}` lets every site read the answers."
            if is_imported(ctx, each.owner) and is_for_many(ctx, each.node):
                yield rule.finding(each.node, why)
            elif ctx.strict and not is_self_restoring(ctx, each):
                yield rule.finding(each.node, why, severity="low")
    if ctx.strict:
        for node in _headers(ctx):
            if not ctx.is_expectation(node):
                why = "This header lets every site read the answer."
                yield rule.finding(node, why, severity="low")


def _called(ctx: Context, call: ast.Call) -> str:
    """What is called, with the middleware that is added and the decorator, in lower case."""
    first = call.args[0] if call.args else None
    last = str(getattr(call.func, "attr", getattr(call.func, "id", "")))
    names = [ctx.name(call.func), last, ctx.name(first), getattr(first, "id", "")]
    names += [keyword.arg for keyword in call.keywords if keyword.arg in _ORIGINS]
    return " ".join(str(name) for name in names).lower().replace("cross_origin", "cors")


def _is_any(ctx: Context, node: ast.expr) -> bool:
    node = ctx.origin(node) or node
    values = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]
    texts = [ctx.text(value) for value in values]
    return any(text is not None and _ANY.fullmatch(text) is not None for text in texts)


def _has_any(ctx: Context, resources: ast.expr) -> bool:
    """Whether ``resources={"/api/*": {"origins": "*"}}`` lets every origin in."""
    return any(
        key is not None and ctx.text(key) == "origins" and _is_any(ctx, value)
        for options in ctx.nodes(ast.Dict, inside=ctx.origin(resources) or resources)
        for key, value in zip(options.keys, options.values, strict=True)
    )


def _is_of_run(ctx: Context, call: ast.Call) -> bool:
    """Whether the application is an imported one: ``CORS(app)``, ``app.add_middleware(...)``."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "add_middleware":
        return is_imported(ctx, call.func.value) and made_by(ctx, call.func.value) is None
    return bool(call.args) and "app" in (ctx.name(call.args[0]) or "").rpartition(".")[2].lower()


def _headers(ctx: Context) -> Iterator[ast.AST]:
    """Where the header is set to ``*``: by key, in a display, by a call."""
    for assign in ctx.nodes(ast.Assign):
        for target in assign.targets:
            if isinstance(target, ast.Subscript) and _is_header(ctx, target.slice, assign.value):
                yield target
    for display in ctx.nodes(ast.Dict):
        for key, value in zip(display.keys, display.values, strict=True):
            if key is not None and _is_header(ctx, key, value):
                yield key
    pairs: list[tuple[ast.expr, list[ast.expr]]] = [(t, t.elts) for t in ctx.nodes(ast.Tuple)]
    pairs += [(call, call.args) for call in ctx.method_calls(*_SETTERS)]
    for node, parts in pairs:
        if len(parts) > 1 and _is_header(ctx, parts[0], parts[1]):
            yield node


def _is_header(ctx: Context, name: ast.expr, value: ast.expr) -> bool:
    text = ctx.literal(name)
    text = text.decode("latin-1") if isinstance(text, bytes) else text
    given = ctx.literal(value)
    return isinstance(text, str) and text.lower() == _HEADER and given in ("*", b"*")
