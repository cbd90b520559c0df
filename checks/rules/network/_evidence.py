"""What a reviewer would cite about the network: who is contacted, what listens, and TLS."""

import ast
from collections.abc import Iterator

from checks.api import Fact, evidence
from checks.context import Context
from checks.rules._wording import counted, listed
from checks.rules.network import _clients as clients_of
from checks.values import is_loopback, is_reserved_host, urls

_SCHEMES = frozenset({"http", "https", "ws", "wss", "ftp", "ftps", "sftp", "ssh", "smtp", "tcp"})
# Names of libraries that are no name of a fixture of theirs.
_NO_FIXTURES = frozenset({"gock", "mocket", "moto", "nock", "placebo", "pook"})
_TEMPLATE = frozenset("%{$<\\?*")  # Of a template or a pattern, not of a host.
_CLIENT_LIST = """
requests.Session requests.session httpx.Client httpx.AsyncClient aiohttp.ClientSession
urllib3.PoolManager urllib3.HTTPSConnectionPool httplib2.Http paramiko.SSHClient
paramiko.Transport asyncssh.connect urllib.request.build_opener xmlrpc.client.ServerProxy
"""
_CLIENTS = (*clients_of.FUNCTIONS, *clients_of.HOSTS, *_CLIENT_LIST.split())
_IN_PROCESS_LIST = """
fastapi.testclient.TestClient starlette.testclient.TestClient django.test.Client
django.test.RequestFactory django.test.client.RequestFactory rest_framework.test.APIClient
rest_framework.test.APIRequestFactory webtest.TestApp webtest.app.TestApp httpx.ASGITransport
httpx.WSGITransport aiohttp.test_utils.TestServer aiohttp.test_utils.TestClient
falcon.testing.TestClient werkzeug.test.Client
"""
_IN_PROCESS = _IN_PROCESS_LIST.split()
_SERVER_LIST = """
http.server.HTTPServer http.server.ThreadingHTTPServer socketserver.TCPServer
socketserver.UDPServer socketserver.ThreadingTCPServer xmlrpc.server.SimpleXMLRPCServer
wsgiref.simple_server.make_server werkzeug.serving.make_server asyncio.start_server
tornado.netutil.bind_sockets tornado.testing.bind_unused_port eventlet.listen uvicorn.run
socketserver.ThreadingUDPServer aiohttp.web.TCPSite grpc.server websockets.serve
"""
_SERVERS = _SERVER_LIST.split()
_LISTENERS = ("bind", "create_server", "start_server", "make_server", "run_app")
# Where no host is named, these listen on every interface.
_OPEN_LISTENERS = ("listenTCP", "listenSSL", "listenUDP")
_SOCKETS = ("socket.socket", "socket.socketpair")
_OTHER_TLS = ("OpenSSL.SSL.Context", "twisted.internet.ssl.CertificateOptions")
_TLS = (
    "ssl.create_default_context",
    "ssl.SSLContext",
    "ssl.wrap_socket",
    "trustme.CA",
    *_OTHER_TLS,
)
_TLS_FILES = ("load_cert_chain", "load_verify_locations")
_UNVERIFIED = ("verify=False", "ssl=False")  # Ends of every option below.
_OPTIONS = frozenset({"verify", "ssl", "verify_ssl", "ssl_verify"})


def contacted(ctx: Context) -> Iterator[Fact]:
    """The hosts of literal URLs, this machine and reserved names apart; or that there are none."""
    found = list(_hosts(ctx)) if "://" in ctx.source.text else []
    public = [item for item in found if not is_reserved_host(item[1])]
    requested = bool(public) and bool(clients_of.requests_made(ctx))
    own = [item for item in found if is_reserved_host(item[1])]
    if public:
        names, count = listed(host for _, host in public), counted(len(public), "literal URL")
        used = "" if requested else "; no client in this file requests them"
        yield evidence(public[0][0], f"{count} to names that can be public: {names}{used}.")
    if own:
        names = listed(host for _, host in own)
        local = all(is_loopback(host) for _, host in own)
        kind = "this machine" if local else "this machine, reserved, private or stand-in names"
        some = "All " if not public and len(own) > 1 else ""
        yield evidence(own[0][0], f"{some}{counted(len(own), 'literal URL')} to {kind}: {names}.")
    if not found and ctx.tree.module.body:
        yield evidence(ctx.tree.module, _absent(ctx))


def _hosts(ctx: Context) -> Iterator[tuple[ast.Constant, str]]:
    for node in ctx.strings_where(lambda text: "://" in text):
        if isinstance(ctx.parent(node), ast.Expr):
            continue  # documentation
        for url in urls(str(node.value)):
            if url.scheme in _SCHEMES and url.host and not _TEMPLATE & set(url.host):
                yield node, url.host


def _absent(ctx: Context) -> str:
    used = next(ctx.calls(*_CLIENTS, *_SOCKETS, *_SERVERS), None) or next(
        ctx.method_calls(*_LISTENERS, *_OPEN_LISTENERS, "connect"), None
    )
    return (
        "No absolute URL stands in this file."
        if used
        else "No absolute URL, network client or socket stands in this file."
    )


