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
from checks.rules.network._contexts import is_client, is_subject, is_unverified
from checks.rules.network._expected import is_expected

# Option -> what switches the check off, and the libraries that have it.
_OPTIONS: dict[str, tuple[bool, frozenset[str]]] = {
    "assert_hostname": (False, frozenset({"urllib3", "docker", "kubernetes", "requests"})),
    "ssl_assert_hostname": (False, frozenset({"elasticsearch", "elastic_transport"})),
    "ssl_check_hostname": (False, frozenset({"redis", "kafka", "aiokafka", "aioredis", "valkey"})),
    "check_hostname": (False, frozenset({"httplib2", "ldap3", "amqp", "pymysql", "tornado"})),
    "ssl_match_hostname": (False, frozenset({"pymongo", "motor"})),
    "tlsAllowInvalidHostnames": (True, frozenset({"pymongo", "motor"})),
    "tls_allow_invalid_hostnames": (True, frozenset({"pymongo", "motor"})),
}
_ATTRIBUTES = frozenset({"check_hostname", "assert_hostname"})
_ANYWHERE = frozenset(
    {"assert_hostname", "ssl_assert_hostname", "ssl_check_hostname", "tlsAllowInvalidHostnames"}
)
_CONNECTIONS = ("open_connection", "create_connection", "start_tls", "open_unix_connection")
_MATCH = "ssl.match_hostname"

rule = Rule(
    id="tls-hostname-off",
    words=(*_OPTIONS, "server_hostname", "match_hostname"),
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


@rule.on(ast.Assign)
def visit_setting(node: ast.Assign, ctx: Context) -> Iterator[Outcome]:
    target = node.targets[0]
    if not isinstance(target, ast.Attribute):
        return
    if target.attr == "match_hostname" and ctx.name(target) == _MATCH:
        yield rule.finding(node, "From here on the whole process accepts any name.")
    elif target.attr in _ATTRIBUTES and ctx.is_false(node.value):
        yield from _setting(node, target, ctx)


def _setting(node: ast.Assign, target: ast.Attribute, ctx: Context) -> Iterator[Outcome]:
    if is_expected(ctx, node) or is_subject(node, target.attr, ctx):
        return
    shown = f"`{dotted(target)} = False`"
    made = made_by(ctx, target.value)
    known = made is not None and (
        is_client(made, ctx)
        if target.attr == "check_hostname"
        else library_call(ctx, made, _OPTIONS["assert_hostname"][1]) is not None
    )
    # A client that checks no certificate is found by another rule, at the line that says so.
    if ctx.strict or (known and not is_unverified(target.value, ctx)):
        why = f"{shown} accepts a certificate that was made for another name."
        severity = None if known else "low"
        yield rule.finding(node, why, edit=replace(node.value, "True"), severity=severity)
    elif made is None and "ssl" in ctx.segment(target).lower():
        yield evidence(node, f"{shown}: the name in the certificate is not checked.")


@rule.on(ast.keyword)
def visit_option(option: ast.keyword, ctx: Context) -> Iterator[Outcome]:
    call = ctx.parent(option)
    if not isinstance(call, ast.Call) or not _switches_off(option, call, ctx):
        return
    if is_expected(ctx, option) or ctx.scopes.decorated(option):
        return
    libraries = _OPTIONS.get(option.arg or "", (False, frozenset({"asyncio"})))[1]
    known = option.arg == "server_hostname" or library_call(ctx, call, libraries) is not None
    if known or (ctx.strict and option.arg in _ANYWHERE):
        why = f"`{ctx.segment(option)}` accepts a certificate that was made for another name."
        edit = replace(option.value, "True") if ctx.is_false(option.value) else None
        yield rule.finding(option, why, edit=edit, severity=None if known else "low")


def _switches_off(option: ast.keyword, call: ast.Call, ctx: Context) -> bool:
    if option.arg == "server_hostname":  # asyncio matches no name where it is empty.
        called = getattr(call.func, "attr", getattr(call.func, "id", ""))
        name = ctx.call_name(call) or ""
        return ctx.text(option.value) == "" and (
            called in _CONNECTIONS or name.startswith("asyncio.")
        )
    off = _OPTIONS.get(option.arg or "", (None, None))[0]
    return off is not None and ctx.literal(option.value) is off
