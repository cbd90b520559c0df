"""Files that a test writes, but fills with what it gets from the network."""

import ast

from checks.context import Context
from checks.rules.inputs._origins import origin
from checks.rules.inputs._sources import NETWORK

_FETCHES = ("urllib.request.urlretrieve", "urllib.urlretrieve", "wget.download")
_WRITES = ("write", "write_bytes", "copyfileobj")


def is_download(ctx: Context, call: ast.Call) -> bool:
    """Whether the function around saves a response, before *call* reads a file."""
    function = ctx.function(call)
    if function is None:
        return False
    if any(ctx.tree.precedes(c, call) for c in ctx.calls(*_FETCHES, inside=function)):
        return True
    return any(
        ctx.tree.precedes(written, call) and origin(ctx, written.args[0]) is NETWORK
        for written in ctx.method_calls(*_WRITES, inside=function)
        if written.args
    )
