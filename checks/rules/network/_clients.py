"""Calls that contact a host: where the host stands, what travels, and what intercepts them."""

import ast
import re
from collections.abc import Iterator

from checks.context import Context
from checks.rules._origins import library_call, made_by, origin
from checks.values import is_reserved_host, urls

VERBS = ("delete", "get", "head", "options", "patch", "post", "put")
_LIBRARIES = ("requests", "httpx", "niquests", "requests.api", "treq", "grequests")
# Call -> the position of the URL.
FUNCTIONS: dict[str, int] = {
    **{f"{library}.{verb}": 0 for library in _LIBRARIES for verb in VERBS},
    **{f"{library}.request": 1 for library in (*_LIBRARIES, "aiohttp", "urllib3")},
    "httpx.stream": 1,
    "urllib.request.urlopen": 0,
    "urllib.request.urlretrieve": 0,
    "urllib.urlopen": 0,
    "urllib.urlretrieve": 0,
    "urllib2.urlopen": 0,
    "six.moves.urllib.request.urlopen": 0,
    "websockets.connect": 0,
    "websocket.create_connection": 0,
    "urllib.request.Request": 0,
    "urllib2.Request": 0,
    "six.moves.urllib.request.Request": 0,
}
# Method of a client's object -> the position of the URL.
_METHODS: dict[str, int] = {
    **dict.fromkeys(VERBS, 0),
    "request": 1,
    "stream": 1,
    "urlopen": 1,
    "ws_connect": 0,
}
SESSIONS = frozenset({"requests", "httpx", "aiohttp", "urllib3", "httplib2", "niquests"})
# Calls whose first argument is a host without a scheme.
_HOST_LIST = """
http.client.HTTPConnection http.client.HTTPSConnection httplib.HTTPConnection
socket.create_connection asyncio.open_connection urllib3.HTTPConnectionPool
smtplib.SMTP smtplib.SMTP_SSL imaplib.IMAP4 imaplib.IMAP4_SSL poplib.POP3 poplib.POP3_SSL
ftplib.FTP ftplib.FTP_TLS telnetlib.Telnet
"""
HOSTS = tuple(_HOST_LIST.split())
_INTERCEPTOR_LIST = """
aioresponses aioresponses_mock betamax fakeredis flexmock gock httmock httpretty httpserver
httpx_mock mocket mocker mock_requests monkeypatch moto nock patch placebo pook pretend
pytest_httpserver pytest_httpx pytest_recording pytest_socket requests_mock
requests_mock_fixture respx respx_mock responses socket_disabled test_client vcr vcr_cassette
aiohttp_client aiohttp_server live_server
"""
INTERCEPTORS = frozenset(_INTERCEPTOR_LIST.split())
# Of these, the ones whose mere presence says that requests are answered here.
LIBRARIES_THAT_INTERCEPT = INTERCEPTORS - {
    *("flexmock", "mocker", "monkeypatch", "patch", "pretend", "live_server", "test_client"),
}
_CLIENT_WORDS = re.compile(
    "request|http|urllib|urlopen|socket|session|client|connect|transport|fetch|download|dns|resolv",
    re.IGNORECASE,
)
_CREDENTIAL = re.compile(
    r"(.*[_-])?(authorization|auth|token|api[_-]?key|password|passwd|passphrase|secret|cookie)"
    r"([_-](key|token))?",
    re.IGNORECASE,
)
# Where a template is filled in.
_PLACE = re.compile(r"\{\w*\}|%[sd]")
_DICTIONARIES = ("headers", "params", "data", "json", "cookies", "form")


def requests_made(ctx: Context) -> list[tuple[ast.Call, ast.expr]]:
    """The calls that send a request, with the expressions of their URLs, in source order."""
    return ctx.once(_requests_made)


def _requests_made(ctx: Context) -> list[tuple[ast.Call, ast.expr]]:
    return list(_requests(ctx)) if ctx.mentions(["://"]) else []


def _requests(ctx: Context) -> Iterator[tuple[ast.Call, ast.expr]]:
    found: list[ast.Call] = list(ctx.calls(*FUNCTIONS))
    places = {call: FUNCTIONS[ctx.call_name(call) or ""] for call in found}
    if any(True for _ in _imported(ctx)):
        for call in ctx.method_calls(*_METHODS):
            made = None if call in places else session_of(call, ctx)
            if made is not None and isinstance(call.func, ast.Attribute):
                is_httplib2 = (ctx.call_name(made) or "").startswith("httplib2.")
                places[call] = 0 if is_httplib2 else _METHODS[call.func.attr]
    for call in ctx.tree.in_order(list(places)):
        position = places[call]
        url = ctx.argument(call, position, "url") or ctx.argument(call, None, "uri")
        if url is not None:
            yield call, url


