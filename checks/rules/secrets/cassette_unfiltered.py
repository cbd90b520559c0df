"""Recorded HTTP traffic is kept with its credentials.

A cassette keeps requests as they were sent, with their `Authorization` header, cookies and
keys, and it is committed with the tests. The recorder takes out what it is told to, and by
default nothing. A recorder that only plays back is not a finding, nor is one whose filters
are set elsewhere in the same file. A single recording (`use_cassette`) without a filter in
the file is evidence, which the `strict` profile reports.

Name what has to go: `vcr.VCR(filter_headers=["authorization", "cookie"])`, the same key
in `vcr_config`, or `config.define_cassette_placeholder(...)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, evidence
from checks.context import Context
from checks.tree import FUNCTIONS

_FILTERS = (
    *("filter_headers", "filter_query_parameters", "filter_post_data_parameters", "before_record"),
    *("define_cassette_placeholder", "placeholders", "register_serializer", "sanitiz", "scrub"),
)
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
    ],
    good=[
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
    if not _filters(ctx) and all(k.arg for k in call.keywords) and not _plays_back(call, ctx):
        sentence = "A cassette is recorded; no filter for credentials stands in this file."
        if ctx.strict:
            yield rule.finding(call, sentence)
        else:
            yield evidence(call, sentence)


@rule.on(*FUNCTIONS)
def visit_fixture(function: ast.FunctionDef, ctx: Context) -> Iterator[Outcome]:
    if function.name != "vcr_config" or not ctx.scopes.fixture(function) or _filters(ctx):
        return
    for returned in ctx.nodes(ast.Return, ast.Yield, inside=function):
        value = returned.value
        if isinstance(value, ast.Dict) and all(value.keys) and not _plays_back(value, ctx):
            yield rule.finding(value, "Nothing is taken out of what this configuration records.")


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
