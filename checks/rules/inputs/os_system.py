"""`os.system` or `os.popen` runs a command line that is put together from data.

Both hand the whole line to a shell: a space, a quote or a `;` in a value changes what
runs. A value that the test does not write itself then runs commands on the developer's
machine and on the build server, and the exit status is easily missed.

Use `subprocess.run(["tool", "--name", name], check=True)`: a list, and no shell.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.inputs._commands import foreign_part, is_composed
from checks.rules.inputs._sources import Origin

CALLS = frozenset({"os.system", "os.popen"})

rule = Rule(
    id="os-system",
    words=("system", "popen"),
    severity="medium",
    cwe=78,
    bad=[
        Bad("import os\ndef test_a(server):\n    os.system(f'kill {server.pid_file}')"),
        Bad("from os import system as sh\nimport sys\nsh('tool ' + sys.argv[1])"),
        Bad("import os\ndef test_a():\n    os.popen('echo %s' % os.getenv('NAME')).read()"),
    ],
    good=[
        "import os\ndef test_a():\n    assert os.system('true') == 0",
        "import os\nNAME = 'tool'\ndef test_a():\n    os.system(f'{NAME} --version')",
        "import os\ndef test_a(tmp_path):\n    os.system('ls %s' % tmp_path)",
        "def test_a(os, server):\n    os.system('kill ' + server.pid)",
    ],
)


@rule.on(ast.Call)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    name = ctx.name(call.func)
    if name not in CALLS:
        return
    command = ctx.argument(call, 0, "command" if name == "os.system" else "cmd")
    if command is None:
        return
    data = foreign_part(ctx, command)
    if data.origin is Origin.OUTSIDE:
        yield rule.finding(
            call,
            f"`{name}` runs a command line that holds data from {data.source}.",
            severity=data.severity or "high",
        )
    elif data.origin is Origin.UNKNOWN and (ctx.strict or is_composed(ctx, command)):
        yield rule.finding(
            call,
            f"`{name}` runs a command line that is put together from values which this "
            "test does not write; any of them can add a command.",
        )
