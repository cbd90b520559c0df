"""TLS certificate verification is turned off.

With `verify=False` the client accepts any certificate, so anyone on the path can read and
change the traffic. A test that sends a real password this way gives it away, and cannot
notice a product that has stopped checking.

An expected argument (`get.assert_called_with(url, verify=False)`), an object that may be no
client, and a connector with a resolver of the test's own are not findings; the `strict`
profile reports a `verify=False` on any object that sounds like a client.

Give the client your test CA instead: `verify="tests/ca.pem"`.
"""

import ast
from collections.abc import Iterable, Iterator

from checks.api import Bad, Outcome, Rule, evidence, replace
from checks.context import Context
from checks.model import Edit
from checks.rules._origins import library_call, made_by, spread
from checks.rules._wording import dotted
from checks.rules.network._clients import VERBS
from checks.rules.network._commands import commands, words
from checks.rules.network._expected import is_expected
from checks.values import is_loopback, urls

_HTTP_LIST = """
requests httpx boto3 botocore hvac keystoneauth1 niquests consul docker requests_oauthlib zeep
requests_futures authlib cloudscraper pyVim proxmoxer
"""
_HTTP = frozenset(_HTTP_LIST.split())
# Option -> the libraries that have it, and what turns verification off.
_OPTIONS: dict[str, tuple[frozenset[str], str]] = {
    "verify": (_HTTP, "False"),
    "ssl": (frozenset({"aiohttp"}), "False"),
    "verify_ssl": (frozenset({"aiohttp", "influxdb", "kubernetes", "telegram", "ldap3"}), "False"),
    "ssl_verify": (frozenset({"gitlab"}), "False"),
    "verify_certs": (frozenset({"elasticsearch", "opensearchpy"}), "False"),
    "validate_cert": (frozenset({"tornado"}), "False"),
    "disable_ssl_certificate_validation": (frozenset({"httplib2"}), "True"),
    "tlsAllowInvalidCertificates": (frozenset({"pymongo", "motor"}), "True"),
    "tlsInsecure": (frozenset({"pymongo", "motor"}), "True"),
    "cert_reqs": (frozenset({"urllib3", "ssl", "redis", "kazoo"}), "CERT_NONE"),
    "ssl_cert_reqs": (frozenset({"redis", "pymongo", "aioredis"}), "CERT_NONE"),
    "validate": (frozenset({"ldap3"}), "CERT_NONE"),
}
_LIBRARIES = frozenset().union(*(libraries for libraries, _ in _OPTIONS.values()))
_REQUESTS = frozenset({*VERBS, "request"})
# Options of libcurl -> the value that mends them.
_CURL = {"SSL_VERIFYPEER": "1", "SSL_VERIFYHOST": "2", "PROXY_SSL_VERIFYPEER": "1"}
# Program -> its options that switch verification off.
_INSECURE = {
    "curl": frozenset({"-k", "--insecure", "-sk", "-ks", "-kL", "-Lk", "-skL"}),
    "wget": frozenset({"--no-check-certificate"}),
    "git": frozenset({"http.sslVerify=false", "http.sslverify=false"}),
}
_PROGRAMS = tuple(_INSECURE)
_OPPOSITES = {"False": "True", "True": "False"}

