"""An archive that the test has not made is unpacked without a filter.

A tar archive can hold absolute names, `..` and links: unpacked as it is, it writes
outside the folder it is given, over any file the tests may write. Python before 3.14
trusts it unless a filter is named.

Name the filter: `archive.extractall(folder, filter="data")`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, replace
from checks.context import Context
from checks.model import Edit
from checks.rules.cleanup._temporary import is_own_temporary

OPENS = frozenset({"tarfile.open", "tarfile.TarFile", "tarfile.TarFile.open"})
IN_MEMORY = frozenset({"io.BytesIO", "BytesIO"})

rule = Rule(
    id="tarfile-extract",
    words=("tarfile",),
    severity="medium",
    cwe=22,
    bad=[
        Bad(
            "import tarfile\ndef test_a(target):\n    with tarfile.open('data.tar') as tar:\n"
            "        tar.extractall(target)",
            fixed="import tarfile\ndef test_a(target):\n    with tarfile.open('data.tar') as tar:\n"
            "        tar.extractall(target, filter='data')",
        ),
        Bad(
            "import tarfile as t\nt.open(download).extractall()",
            fixed="import tarfile as t\nt.open(download).extractall(filter='data')",
        ),
        Bad("from tarfile import open as untar\nbundle = untar(path)\nbundle.extract('a', 'b')"),
    ],
    good=[
        (
            "import tarfile\ndef test_a(target):\n    with tarfile.open('data.tar') as tar:\n"
            "        tar.extractall(target, filter='data')"
        ),
        (
            "import tarfile\ndef test_a(tmp_path):\n    with tarfile.open(tmp_path / 'a') as tar:\n"
            "        tar.extractall(tmp_path)"
        ),
        (
            "import tarfile\ndef test_a(target):\n    with tarfile.open('a.tar', 'w') as tar:\n"
            "        tar.add('x')\n    with tarfile.open('a.tar') as tar:\n"
            "        tar.extractall(target)"
        ),
        (
            "import zipfile\ndef test_a(target):\n    with zipfile.ZipFile('a.zip') as archive:\n"
            "        archive.extractall(target)"
        ),
        "def test_a(tarfile, target):\n    tarfile.open('data.tar').extractall(target)",
    ],
)


@rule.on(ast.Call)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in {"extractall", "extract"}:
        return
    if any(k.arg in {"filter", None} for k in call.keywords):
        return
    opened = _opened(ctx, function.value)
    if opened is None or _is_made_here(ctx, call, opened):
        return
    yield rule.finding(
        call,
        f"`{function.attr}` without a filter writes wherever the archive's member names say.",
        edit=_edit(call, ctx),
    )


def _opened(ctx: Context, archive: ast.expr) -> ast.Call | None:
    """The call that opened an archive, directly, by assignment or by ``with``."""
    values: list[ast.AST | None] = [archive]
    if isinstance(archive, ast.Name):
        for binding in ctx.names.bindings(archive):
            holder = ctx.parent(binding)
            values.append(getattr(holder, "value", None) or getattr(holder, "context_expr", None))
    for value in values:
        if isinstance(value, ast.Call) and ctx.name(value.func) in OPENS:
            return value
    return None


def _is_made_here(ctx: Context, call: ast.Call, opened: ast.Call) -> bool:
    if any(is_own_temporary(ctx, argument) for argument in opened.args):
        return True
    source = ctx.argument(opened, 2, "fileobj")
    if source is not None and ctx.call_name(ctx.origin(source) or source) in IN_MEMORY:
        return True
    holder = ctx.class_of(call) or ctx.function(call) or ctx.tree.module
    for other in ctx.nodes(ast.Call, inside=holder):
        name = ctx.name(other.func)
        if name == "shutil.make_archive" or (name in OPENS and _writes(ctx, other)):
            return True
    return False


def _writes(ctx: Context, opened: ast.Call) -> bool:
    mode = ctx.text(ctx.argument(opened, 1, "mode")) or "r"
    return mode[:1] in {"w", "x", "a"}


def _edit(call: ast.Call, ctx: Context) -> Edit | None:
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    given = [*(ctx.segment(a) for a in call.args), *(ctx.segment(k) for k in call.keywords)]
    return replace(
        call, f"{ctx.segment(call.func)}({', '.join([*given, 'filter=' + repr('data')])})"
    )
