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
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, evidence, replace
from checks.context import Context
from checks.model import Edit
from checks.rules._origins import origin
from checks.rules.network._clients import leading_text
from checks.rules.network._expected import is_expected
from checks.rules.network._listeners import called, empty_is_every, hosts, listeners

_EVERY = {"0.0.0.0": "127.0.0.1", "::": "::1", "[::]": "[::1]", "*": "127.0.0.1"}  # noqa: S104  # data
_ANY = frozenset({"0.0.0.0", "::"})  # noqa: S104  # data
_LITERALS = ("0.0.0.0", "::")  # noqa: S104  # data
_READS = frozenset({"listen", "accept", "recv", "recvfrom", "recvmsg", "recv_into"})

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
        Bad("ADDRESS = ('', 8080)\ndef listen(sock):\n    sock.bind(ADDRESS)"),
        Bad(
            "class TestServer:\n"
            "    host = '0.0.0.0'\n"
            "    def test_a(self, sock):\n"
            "        sock.bind((self.host, 0))  # <-\n"
            "        sock.listen()",
        ),
        Bad("application.listen(8888, '0.0.0.0')", fixed="application.listen(8888, '127.0.0.1')"),
        Bad("from twisted.internet import reactor as r\nr.listenTCP(0, f, interface='0.0.0.0')"),
        Bad("async def serve(loop, f):\n    await loop.create_server(f, host='', port=0)"),
        Bad(
            "from socketserver import UDPServer as S\n"
            "server = S(RequestHandlerClass=Echo, server_address=('', 0))"
        ),
        Bad("def start(server, port):\n    server.add_insecure_port(f'0.0.0.0:{port}')"),
        Bad("Thread(target=app.run, kwargs={'port': 80, 'host': '0.0.0.0'}).start()"),
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
        (
            "import socket\ndef is_free(port):\n"
            "    with socket.socket(type=socket.SOCK_DGRAM) as s:\n        s.bind(('', port))"
        ),
        "from unittest import mock\ndef test_a():\n    s = mock.Mock()\n    s.bind(('', 80))",
        "import uvicorn\ndef test_a(mocker):\n    run = mocker.patch('uvicorn.run')\n"
        "    uvicorn.run(app, host='0.0.0.0')\n    assert run.called",
        "settings = Config(host='0.0.0.0')\njob = runner.run(host='0.0.0.0')",
        "log.bind('::')\nlog.bind(host=Address('0.0.0.0'))\nq.listen(3, '')",
        Good("route = make_route('0.0.0.0/0', '::/0', 'listen on 0.0.0.0')", profile="strict"),
        "@patch('socket.socket')\ndef test_bind(sock):\n    serve(sock).bind(('0.0.0.0', 80))",
    ],
)


@rule.on(ast.Module)
def visit(module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    reported: set[ast.AST] = set()
    tried: set[ast.AST | None] = set()
    for call, place, host in _chosen(ctx):
        text = ctx.text(origin(ctx, host) or host)
        if _seeks_port(call, ctx) and not ctx.strict:
            if ctx.function(call) not in tried:
                shown = f"`{text}`" if text else "every interface"
                yield evidence(call, f"A port is tried on {shown}; nothing listens there.")
            tried.add(ctx.function(call))
        elif place not in reported:
            reported.add(place)
            shown = f"`{text}`" if text else "This" if text is None else "An empty host"
            why = f"{shown} stands for every network interface of the machine."
            yield rule.finding(place, why, edit=_edit(place, ctx))
    if ctx.strict and ctx.mentions(_LITERALS):
        for node in ctx.nodes(ast.Constant, inside=module):
            if node.value in _ANY and node not in reported:
                why = "As a listening address, this is every network interface of the machine."
                yield rule.finding(node, why, severity="low")


def _chosen(ctx: Context) -> Iterator[tuple[ast.Call, ast.expr, ast.expr]]:
    """The calls that listen everywhere, where they say so, and the host they are given."""
    for call in listeners(ctx):
        for place, host in hosts(call, ctx):
            if not _is_every(call, host, ctx) or is_expected(ctx, place):
                continue
            if ctx.strict or not (_is_double(call, ctx) or is_expected(ctx, call)):
                yield call, place, host


def _is_every(call: ast.Call, host: ast.expr, ctx: Context) -> bool:
    text = ctx.text(origin(ctx, host) or host)
    is_whole = text is not None
    if text is None:
        text = leading_text(host, ctx)
    if is_whole and text in _EVERY:
        # zmq and gRPC, which take one string, want a port; nothing else binds to a bare host.
        is_alone = call.args[:1] == [host] and called(call, ctx) == "bind"
        return text != "*" and not is_alone
    if not text:
        return is_whole and empty_is_every(call, host, ctx)
    place, colon, port = text.removeprefix("tcp://").rpartition(":")
    is_port = bool(colon) and (port.isdecimal() or port == "*" or (not port and not is_whole))
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
    if used & _READS:
        return False
    if ctx.literal(port) == 0 and "getsockname" in used:
        return True
    return _is_closed(call, ctx) or _is_entered(call, ctx)


def _is_entered(call: ast.Call, ctx: Context) -> bool:
    """Whether what is bound ends with the block that it is entered in, and is given to nobody."""
    sock = getattr(call.func, "value", None)
    name = getattr(sock, "id", None)
    is_handed_on = any(
        each.id == name
        and isinstance(each.ctx, ast.Load)
        and not isinstance(ctx.parent(each), ast.Attribute)
        for each in ctx.nodes(ast.Name, inside=ctx.function(call))
    )
    return not is_handed_on and any(
        getattr(item.optional_vars, "id", "") == name
        for outer in ctx.ancestors(call)
        if isinstance(outer, ast.With)
        for item in outer.items
    )


def _is_closed(call: ast.Call, ctx: Context) -> bool:
    """Whether what is bound is closed again in the same block."""
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