def clients(ctx: Context) -> Iterator[Fact]:
    """Network clients that are called or made."""
    found = list(ctx.calls(*_CLIENTS))
    if found:
        names = listed(ctx.call_name(call) or "" for call in found)
        yield evidence(found[0], f"Network clients are used{_where(found)}: {names}.")
    hosts = [(call, _peer(call, ctx)) for call in ctx.method_calls("connect", "connect_ex")]
    local = [(call, host) for call, host in hosts if host and is_loopback(host)]
    if local:
        names, count = listed(host for _, host in local), counted(len(local), "connection")
        yield evidence(local[0][0], f"{count} to this machine opened by `connect` ({names}).")


def _peer(call: ast.Call, ctx: Context) -> str:
    """The literal host of ``connect(("127.0.0.1", port))`` or ``connect("localhost", port)``."""
    first = call.args[0] if call.args else None
    host = first.elts[0] if isinstance(first, ast.Tuple) and first.elts else first
    return ctx.text(host) or ""


def interceptors(ctx: Context) -> Iterator[Fact]:
    """What keeps requests from leaving: interceptors and in-process clients."""
    imported: dict[str, ast.AST] = {}
    for node in ctx.nodes(ast.Import, ast.ImportFrom):
        modules = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        for module in modules:
            name = module.partition(".")[0]
            if name in clients_of.LIBRARIES_THAT_INTERCEPT:
                imported.setdefault(name, node)
    if imported:
        first = next(iter(imported.values()))
        yield evidence(first, f"Requests are intercepted by {listed(imported)}.")
    fixtures = clients_of.LIBRARIES_THAT_INTERCEPT - _NO_FIXTURES
    asked = [parameter for parameter in ctx.nodes(ast.arg) if parameter.arg in fixtures]
    if asked:
        names, count = listed(p.arg for p in asked), counted(len(asked), "function")
        yield evidence(asked[0], f"Requests are answered by the fixture {names} in {count}.")
    inside = ctx.tree.in_order([*ctx.calls(*_IN_PROCESS), *ctx.method_calls("test_client")])
    if inside:
        names = listed(getattr(c.func, "attr", "") or getattr(c.func, "id", "") for c in inside)
        count = counted(len(inside), "place")
        yield evidence(inside[0], f"The application is called in process by {names} in {count}.")


def servers(ctx: Context) -> Iterator[Fact]:
    """Sockets that are opened and servers that listen, with their literal hosts."""
    sockets = list(ctx.calls(*_SOCKETS))
    if sockets:
        count = counted(len(sockets), "socket is", "sockets are")
        more = ", the first here" if len(sockets) > 1 else ""
        yield evidence(sockets[0], f"{count} opened{more}.")
    listening = {*ctx.method_calls(*_LISTENERS), *ctx.calls(*_SERVERS)}
    local = [
        (call, host)
        for call in ctx.tree.in_order(list(listening))
        if (host := _host(call, ctx)) and is_loopback(host)
    ]
    if local:
        names, count = listed(host for _, host in local), counted(len(local), "server")
        yield evidence(local[0][0], f"{count} bound to this machine alone ({names}).")
    opened = [c for c in ctx.method_calls(*_OPEN_LISTENERS) if not ctx.keyword(c, "interface")]
    if opened:
        names = listed(getattr(call.func, "attr", "") for call in opened)
        sentence = f"{counted(len(opened), 'call')} of {names}: no interface is named."
        yield evidence(opened[0], sentence)


def _host(call: ast.Call, ctx: Context) -> str:
    keyword = ctx.keyword(call, "host")
    places = [keyword.value] if keyword else list(call.args[:2])
    for place in places:
        first = place.elts[0] if isinstance(place, ast.Tuple) and place.elts else place
        text = ctx.text(first)
        if text and ("." in text or text == "localhost" or ":" in text):
            return text
    return ""


def tls(ctx: Context) -> Iterator[Fact]:
    """How TLS is set up: contexts, certificates, and what is only expected of a call."""
    contexts = list(ctx.calls(*_TLS))
    if contexts:
        names = listed(ctx.call_name(call) or "" for call in contexts)
        yield evidence(contexts[0], f"TLS is set up{_where(contexts)}: {names}.")
    loaded = list(ctx.method_calls(*_TLS_FILES))
    if loaded:
        names = listed(getattr(call.func, "attr", "") for call in loaded)
        yield evidence(loaded[0], f"Certificates are loaded{_where(loaded)} ({names}).")
    if not any(text in ctx.source.text for text in _UNVERIFIED):
        return
    expected = [
        keyword
        for keyword in ctx.keywords_named(*_OPTIONS)
        if ctx.is_false(keyword.value) and ctx.is_expectation(keyword)
    ]
    if expected:
        names = listed(f"{keyword.arg}=False" for keyword in expected)
        count = counted(len(expected), "assertion")
        yield evidence(expected[0], f"{names} is only expected of a call, in {count}.")


def _where(found: list[ast.Call]) -> str:
    return f" in {len(found)} places, the first here" if len(found) > 1 else ""
