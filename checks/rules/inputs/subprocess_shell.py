"""A shell runs a command line that is put together from data.

With `shell=True` every value inside the command line is read by the shell: a space, a
quote or a `;` in it changes what runs. A value that the test does not write itself
then runs commands on the developer's machine and on the build server.

Pass a list and no shell: `subprocess.run(["tool", "--name", name], check=True)`. Where
a shell is needed, quote each value with `shlex.quote`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.inputs._commands import foreign_part, is_composed
from checks.rules.inputs._sources import Origin

WITH_SHELL = frozenset(
    f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen")
)
ALWAYS_SHELL = frozenset({"subprocess.getoutput", "subprocess.getstatusoutput"})

rule = Rule(
    id="subprocess-shell",
    words=("subprocess",),
    severity="medium",
    cwe=78,
    bad=[
        Bad(
            "import os, subprocess\n"
            "def test_a():\n"
            "    subprocess.run('tool ' + os.environ['TOOL_ARGS'], shell=True)"
        ),
        Bad(
            "from subprocess import check_output as out\n"
            "def test_a(server):\n"
            "    out(f'ping -c 1 {server.host}', shell=True)"
        ),
        Bad(
            "import subprocess\n"
            "def test_a():\n"
            "    for line in open('commands.txt'):\n"
            "        subprocess.getoutput(line)"
        ),
    ],
    good=[
        "import subprocess\ndef test_a():\n    subprocess.run('ls | wc -l', shell=True)",
        "import subprocess\ndef test_a(server):\n    subprocess.run(['ping', server.host])",
        (
            "import subprocess, sys\ndef test_a(tmp_path):\n"
            "    subprocess.run(f'{sys.executable} -m tool {tmp_path}', shell=True, check=True)"
        ),
        (
            "import shlex, subprocess\ndef test_a(server):\n"
            "    subprocess.run(f'ping {shlex.quote(server.host)}', shell=True, check=True)"
        ),
        (
            "import subprocess\ndef test_a(host, execute):\n"
            "    execute.assert_called_with(subprocess.run(f'ping {host}', shell=False))"
        ),
        Good("import subprocess\ndef run(command):\n    subprocess.run(command, shell=True)"),
    ],
)


@rule.on(ast.Call)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    name = ctx.name(call.func)
    if name in WITH_SHELL:
        shell = ctx.keyword(call, "shell")
        if shell is None or not ctx.is_true(shell.value):
            return
    elif name not in ALWAYS_SHELL:
        return
    command = ctx.argument(call, 0, "args" if name in WITH_SHELL else "cmd")
    if command is None or isinstance(command, ast.List | ast.Tuple):
        return
    data = foreign_part(ctx, command)
    if data.origin is Origin.OUTSIDE:
        yield rule.finding(
            call,
            f"The shell runs a command line that holds data from {data.source}.",
            severity=data.severity or "high",
        )
    elif data.origin is Origin.UNKNOWN and (ctx.strict or is_composed(ctx, command)):
        yield rule.finding(
            call,
            "The shell runs a command line that is put together from values which this "
            "test does not write; any of them can add a command.",
        )
