"""What the rules about loading serialised objects have in common."""

import ast
from collections.abc import Iterator

from checks.api import Outcome, Rule
from checks.context import Context
from checks.model import Edit
from checks.rules.inputs._downloads import is_download
from checks.rules.inputs._origins import origin
from checks.rules.inputs._sources import FILE, IN_MEMORY, MADE, NETWORK, UNKNOWN, Data, Origin
from checks.rules.inputs._written import is_written_here

# Methods that make serialised data, in memory or in a file; other formats' are no answer.
_MAKES = ("dump", "dumps", "Pickler", "to_pickle", "save", "savez", "dump_session")
_OTHERS = ("json.", "simplejson.", "yaml.", "ruamel.", "tomli_w.", "toml.")
_JSONPICKLE = ("jsonpickle.encode", "jsonpickle.dumps")


def is_made_here(ctx: Context, call: ast.Call, data: Data) -> bool:
    """Whether the same function serialises something itself, before or after.

    A helper, which is no test of its own, may load a file that another helper dumps.
    """
    around: ast.AST | None = ctx.function(call)
    if around is None:
        return False
    if data is FILE and not ctx.scopes.in_test(call):
        around = ctx.tree.module
    makes = [*ctx.method_calls(*_MAKES, inside=around), *ctx.calls(*_JSONPICKLE, inside=around)]
    if any(not (ctx.name(make.func) or "").startswith(_OTHERS) for make in makes):
        return True
    return any(getattr(c.func, "id", "") in _MAKES for c in ctx.nodes(ast.Call, inside=around))


def of_path(ctx: Context, call: ast.Call, path: ast.expr | None) -> Data:
    """The origin of what is read from a path or an open file."""
    value = ctx.origin(path) or path
    text = ctx.text(value)
    if (text is not None and "://" in text) or is_download(ctx, call):
        return NETWORK
    if is_written_here(ctx, call) or value is None:
        return MADE
    if ctx.call_name(value) in IN_MEMORY:
        return origin(ctx, value)
    data = origin(ctx, path)
    # A path that the test names, to a file that it does not write.
    return FILE if data.origin is Origin.MADE else data


def loaded(
    rule: Rule,
    ctx: Context,
    call: ast.Call,
    data: Data,
    *,
    danger: str = "can run any code",
    edit: Edit | None = None,
) -> Iterator[Outcome]:
    """What a rule says of a call that turns *data* into objects; of what it makes: low, strict."""
    name = ctx.name(call.func)
    made = is_made_here(ctx, call, data)
    if data.origin is Origin.OUTSIDE and not made:
        reason = f"`{name}` {danger}, and what it loads comes from {data.source}."
        yield rule.finding(call, reason, edit=edit)
    elif ctx.strict:
        known = made or data.origin is Origin.MADE
        whence = "this test makes what it loads" if known else "this file does not show whose"
        reason = f"`{name}` {danger}; {whence}."
        yield rule.finding(call, reason, edit=edit, severity="low")


def of_bytes(ctx: Context, call: ast.Call, *names: str) -> Data:
    """The origin of the first argument, or of the one by one of these names."""
    for name in names or ("",):
        given = ctx.argument(call, 0, name)
        if given is not None:
            return origin(ctx, given)
    return UNKNOWN
