"""A file or folder is made writable for everyone.

With a world-writable mode every user of the machine can change the file: on a shared
build server another job can plant code or data there, and the tests use it.

Give no more than the test needs: `0o600` for a file, `0o700` for a folder, or let
`tmp_path` and `tempfile.mkdtemp()` make a private one.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.access._modes import CHANGES, S_ISVTX, S_IWOTH, is_miswritten, mode_of, permits
from checks.rules.access._patched import is_replaced
from checks.rules.cleanup._temporary import is_own_temporary

rule = Rule(
    id="chmod-permissive",
    severity="medium",
    cwe=732,
    bad=[
        Bad("import os\ndef test_a():\n    os.chmod('/srv/data', 0o777)"),
        Bad("from os import chmod as allow\nimport stat\nallow(path, stat.S_IRWXU | stat.S_IRWXO)"),
        Bad("from pathlib import Path\nPath('build/run.sh').chmod(0o766)"),
        Bad("import os\nos.makedirs('/srv/data', mode=0o777)"),
        Bad("import os\nfd = os.open('state.db', os.O_CREAT | os.O_RDWR, 0o666)"),
    ],
    good=[
        "import os\ndef test_a():\n    os.chmod('/srv/data', 0o755)",
        "import os\ndef test_a(tmp_path):\n    os.chmod(tmp_path / 'a', 0o777)",
        "import os, stat\nos.chmod('/srv/drop', 0o1777)\nos.chmod('a', stat.S_IRWXU)",
        (
            "import os\nfrom unittest import mock\n@mock.patch('os.chmod')\n"
            "def test_a(chmod):\n    os.chmod('/srv/data', 0o777)"
        ),
        "def test_a(chmod):\n    chmod.assert_called_once_with('/srv/data', 0o777)",
        "def test_a(sftp):\n    sftp.chmod('/srv/data', 0o777)",
    ],
)


@rule.on(ast.Call)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    found = mode_of(ctx, call)
    if found is None:
        return
    mode, name = found
    bits = permits(ctx, mode)
    if not bits or not bits & S_IWOTH or bits & S_ISVTX or is_miswritten(ctx, mode):
        return
    path = call.func.value if "." not in name and isinstance(call.func, ast.Attribute) else None
    path = path or (call.args[0] if call.args else None)
    if is_own_temporary(ctx, path) or is_replaced(ctx, call, name.rpartition(".")[2]):
        return
    if ctx.is_expectation(call):
        return
    changes = name in CHANGES or name.endswith("chmod")
    yield rule.finding(
        mode,
        f"Mode `{oct(bits)}` lets every user of the machine write"
        + ("." if changes else ", unless the umask of the run takes it away."),
        severity=None if changes else "low",
    )
