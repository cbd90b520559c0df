"""Where data enters the tests: files, network, environment, programs, or literals alone."""

import ast
import re
from collections.abc import Iterator

from checks.api import Fact, evidence
from checks.context import Context
from checks.rules.cleanup._expectations import expected_exceptions
from checks.rules.cleanup._restored import called
from checks.rules.cleanup._wording import counted, dotted, listing, where
from checks.rules.inputs._sources import NETWORK, OPENERS, PROGRAM, SOURCES
from checks.rules.inputs._written import writes
from checks.tree import FUNCTIONS

_RUNS = ("subprocess.call", "subprocess.check_call", "os.system")
_CLIENT = re.compile(r"(?i)(^|_)(api|client|test_?app)$")
_ASKS = re.compile(r"(?:get|post|put|delete|patch|head|options|request)(?:_\w*)?|api_\w+")
_INVALID = re.compile(r"Invalid|Validation|BadRequest|Malformed|Unsupported|ValueError|TypeError")
_READERS = frozenset({"read_text", "read_bytes"})
_ENVIRONMENT = ("os.getenv", "os.environ.get")
_NETWORK = tuple(name for name, data in SOURCES.items() if data is NETWORK)
_PROGRAMS = (*(name for name, data in SOURCES.items() if data is PROGRAM), *_RUNS)


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
    files = [*ctx.calls(*OPENERS), *ctx.method_calls("read_text", "read_bytes")]
    found: dict[str, list[tuple[ast.expr, str]]] = {
        "file": [(call, _path(ctx, call)) for call in files if not writes(ctx, call)],
        "network": [(call, ctx.name(call.func) or "") for call in ctx.calls(*_NETWORK)],
        "program": [(call, ctx.name(call.func) or "") for call in ctx.calls(*_PROGRAMS)],
        "environment": [
            (call, (ctx.text(call.args[0]) if call.args else None) or "")
            for call in ctx.calls(*_ENVIRONMENT)
        ],
    }
    if "environ" in ctx.source.text:
        found["environment"] += [
            (item, ctx.text(item.slice) or "")
            for item in ctx.nodes(ast.Subscript)
            if isinstance(item.ctx, ast.Load) and ctx.name(item.value) == "os.environ"
        ]
    return {kind: sorted(pairs, key=_place) for kind, pairs in found.items()}


def _path(ctx: Context, call: ast.Call) -> str:
    path = call.args[0] if call.args else None
    return ctx.text(path) or dotted(path)


def _place(pair: tuple[ast.expr, str]) -> tuple[int, int]:
    return pair[0].lineno, pair[0].col_offset


def _has_tests(ctx: Context) -> bool:
    return any(ctx.scopes.is_test(function) for function in ctx.nodes(*FUNCTIONS))


def asked(ctx: Context) -> Iterator[Fact]:
    """Requests to the code under test through a client: their bodies are the tests' inputs."""
    requests = [
        call
        for call in ctx.methods_where(_ASKS.fullmatch)
        if isinstance(call.func, ast.Attribute) and _CLIENT.search(called(call.func.value))
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
    calls = list(ctx.calls("eval", "exec"))
    if calls:
        yield evidence(
            calls[0],
            f"Text is run as Python by {listing(called(c) for c in calls)}{where(ctx, calls)}.",
        )
