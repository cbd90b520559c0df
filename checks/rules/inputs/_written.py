"""Files that a test writes itself, and those in a temporary place of its own."""

import ast
import re

from checks.context import Context
from checks.rules.cleanup._temporary import is_own_temporary
from checks.rules.inputs._sources import OPENERS

_MODE = re.compile("[rwaxbtU+]{1,4}")


def is_written_here(ctx: Context, call: ast.Call) -> bool:
    """Whether the test writes the file, or it is a pipe or lies in a temporary place of its own."""
    path = call.args[0] if call.args else getattr(call.func, "value", None)
    if isinstance(path, ast.Name) and _is_pipe(ctx, path):
        return True
    if is_own_temporary(ctx, path) or is_own_temporary(ctx, getattr(call.func, "value", None)):
        return True
    holder: ast.AST | None = ctx.function(call)
    owner = ctx.class_of(call)
    if owner is not None and not owner.name.startswith("Test"):
        # A helper class that saves and loads; of a test class, each test is on its own.
        holder = holder if ctx.scopes.is_test_case(owner) else owner
    return holder is not None and any(
        writes(ctx, other) for other in ctx.nodes(ast.Call, inside=holder)
    )


def _is_pipe(ctx: Context, descriptor: ast.Name) -> bool:
    holders = (ctx.statement(binding) for binding in ctx.names.bindings(descriptor))
    return any(ctx.call_name(getattr(holder, "value", None)) == "os.pipe" for holder in holders)


def writes(ctx: Context, call: ast.Call) -> bool:
    """Whether a call writes a file: ``write_text``, ``dump``, or a mode that is not reading."""
    method = getattr(call.func, "attr", "")
    if method in {"write", "write_text", "write_bytes", "writelines", "dump", "savez", "copyfile"}:
        return True
    if ctx.name(call.func) in OPENERS or method == "open":
        mode = ctx.text(ctx.argument(call, 1 if ctx.name(call.func) in OPENERS else 0, "mode"))
        return bool(mode and _MODE.fullmatch(mode) and set(mode) & set("wax+"))
    return False
