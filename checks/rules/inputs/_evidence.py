"""Where data enters the tests: files, network, environment, programs, or literals alone."""

import ast
import re
from collections.abc import Iterator

from checks.api import Fact, evidence
from checks.context import Context
from checks.rules.cleanup._expectations import expected_exceptions
from checks.rules.cleanup._restored import called
from checks.rules.cleanup._wording import counted, dotted, listing, where
from checks.rules.inputs._origins import writes
from checks.rules.inputs._sources import NETWORK, OPENERS, PROGRAM, SOURCES
from checks.tree import FUNCTIONS

_RUNS = frozenset({"subprocess.call", "subprocess.check_call", "os.system", "os.popen"})
_CLIENT = re.compile(r"(?i)(^|_)(api|client|test_?app)$")
_ASKS = re.compile(r"^(get|post|put|delete|patch|head|options|request|api_\w+)(_|$)")
_INVALID = re.compile(r"Invalid|Validation|BadRequest|Malformed|Unsupported|ValueError|TypeError")
_READERS = frozenset({"read_text", "read_bytes"})
_ENVIRONMENT = frozenset({"os.getenv", "os.environ.get"})


def entering(ctx: Context) -> Iterator[Fact]:
    """Data from outside, one fact a kind; or that there is none."""
    kinds = _outside(ctx)
    for kind, (thing, things) in _KINDS.items():
        found = kinds[kind]
        if found:
            what = listing(name for _, name in found)
            nodes = [node for node, _ in found]
            yield evidence(
                nodes[0],
                f"{counted(len(found), thing, things)}"
                + (f" ({what})" if what else "")
                + f"{where(ctx, nodes)}.",
            )
    if not any(kinds.values()) and _has_tests(ctx):
        yield evidence(
            ctx.tree.module,
            "No file, network response, environment variable or other program is read: all "
            "inputs are written in this file or come from the code under test.",
        )


_KINDS = {
    "file": ("file is opened or read", "files are opened or read"),
    "network": ("network response is read", "network responses are read"),
    "environment": ("environment variable is read", "environment variables are read"),
    "program": ("other program is run", "other programs are run"),
}


def _outside(ctx: Context) -> dict[str, list[tuple[ast.expr, str]]]:
    """Each kind of data from outside: where, and under which name."""
    found: dict[str, list[tuple[ast.expr, str]]] = {kind: [] for kind in _KINDS}
    for call in ctx.nodes(ast.Call):
        name = ctx.name(call.func)
        source = SOURCES.get(name or "")
        if name in _ENVIRONMENT:
            key = ctx.text(call.args[0]) if call.args else None
            found["environment"].append((call, key or ""))
        elif source is NETWORK:
            found["network"].append((call, name or ""))
        elif source is PROGRAM or name in _RUNS:
            found["program"].append((call, name or ""))
        elif (name in OPENERS or called(call) in _READERS) and not writes(ctx, call):
            path = call.args[0] if call.args else None
            found["file"].append((call, ctx.text(path) or dotted(path)))
    for item in ctx.nodes(ast.Subscript):
        if isinstance(item.ctx, ast.Load) and ctx.name(item.value) == "os.environ":
            found["environment"].append((item, ctx.text(item.slice) or ""))
    return found


def _has_tests(ctx: Context) -> bool:
    return any(ctx.scopes.is_test(function) for function in ctx.nodes(*FUNCTIONS))


def asked(ctx: Context) -> Iterator[Fact]:
    """Requests to the code under test through a client: their bodies are the tests' inputs."""
    requests = [
        call
        for call in ctx.nodes(ast.Call)
        if isinstance(call.func, ast.Attribute)
        and _ASKS.match(call.func.attr)
        and _CLIENT.search(called(call.func.value))
    ]
    if requests:
        built = sum(_is_literal_request(ctx, call) for call in requests)
        yield evidence(
            requests[0],
            f"{counted(len(requests), 'request goes', 'requests go')} to the code under test "
            f"({listing(dotted(call.func) for call in requests)})"
            f"{_literals(built, len(requests))}.",
        )


def _literals(built: int, number: int) -> str:
    """How many of the requests are written out in literals, as the end of a sentence."""
    here = ", the first here" if number > 1 else ""
    if not built:
        return here
    how_many = "" if number == 1 else "all " if built == number else f"{built} of them "
    return f"{here}{';' if here else ','} {how_many}with no arguments but literals"


def _is_literal_request(ctx: Context, call: ast.Call) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return all(ctx.is_literal(argument) for argument in given)


def refused(ctx: Context) -> Iterator[Fact]:
    """Checks that invalid input is refused, and tests that run over tables of values."""
    found = [(c, e) for c, e in expected_exceptions(ctx) if _INVALID.search(e)]
    if found:
        calls = [call for call, _ in found]
        yield evidence(
            calls[0],
            f"{counted(len(found), 'check')} that bad input is refused "
            f"({listing(error for _, error in found)}){where(ctx, calls)}.",
        )
    tables = [
        decorator
        for function in ctx.nodes(*FUNCTIONS)
        for decorator in function.decorator_list
        if called(decorator) in {"parametrize", "data", "unpack", "expand", "given"}
    ]
    if tables:
        yield evidence(
            tables[0],
            f"{counted(len(tables), 'table of values feeds', 'tables of values feed')} tests"
            f"{where(ctx, tables)}.",
        )


def evaluated(ctx: Context) -> Iterator[Fact]:
    """Calls of ``eval`` and ``exec``: what they run is looked at by rules of their own."""
    calls = [call for call in ctx.nodes(ast.Call) if ctx.name(call.func) in {"eval", "exec"}]
    if calls:
        yield evidence(
            calls[0],
            f"Text is run as Python by {listing(called(c) for c in calls)}{where(ctx, calls)}.",
        )
