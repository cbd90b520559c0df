"""Recorded HTTP traffic is kept with its credentials.

A cassette keeps requests as they were sent, with their `Authorization` header, cookies and
keys, and it is committed with the tests. The recorder takes out what it is told to, and by
default nothing. A recorder that only plays back is not a finding, nor is one whose filters
are set elsewhere in the same file. A single recording (`use_cassette`) without a filter in
the file is a finding where the test sends credentials: `auth=`, an `Authorization` header, a
token from the environment. Elsewhere it is evidence, which the `strict` profile reports.

Name what has to go: `vcr.VCR(filter_headers=["authorization", "cookie"])`, the same key
in `vcr_config`, or `config.define_cassette_placeholder(...)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, evidence
from checks.context import Context
from checks.rules.secrets._environment import secrets_read
from checks.tree import FUNCTIONS

_FILTERS = (
    *("filter_headers", "filter_query_parameters", "filter_post_data_parameters", "before_record"),
    *("define_cassette_placeholder", "placeholders", "register_serializer", "sanitiz", "scrub"),
)
_HEADERS = frozenset({"authorization", "x-api-key", "x-auth-token", "cookie", "private-token"})
_PLAYS_BACK = frozenset({"none", "NONE"})

rule = Rule(
    id="cassette-unfiltered",
    severity="low",
    cwe=312,
    words=("vcr", "betamax"),
    bad=[
        Bad("import vcr\nrecorder = vcr.VCR(cassette_library_dir='tests/cassettes')"),
        Bad(
            "from betamax import Betamax as Recorder\n"
            "with Recorder.configure() as config:  # <-\n"
            "    config.cassette_library_dir = 'tests/cassettes'"
        ),
        Bad(
            "import pytest\n"
            "@pytest.fixture(scope='module')\n"
            "def vcr_config():\n"
            "    return {'record_mode': 'once'}"
        ),
        Bad(
            "import os, requests, vcr\n@vcr.use_cassette('tests/login.yaml')  # <-\n"
            "def test_a():\n    requests.get(URL, headers={'Authorization': os.environ['KEY']})"
        ),
        Bad(
            "import requests, vcr as recorder\ndef test_a(user):\n"
            "    with recorder.use_cassette('tests/login.yaml'):  # <-\n"
            "        requests.get(URL, auth=user)"
        ),
        Bad("import vcr\nwith vcr.use_cassette('a.yaml'):  # <-\n    act()", profile="strict"),
    ],
    good=[
        "import requests, vcr\n@vcr.use_cassette('tests/a.yaml')\ndef test_a():\n"
        "    requests.get(URL, headers={'Accept': 'text/html'})",
        "import requests, vcr\nwith vcr.use_cassette('a.yaml', filter_headers=['authorization']):\n"
        "    requests.get(URL, auth=user)",
        "import vcr\nrecorder = vcr.VCR(filter_headers=['authorization'])",
        "import vcr\nrecorder = vcr.VCR(record_mode='none')",
        "import vcr\nrecorder = vcr.VCR()\nrecorder.filter_headers = ['authorization']",
        "import pytest\n@pytest.fixture\ndef vcr_config():\n"
        "    return {'filter_headers': ['authorization']}",
        "from player import vcr\nrecorder = vcr.VCR()",
        "import vcr\nrecorder = vcr.VCR(**options)",
    ],
)


@rule.on_call("vcr.VCR", "vcr.config.VCR", "betamax.Betamax.configure")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if not _filters(ctx) and all(k.arg for k in call.keywords) and not _plays_back(call, ctx):
        yield rule.finding(call, "Nothing is taken out of what this recorder keeps.")


@rule.on_call("vcr.use_cassette", "betamax.Betamax")
def visit_use(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if all(k.arg for k in call.keywords) and not _plays_back(call, ctx):
        yield from _use(call, ctx.scopes.decorated(call) or _recorded(call, ctx), ctx)


@rule.on(*FUNCTIONS)
def visit_decorated(function: ast.FunctionDef, ctx: Context) -> Iterator[Outcome]:
    for decorator in function.decorator_list:
        if ctx.name(decorator) == "vcr.use_cassette":
            yield from _use(decorator, function, ctx)


def _use(place: ast.expr, recorded: ast.AST, ctx: Context) -> Iterator[Outcome]:
    sentence = "A cassette is recorded; no filter for credentials stands in this file."
    if _filters(ctx):
        return
    if _sends_credentials(ctx, recorded):
        yield rule.finding(place, "The credentials that are sent here are recorded as they are.")
    elif ctx.strict:
        yield rule.finding(place, sentence)
    else:
        yield evidence(place, sentence)


@rule.on(*FUNCTIONS)
def visit_fixture(function: ast.FunctionDef, ctx: Context) -> Iterator[Outcome]:
    if function.name != "vcr_config" or not ctx.scopes.fixture(function) or _filters(ctx):
        return
    for returned in ctx.nodes(ast.Return, ast.Yield, inside=function):
        value = returned.value
        if isinstance(value, ast.Dict) and all(value.keys) and not _plays_back(value, ctx):
            yield rule.finding(value, "Nothing is taken out of what this configuration records.")


def _recorded(call: ast.Call, ctx: Context) -> ast.AST:
    """The block that is recorded; all of the class, where the recorder is made for every test."""
    statement = ctx.statement(call)
    around = ctx.class_of(call) if isinstance(statement, ast.Assign) else None
    return around or statement


def _sends_credentials(ctx: Context, recorded: ast.AST) -> bool:
    """Whether a request in a block or function is given credentials."""
    if any(ctx.tree.contains(recorded, read) for read, _ in ctx.once(secrets_read)):
        return True
    given = ctx.nodes(ast.keyword, inside=recorded)
    if any(each.arg == "auth" and ctx.literal(each.value) is not None for each in given):
        return True
    return any(
        isinstance(text.value, str) and text.value.lower() in _HEADERS
        for text in ctx.nodes(ast.Constant, inside=recorded)
    )


def _filters(ctx: Context) -> bool:
    return any(word in ctx.source.text for word in _FILTERS)


def _plays_back(node: ast.Call | ast.Dict, ctx: Context) -> bool:
    if isinstance(node, ast.Call):
        given = ctx.argument(node, None, "record_mode")
    else:
        pairs = zip(node.keys, node.values, strict=True)
        given = next((value for key, value in pairs if ctx.text(key) == "record_mode"), None)
    mode = getattr(given, "attr", "") or ctx.literal(given)
    return isinstance(mode, str) and mode in _PLAYS_BACK
