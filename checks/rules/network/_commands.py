"""Commands that a program runs: the literal words of them."""

import ast
from collections.abc import Iterator

from checks.context import Context

# Methods by these names run a command, too: ``self.run(["curl", ...])``.
_METHODS = ("run", "Popen", "call", "check_call", "check_output", "system", "popen", "execute")
_CALLS = (
    *(f"subprocess.{name}" for name in ("run", "Popen", "call", "check_call", "check_output")),
    *("subprocess.getoutput", "subprocess.getstatusoutput", "os.system", "os.popen"),
    *("asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell"),
)


def commands(ctx: Context) -> list[ast.Call]:
    """The calls that may run a command, in source order."""
    found = {*ctx.method_calls(*_METHODS), *ctx.calls(*_CALLS)}
    return ctx.tree.in_order(list(found))


def words(call: ast.Call, ctx: Context) -> Iterator[tuple[ast.expr, str]]:
    """The literal arguments of a command, with their text; one text where it is one string."""
    for argument in call.args:
        given = ctx.origin(argument) or argument
        parts = given.elts if isinstance(given, ast.List | ast.Tuple) else [given]
        for part in parts:
            text = ctx.text(part)
            if text is None and isinstance(part, ast.JoinedStr):
                texts = (v.value for v in part.values if isinstance(v, ast.Constant))
                text = " ".join(map(str, texts))
            if text:
                yield part, text
