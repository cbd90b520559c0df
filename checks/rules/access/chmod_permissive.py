"""A file or folder is made writable for everyone.

With a world-writable mode every user of the machine can change the file: on a shared
build server another job can plant code or data there, and the tests use it.

A path below the test's own temporary folder or on a faked file system is not a finding, nor a
call that the test has replaced: none gives anybody anything. Nor is a test that is about modes
by its name. The `strict` profile reports every mode that lets others write or run a file,
wherever it lies.

Give no more than the test needs: `0o600` for a file, `0o700` for a folder, or let
`tmp_path` and `tempfile.mkdtemp()` make a private one.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.access._modes import (
    CHANGES,
    CREATES,
    LOOSE,
    METHODS,
    S_ISVTX,
    S_IWOTH,
    miswritten,
    mode_of,
    permits,
)
from checks.rules.access._patched import is_elsewhere, is_replaced
from checks.rules.cleanup._temporary import is_own_temporary

_ABOUT_MODES = re.compile(r"(?i)perm(s|ission)?(_|$)|writ[ae]ble|chmod|umask|_modes?(_|$)|777|666")

rule = Rule(
    id="chmod-permissive",
    severity="medium",
    cwe=732,
    bad=[
        Bad("import os\ndef test_a():\n    os.chmod('/srv/data', 0o777)"),
        Bad("from os import chmod as allow\nimport stat\nallow(path, stat.S_IRWXU | stat.S_IRWXO)"),
        Bad("from pathlib import Path\nPath('build/run.sh').chmod(0o766)"),
        Bad(
            "import os\nfrom unittest import mock\nclass TestA:\n    def test_a(self):\n"
            "        os.chmod('/srv/data', 0o777)  # <-\n    @mock.patch('os.chmod')\n"
            "    def test_b(self, chmod):\n        chmod.assert_not_called()"
        ),
        Bad(
            "import os\nclass TestA:\n    OPEN = 0o777\n    def setUp(self):\n"
            "        os.chmod('/srv/data', self.OPEN)"
        ),
        Bad(
            "import os, stat\ndef share():\n    mode = stat.S_IRWXU\n    mode |= stat.S_IRWXO\n"
            "    os.chmod('/srv/data', mode)"
        ),
        Bad("import os\nos.makedirs('/srv/data', mode=0o777)"),
        Bad("import os\nfd = os.open('state.db', os.O_CREAT | os.O_RDWR, 0o666)"),
        Bad("import os\ndef test_a(tmp_path):\n    os.chmod(tmp_path, 0o755)", profile="strict"),
        Bad("def test_a(sftp):\n    sftp.chmod('/srv/data', 0o777)", profile="strict"),
    ],
    good=[
        "import os\ndef test_a():\n    os.chmod('/srv/data', 0o755)",
        "import os\ndef test_a(tmp_path):\n    os.chmod(tmp_path / 'a', 0o777)",
        "import os, stat\nos.chmod('/srv/drop', 0o1777)\nos.chmod('a', stat.S_IRWXU)",
        (
            "import os\nfrom unittest import mock\n@mock.patch('os.chmod')\n"
            "def test_a(chmod):\n    os.chmod('/srv/data', 0o777)"
        ),
        "import os\ndef test_a(fs):\n    os.chmod('/srv/data', 0o777)",
        "import os\ndef test_a(monkeypatch, tmp_path):\n    monkeypatch.chdir(tmp_path)\n"
        "    os.chmod('run.sh', 0o777)",
        "def test_a(chmod):\n    chmod.assert_called_once_with('/srv/data', 0o777)",
        (
            "import os\nfrom unittest import mock\nclass TestA:\n    @mock.patch('os.chmod')\n"
            "    def setUp(self, chmod):\n        os.chmod('/srv/data', 0o777)"
        ),
        "import os\ndef test_world_writable_cache(cache):\n    os.chmod(cache, 0o666)",
        "def test_a(sftp):\n    sftp.chmod('/srv/data', 0o777)",
        Good("import os\nos.chmod('/srv/data', 0o640)", profile="strict"),
    ],
)


@rule.on_call(*CHANGES, *CREATES)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    found = mode_of(ctx, call)
    if found is None:
        return
    mode, name = found
    bits = permits(ctx, mode)
    if not bits or miswritten(ctx, mode):
        return
    changes = name in CHANGES or name.endswith("chmod")
    if _is_open(ctx, call, bits, name):
        yield rule.finding(
            mode,
            f"Mode `{oct(bits)}` lets every user of the machine write"
            + ("." if changes else ", unless the umask of the run takes it away."),
            severity=None if changes else "low",
        )
    elif ctx.strict and changes and bits & LOOSE:
        yield rule.finding(
            mode,
            f"Mode `{oct(bits)}` lets others than the owner write or run it.",
            severity="medium" if bits & S_IWOTH else "low",
        )


@rule.on_method(*METHODS)
def visit_method(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    name = ctx.name(call.func)
    if name is None:
        yield from visit(call, ctx)
    elif ctx.strict and name not in CHANGES and name.endswith("chmod"):
        mode = ctx.argument(call, 1, "mode")
        bits = permits(ctx, mode) if mode else None
        if mode and bits and bits & LOOSE and not miswritten(ctx, mode):
            why = f"Mode `{oct(bits)}` lets others than the owner write or run it."
            yield rule.finding(mode, why, severity="low")


def _is_open(ctx: Context, call: ast.Call, bits: int, name: str) -> bool:
    """Whether everyone may write to something that others can reach."""
    if not bits & S_IWOTH or bits & S_ISVTX or ctx.is_expectation(call):
        return False
    function = ctx.function(call)
    if function is not None and _ABOUT_MODES.search(function.name) and ctx.scopes.in_test(call):
        return False
    method = call.func if "." not in name else None
    path = method.value if isinstance(method, ast.Attribute) else None
    path = path or (call.args[0] if call.args else None)
    if is_own_temporary(ctx, path) or is_elsewhere(ctx, call):
        return False
    return not is_replaced(ctx, call, name.rpartition(".")[2])
