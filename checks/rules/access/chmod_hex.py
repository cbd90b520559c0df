"""A file mode is written as a hexadecimal or decimal number.

`0x666` is `0o3146` and `777` is `0o1411`: other permissions than anybody reading the
line will think, often with the set-group-id or sticky bit and without the owner's
rights. A test with such a number proves nothing about the mode it seems to check.

A number that is a mode as it stands (`384` is `0o600`) or that is given to something else
than a file (`lamp.color(0x777)`) is not a finding, nor one that is only compared.

Write modes and masks in octal: `0o666`, `0o755`, `os.umask(0o22)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, replace
from checks.context import Context
from checks.rules.access._modes import CHANGES, CREATES, METHODS, miswritten, mode_of

rule = Rule(
    id="chmod-hex",
    severity="low",
    cwe=732,
    bad=[
        Bad(
            "import os\ndef test_a():\n    os.chmod('a', 0x644)",
            fixed="import os\ndef test_a():\n    os.chmod('a', 0o644)",
        ),
        Bad("from os import chmod as allow\nallow('a', 755)"),
        Bad("import os\nMODE = 755\ndef test_a():\n    os.chmod('a', MODE)"),
        Bad(
            "import os\ndef make():\n    os.umask(22)",
            fixed="import os\ndef make():\n    os.umask(0o22)",
        ),
        Bad("import project.files\nproject.files.chmod('a', 0x666)"),
        Bad("from pathlib import Path\nPath('a').mkdir(mode=700)"),
    ],
    good=[
        "import os\nos.chmod('a', 0o644)",
        "import os\nMODE = 420\nos.chmod('a', 0)\nos.chmod('b', MODE)\nos.chmod('c', 384)",
        "def test_a(chmod):\n    chmod.assert_called_with('a', 0x666)",
        "import os\ndef test_a():\n    assert os.stat('a').st_size == 644",
        "import os\ndef make():\n    old = os.umask(0o22)\n    os.umask(old)",
        "def test_a(lamp):\n    lamp.color(0x777)\n    lamp.mkdir('a', 5)",
    ],
)


@rule.on_call(*CHANGES, *CREATES)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    found = mode_of(ctx, call)
    if found:
        yield from _outcomes(found[0], call, ctx)


@rule.on_method(*METHODS, "fchmod")
def visit_method(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    name = ctx.name(call.func)
    if name in CHANGES or name in CREATES:
        return
    found = mode_of(ctx, call)
    mode = found[0] if found else None
    if mode is None and getattr(call.func, "attr", "").endswith("chmod"):
        mode = ctx.argument(call, 1, "mode")  # project.files.chmod(path, mode)
    if mode is not None:
        yield from _outcomes(mode, call, ctx)


@rule.on_call("os.umask")
def visit_umask(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    mask = ctx.argument(call, 0, None)
    if mask is not None:
        yield from _outcomes(mask, call, ctx, is_mask=True)


def _outcomes(
    mode: ast.expr, call: ast.Call, ctx: Context, *, is_mask: bool = False
) -> Iterator[Outcome]:
    number = miswritten(ctx, mode, is_mask=is_mask)
    if number is None or ctx.is_expectation(call):
        return
    assert isinstance(number.value, int)
    written = ctx.segment(number)
    digits = written.lower().removeprefix("0x")
    yield rule.finding(
        mode,
        f"`{written}` is the {'mask' if is_mask else 'mode'} `{oct(number.value)}`, "
        f"not `0o{digits}`.",
        edit=replace(mode, f"0o{digits}") if number is mode else None,
    )
