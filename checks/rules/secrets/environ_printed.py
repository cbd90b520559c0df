"""The whole environment is printed or logged.

The environment of a build holds its tokens and passwords. What a test prints is kept in the
log, which more people can read than the secret store; masking by the build service covers
only the values that it knows, in the form in which it knows them. A program that lists the
environment on the screen (`env`, `printenv`) prints it as well. The names alone, a choice of
variables, and the environment handed to a program are not findings.

Print the one variable that matters, or only the names: `print(sorted(os.environ))`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.secrets._sinks import shown_by
from checks.rules.secrets._whole_environment import whole_environments

_LISTS = frozenset({"env", "printenv", "set", "export", "export -p"})
_CAUGHT = ("stdout", "capture_output", "env")

rule = Rule(
    id="environ-printed",
    severity="medium",
    cwe=532,
    bad=[
        Bad("import os\ndef test_env():\n    print(os.environ)"),
        Bad("from os import environ as env\nimport logging\nlogging.info('env: %s', dict(env))"),
        Bad("import json, os\ndef dump():\n    print(json.dumps(dict(os.environ), indent=2))"),
        Bad("import os\nfrom pprint import pprint as show\nshow({**os.environ})"),
        Bad("import os\nfor name, value in sorted(os.environ.items()):\n    print(name, value)"),
        Bad("import os\nprint('\\n'.join(f'{k}={v}' for k, v in os.environ.items()))"),
        Bad("import os\ndef test_env():\n    env = os.environ.copy()\n    print('with', env)"),
        Bad("import subprocess as sp\ndef test_env():\n    sp.check_call(['env'])"),
    ],
    good=[
        "import os\nprint(sorted(os.environ), len(os.environ), *os.environ)",
        "import os\nprint(os.environ['HOME'], os.environ.get('PATH'), 'CI' in os.environ)",
        "import subprocess, os\nsubprocess.run(['ls'], env=dict(os.environ))",
        "def test_print(environ):\n    print(environ)",
        "import os\nprint(', '.join(os.environ))\nfor name in os.environ:\n    print(name)",
        "import os\nprint({k: v for k, v in os.environ.items() if k.startswith('LC_')})",
        "import subprocess\nsubprocess.run(['env'], env={'A': '1'})\n"
        "subprocess.run(['env', 'A=1', 'tool'])\nsubprocess.run('env', capture_output=True)",
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    told = set()
    for node in whole_environments(ctx) if ctx.mentions(("environ",)) else ():
        call = shown_by(node, ctx)
        if call and call not in told:
            told.add(call)
            reason = "This call shows every variable of the environment, secrets too."
            yield rule.finding(call, reason)


@rule.on_call("os.system", "subprocess.run", "subprocess.call", "subprocess.check_call")
def visit_program(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    given = ctx.argument(call, 0, "args")
    if isinstance(given, ast.List | ast.Tuple):
        given = given.elts[0] if len(given.elts) == 1 else None
    command = (ctx.text(given) or "").partition("|")[0].strip()
    if command in _LISTS and not any(ctx.keyword(call, name) for name in _CAUGHT):
        yield rule.finding(call, "This program shows every variable of the environment.")
