"""Credentials that a file reads from the environment, and the names that hold them."""

import ast
import re
from collections.abc import Iterator, Mapping

from checks.context import Context
from checks.rules._origins import origin
from checks.rules.secrets._credentials import opens
from checks.rules.secrets._sinks import carried

_READS = ("os.getenv", "os.environ.get", "os.environ.pop", "os.environ.__getitem__")
# A variable of the environment by such a name holds the thing itself, not how it is called.
_VARIABLE = re.compile(
    r"(\w+_)?(token|pat|secret|credentials|private_key|client_key|service_key)(_(\w|prod|live|\d+))?",
    re.IGNORECASE,
)
_ASKS = ("getpass.getpass", "keyring.get_password")
# What a file that reads one mentions.
_WORDS = ("environ", "getenv", "getpass", "get_password")
# From the variable to a header, and from that to what is sent with it.
_STEPS = 3


def secrets_read(ctx: Context) -> tuple[tuple[ast.expr, str], ...]:
    """The places where a real credential stands, with its name.

    Where it is read, and where a name or an attribute of ``self`` stands that was given it, as
    it is or put into a text or a container. Variables that the file itself sets are not real
    ones.
    """
    found = _reads(ctx) if ctx.mentions(_WORDS) else {}
    held: Mapping[ast.expr, str] = found
    for _ in range(_STEPS):
        held = {node: name for node, name in _holding(held, ctx) if node not in found}
        if not held:
            break
        found |= held
    return tuple(found.items())


def _reads(ctx: Context) -> dict[ast.expr, str]:
    reads: dict[ast.expr, str] = {}
    for call in ctx.calls(*_READS):
        _note(reads, call, call.args[0] if call.args else None, ctx)
    for item in ctx.nodes(ast.Subscript) if "environ" in ctx.source.text else ():
        if isinstance(item.ctx, ast.Load) and ctx.name(item.value) == "os.environ":
            _note(reads, item, item.slice, ctx)
    return reads | dict.fromkeys(ctx.calls(*_ASKS), "the password")


def _note(reads: dict[ast.expr, str], node: ast.expr, key: ast.expr | None, ctx: Context) -> None:
    name = ctx.text(key)
    holds = name and (opens(name) or _VARIABLE.fullmatch(name))
    if name and holds and not _is_set(name, key, ctx):
        reads[node] = name


def _is_set(name: str, key: ast.expr | None, ctx: Context) -> bool:
    """Whether the file speaks of the variable anywhere but where it is read."""
    for constant in ctx.strings.get(name, ()):
        if constant is not key:
            holder = ctx.parent(constant)
            read = isinstance(holder, ast.Call) and ctx.call_name(holder) in _READS
            if isinstance(holder, ast.Subscript):
                read = isinstance(holder.ctx, ast.Load)
            if not read and not isinstance(holder, ast.Compare):
                return True
    return name in ctx.keywords


def _holding(held: Mapping[ast.expr, str], ctx: Context) -> Iterator[tuple[ast.expr, str]]:
    """The names and attributes that were given one of these expressions."""
    given = {carried(node, ctx): name for node, name in held.items()}
    targets = {target for value in given if value for target in _targets(value, ctx)}
    loaded: list[ast.Name | ast.Attribute] = []
    if targets:
        loaded += [node for node in ctx.nodes(ast.Name) if node.id in targets]
        loaded += [node for name in targets for node in ctx.attributes.get(name, ())]
    for node in loaded:
        made = origin(ctx, node) if isinstance(node.ctx, ast.Load) else None
        if made and made in given:
            yield node, given[made]


def _targets(value: ast.AST, ctx: Context) -> Iterator[str]:
    """The names that a value is assigned to; of ``self.token``, the attribute."""
    holder = ctx.parent(value)
    targets: list[ast.expr] = []
    if isinstance(holder, ast.Assign):
        targets = holder.targets
    elif isinstance(holder, ast.AnnAssign | ast.NamedExpr):
        targets = [holder.target]
    for target in targets:
        yield str(getattr(target, "id", "") or getattr(target, "attr", ""))
