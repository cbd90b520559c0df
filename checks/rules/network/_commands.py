"""Commands that a program runs: the literal words of them, and which check no certificate."""

import ast
import re
from collections.abc import Iterator

from checks.context import Context
from checks.rules.network._expected import is_expected

# Methods by these names run a command, too: ``self.run(["curl", ...])``.
_METHODS = ("run", "Popen", "call", "check_call", "check_output", "system", "popen", "execute")
_CALLS = (
    *(f"subprocess.{name}" for name in ("run", "Popen", "call", "check_call", "check_output")),
    *("subprocess.getoutput", "subprocess.getstatusoutput", "os.system", "os.popen"),
    *("asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell"),
)
RUNNERS = frozenset({*_METHODS, *(name.rpartition(".")[2] for name in _CALLS)})
# Program -> what in its command line switches verification off.
_INSECURE = {
    "curl": re.compile(
        r"(?<!\S)(--insecure|-[sSfLvigIGNOajJ046]*k[sSfLvigIGNOajJ046]*[XdHuTo]?)(?!\S)"
    ),
    "wget": re.compile(r"(?<!\S)--no-check-certificate(?!\S)"),
    "git": re.compile(r"\bhttp\.(\S+\.)?sslverify[= ](false|0|no|off)\b", re.IGNORECASE),
}
_PROGRAMS = tuple(_INSECURE)


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


def unverified(ctx: Context) -> Iterator[tuple[ast.expr, str, bool]]:
    """The words that tell a program to accept any certificate, with the program.

    And whether all of it stays on this machine.
    """
    for call in commands(ctx) if ctx.mentions(_PROGRAMS) else ():
        given = [] if is_expected(ctx, call) else list(words(call, ctx))
        program = _program(given)
        line = " ".join(text for _, text in given)
        found = _INSECURE[program].search(line) if program else None
        if found:
            option = found[0].split()[0]
            word = next((word for word, text in given if option in text.split()), given[0][0])
            yield word, program, "localhost" in line or "127.0.0.1" in line


def _program(command: list[tuple[ast.expr, str]]) -> str:
    """The program of the table that a command runs; "" when it is none of them."""
    first = [text.split()[0] for _, text in command[:2] if text.split()]
    name = first[0].rpartition("/")[2] if first else ""
    name = first[1].rpartition("/")[2] if name == "sudo" and len(first) > 1 else name
    return name if name in _INSECURE else ""
