"""Does a call reach a stand-in: is what is called patched around it, or is it made on a mock?"""

import ast
from collections.abc import Iterator

from checks.context import Context
from checks.rules._origins import made_by
from checks.rules.mocks._mocks import is_double
from checks.scopes import SETUPS
from checks.tree import DEFINITIONS, FUNCTIONS

_PATCHES = ("patch", "object", "setattr", "stub_out", "multiple", "spy")
# Of these, one patched part is enough for a request to go nowhere.
_TRANSPORTS = frozenset({"requests", "httpx", "urllib3", "aiohttp", "httplib2", "niquests"})


def is_faked(ctx: Context, node: ast.AST) -> bool:
    """Whether the call or the setting that *node* belongs to concerns a stand-in."""
    holder = _holder(ctx, node)
    if isinstance(holder, ast.Assign):
        target = holder.targets[0]
        return isinstance(target, ast.Attribute) and is_double(ctx, target.value)
    if holder is None:
        return False
    receiver = holder.func.value if isinstance(holder.func, ast.Attribute) else None
    # What has a qualified name is a part of a module, if one of that is called ``mock``.
    if receiver is not None and ctx.name(receiver) is None and is_double(ctx, receiver):
        return True
    return _is_patched(ctx, holder, set(_names(ctx, holder)))


def _holder(ctx: Context, node: ast.AST) -> ast.Call | ast.Assign | None:
    """The outermost call around *node* that it is given to, or the assignment of it."""
    if isinstance(node, ast.Call | ast.Assign):
        return node
    for outer in ctx.ancestors(node):
        if isinstance(outer, ast.Call | ast.Assign):
            return outer
        if isinstance(outer, ast.stmt):
            break
    return None


def _names(ctx: Context, call: ast.Call) -> Iterator[str]:
    """The qualified names of what is called, also of a method: ``requests.Session.get``."""
    name = ctx.call_name(call)
    if name:
        yield name
    elif isinstance(call.func, ast.Attribute):
        made = ctx.call_name(made_by(ctx, call.func.value))
        if made:
            yield f"{made}.{call.func.attr}"


def _is_patched(ctx: Context, call: ast.Call, names: set[str]) -> bool:
    if not names:
        return False
    tops = {name.partition(".")[0] for name in names} & _TRANSPORTS
    for scope in ctx.ancestors(call):
        for target in ctx.once(_patched, scope) if isinstance(scope, DEFINITIONS) else ():
            if tops.intersection(target.split(".")):
                return True
            if any(
                f".{target}".endswith(f".{n}") or f"{n}.".startswith(f"{target}.") for n in names
            ):
                return True
    return False


def _patched(ctx: Context, scope: ast.AST) -> frozenset[str]:
    """What a function, or the decorators and the set-up of a class, put a stand-in for."""
    places = [scope]
    if isinstance(scope, ast.ClassDef):
        set_ups = [m for m in scope.body if isinstance(m, FUNCTIONS) and m.name in SETUPS]
        places = [*scope.decorator_list, *set_ups]
    return frozenset(
        target
        for place in places
        for call in (
            *ctx.method_calls(*_PATCHES, inside=place),
            *ctx.calls("unittest.mock.patch", inside=place),
        )
        if (target := _target(ctx, call))
    )


def _target(ctx: Context, call: ast.Call) -> str:
    """The dotted name of what a patch replaces; "" when it is not known."""
    first = call.args[0] if call.args else None
    text = ctx.text(first)
    if text:
        return text if "." in text else ""
    part = ctx.text(call.args[1]) if len(call.args) > 1 else None
    name = ctx.name(first)
    return f"{name}.{part}" if name and part else ""
