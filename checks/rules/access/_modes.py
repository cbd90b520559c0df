"""File modes as they are written in calls: which calls take one, and what it permits."""

import ast
import re
from functools import reduce
from operator import or_

from checks.context import Context
from checks.rules._origins import origin

S_IWOTH = 0o002
S_ISVTX = 0o1000
LOOSE = 0o033
"""Write and run, for the group and for others: reading alone is left out."""
# Of ``stat``: the constants that a mode is put together from.
_BITS = {
    "S_IRWXU": 0o700,
    "S_IRUSR": 0o400,
    "S_IWUSR": 0o200,
    "S_IXUSR": 0o100,
    "S_IREAD": 0o400,
    "S_IWRITE": 0o200,
    "S_IEXEC": 0o100,
    "S_IRWXG": 0o070,
    "S_IRGRP": 0o040,
    "S_IWGRP": 0o020,
    "S_IXGRP": 0o010,
    "S_IRWXO": 0o007,
    "S_IROTH": 0o004,
    "S_IWOTH": S_IWOTH,
    "S_IXOTH": 0o001,
    "S_ISVTX": S_ISVTX,
}
# Where the mode stands: its position and its name. The operating system's umask
# narrows the mode of what is created, but not that of ``chmod``.
CHANGES = {"os.chmod": 1, "os.fchmod": 1, "os.lchmod": 1}
CREATES = {"os.mkdir": 1, "os.makedirs": 1, "os.open": 2, "os.mkfifo": 1, "os.mknod": 1}
METHODS = {"chmod": 0, "lchmod": 0, "mkdir": 0, "touch": 0}
_HEXADECIMAL = re.compile(r"0[xX][0-7]{3,4}")
# Decimal numbers that are modes to the eye. 420 and its like are meant: 0o644.
_DECIMAL = frozenset(
    number
    for numbers in (
        "440 444 550 555 600 640 644 660 664 666 700 711",
        "744 750 755 766 770 775 777 1777 2755 2775 4755",
    )
    for number in numbers.split()
)
_MASKS = frozenset({"22", "27", "77", "0x22", "0x27", "0x77", "0x022", "0x027", "0x077"})


def mode_of(ctx: Context, call: ast.Call) -> tuple[ast.expr, str] | None:
    """The mode argument of a call that sets one, and what is called; None for other calls.

    Module functions of ``os`` by their name; ``chmod``, ``mkdir`` and ``touch`` as
    methods only where the mode is a number, as those of ``pathlib`` are.
    """
    name = ctx.name(call.func)
    if name:
        position = CHANGES.get(name, CREATES.get(name))
        if position is None:
            return None
        mode = ctx.argument(call, position, "mode")
        if name == "os.open" and not _creates(ctx, call):
            return None
        return (mode, name) if mode is not None else None
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in METHODS:
        return None
    position = METHODS[call.func.attr]
    if call.func.attr.endswith("chmod") and len(call.args) > 1:
        if not ctx.strict:
            return None
        position = 1  # of another library: ``sftp.chmod(path, mode)``
    mode = ctx.argument(call, position, "mode")
    if mode is None or len(call.args) > position + 1:
        return None
    return mode, call.func.attr


def _creates(ctx: Context, call: ast.Call) -> bool:
    """Whether the flags of ``os.open`` create the file, so that its mode has a meaning."""
    flags = ctx.argument(call, 1, "flags")
    flags = ctx.origin(flags) or flags
    return flags is not None and any(
        ctx.name(n) == "os.O_CREAT" for n in ctx.nodes(ast.Attribute, ast.Name, inside=flags)
    )


def permits(ctx: Context, mode: ast.expr) -> int | None:
    """The bits a mode is known to set; None when nothing of it is known."""
    if isinstance(mode, ast.BinOp) and isinstance(mode.op, ast.BitOr):
        known = [v for side in (mode.left, mode.right) if (v := permits(ctx, side)) is not None]
        return known[0] | known[-1] if known else None
    module, _, bit = (ctx.name(mode) or "").rpartition(".")
    if module == "stat":
        return _BITS.get(bit)
    if isinstance(mode, ast.Call) and ctx.name(mode.func) == "int" and mode.args:
        return _octal(ctx.text(mode.args[0]), ctx.literal(ctx.argument(mode, 1, "base")))
    value = ctx.literal(mode)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    made = origin(ctx, mode)
    if isinstance(made, ast.BinOp | ast.Constant):
        return permits(ctx, made)
    return _added(ctx, mode) if isinstance(mode, ast.Name) else None


def _added(ctx: Context, name: ast.Name) -> int | None:
    """The bits that a name is given, and is given more of: ``mode |= stat.S_IRWXO``."""
    holders = [ctx.parent(binding) for binding in ctx.names.bindings(name)]
    given = [h for h in holders if isinstance(h, ast.Assign | ast.AugAssign)]
    joined = [h for h in given if isinstance(h, ast.AugAssign) and isinstance(h.op, ast.BitOr)]
    if not joined or len(joined) != len(holders) - 1:
        return None
    known = [bits for h in given if (bits := permits(ctx, h.value)) is not None]
    return reduce(or_, known) if known else None


def _octal(text: str | None, base: object) -> int | None:
    """``int("777", 8)``."""
    return int(text, 8) if base == 8 and text and re.fullmatch(r"[0-7]+", text) else None


def miswritten(ctx: Context, mode: ast.expr, *, is_mask: bool = False) -> ast.Constant | None:
    """The number whose octal digits are written as another kind: ``0x666``, ``777``; or None.

    It is the mode, or what the name of the mode is given once. A mask (``umask``) has
    other digits than a mode.
    """
    number = ctx.origin(mode) or mode
    if not (isinstance(number, ast.Constant) and type(number.value) is int):
        return None
    written = ctx.segment(number)
    if is_mask:
        return number if written in _MASKS else None
    return number if _HEXADECIMAL.fullmatch(written) or written in _DECIMAL else None
