"""What a reviewer would cite about the network: who is contacted, what listens, and TLS."""

import ast
from collections.abc import Iterator

from checks.api import Fact, evidence
from checks.context import Context
from checks.rules._wording import counted, listed
from checks.values import is_loopback, is_reserved_host, urls

_SCHEMES = frozenset({"http", "https", "ws", "wss", "ftp", "ftps", "sftp", "ssh", "smtp", "tcp"})
_CLIENTS = frozenset(
    {"requests", "httpx", "aiohttp", "urllib3", "httplib2", "smtplib", "ftplib", "paramiko"}
)
_REQUESTS = frozenset(
    {
        *("delete", "get", "head", "options", "patch", "post", "put", "request", "stream"),
        *("Session", "Client", "AsyncClient", "ClientSession", "PoolManager", "Http", "session"),
        *("SMTP", "SMTP_SSL", "FTP", "FTP_TLS", "SSHClient", "Transport"),
    }
)
_STANDARD = frozenset(
    {
        "urllib.request.urlopen",
        "http.client.HTTPConnection",
        "http.client.HTTPSConnection",
        "socket.create_connection",
        "asyncio.open_connection",
    }
)
_INTERCEPTORS = frozenset(
    {
        *("requests_mock", "responses", "httpretty", "respx", "aioresponses", "vcr", "betamax"),
        *("pytest_httpx", "httpx_mock", "pytest_httpserver", "httpserver", "pook", "moto", "nock"),
        *("pytest_socket", "socket_disabled", "requests_mock_fixture", "aiohttp_client"),
    }
)
_IN_PROCESS = frozenset(
    {
        *("TestClient", "test_client", "APIClient", "APIRequestFactory", "RequestFactory"),
        *("TestApp", "ASGITransport", "WSGITransport", "LiveServer", "TestServer"),
    }
)
_SERVERS = frozenset({"bind", "create_server", "start_server", "make_server", "run_app"})
_TLS = frozenset(
    {
        "ssl.create_default_context",
        "ssl.SSLContext",
        "ssl.wrap_socket",
        "trustme.CA",
    }
)
_TLS_OPTIONS = frozenset({"verify", "cafile", "ca_certs", "certfile", "ssl_context", "cert_reqs"})


def contacted(ctx: Context) -> Iterator[Fact]:
    """The hosts of literal URLs: this machine, reserved names, and others."""
    groups: dict[str, list[tuple[ast.Constant, str]]] = {
        "loopback": [],
        "reserved": [],
        "other": [],
    }
    for node in ctx.nodes(ast.Constant):
        if isinstance(node.value, str) and "://" in node.value:
            if isinstance(ctx.parent(node), ast.Expr):
                continue  # documentation
            for url in urls(node.value):
                if url.scheme in _SCHEMES and url.host and not url.host.startswith(("%", "{")):
                    kind = "reserved" if is_reserved_host(url.host) else "other"
                    groups["loopback" if is_loopback(url.host) else kind].append((node, url.host))
    words = {
        "loopback": "this machine",
        "reserved": "reserved, private or stand-in names",
        "other": "names that can be public",
    }
    for kind, found in groups.items():
        if found:
            names, count = listed(host for _, host in found), counted(len(found), "literal URL")
            yield evidence(found[0][0], f"{count} to {words[kind]}: {names}.")


def clients(ctx: Context) -> Iterator[Fact]:
    """Network clients that are called or made."""
    found: list[tuple[ast.Call, str]] = []
    for call in ctx.nodes(ast.Call):
        name = ctx.call_name(call)
        if name and "." in name:
            root, last = name.partition(".")[0], name.rpartition(".")[2]
            is_client = root in _CLIENTS and last in _REQUESTS and ".web." not in name
            if is_client or name in _STANDARD:
                found.append((call, name))
    if found:
        names = listed(name for _, name in found)
        where = f" in {len(found)} places, the first here" if len(found) > 1 else ""
        yield evidence(found[0][0], f"Network clients are used{where}: {names}.")


def interceptors(ctx: Context) -> Iterator[Fact]:
    """What keeps requests from leaving: interceptors and in-process clients."""
    for node in ctx.nodes(ast.Import, ast.ImportFrom):
        modules = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        used = [name for m in modules if (name := m.partition(".")[0]) in _INTERCEPTORS]
        if used:
            yield evidence(node, f"Requests are intercepted by {listed(used)}.")
    parameters = [p for p in ctx.nodes(ast.arg) if p.arg in _INTERCEPTORS]
    if parameters:
        names, count = listed(p.arg for p in parameters), counted(len(parameters), "test")
        yield evidence(
            parameters[0], f"Requests are intercepted by the fixture {names} in {count}."
        )
    calls = [c for c in ctx.nodes(ast.Call) if _called(c) in _IN_PROCESS]
    if calls:
        names, count = listed(_called(c) for c in calls), counted(len(calls), "place")
        yield evidence(calls[0], f"The application is called in process by {names} in {count}.")


def servers(ctx: Context) -> Iterator[Fact]:
    """Sockets that are opened and servers that listen, with their literal hosts."""
    sockets = [c for c in ctx.nodes(ast.Call) if ctx.call_name(c) == "socket.socket"]
    if sockets:
        count = counted(len(sockets), "socket is", "sockets are")
        yield evidence(
            sockets[0], f"{count} opened{', the first here' if len(sockets) > 1 else ''}."
        )
    found: list[tuple[ast.Call, str]] = []
    for call in ctx.nodes(ast.Call):
        called = _called(call)
        if called in _SERVERS or called.endswith("Server"):
            host = _host(call, ctx)
            if host:
                found.append((call, host))
    local = [item for item in found if is_loopback(item[1])]
    if local:
        names, count = listed(host for _, host in local), counted(len(local), "server")
        yield evidence(local[0][0], f"{count} bound to this machine alone ({names}).")


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
    """How TLS is set up: contexts, authorities, verification."""
    contexts: list[tuple[ast.AST, str]] = []
    for call in ctx.nodes(ast.Call):
        name = ctx.call_name(call)
        if name in _TLS:
            contexts.append((call, name))
    if contexts:
        names = listed(name for _, name in contexts)
        where = f" in {len(contexts)} places, the first here" if len(contexts) > 1 else ""
        yield evidence(contexts[0][0], f"TLS is set up{where}: {names}.")
    expected = [
        k
        for k in ctx.nodes(ast.keyword)
        if k.arg in _TLS_OPTIONS and ctx.is_false(k.value) and ctx.is_expectation(k)
    ]
    if expected:
        count, names = (
            counted(len(expected), "assertion"),
            listed(f"{k.arg}=False" for k in expected),
        )
        yield evidence(expected[0], f"{names} is only expected of a call, in {count}.")


def _called(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", "") or getattr(call.func, "id", ""))
