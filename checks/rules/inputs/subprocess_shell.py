"""A shell runs a command line that is put together from data.

With `shell=True` every value inside the command line is read by the shell: a space, a
quote or a `;` in it changes what runs. A value that the test does not write itself
then runs commands on the developer's machine and on the build server.

A literal command, one made of literals, and paths in the test's own temporary folder
are not findings; the `strict` profile names those too, as low.

Pass a list and no shell: `subprocess.run(["tool", "--name", name], check=True)`. Where
a shell is needed, quote each value with `shlex.quote`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.inputs._commands import (
    ALWAYS_SHELL,
    WITH_SHELL,
    command_line,
    has_wildcard,
    is_shell,
    judged,
)
from checks.rules.inputs._unshelled import without_shell

rule = Rule(
    id="subprocess-shell",
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
            "    out(f'ping -c 1 {server.host}', shell=True)",
            fixed="from subprocess import check_output as out\n"
            "def test_a(server):\n"
            "    out(['ping', '-c', '1', f'{server.host}'])",
        ),
        Bad(
            "import subprocess\n"
            "def test_a():\n"
            "    with open('commands.txt') as lines:\n"
            "        for line in lines:\n"
            "            subprocess.getoutput(line)"
        ),
        Bad(
            "import subprocess as sp\nsp.call('ls -l', shell=True, timeout=5)",
            fixed="import subprocess as sp\nsp.call(['ls', '-l'], timeout=5)",
            profile="strict",
        ),
        Bad("import subprocess\nsubprocess.Popen(['ls', '-l'], shell=1)", profile="strict"),
        Bad("from subprocess import getstatusoutput\ngetstatusoutput('ls')", profile="strict"),
        Bad("import subprocess\ndef a(c, s):\n    subprocess.run(c, shell=s)", profile="strict"),
        Bad("import subprocess as sp\nsp.run(command, **{'shell': True})", profile="strict"),
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
        Good("import subprocess\nsubprocess.run(['ls'], shell=False)", profile="strict"),
        Good("import subprocess\nsubprocess.run('ls', shell=0)", profile="strict"),
    ],
)


@rule.on_call(*WITH_SHELL, *ALWAYS_SHELL)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if not is_shell(ctx, call):
        return
    command = command_line(ctx, call)
    if command is not None and not ctx.strict and has_wildcard(ctx, command):
        return  # A wildcard is `wildcard-shell`'s, which says more.
    edit = without_shell(ctx, call, command) if command is not None else None
    yield from judged(rule, ctx, call, command, what="The shell", edit=edit)
