"""Calls that listen, or start what does, and the host that each is given to listen on."""

import ast
import re
from collections.abc import Iterator

from checks.context import Context
from checks.rules._origins import made_by, origin

_LITERALS = ("0.0.0.0", '"::', "'::", "[::")  # noqa: S104  # data
# Without one of these in the text a host to listen on can only stand in a method's call.
_HINTS = (*_LITERALS, "Server(")
_EMPTY = ("('',", '("",')
_PAIR = re.compile(r"""\((''|""), *[^'" )]""")
# Calls whose first argument is an address, (host, port).
_ADDRESSED = frozenset(
    {"bind", "listen", "create_server", "create_datagram_endpoint", "Listener", "BaseManager"}
)
# Calls with a host among their arguments -> its position; None where only the name counts.
_HOSTED: dict[str, int | None] = {
    **dict.fromkeys(("run", "run_app", "run_server", "Config", "BaseManager"), None),
    **dict.fromkeys(("make_server", "run_simple", "add_insecure_port", "add_secure_port"), 0),
    **dict.fromkeys(("start_server", "create_server", "serve", "TCPSite", "start_http_server"), 1),
    **dict.fromkeys(("create_datagram_endpoint", "listen", "bind", "bind_sockets"), 1),
    "listenUDP": 2,
    **dict.fromkeys(("listenTCP", "TCP4ServerEndpoint"), 3),
    "listenSSL": 4,
}
_KEYWORDS = frozenset(
    {
        *("host", "hostname", "bind", "interface", "local_addr", "server_address", "address"),
        "addr",
    }
)
_FRAMEWORK_LIST = """
aiohttp bottle connexion dash fastmcp flask gradio hypercorn mcp nicegui quart sanic socketio
starlette tornado uvicorn waitress werkzeug
"""
_FRAMEWORKS = frozenset(_FRAMEWORK_LIST.split())
# Names that much else has, too.
_COMMON = frozenset({"Config", "run"})
# Calls that start another one with the arguments they are given.
_STARTERS = frozenset({"Thread", "Process", "partial"})
# For these an empty host means every interface, as in an address.
_EMPTY_IS_EVERY = frozenset({"create_server", "make_server", "run_simple", "start_server"})


def listeners(ctx: Context) -> Iterator[ast.Call]:
    """The calls that may be given a host to listen on, in source order."""
    text = ctx.source.text
    has_pair = any(empty in text for empty in _EMPTY) and _PAIR.search(text)
    if not has_pair and not ctx.mentions(_HINTS):
        yield from ctx.method_calls(*_NAMED)
        return
    calls = ctx.indices.calls
    found = [
        call
        for attribute, spelled in calls.methods.items()
        if attribute in _NAMED or attribute.endswith(("Server", "Controller"))
        for call in spelled
    ]
    for call in (call for spelled in calls.plain.values() for call in spelled):
        short = called(call, ctx)
        if short in _NAMED or short.endswith(("Server", "Controller")):
            found.append(call)
    yield from ctx.tree.in_order(found)


_NAMED = _ADDRESSED | _HOSTED.keys() | _STARTERS


def called(call: ast.Call, ctx: Context) -> str:
    """The last part of the name of what is called, import aliases resolved."""
    return _short(call.func, ctx)


def _short(function: ast.expr, ctx: Context) -> str:
    short = str(getattr(function, "attr", "") or getattr(function, "id", ""))
    return (ctx.name(function) or short).rpartition(".")[2]


def hosts(call: ast.Call, ctx: Context) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What a call takes as the host to listen on: where it says so, and the host itself."""
    name = called(call, ctx)
    if name in _STARTERS:
        yield from _handed_on(call, ctx)
        return
    is_server = name.endswith("Server") or (ctx.call_name(call) or "").startswith("aiosmtpd.")
    first = call.args[0] if call.args else None
    address = _address(first, ctx)
    if address is not None and first is not None and (name in _ADDRESSED or is_server):
        yield (address if ctx.tree.contains(call, address) else first), address
    elif name == "bind" and len(call.args) == 1 and first is not None:  # bind("tcp://*:5555")
        yield first, first
    if (name not in _HOSTED and not is_server) or ctx.keyword(call, "sock"):
        return
    if name in _COMMON and not _is_framework(call, ctx):
        return
    position = _HOSTED.get(name)
    if address is None and position is not None and position < len(call.args):
        given = call.args[position]
        pair = given if isinstance(given, ast.Tuple) and given.elts else None
        host = pair.elts[0] if pair else given
        yield host, host
    elif name == "run" and first is not None and _is_application(call.func):
        yield first, first
    # bind(host=...) is a logger's.
    yield from _named([k for k in call.keywords if name != "bind" or k.arg == "address"], ctx)


def _named(keywords: list[ast.keyword], ctx: Context) -> Iterator[tuple[ast.expr, ast.expr]]:
    for keyword in keywords:
        if keyword.arg in _KEYWORDS:
            address = _address(keyword.value, ctx)
            inside = address is not None and ctx.tree.contains(keyword, address)
            host = address if address is not None else keyword.value
            yield (host if inside else keyword.value), host


def _handed_on(call: ast.Call, ctx: Context) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The host in ``Thread(target=app.run, kwargs={"host": ...})``, and of ``partial``."""
    target = ctx.argument(call, 0 if called(call, ctx) == "partial" else None, "target")
    if target is None or _short(target, ctx) not in _HOSTED:
        return
    yield from _named(call.keywords, ctx)
    options = ctx.argument(call, None, "kwargs")
    if isinstance(options, ast.Call) and ctx.call_name(options) == "dict":
        yield from _named(options.keywords, ctx)
    if isinstance(options, ast.Dict):
        for key, value in zip(options.keys, options.values, strict=True):
            if ctx.text(key) in _KEYWORDS:
                yield value, value


def _address(node: ast.expr | None, ctx: Context) -> ast.expr | None:
    """The host of an address, (host, port); None for any other expression."""
    pair = origin(ctx, node) or node
    return pair.elts[0] if isinstance(pair, ast.Tuple) and pair.elts else None


def _is_framework(call: ast.Call, ctx: Context) -> bool:
    """Whether what is called listens: an application's or a library's, no object of the project."""
    if called(call, ctx) == "Config":
        return (ctx.call_name(call) or "").partition(".")[0] in {"hypercorn", "uvicorn"}
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    name = ctx.call_name(call) or ctx.call_name(made_by(ctx, receiver)) or ""
    tops = {name.partition(".")[0], getattr(receiver, "id", "")}
    return _is_application(call.func) or not _FRAMEWORKS.isdisjoint(tops)


def _is_application(function: ast.expr) -> bool:
    receiver = getattr(function, "value", None)
    return str(getattr(receiver, "id", getattr(receiver, "attr", ""))).endswith(("app", "server"))


def empty_is_every(call: ast.Call, host: ast.expr, ctx: Context) -> bool:
    """Whether an empty host means every interface, and not that none was chosen."""
    return isinstance(ctx.parent(host), ast.Tuple) or called(call, ctx) in _EMPTY_IS_EVERY