rule = Rule(
    id="tls-verify-off",
    severity="high",
    cwe=295,
    bad=[
        Bad(
            "import requests\nrequests.get(url, verify=False)",
            fixed="import requests\nrequests.get(url, verify=True)",
        ),
        Bad("from httpx import get as fetch\nfetch(url, verify=False)"),
        Bad(
            "import requests as http\nsession = http.Session()\nsession.verify = False",
            fixed="import requests as http\nsession = http.Session()\nsession.verify = True",
        ),
        Bad(
            "import aiohttp\n"
            "async def test_page(url):\n"
            "    async with aiohttp.ClientSession() as client:\n"
            "        await client.get(url, ssl=False)"
        ),
        Bad("import httpx\nwith httpx.Client(verify=False) as client:  # <-\n    client.get(url)"),
        Bad(
            "import ssl, urllib3\npool = urllib3.PoolManager(cert_reqs=ssl.CERT_NONE)",
            fixed="import ssl, urllib3\npool = urllib3.PoolManager(cert_reqs=ssl.CERT_REQUIRED)",
        ),
        Bad("import functools\nimport requests as r\nget = functools.partial(r.get, verify=False)"),
        Bad(
            "import pycurl\nc = pycurl.Curl()\nc.setopt(pycurl.SSL_VERIFYPEER, 0)",
            fixed="import pycurl\nc = pycurl.Curl()\nc.setopt(pycurl.SSL_VERIFYPEER, 1)",
        ),
        Bad("import subprocess as sp\nsp.run(['/usr/bin/curl', '-k', url])"),
        Bad("import kubernetes as k\nc = k.client.Configuration()\nc.verify_ssl = False"),
        Bad("import requests\nassert requests.get(url, verify=False).ok"),
        Bad("def page(client):\n    return client.get(url, verify=False)", profile="strict"),
        Bad("from urllib3 import PoolManager\npool = PoolManager(cert_reqs='CERT_NONE')"),
        Bad(
            "import requests\nOPTIONS = {'verify': False, 'timeout': 3}  # <-\n"
            "def test_a():\n    requests.get('https://api.corp', **OPTIONS)"
        ),
        Bad(
            "import requests as r\ndef test_a():\n    options = dict(verify=False)  # <-\n"
            "    r.post('https://api.corp', **options)"
        ),
        Bad(
            "import aiohttp\nasync def test_a():\n    async with aiohttp.ClientSession() as s:\n"
            "        await s.get('https://a.corp', ssl=False)  # <-\n"
            "    async with Other() as s:\n        await s.get('https://a.corp', ssl=False)"
        ),
        Bad(
            "import requests\n"
            "class TestApi:\n"
            "    def setup_method(self):\n"
            "        self.api = requests.Session()\n"
            "    def test_get(self):\n"
            "        self.api.get('https://localhost:8443', verify=False)"
        ),
    ],
    good=[
        "import requests\nrequests.get(url, verify='ca.pem')",
        "self.verify(x, verify=False)",
        "import requests\nexpected = {'verify': False}\nassert sent == expected\n"
        "form(**expected)\nmake = dict(verify=False)",
        "def page(client):\n    return client.get(url, verify=False)",
        "run.assert_called_once_with(['curl', '-k', url])\nself.run(['sort', '-k', 'curl.txt'])",
        "import requests\nrequests.get.assert_called_once_with(url, verify=False)",
        "import requests\ndef test_a(requests):\n    requests.get('/', verify=False)",
        "import aiohttp\nc = aiohttp.TCPConnector(resolver=Fixed('127.0.0.1'), ssl=False)",
        "client.connect(ssl=False)\nform.verify = False\njwt.decode(token, verify=False)",
    ],
)


