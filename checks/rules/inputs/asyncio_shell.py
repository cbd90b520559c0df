"""An asynchronous shell runs a command line that is put together from data.

`asyncio.create_subprocess_shell` hands the whole line to a shell: a space, a quote or a
`;` in a value changes what runs. A value that the test does not write itself then runs
commands on the developer's machine and on the build server.

A literal command, one made of literals, and paths in the test's own temporary folder
are not findings; the `strict` profile names those too, as low.

Use `asyncio.create_subprocess_exec("tool", "--name", name)`, which takes the words one
by one and starts no shell. Where a shell is needed, quote each value with `shlex.quote`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.inputs._commands import judged

rule = Rule(
    id="asyncio-shell",
    severity="medium",
    cwe=78,
    bad=[
        Bad(
            "import asyncio\nasync def test_a(server):\n"
            "    return await asyncio.create_subprocess_shell(f'kill {server.pid_file}')"
        ),
        Bad(
            "from asyncio import create_subprocess_shell as sh\nimport os\n"
            "async def test_a():\n    return await sh('tool ' + os.environ['TOOL_ARGS'])"
        ),
        Bad(
            "import asyncio\nasync def test_a(server):\n    loop = asyncio.get_running_loop()\n"
            "    return await loop.subprocess_shell(Protocol, 'ping {}'.format(server.host))"
        ),
        Bad(
            "from asyncio import subprocess\nasync def test_a():\n"
            "    return await subprocess.create_subprocess_shell('ls')",
            profile="strict",
        ),
    ],
    good=[
        "import asyncio\nasync def test_a():\n    return await asyncio.create_subprocess_shell('')",
        (
            "import asyncio\nasync def test_a(server):\n"
            "    return await asyncio.create_subprocess_exec('ping', server.host)"
        ),
        (
            "import asyncio, shlex\nasync def test_a(server):\n"
            "    return await asyncio.create_subprocess_shell(f'ping {shlex.quote(server.host)}')"
        ),
        (
            "async def test_a(asyncio, server):\n"
            "    return await asyncio.create_subprocess_shell('kill ' + server.pid)"
        ),
        Good(
            "import asyncio\nasync def a(b):\n    return await asyncio.create_subprocess_exec(b)",
            profile="strict",
        ),
    ],
)


@rule.on_call("asyncio.create_subprocess_shell", "asyncio.subprocess.create_subprocess_shell")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    command = ctx.argument(call, 0, "cmd")
    yield from judged(rule, ctx, call, command, what="An asynchronous shell")


@rule.on_method("subprocess_shell")
def visit_loop(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    command = ctx.argument(call, 1, "cmd")
    yield from judged(rule, ctx, call, command, what="The event loop's shell")