def _imported(ctx: Context) -> Iterator[str]:
    """The imported libraries that have clients with methods."""
    for node in ctx.nodes(ast.Import, ast.ImportFrom):
        modules = [getattr(node, "module", None) or alias.name for alias in node.names]
        yield from (m for m in modules if m.partition(".")[0] in SESSIONS)


def session_of(call: ast.Call, ctx: Context) -> ast.Call | None:
    """The call of a client library that made what *call* is a method of, or None."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    made = made_by(ctx, receiver)
    return library_call(ctx, made, SESSIONS) if made is not None else None


def host_of(place: ast.expr, ctx: Context) -> tuple[str, str, bool]:
    """Scheme, host and whether a password stands in a URL; "" where it is no literal.

    The host of ``f"http://db.example.org/{name}"`` is literal, too.
    """
    text = leading_text(place, ctx)
    url = next(urls(text), None) if text else None
    if url is None or not url.host or any(sign in url.host for sign in "%{$"):
        return "", "", False
    authority = text.partition("://")[2]
    is_whole = ctx.text(place) is not None or any(sign in authority for sign in "/?#")
    return (url.scheme, url.host, bool(url.password)) if is_whole else ("", "", False)


def leading_text(node: ast.expr | None, ctx: Context, depth: int = 0) -> str:
    """The literal text that an expression begins with."""
    text = ctx.text(node)
    if text is not None or node is None or depth > 10:
        return text or ""
    parts = _parts(node, ctx)
    if not parts:
        return leading_text(origin(ctx, node), ctx, depth + 1)
    known = ""
    for part in parts:
        text = ctx.text(origin(ctx, part) or part)
        if text is None:
            return known or leading_text(part, ctx, depth + 1)
        known += text
    return known


def _parts(node: ast.expr, ctx: Context) -> list[ast.expr]:
    """The first expressions that a text is put together of, in their order."""
    if isinstance(node, ast.JoinedStr):
        return [v.value if isinstance(v, ast.FormattedValue) else v for v in node.values]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [node.left, node.right]
    template, given = None, []
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        template = ctx.text(node.left)
        given = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        template = ctx.text(node.func.value) if node.func.attr == "format" else None
        given = node.args
    if template is None:
        return []
    before, *behind = _PLACE.split(template, maxsplit=2)
    return [ast.Constant(before), *given[:1], *map(ast.Constant, behind[:1])]


def is_public(host: str) -> bool:
    """Whether a literal host is neither this machine nor a reserved or stand-in name."""
    return bool(host) and not is_reserved_host(host)


def credential(call: ast.Call, ctx: Context) -> str:
    """What in the arguments of a request opens something: ``auth``, ``Authorization``; or ""."""
    for keyword in call.keywords:
        value = ctx.origin(keyword.value) or keyword.value
        if keyword.arg == "auth" and getattr(value, "value", "") is not None:
            return "auth"
        if keyword.arg in _DICTIONARIES and isinstance(value, ast.Dict):
            for key in value.keys:
                name = ctx.text(key) or ""
                if _CREDENTIAL.fullmatch(name):
                    return name
    return ""


def is_intercepted(ctx: Context, call: ast.Call) -> bool:
    """Whether something in the file can keep *call* from leaving the machine."""
    for node in ctx.nodes(ast.Import, ast.ImportFrom):
        modules = (getattr(node, "module", None) or "", *(alias.name for alias in node.names))
        if any(module.partition(".")[0] in INTERCEPTORS for module in modules):
            return True
    for function in ctx.scopes.functions(call):
        arguments = (*function.args.args, *function.args.kwonlyargs)
        if any(a.arg in INTERCEPTORS or "mock" in a.arg for a in arguments):
            return True
    made = session_of(call, ctx)
    options = {keyword.arg for keyword in made.keywords} if made else set()
    if options & {"transport", "app", "mounts", "connector", "resolver"}:
        return True
    return any(_CLIENT_WORDS.search(ctx.segment(each)) for each in _doubles(ctx))


def _doubles(ctx: Context) -> Iterator[ast.Call]:
    yield from ctx.method_calls("patch", "object", "multiple", "setattr", "stub_out", "mount")
    yield from ctx.calls("unittest.mock.patch")
