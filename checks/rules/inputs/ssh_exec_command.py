"""A command line that is put together from data runs on another machine.

`SSHClient.exec_command` hands the whole line to the shell of the other machine: a
space, a quote or a `;` in a value changes what runs there, with the rights of the
account that the test logs in with.

A literal command, one made of literals, and a value in `shlex.quote` are not findings;
the `strict` profile names those too, as low.

Quote each value: `client.exec_command(f"tool --name {shlex.quote(name)}")`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.inputs._commands import judged

rule = Rule(
    id="ssh-exec-command",
    severity="medium",
    cwe=78,
    bad=[
        Bad(
            "import paramiko\ndef test_a(server):\n    client = paramiko.SSHClient()\n"
            "    client.connect(server.host)\n"
            "    client.exec_command(f'kill {server.pid_file}')"
        ),
        Bad(
            "from paramiko import SSHClient as Client\nimport os\n"
            "def test_a(host):\n    with Client() as client:\n"
            "        client.exec_command(command='tool ' + os.environ['TOOL_ARGS'])"
        ),
        Bad(
            "import paramiko as p\ndef run(client: p.SSHClient, server):\n"
            "    return client.exec_command('ping {}'.format(server.host))"
        ),
        Bad("import paramiko\nparamiko.SSHClient().exec_command('ls')", profile="strict"),
    ],
    good=[
        "import paramiko\ndef test_a(client):\n    client.exec_command('uptime')",
        (
            "import paramiko, shlex\ndef test_a(client, server):\n"
            "    client.exec_command(f'ping {shlex.quote(server.host)}')"
        ),
        "def test_a(job, name):\n    job.exec_command('start ' + name.title)",
        "import paramiko\ndef test_a(client, n):\n    client.exec_command.assert_called_with(n)",
        Good("def test_a(job):\n    job.exec_command('start')", profile="strict"),
    ],
)


@rule.on_method("exec_command")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if _imports_paramiko(ctx) and not ctx.is_expectation(call):
        command = ctx.argument(call, 0, "command")
        yield from judged(rule, ctx, call, command, what="The shell of the other machine")


def _imports_paramiko(ctx: Context) -> bool:
    for node in ctx.nodes(ast.Import, ast.ImportFrom):
        module = getattr(node, "module", None)
        names = [module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        if any(name.partition(".")[0] == "paramiko" for name in names):
            return True
    return False
