"""`shell=True` makes a function run a command line that is put together from data.

Wrappers around `subprocess` hand `shell=True` on: a space, a quote or a `;` in a value
changes what runs. A value that the test does not write itself then runs commands on
the developer's machine and on the build server.

A literal command, one made of literals, and a call that only says what is expected
(`run.assert_called_with(command, shell=True)`) are not findings. The `strict` profile
names every call that is given `shell=True`.

Give the wrapper a list and leave `shell` out. Where a shell is needed, quote each value
with `shlex.quote`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.inputs._commands import WITH_SHELL, judged, truth

_COMMANDS = ("args", "cmd", "command", "cmdline")

rule = Rule(
    id="shell-true-other",
    words=("shell",),
    severity="medium",
    cwe=78,
    bad=[
        Bad("def test_a(host, server):\n    host.run(f'kill {server.pid_file}', shell=True)"),
        Bad(
            "from tools import execute as ex\nimport os\n"
            "def test_a():\n    ex('tool ' + os.environ['TOOL_ARGS'], shell=True)"
        ),
        Bad("import os, trio\nasync def a():\n    await trio.run_process(input(), shell=True)"),
        Bad("from tools import execute as ex\nex('ls', shell=True)", profile="strict"),
        Bad("import tools as t\nassert t.execute('ls', shell=True) == 0", profile="strict"),
        Bad("options = dict(shell=True)", profile="strict"),
        Bad("import functools, tools\nfunctools.partial(tools.run, shell=True)", profile="strict"),
    ],
    good=[
        "def test_a(host):\n    host.run('ls | wc -l', shell=True)",
        "def test_a(run, name):\n    run.assert_called_once_with(f'ls {name}', shell=True)",
        "def test_a(users, name):\n    users.add('user-' + name, shell='/bin/sh')",
        "def test_a(users):\n    users.add(dict(name='a', shell=True))",
        Good("def test_a(host):\n    host.run('ls', shell=False)", profile="strict"),
    ],
)


@rule.on(ast.keyword)
def visit(keyword: ast.keyword, ctx: Context) -> Iterator[Outcome]:
    if keyword.arg != "shell":
        return
    call = ctx.parent(keyword)
    if not isinstance(call, ast.Call) or not _is_on(ctx, keyword.value):
        return
    name = ctx.name(call.func)
    if name in WITH_SHELL or (not ctx.strict and (name == "dict" or ctx.is_expectation(keyword))):
        return
    given = (ctx.argument(call, 0, name) for name in _COMMANDS)
    command = next((each for each in given if each is not None), None)
    yield from judged(rule, ctx, call, command, what="A function that is given `shell=True`")


def _is_on(ctx: Context, value: ast.expr) -> bool:
    """Whether it is true: a text such as ``"/bin/sh"`` is a login shell, no switch."""
    on = truth(ctx, value)
    if on is None or ctx.text(value):
        return ctx.strict
    return on