@rule.on(ast.Module)
def visit_options(_module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    if not (ctx.strict or _LIBRARIES & _imported(ctx)):
        return
    for option in ctx.keywords_named(*_OPTIONS):
        call = ctx.parent(option)
        if not isinstance(call, ast.Call) or ctx.call_name(call) == "dict":
            made = spread(ctx, call) if isinstance(call, ast.Call) else ()
        else:
            made = iter((call,))
        yield from _option(option, option.arg or "", option.value, made, ctx)
    for key in ctx.strings_where(_OPTIONS.__contains__):
        options = ctx.parent(key)
        if isinstance(options, ast.Dict) and key in options.keys:
            value = options.values[options.keys.index(key)]
            yield from _option(key, str(key.value), value, spread(ctx, options), ctx)


def _option(
    node: ast.keyword | ast.expr,
    name: str,
    value: ast.expr,
    calls: Iterable[ast.Call],
    ctx: Context,
) -> Iterator[Outcome]:
    """The option *name* of *calls*, all of which get this *value* from *node*."""
    libraries, off = _OPTIONS[name]
    if not _is(value, off, ctx) or is_expected(ctx, node):
        return
    for call in calls:
        known = _is_partial(call, libraries, ctx) or bool(
            library_call(ctx, call, libraries) or _is_session(call.func, libraries, ctx)
        )
        if not (known or (ctx.strict and getattr(call.func, "attr", "") in _REQUESTS)):
            continue
        if ctx.keyword(call, "resolver") and not ctx.strict:
            sentence = f"`{name}={off}`: any certificate is accepted of the hosts that the "
            yield evidence(node, f"{sentence}test's own resolver names.")
            return
        is_local = _is_local(call, ctx)
        yield rule.finding(
            node,
            f"`{name}={off}` makes this client accept any certificate"
            + (", if only from this machine." if is_local else "."),
            edit=_edit(value, off, ctx),
            severity="low" if is_local or not known else None,
        )
        return


@rule.on_method("setopt")
def visit_curl(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    option = call.args[0] if len(call.args) == 2 else None
    name = option.attr if isinstance(option, ast.Attribute) else ""
    if name in _CURL and ctx.literal(call.args[1]) in (0, False) and not is_expected(ctx, call):
        why = f"`{name}` is switched off: any certificate is accepted."
        yield rule.finding(call, why, edit=replace(call.args[1], _CURL[name]))


@rule.on(ast.Module)
def visit_commands(_module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for call in commands(ctx) if ctx.mentions(_PROGRAMS) else ():
        given = [] if is_expected(ctx, call) else list(words(call, ctx))
        program = _program(given)
        for word, text in given if program else ():
            if any(part in _INSECURE[program] for part in text.split()):
                why = f"`{program}` is told to accept any certificate."
                is_local = any("localhost" in t or "127.0.0.1" in t for _, t in given)
                yield rule.finding(word, why, severity="low" if is_local else None)


@rule.on(ast.Module)
def visit_assigned(_module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for node, target in ctx.assigned(ast.Attribute):
        if target.attr in {"verify", "verify_ssl"} and target is node.targets[0]:
            yield from _assignment(node, target, ctx)


def _assignment(node: ast.Assign, target: ast.Attribute, ctx: Context) -> Iterator[Outcome]:
    made = made_by(ctx, target.value)
    libraries = _OPTIONS[target.attr][0]
    is_client = made is not None and library_call(ctx, made, libraries) is not None
    if ctx.is_false(node.value) and (is_client or _is_session(target, libraries, ctx)):
        why = f"`{dotted(target)} = False` makes all its requests accept any certificate."
        yield rule.finding(node, why, edit=_edit(node.value, "False", ctx))


def _is(value: ast.expr, off: str, ctx: Context) -> bool:
    if off == "CERT_NONE":
        text = (ctx.text(value) or ctx.name(value) or "").rpartition(".")[2]
        return text.upper() in {"CERT_NONE", "NONE"}
    return ctx.is_false(value) if off == "False" else ctx.is_true(value)


def _is_session(target: ast.expr, libraries: frozenset[str], ctx: Context) -> bool:
    """Whether ``session`` in ``session.get`` is by its name a session of an imported library."""
    holder = target.value if isinstance(target, ast.Attribute) else None
    name = str(getattr(holder, "id", "") or getattr(holder, "attr", ""))
    if not name.lower().endswith("session") or made_by(ctx, holder) is not None:
        return False
    return bool(libraries & _imported(ctx))


def _imported(ctx: Context) -> set[str]:
    """The top-level packages that the file imports."""
    return {
        (getattr(node, "module", None) or alias.name).partition(".")[0]
        for node in ctx.nodes(ast.Import, ast.ImportFrom)
        for alias in node.names
    }


def _is_partial(call: ast.Call, libraries: frozenset[str], ctx: Context) -> bool:
    """Whether the call fixes arguments of a library's function: ``partial(requests.get, ...)``."""
    given = ctx.name(call.args[0]) if call.args else None
    is_partial = ctx.call_name(call) in {"functools.partial", "functools.partialmethod"}
    return is_partial and (given or "").partition(".")[0] in libraries


def _program(command: list[tuple[ast.expr, str]]) -> str:
    """The program of the table that a command runs; "" when it is none of them."""
    first = [text.split()[0] for _, text in command[:2] if text.split()]
    name = first[0].rpartition("/")[2] if first else ""
    name = first[1].rpartition("/")[2] if name == "sudo" and len(first) > 1 else name
    return name if name in _INSECURE else ""


def _is_local(call: ast.Call, ctx: Context) -> bool:
    place = ctx.argument(call, 0, "url") or ctx.argument(call, None, "base_url")
    hosts = [url.host for url in urls(ctx.text(place) or "")]
    return bool(hosts) and all(is_loopback(host) for host in hosts)


def _edit(value: ast.expr, off: str, ctx: Context) -> Edit | None:
    if off in _OPPOSITES:
        return replace(value, _OPPOSITES[off])
    text = ctx.segment(value)
    return replace(value, text.replace("NONE", "REQUIRED")) if text.endswith("CERT_NONE") else None
