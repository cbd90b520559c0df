"""The whole environment is printed or logged.

The environment of a build holds its tokens and passwords. What a test prints is kept in the
log, which more people can read than the secret store; masking by the build service covers
only the values that it knows, in the form in which it knows them. The names alone, and the
environment handed to a program, are not findings.

Print the one variable that matters, or only the names: `print(sorted(os.environ))`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.secrets._sinks import prints, shown_by

_NAMES_ONLY = frozenset({"sorted", "list", "len", "set", "tuple"})

rule = Rule(
    id="environ-printed",
    severity="medium",
    cwe=532,
    words=("environ",),
    bad=[
        Bad("import os\ndef test_env():\n    print(os.environ)"),
        Bad("from os import environ as env\nimport logging\nlogging.info('env: %s', dict(env))"),
        Bad("import json, os\ndef dump():\n    print(json.dumps(dict(os.environ), indent=2))"),
        Bad("import os\nfrom pprint import pprint as show\nshow({**os.environ})"),
    ],
    good=[
        "import os\nprint(sorted(os.environ), len(os.environ), *os.environ)",
        "import os\nprint(os.environ['HOME'], os.environ.get('PATH'), 'CI' in os.environ)",
        "import subprocess, os\nsubprocess.run(['ls'], env=dict(os.environ))",
        "def test_print(environ):\n    print(environ)",
    ],
)


@rule.on(ast.Call)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if not (call.args and prints(call, ctx)):
        return
    for node in ctx.nodes(ast.Attribute, ast.Name, inside=call):
        is_environ = ctx.name(node) in {"os.environ", "os.environb"}
        if is_environ and _is_whole(node, ctx) and shown_by(node, ctx) is call:
            reason = "This call shows every variable of the environment, secrets too."
            yield rule.finding(call, reason)
            return


def _is_whole(node: ast.expr, ctx: Context) -> bool:
    holder = ctx.parent(node)
    if isinstance(holder, ast.Attribute):
        return holder.attr in {"copy", "items", "values"}
    return not isinstance(holder, ast.Starred) and ctx.call_name(holder) not in _NAMES_ONLY
