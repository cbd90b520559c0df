"""A shell expands `*` into the arguments of a program with dangerous options.

`tar cf all.tar *` takes a file that is called `--checkpoint-action=exec=...` for an
option. `tar`, `rsync`, `chown`, `chmod`, `zip` and `scp` all have options that run a
command or change more files than meant, so whoever can put a file into the folder says
what runs on the developer's machine and on the build server.

It is a finding in a test where the command also holds a value that the test does not
write. `folder/*` gives names that begin with `folder/`, and `-- *` ends the options:
neither is a finding. The `strict` profile names every `*` in such a command.

Let Python find the files and pass a list, without a shell:
`subprocess.run(["tar", "cf", name, "--", *os.listdir()], check=True)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.inputs._commands import (
    ALWAYS_SHELL,
    OS_SHELL,
    WITH_SHELL,
    command_line,
    foreign_part,
    has_wildcard,
    is_foreign,
    is_shell,
)

rule = Rule(
    id="wildcard-shell",
    words=("*",),
    severity="medium",
    cwe=155,
    bad=[
        Bad("import os\ndef test_a(server):\n    os.system(f'tar cf {server.name}.tar *')"),
        Bad(
            "from subprocess import run as start\n"
            "def test_a(user):\n    start(f'chown {user.name} *', shell=True, check=True)"
        ),
        Bad(
            "import os, subprocess\nsubprocess.getoutput('rsync -a * ' + os.environ['BACKUP_HOST'])"
        ),
        Bad("import os\nos.popen('cd x && chmod -R %s *' % os.getenv('MODE'))"),
    ],
    good=[
        "import os\ndef test_a():\n    os.system('tar cf all.tar *')",
        "import subprocess\ndef test_a(user):\n    subprocess.run(['chown', user.name, '*'])",
        "import os\ndef test_a(tmp_path):\n    os.system(f'chmod 600 {tmp_path}/*')",
        "import os\nNAMES = 'tar *'\ndef test_a(run):\n    run.assert_called_with(NAMES)",
        Good("import subprocess\nsubprocess.run(['chmod', '*'])", profile="strict"),
    ],
)


@rule.on_call(*WITH_SHELL, *ALWAYS_SHELL, *OS_SHELL)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    command = command_line(ctx, call) if is_shell(ctx, call) else None
    if command is None or not has_wildcard(ctx, command):
        return
    if ctx.strict or is_foreign(ctx, command, foreign_part(ctx, command)):
        yield rule.finding(
            call,
            "The shell puts the names of files in place of `*`, and a name that begins with "
            "`-` is read as an option.",
        )
