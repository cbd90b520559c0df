"""A TLS client does not check the host name in the certificate.

With `check_hostname = False` any valid certificate will do, also one that somebody got for
a name of their own: whoever holds it can read and change the traffic.

A server's context has no name to check, and a test of the setting itself is not a finding.
Where the certificate is not checked at all, `ssl-unverified-context` says so. The `strict`
profile also reports contexts that the file does not make.

Give the test server a certificate for the name it is reached by (`localhost`), or say which
name it has: `wrap_socket(sock, server_hostname="server.test")`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, evidence, replace
from checks.context import Context
from checks.rules._origins import library_call, made_by
from checks.rules._wording import dotted
from checks.rules.network._contexts import (
    Setting,
    is_client,
    is_server,
    is_subject,
    is_unverified,
    settings,
)
from checks.rules.network._expected import is_expected
from checks.rules.network._options import given_to, is_of, options

_ADAPTERS = frozenset({"urllib3", "docker", "kubernetes", "requests"})
# Option -> what switches the check off, and the libraries that have it.
_OPTIONS: dict[str, tuple[bool, frozenset[str]]] = {
    "assert_hostname": (False, _ADAPTERS),
    "ssl_assert_hostname": (False, frozenset({"elasticsearch", "elastic_transport"})),
    "ssl_check_hostname": (False, frozenset({"redis", "kafka", "aiokafka", "aioredis", "valkey"})),
    "check_hostname": (
        False,
        frozenset({"http", "httplib2", "ldap3", "amqp", "pymysql", "tornado", "websocket"}),
    ),
    "ssl_match_hostname": (False, frozenset({"pymongo", "motor"})),
    "tlsAllowInvalidHostnames": (True, frozenset({"pymongo", "motor"})),
    "tls_allow_invalid_hostnames": (True, frozenset({"pymongo", "motor"})),
}
_ANYWHERE = frozenset(
    {"assert_hostname", "ssl_assert_hostname", "ssl_check_hostname", "tlsAllowInvalidHostnames"}
)
_CONNECTIONS = ("open_connection", "create_connection", "start_tls", "open_unix_connection")
# Options of libcurl; with 1 it only asks that the certificate has a name at all.
_CURL = frozenset({"SSL_VERIFYHOST", "PROXY_SSL_VERIFYHOST"})

rule = Rule(
    id="tls-hostname-off",
    words=(*_OPTIONS, *_CURL, "server_hostname", "match_hostname", "tls_insecure_set"),
    severity="medium",
    cwe=297,
    bad=[
        Bad(
            "import ssl\ncontext = ssl.create_default_context()\ncontext.check_hostname = False",
            fixed="import ssl\n"
            "context = ssl.create_default_context()\ncontext.check_hostname = True",
        ),
        Bad(
            "from ssl import PROTOCOL_TLS_CLIENT as client, SSLContext as Context\n"
            "def connect(sock):\n"
            "    context = Context(client)\n"
            "    context.check_hostname = False  # <-\n"
            "    return context.wrap_socket(sock)"
        ),
        Bad(
            "import urllib3\npool = urllib3.HTTPSConnectionPool('db.test', assert_hostname=False)",
            fixed="import urllib3\n"
            "pool = urllib3.HTTPSConnectionPool('db.test', assert_hostname=True)",
        ),
        Bad("import pymongo as mongo\nc = mongo.MongoClient(url, tlsAllowInvalidHostnames=True)"),
        Bad("import redis\nclient = redis.Redis(host=HOST, ssl=True, ssl_check_hostname=False)"),
        Bad(
            "import asyncio, ssl\n"
            "async def connect(host, context):\n"
            "    return await asyncio.open_connection(host, 443, ssl=context, server_hostname='')"
        ),
        Bad("import ssl\nssl.match_hostname = lambda certificate, name: True"),
        Bad("def connect(context):\n    context.check_hostname = False", profile="strict"),
        Bad("tls = Settings(assert_hostname=False)", profile="strict"),
    ],
    good=[
        "import ssl\ncontext = ssl.create_default_context()\ncontext.check_hostname = True",
        (
            "import ssl\ncontext = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)\n"
            "context.check_hostname = False"
        ),
        (
            "import ssl\ndef test_setting():\n    context = ssl.create_default_context()\n"
            "    context.check_hostname = False\n"
            "    assert client(context).check_hostname is False"
        ),
        "pool.assert_called_once_with('db.test', assert_hostname=False)",
        "form.check_hostname = False\nvalidate(record, check_hostname=False)",
        "import asyncio\nawait_me = asyncio.open_connection(host, 443, server_hostname='db.test')",
        Good("import ssl\nassert context.check_hostname == False", profile="strict"),
    ],
)


@rule.on(ast.Module)
def visit_settings(_module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for setting in settings(ctx, "check_hostname", "assert_hostname", "match_hostname"):
        if setting.name == "match_hostname":
            if ctx.name(setting.holder) == "ssl" and not is_expected(ctx, setting.node):
                yield rule.finding(setting.node, "From here on the whole process accepts any name.")
        elif ctx.is_false(setting.value) and not is_expected(ctx, setting.node):
            yield from _setting(setting, ctx)


def _setting(setting: Setting, ctx: Context) -> Iterator[Outcome]:
    made = made_by(ctx, setting.holder)
    if is_subject(setting, ctx) or is_server(made, ctx):
        return
    shown = f"`{dotted(setting.holder)}.{setting.name} = False`"
    known = made is not None and (
        is_client(made, ctx)
        if setting.name == "check_hostname"
        else library_call(ctx, made, _ADAPTERS) is not None
    )
    # A client that checks no certificate is found by another rule, at the line that says so.
    if ctx.strict or (known and not is_unverified(setting.holder, ctx)):
        why = f"{shown} accepts a certificate that was made for another name."
        edit = replace(setting.value, "True")
        yield rule.finding(setting.node, why, edit=edit, severity=None if known else "low")
    elif made is None and ("ssl" in shown.lower() or "context" in shown.lower()):
        yield evidence(setting.node, f"{shown}: the name in the certificate is not checked.")


@rule.on_method("setopt", "tls_insecure_set")
def visit_call(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    last = call.args[-1] if call.args else None
    if getattr(call.func, "attr", "") == "tls_insecure_set":
        is_off = ctx.is_true(last)
    else:
        is_off = (
            len(call.args) == 2
            and getattr(call.args[0], "attr", "") in _CURL
            and ctx.literal(last) in (0, 1, False)
        )
    if is_off and not is_expected(ctx, call):
        yield rule.finding(call, "This accepts a certificate that was made for another name.")


@rule.on(ast.Module)
def visit_options(_module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for option in options(ctx, _OPTIONS):
        off, libraries = _OPTIONS[option.name]
        if ctx.literal(option.value) is not off or ctx.scopes.decorated(option.node):
            continue
        known = any(is_of(ctx, call, libraries) for call in given_to(ctx, option))
        is_keyword = isinstance(option.node, ast.keyword)
        if not known and not (ctx.strict and is_keyword and option.name in _ANYWHERE):
            continue
        if not is_expected(ctx, option.node):
            why = f"`{option.name}={off}` accepts a certificate that was made for another name."
            edit = None if off else replace(option.value, "True")
            yield rule.finding(option.node, why, edit=edit, severity=None if known else "low")


@rule.on_keyword("server_hostname")
def visit_asyncio(option: ast.keyword, ctx: Context) -> Iterator[Outcome]:
    call = ctx.parent(option)
    called = getattr(call, "func", None)
    short = getattr(called, "attr", getattr(called, "id", ""))
    is_asyncio = short in _CONNECTIONS or (ctx.call_name(call) or "").startswith("asyncio.")
    # asyncio matches no name where it is empty.
    if is_asyncio and ctx.text(option.value) == "" and not is_expected(ctx, option):
        why = "An empty `server_hostname` accepts a certificate that was made for another name."
        yield rule.finding(option, why)
