"""`os.system` or `os.popen` runs a command line that is put together from data.

Both hand the whole line to a shell: a space, a quote or a `;` in a value changes what
runs. A value that the test does not write itself then runs commands on the developer's
machine and on the build server, and the exit status is easily missed.

A literal command, one made of literals, and paths in the test's own temporary folder
are not findings. The `strict` profile names those too, and every start of a program
through `os.exec*` and `os.spawn*`, as low.

Use `subprocess.run(["tool", "--name", name], check=True)`: a list, and no shell.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.inputs._commands import OS_SHELL, command_line, has_wildcard, is_shell, judged

_FORMS = ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")
STARTS = (
    *(f"os.{start}{form}" for start in ("exec", "spawn") for form in _FORMS),
    *("os.posix_spawn", "os.posix_spawnp", "os.startfile"),
)

rule = Rule(
    id="os-system",
    severity="medium",
    cwe=78,
    bad=[
        Bad("import os\ndef test_a(server):\n    os.system(f'kill {server.pid_file}')"),
        Bad("from os import system as sh\nimport sys\nsh('tool ' + sys.argv[1])"),
        Bad("import os\ndef test_a():\n    os.popen('echo %s' % os.getenv('NAME')).read()"),
        Bad("import os as o\no.popen('ls')", profile="strict"),
        Bad("import commands\ncommands.getoutput('ls')", profile="strict"),
        Bad("from popen2 import popen3 as p\np('ls')", profile="strict"),
        Bad("import os\nos.execvp('tool', ['tool'])", profile="strict"),
        Bad("from os import spawnlp, P_WAIT\nspawnlp(P_WAIT, 'cp', 'cp')", profile="strict"),
        Bad("import os as o\nlist(map(o.system, commands))", profile="strict"),
    ],
    good=[
        "import os\ndef test_a():\n    assert os.system('true') == 0",
        "import os\nNAME = 'tool'\ndef test_a():\n    os.system(f'{NAME} --version')",
        "import os\ndef test_a(tmp_path):\n    os.system('ls %s' % tmp_path)",
        "def test_a(os, server):\n    os.system('kill ' + server.pid)",
        Good("import platform\nassert platform.system('a')", profile="strict"),
    ],
)


@rule.on_call(*OS_SHELL)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if not is_shell(ctx, call):
        return
    command = command_line(ctx, call)
    if command is not None and not ctx.strict and has_wildcard(ctx, command):
        return  # A wildcard is `wildcard-shell`'s, which says more.
    yield from judged(rule, ctx, call, command, what=f"`{ctx.name(call.func)}`")


@rule.on_call(*STARTS)
def visit_start(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if ctx.strict:
        name = ctx.name(call.func)
        yield rule.finding(
            call, f"`{name}` starts another program, without a shell.", severity="low"
        )


rule.on_value(*OS_SHELL)
