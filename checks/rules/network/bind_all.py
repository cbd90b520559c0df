"""A server listens on every network interface.

Bound to `0.0.0.0`, `::` or an empty host, the server of a test, often without a password and
with debugging on, can be reached by everybody on the same network: in a café, in the office,
on a shared build machine.

An address that is only data (`0.0.0.0/0`, a netmask, an expected argument), and a socket that
only looks for a free port and is closed again, are not findings. The `strict` profile reports
every such address outside of expectations, whatever it is given to.

Bind to this machine alone: `127.0.0.1`, or `::1`.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, evidence, replace
from checks.context import Context
from checks.model import Edit
from checks.rules.network._expected import is_expected

_EVERY = {"0.0.0.0": "127.0.0.1", "::": "::1", "[::]": "[::1]", "*": "127.0.0.1"}  # noqa: S104  # data
_ANY = frozenset({"0.0.0.0", "::"})  # noqa: S104  # data
_LITERALS = ("0.0.0.0", "::")  # noqa: S104  # data
# Without one of these in the text a host to listen on can only stand in a method's call.
_HINTS = ("0.0.0.0", '"::', "'::", "[::", "Server(")  # noqa: S104  # data
_EMPTY = ("('',", '("",')
_PAIR = re.compile(r"""\((''|""), *[^'" )]""")
# Calls whose first argument is an address, (host, port).
_ADDRESSED = frozenset({"bind", "listen", "create_server", "create_datagram_endpoint"})
# Calls with a host among their arguments -> its position; None where only the name counts.
_HOSTED: dict[str, int | None] = {
    "run": None,
    "run_app": None,
    "run_server": None,
    "start_server": 1,
    "create_server": 1,
    "make_server": 0,
    "run_simple": 0,
    "serve": 1,
    "TCPSite": 1,
    "Config": None,
    "add_insecure_port": 0,
    "add_secure_port": 0,
}
_KEYWORDS = ("host", "hostname", "bind", "interface", "local_addr", "server_address", "address")

rule = Rule(
    id="bind-all",
    severity="medium",
    cwe=1327,
    bad=[
        Bad(
            "def listen(sock):\n    sock.bind(('0.0.0.0', 8080))",
            fixed="def listen(sock):\n    sock.bind(('127.0.0.1', 8080))",
        ),
        Bad(
            "from http.server import HTTPServer as Server\nserver = Server(('', 8000), Handler)",
            fixed="from http.server import HTTPServer as Server\n"
            "server = Server(('127.0.0.1', 8000), Handler)",
        ),
        Bad("app.run(host='0.0.0.0', port=5000)", fixed="app.run(host='127.0.0.1', port=5000)"),
        Bad(
            "import asyncio as aio\n"
            "async def serve(handle):\n"
            "    return await aio.start_server(handle, '::', 0)",
            fixed="import asyncio as aio\n"
            "async def serve(handle):\n"
            "    return await aio.start_server(handle, '::1', 0)",
        ),
        Bad("server.add_insecure_port('[::]:50051')"),
        Bad("HOST = '0.0.0.0'\nuvicorn.run(app, host=HOST)"),
        Bad("ADDRESS = ('', 8080)  # <-\ndef listen(sock):\n    sock.bind(ADDRESS)"),
        Bad("def listen(sock, port):\n    address = ''\n    sock.bind((address, port))"),
        Bad("device = make_device(listen='0.0.0.0')", profile="strict"),
        Bad("addresses = [\n    '::',  # <-\n    '::1',\n]", profile="strict"),
    ],
    good=[
        "def listen(sock):\n    sock.bind(('127.0.0.1', 0))\napp.run(host='::1')",
        "subnet = dict(cidr='0.0.0.0/0', netmask='0.0.0.0', listen='::')",
        "device.listen_host = '0.0.0.0'\nroute = make_route('0.0.0.0/0')",
        "sock.bind.assert_called_once_with(('0.0.0.0', 80))",
        "signal.bind('')\nroute = app.run(cidr='0.0.0.0/0')\nServer(name='a', host='0.0.0.0/0')",
        (
            "import socket\ndef free_port():\n    with socket.socket() as s:\n"
            "        s.bind(('', 0))\n        return s.getsockname()[1]"
        ),
        (
            "def is_free(make, port):\n    sock = make()\n"
            "    sock.bind(('', port))\n    sock.close()\n    return True"
        ),
        Good("route = make_route('0.0.0.0/0', '::/0', 'listen on 0.0.0.0')", profile="strict"),
        "@patch('socket.socket')\ndef test_bind(sock):\n    serve(sock).bind(('0.0.0.0', 80))",
    ],
)


@rule.on(ast.Module)
def visit(module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    reported: set[ast.AST] = set()
    tried: set[ast.AST | None] = set()
    for call in _calls(ctx):
        for host in _hosts(call, ctx):
            if not _is_every(host, ctx) or is_expected(ctx, host) or _is_double(call, ctx):
                continue
            text = ctx.text(host)
            if _seeks_port(call, ctx) and not ctx.strict:
                if ctx.function(call) not in tried:
                    shown = f"`{text}`" if text else "every interface"
                    yield evidence(call, f"A port is tried on {shown}; nothing listens there.")
                tried.add(ctx.function(call))
            elif host not in reported:
                reported.add(host)
                shown = f"`{text}`" if text else "An empty host"
                why = f"{shown} stands for every network interface of the machine."
                yield rule.finding(host, why, edit=_edit(host, ctx))
    if ctx.strict and ctx.mentions(_LITERALS):
        for node in ctx.nodes(ast.Constant, inside=module):
            if node.value in _ANY and node not in reported:
                why = "As a listening address, this is every network interface of the machine."
                yield rule.finding(node, why, severity="low")


def _calls(ctx: Context) -> Iterator[ast.Call]:
    """The calls that may be given a host to listen on, in source order."""
    text = ctx.source.text
    named = _ADDRESSED | _HOSTED.keys()
    has_pair = any(empty in text for empty in _EMPTY) and _PAIR.search(text)
    if not has_pair and not ctx.mentions(_HINTS):
        yield from ctx.method_calls(*named)
        return
    calls = ctx.indices.calls
    found = [
        call
        for attribute, spelled in calls.methods.items()
        if attribute in named or attribute.endswith("Server")
        for call in spelled
    ]
    for call in (call for spelled in calls.plain.values() for call in spelled):
        short = _called(call, ctx)
        if short in named or short.endswith("Server"):
            found.append(call)
    yield from ctx.tree.in_order(found)


def _called(call: ast.Call, ctx: Context) -> str:
    """The last part of the name of what is called, import aliases resolved."""
    short = str(getattr(call.func, "attr", "") or getattr(call.func, "id", ""))
    return (ctx.call_name(call) or short).rpartition(".")[2]


def _hosts(call: ast.Call, ctx: Context) -> Iterator[ast.expr]:
    """The expressions that a call takes as the host to listen on."""
    called = _called(call, ctx)
    first = call.args[0] if call.args else None
    first = ctx.origin(first) or first
    if (
        isinstance(first, ast.Tuple)
        and first.elts
        and (called in _ADDRESSED or called.endswith("Server"))
    ):
        yield first.elts[0]
    elif called == "bind" and isinstance(first, ast.Constant):  # bind("tcp://*:5555")
        yield first
    if (called not in _HOSTED and not called.endswith("Server")) or ctx.keyword(call, "sock"):
        return
    position = _HOSTED.get(called)
    if position is not None and position < len(call.args):
        yield call.args[position]
    elif called == "run" and len(call.args) == 1 and _is_application(call.func):
        yield call.args[0]
    yield from (keyword.value for keyword in call.keywords if keyword.arg in _KEYWORDS)


def _is_application(function: ast.expr) -> bool:
    receiver = getattr(function, "value", None)
    return str(getattr(receiver, "id", getattr(receiver, "attr", ""))).endswith(("app", "server"))


def _is_every(host: ast.expr, ctx: Context) -> bool:
    text = ctx.text(host)
    if text is None or text in _EVERY:
        return text is not None and text != "*"
    if not text:  # As a string of its own, "" more often means that nothing was given.
        return isinstance(ctx.parent(host), ast.Tuple)
    place, colon, port = text.removeprefix("tcp://").rpartition(":")
    is_port = bool(colon) and (port.isdecimal() or port == "*")
    return is_port and place in _EVERY and (place != "*" or text.startswith("tcp://"))


def _is_double(call: ast.Call, ctx: Context) -> bool:
    """Whether sockets are patched around the call, or what it is made on is a mock."""
    receiver = getattr(call.func, "value", None)
    name = str(getattr(receiver, "id", getattr(receiver, "attr", "")))
    if name.startswith(("mock", "fake", "m_")):
        return True
    function = ctx.function(call)
    around = [function, ctx.class_of(call)] if function else []
    decorators = (d for outer in around if outer for d in outer.decorator_list)
    return any("patch" in ctx.segment(d) and "sock" in ctx.segment(d) for d in decorators)


def _seeks_port(call: ast.Call, ctx: Context) -> bool:
    """Whether a socket is only bound to see which port is free, and closed unused."""
    address = call.args[0] if call.args else None
    port = address.elts[1] if isinstance(address, ast.Tuple) and len(address.elts) > 1 else None
    function = ctx.function(call)
    if function is None or getattr(call.func, "attr", "") != "bind":
        return False
    used = {node.attr for node in ctx.nodes(ast.Attribute, inside=function)}
    if used & {"listen", "accept", "recv", "recvfrom", "recvmsg", "recv_into"}:
        return False
    return (ctx.literal(port) == 0 and "getsockname" in used) or _is_closed(call, ctx)


def _is_closed(call: ast.Call, ctx: Context) -> bool:
    """Whether what is bound is closed again in the same block, or by a ``with`` around."""
    statement, sock = ctx.statement(call), getattr(call.func, "value", None)
    block = ctx.parent(statement)
    name = getattr(sock, "id", None)
    if name is None or block is None:
        return False
    closes = ctx.method_calls("close", inside=block)
    return any(
        isinstance(close.func, ast.Attribute)
        and getattr(close.func.value, "id", None) == name
        and ctx.tree.precedes(call, close)
        and ctx.parent(ctx.statement(close)) is block
        for close in closes
    )


def _edit(host: ast.expr, ctx: Context) -> Edit | None:
    if not isinstance(host, ast.Constant):
        return None
    text = str(host.value)
    if not text:
        return (
            None if "INET6" in ctx.source.text else replace(host, _quoted("127.0.0.1", host, ctx))
        )
    scheme = "tcp://" if text.startswith("tcp://") else ""
    for every, local in _EVERY.items():
        if text == every or text.startswith(f"{scheme}{every}:"):
            new = scheme + local + text.removeprefix(scheme).removeprefix(every)
            return replace(host, _quoted(new, host, ctx))
    return None


def _quoted(text: str, host: ast.expr, ctx: Context) -> str:
    quote = "'" if ctx.segment(host).endswith("'") else '"'
    return f"{quote}{text}{quote}"
