"""Options of clients by their name, however they are handed over; and whose options they are.

``get(url, verify=False)``, ``options = {"verify": False}; get(url, **options)``,
``options["verify"] = False``, ``connect(url, sslopt={"cert_reqs": CERT_NONE})``.
"""

import ast
from collections.abc import Container, Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.rules._origins import library_call, made_by, spread
from checks.values import is_loopback, urls

_HTTP_LIST = """
requests httpx boto3 botocore hvac keystoneauth1 niquests consul docker requests_oauthlib zeep
requests_futures authlib cloudscraper pyVim proxmoxer jira
"""
_HTTP = frozenset(_HTTP_LIST.split())
_CERT_REQS_LIST = """
urllib3 ssl redis kazoo requests paho websocket kombu amqp pymysql aiomysql MySQLdb cassandra celery
"""
# Option -> the libraries that have it, and what turns verification off.
VERIFYING: dict[str, tuple[frozenset[str], str]] = {
    "verify": (_HTTP, "False"),
    "ssl": (frozenset({"aiohttp"}), "False"),
    "verify_ssl": (frozenset({"aiohttp", "influxdb", "kubernetes", "telegram", "ldap3"}), "False"),
    "ssl_verify": (frozenset({"gitlab"}), "False"),
    "verify_certs": (frozenset({"elasticsearch", "opensearchpy"}), "False"),
    "validate_cert": (frozenset({"tornado"}), "False"),
    "disable_ssl_certificate_validation": (frozenset({"httplib2"}), "True"),
    "tlsAllowInvalidCertificates": (frozenset({"pymongo", "motor"}), "True"),
    "tlsInsecure": (frozenset({"pymongo", "motor"}), "True"),
    "cert_reqs": (frozenset(_CERT_REQS_LIST.split()), "CERT_NONE"),
    "ssl_cert_reqs": (frozenset({"redis", "valkey", "pymongo", "aioredis", "celery"}), "CERT_NONE"),
    "server_cert_validation": (frozenset({"winrm"}), "ignore"),
    "validate": (frozenset({"ldap3"}), "CERT_NONE"),
}
LIBRARIES = frozenset().union(*(libraries for libraries, _ in VERIFYING.values()))
# Here None means that no certificate is asked for, not that nothing was chosen.
NONE_IS_OFF = frozenset({"redis", "valkey", "aioredis"})
# Keyword arguments that take the options of TLS as a mapping.
_MAPPINGS = frozenset(
    {"broker_use_ssl", "options", "ssl", "ssl_options", "ssl_opts", "sslopt", "tls", "tls_options"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """One option: the *node* that says it, its value, and the call or mapping that it is in."""

    node: ast.keyword | ast.expr | ast.stmt
    name: str
    value: ast.expr
    holder: ast.expr


def options(ctx: Context, names: Container[str]) -> Iterator[Option]:
    """The options of these names: keywords first, then entries and items of mappings."""
    for keyword in ctx.keywords_named(*[name for name in ctx.keywords if name in names]):
        holder = ctx.parent(keyword)
        if isinstance(holder, ast.Call):
            yield Option(keyword, keyword.arg or "", keyword.value, holder)
    keys = ctx.strings_where(names.__contains__)
    for key in keys:
        holder = ctx.parent(key)
        if isinstance(holder, ast.Dict) and key in holder.keys:
            yield Option(key, str(key.value), holder.values[holder.keys.index(key)], holder)
    for node, target in ctx.assigned(ast.Subscript) if keys else ():
        if target.slice in keys and isinstance(target.value, ast.Name):
            yield Option(node, str(target.slice.value), node.value, target.value)


def given_to(ctx: Context, option: Option) -> Iterator[ast.Call]:
    """The calls that get an option, as far as the function around it shows."""
    holder = option.holder
    if isinstance(holder, ast.Call) and ctx.call_name(holder) != "dict":
        yield holder
    elif isinstance(holder, ast.Name):
        for keyword in ctx.nodes(ast.keyword, inside=ctx.function(holder)):
            call = ctx.parent(keyword)
            spreads = keyword.arg is None and getattr(keyword.value, "id", "") == holder.id
            if spreads and isinstance(call, ast.Call):
                yield call
    else:
        yield from spread(ctx, holder)
        keyword_around, call = ctx.parent(holder), None
        if isinstance(keyword_around, ast.keyword) and keyword_around.arg in _MAPPINGS:
            call = ctx.parent(keyword_around)
        if isinstance(call, ast.Call):
            yield call


def is_of(ctx: Context, call: ast.Call, libraries: frozenset[str]) -> bool:
    """Whether a call is one of *libraries*, of a client they made, or of a class derived of one."""
    if library_call(ctx, call, libraries) is not None:
        return True
    return isinstance(call.func, ast.Attribute) and is_own(ctx, call.func.value, libraries)


def is_own(ctx: Context, receiver: ast.expr, libraries: frozenset[str]) -> bool:
    """Whether ``self`` or ``super()`` is an object of a class that derives of one of a library."""
    is_super = ctx.call_name(receiver) == "super"
    definition = ctx.class_of(receiver)
    if definition is None or not (is_super or getattr(receiver, "id", "") in {"self", "cls"}):
        return False
    bases = (base for base in ctx.scopes.bases(definition) if isinstance(base, str))
    return any(base.partition(".")[0] in libraries for base in bases)


def is_session(function: ast.expr, libraries: frozenset[str], ctx: Context) -> bool:
    """Whether a function is a method of what is by its name a session: ``session.get``."""
    holder = function.value if isinstance(function, ast.Attribute) else None
    return holder is not None and is_named_session(holder, libraries, ctx)


def is_named_session(holder: ast.expr, libraries: frozenset[str], ctx: Context) -> bool:
    """Whether ``session`` is by its name a session of an imported library."""
    name = str(getattr(holder, "id", "") or getattr(holder, "attr", ""))
    if not name.lower().endswith("session") or made_by(ctx, holder) is not None:
        return False
    return bool(libraries & imported(ctx))


def imported(ctx: Context) -> frozenset[str]:
    """The top-level packages that the file imports."""
    return ctx.once(_imported)


def _imported(ctx: Context) -> frozenset[str]:
    return frozenset(
        (getattr(node, "module", None) or alias.name).partition(".")[0]
        for node in ctx.nodes(ast.Import, ast.ImportFrom)
        for alias in node.names
    )


def is_partial(call: ast.Call, libraries: frozenset[str], ctx: Context) -> bool:
    """Whether the call fixes arguments of a library's function: ``partial(requests.get, ...)``."""
    given = ctx.name(call.args[0]) if call.args else None
    is_partial = ctx.call_name(call) in {"functools.partial", "functools.partialmethod"}
    return is_partial and (given or "").partition(".")[0] in libraries


def is_local(call: ast.Call, ctx: Context) -> bool:
    """Whether a request goes to this machine, by its literal URL."""
    place = ctx.argument(call, 0, "url") or ctx.argument(call, None, "base_url")
    hosts = [url.host for url in urls(ctx.text(place) or "")]
    return bool(hosts) and all(is_loopback(host) for host in hosts)
