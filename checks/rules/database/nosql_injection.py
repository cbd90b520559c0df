"""A value is pasted into code or a filter that a document database runs.

`$where` and `$function` are JavaScript that runs inside the database, and a filter that is
parsed from text can hold any operator. A quote in the value is enough to read every document.
A test that does it breaks on the first unusual value and hides that the code under test may
do the same.

Code and filters of literals are not findings, nor those that are only compared. The `strict`
profile reports all code that is no literal, and what a client sends and is used as a filter.

Ask with operators, whose values are data: `find({"name": name})`, `{"$expr": {"$gt": [...]}}`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules._wording import dotted
from checks.rules.database._drivers import imported
from checks.rules.database._pasted import is_built, pasted

_CODE = frozenset({"$where", "$function", "$accumulator", "body", "init", "accumulate", "merge"})
_OPERATORS = frozenset({"$where", "$function", "$accumulator"})
_CODES = ("bson.code.Code", "bson.Code")
_DRIVERS = frozenset({"pymongo", "motor", "mongoengine", "flask_pymongo", "beanie", "odmantic"})
_FINDS = (
    *("find", "find_one", "find_one_and_update", "find_one_and_delete", "find_one_and_replace"),
    *("update_one", "update_many", "delete_one", "delete_many", "replace_one", "aggregate"),
    *("count_documents", "distinct", "remove", "update", "objects", "where"),
)

rule = Rule(
    id="nosql-injection",
    words=("$where", "$function", "$accumulator", "bson", *sorted(_DRIVERS)),
    severity="medium",
    cwe=943,
    bad=[
        Bad(
            "def find(users, name):\n    return users.find({'$where': f\"this.name == '{name}'\"})"
        ),
        Bad(
            'def find(users, name):\n    code = "this.name == \'" + name + "\'"\n'
            "    return users.find_one({'age': 1, '$where': code})"
        ),
        Bad(
            "import json as j\nfrom pymongo import MongoClient\ndef find(users, name):\n"
            '    return users.find(j.loads(\'{"name": "%s"}\' % name))'
        ),
        Bad(
            "from bson.code import Code as Js\ndef count(users, name):\n"
            "    users.map_reduce(Js(f\"function() {{ emit('{name}', 1) }}\"), SUM, 'out')"
        ),
        Bad(
            "from mongoengine import Document\ndef find(name):\n"
            "    return User.objects.where(f\"this.name == '{name}'\")"
        ),
        Bad("def find(users, code):\n    return users.find({'$where': code})", profile="strict"),
        Bad(
            "from flask import request as req\nfrom pymongo import MongoClient\n"
            "def log_in(users):\n    return users.find_one({'name': req.json['name']})",
            profile="strict",
        ),
    ],
    good=[
        "def find(users, name):\n    return users.find({'name': name, '$where': 'this.a == 1'})",
        'from pymongo import MongoClient\nimport json\nusers.find(json.loads(\'{"name": "a"}\'))',
        "def test_filter(build, name):\n    assert build(name) == {'$where': f'this.a == {name}'}",
        "from bson.code import Code\nCode('function() { return 1 }')",
        Good("import json\nfiles.find(json.loads('{\"a\": %s}' % name))", profile="strict"),
    ],
)


@rule.on(ast.Dict)
def visit_code(node: ast.Dict, ctx: Context) -> Iterator[Outcome]:
    for key, value in zip(node.keys, node.values, strict=True):
        name = key.value if isinstance(key, ast.Constant) else None
        if name not in _OPERATORS or ctx.is_expectation(node):
            continue
        for code in _texts(ctx, value):
            found = pasted(ctx, code)
            if found is not None:
                shown = dotted(found.func if isinstance(found, ast.Call) else found)
                why = f"A value (`{shown}`) is pasted into the code of `{name}`."
                yield rule.finding(value, why)
                break
            if ctx.strict and not ctx.is_literal(code):
                why = f"The code of `{name}` is no literal."
                yield rule.finding(value, why, severity="low")
                break


def _texts(ctx: Context, value: ast.expr) -> list[ast.expr]:
    """The code of an operator: the value itself, also as ``Code(...)``, or what it holds."""
    if ctx.call_name(value) in _CODES and isinstance(value, ast.Call):
        return value.args[:1]
    if not isinstance(value, ast.Dict):
        return [value]
    pairs = zip(value.keys, value.values, strict=True)
    return [code for key, code in pairs if getattr(key, "value", None) in _CODE]


@rule.on_call(*_CODES)
def visit_function(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    """``Code(f"function() {...}")``, as for ``map_reduce``, outside an operator."""
    inside = isinstance(ctx.parent(call), ast.Dict)
    value = pasted(ctx, call.args[0] if call.args else None)
    if value is not None and not inside and not ctx.is_expectation(call):
        shown = dotted(value.func if isinstance(value, ast.Call) else value)
        yield rule.finding(call.args[0], f"A value (`{shown}`) is pasted into JavaScript.")


@rule.on_method(*_FINDS)
def visit_filter(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    given = ctx.argument(call, 0, "filter")
    given = ctx.origin(given) or given
    if given is None or not _DRIVERS & imported(ctx) or ctx.is_expectation(call):
        return
    if getattr(call.func, "attr", "") == "where":
        if pasted(ctx, given) is not None and "this." in ctx.segment(given):
            yield rule.finding(given, "A value is pasted into the code of `where`.")
    elif isinstance(given, ast.Call):
        parses = ctx.name(given.func) in {"json.loads", "bson.json_util.loads", "eval"}
        text = given.args[0] if parses and given.args else None
        if pasted(ctx, text) is not None or (ctx.strict and is_built(ctx, text)):
            yield rule.finding(given, "This filter is parsed from a text with a value in it.")
    elif ctx.strict and isinstance(given, ast.Dict):
        for value in given.values:
            if _is_sent(ctx, value):
                why = "What a client sends is taken as it is: it may hold operators."
                yield rule.finding(value, why, severity="low")


def _is_sent(ctx: Context, value: ast.expr) -> bool:
    """Whether a value is a part of the body of a request, of whatever type it is."""
    while isinstance(value, ast.Subscript | ast.Attribute | ast.Call):
        name = ctx.name(value) or ctx.call_name(value)
        if name in {"flask.request.json", "flask.request.get_json"}:
            return True
        value = value.func if isinstance(value, ast.Call) else value.value
    return False
