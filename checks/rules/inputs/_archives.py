"""Archives: how they are opened, and whose they are."""

import ast

from checks.context import Context
from checks.rules.cleanup._temporary import attribute_values, is_own_temporary
from checks.rules.inputs._downloads import is_download
from checks.rules.inputs._origins import origin
from checks.rules.inputs._sources import FILE, NETWORK, Data, Origin

_READERS = ("open", "TarFile", "TarFile.open", "TarFile.gzopen", "TarFile.bz2open")
OPENS = frozenset(f"tarfile.{name}" for name in (*_READERS, "TarFile.xzopen", "TarFile.taropen"))
ZIPS = frozenset({"zipfile.ZipFile", "zipfile.PyZipFile"})


def opened_by(ctx: Context, archive: ast.expr, kinds: frozenset[str]) -> ast.Call | None:
    """The call that opened an archive, directly, by assignment or by ``with``."""
    values: list[ast.AST | None] = [archive]
    values += attribute_values(ctx, archive)
    if isinstance(archive, ast.Name):
        for binding in ctx.names.bindings(archive):
            holder = ctx.parent(binding)
            values.append(getattr(holder, "value", None) or getattr(holder, "context_expr", None))
    for value in values:
        if isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "enter_context":
            value = value.args[0] if value.args else None
        if isinstance(value, ast.Call) and ctx.name(value.func) in kinds:
            return value
    return None


def archive_origin(ctx: Context, opened: ast.Call) -> Data:
    """Whose the archive is; a path that the test names is one to a file it did not write."""
    if is_download(ctx, opened):
        return NETWORK
    source = ctx.argument(opened, 2, "fileobj")
    if source is not None:
        return origin(ctx, source)
    data = origin(ctx, ctx.argument(opened, 0, "name"))
    return FILE if data.origin is Origin.MADE else data


def is_made_here(ctx: Context, call: ast.Call, opened: ast.Call) -> bool:
    """Whether the test, or another test of its class, makes archives, or it is in its own place."""
    given = [*opened.args, *(keyword.value for keyword in opened.keywords)]
    if any(is_own_temporary(ctx, argument) for argument in given):
        return True
    holder = ctx.class_of(call) or ctx.function(call) or ctx.tree.module
    if any(True for _ in ctx.calls("shutil.make_archive", inside=holder)):
        return True
    return any(_writes(ctx, other) for other in ctx.calls(*OPENS, inside=holder))


def _writes(ctx: Context, opened: ast.Call) -> bool:
    mode = ctx.text(ctx.argument(opened, 1, "mode")) or "r"
    return mode[:1] in {"w", "x", "a"}
