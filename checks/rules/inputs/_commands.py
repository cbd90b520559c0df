"""Shell command lines: who runs them, what they say, and which part is not the test's own."""

import ast
import re
from collections.abc import Iterator

from checks.api import Outcome, Rule
from checks.context import Context
from checks.literals import UNKNOWN
from checks.model import Edit
from checks.rules.cleanup._temporary import is_own_temporary
from checks.rules.inputs._origins import origin
from checks.rules.inputs._sources import MADE, Data, Origin

WITH_SHELL = tuple(
    f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen")
)
ALWAYS_SHELL = ("subprocess.getoutput", "subprocess.getstatusoutput")
OS_SHELL = (
    *("os.system", "os.popen", "os.popen2", "os.popen3", "os.popen4", "popen2.popen2"),
    *("popen2.popen3", "popen2.popen4", "popen2.Popen3", "popen2.Popen4"),
    *("commands.getoutput", "commands.getstatusoutput", "commands.getstatus"),
)
_SHELL_POSITION = 8  # of ``Popen`` and what hands its arguments on
_COMMAND_NAMES = ("args", "cmd", "command")
_GAP = "\0"
_DEPTH = 20
# Programs that take a file called `--something` for an option that runs or changes more.
_EXPANDING = re.compile(r"(?:^|[\s;&|(/])(?:chown|chmod|tar|rsync|zip|scp|7z)\s(?P<rest>[^;&|]*)")
_BARE_STAR = re.compile(r"(?<!\s--)(?<!^--)\s\*")


def foreign_part(ctx: Context, command: ast.expr) -> Data:
    """The origin of a command line; paths in the test's own temporary place are its own."""
    data = origin(ctx, command, trust_paths=True)
    if data.origin is Origin.MADE or is_own_temporary(ctx, command):
        return MADE
    return data


def is_composed(ctx: Context, command: ast.expr) -> bool:
    """Whether a command line is put together here: f-string, ``%``, ``+``, ``format``, ``join``."""
    value = ctx.origin(command) or command
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Attribute) and value.func.attr in {"format", "join"}
    return isinstance(value, ast.JoinedStr | ast.BinOp)


def is_foreign(ctx: Context, command: ast.expr, data: Data) -> bool:
    """Whether a command line holds what the test does not write: from outside, or put in here."""
    if data.origin is Origin.UNKNOWN:
        return is_composed(ctx, command)
    return data.origin is Origin.OUTSIDE


def truth(ctx: Context, node: ast.expr) -> bool | None:
    """Whether an expression counts as true, as far as it is a literal; None when it is not."""
    value = ctx.literal(node)
    if value is not UNKNOWN:
        return bool(value)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return bool(node.elts)
    if isinstance(node, ast.Dict):
        return bool(node.keys)
    return None


def has_shell(ctx: Context, call: ast.Call) -> bool:
    """Whether ``shell`` is on; in ``strict`` also where the file does not show that it is off."""
    shell = ctx.argument(call, _SHELL_POSITION, "shell") or _spread(ctx, call, "shell")
    if shell is None:
        return False
    on = truth(ctx, shell)
    return ctx.strict if on is None else on


def _spread(ctx: Context, call: ast.Call, name: str) -> ast.expr | None:
    """The argument *name* of ``**{"name": value}``, where it is spelled out."""
    for keyword in call.keywords:
        given = None if keyword.arg else (ctx.origin(keyword.value) or keyword.value)
        if isinstance(given, ast.Dict):
            for key, value in zip(given.keys, given.values, strict=True):
                if ctx.text(key) == name:
                    return value
    return None


def is_shell(ctx: Context, call: ast.Call) -> bool:
    """Whether one of the calls that can start a shell does, with some command line."""
    given = bool(call.args or call.keywords)
    return given and (ctx.name(call.func) not in WITH_SHELL or has_shell(ctx, call))


def command_line(ctx: Context, call: ast.Call) -> ast.expr | None:
    """The command line that a call of the standard library is given; None where not shown."""
    given = (ctx.argument(call, 0, name) for name in _COMMAND_NAMES)
    return next((command for command in given if command is not None), None)


def written(ctx: Context, command: ast.expr, depth: int = 0) -> str:
    """What a command line says as far as it is literal; the rest is a NUL character."""
    value = ctx.origin(command) or command
    if depth > _DEPTH:
        return _GAP
    if isinstance(value, ast.List | ast.Tuple):
        return " ".join(written(ctx, item, depth + 1) for item in value.elts)
    if isinstance(value, ast.JoinedStr):
        return "".join(written(ctx, part, depth + 1) for part in value.values)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mod):
        return written(ctx, value.left, depth + 1)
    if isinstance(value, ast.BinOp):
        return _written_sum(ctx, value)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        is_format = value.func.attr == "format"
        return written(ctx, value.func.value, depth + 1) if is_format else _GAP
    text = ctx.text(value)
    return _GAP if text is None else text


def _written_sum(ctx: Context, value: ast.expr) -> str:
    """A chain of ``+``, which may be long: without recursion along its left side."""
    parts = []
    while isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        parts.append(ctx.text(value.right) or _GAP)
        value = value.left
    parts.append(ctx.text(value) or _GAP)
    return "".join(reversed(parts))


def has_wildcard(ctx: Context, command: ast.expr) -> bool:
    """Whether a shell expands ``*`` into arguments of a program that has dangerous options.

    In ``strict`` any ``*``; else only one that begins a word, since ``dir/*`` gives
    names that begin with ``dir/`` and are no options.
    """
    for found in _EXPANDING.finditer(written(ctx, command)):
        rest = " " + found["rest"]
        if "*" in rest if ctx.strict else _BARE_STAR.search(rest):
            return True
    return False


def judged(
    rule: Rule,
    ctx: Context,
    call: ast.Call,
    command: ast.expr | None,
    *,
    what: str,
    edit: Edit | None = None,
) -> Iterator[Outcome]:
    """What a rule says of a command line that *what* runs.

    A literal one is a finding in ``strict`` alone, and of low severity.
    """
    if command is None:
        if ctx.strict:
            yield rule.finding(call, f"{what} runs a command line.", severity="low")
        return
    listed = isinstance(command, ast.List | ast.Tuple)
    data = foreign_part(ctx, command)
    if not ctx.strict and (listed or not is_foreign(ctx, command, data)):
        return
    if data.origin is Origin.OUTSIDE:
        reason = f"{what} runs a command line that holds data from {data.source}."
        yield rule.finding(call, reason, edit=edit, severity=data.severity or "high")
    elif data.origin is Origin.UNKNOWN:
        reason = (
            f"{what} runs a command line that is put together from values which this "
            "test does not write; any of them can add a command."
        )
        yield rule.finding(call, reason, edit=edit)
    else:
        reason = f"{what} runs a command line that this test writes; no shell is needed for that."
        yield rule.finding(call, reason, edit=edit, severity="low")
