"""Where credentials stand in code: their names, the calls they authenticate, their hosts."""

import ast
import re
from collections.abc import Iterator
from enum import Enum, auto
from functools import lru_cache

from checks.context import Context
from checks.rules._origins import library_call, origin
from checks.values import is_reserved_host, urls

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_NAME = re.compile(
    r"(\w+_)?((?:pg|db|my|mysql|user|admin|root|ldap|smtp|mail|bind|master|proxy)?"
    r"(password|passwd|pwd)|passphrase|passcode|secret|(?<=_)(pass|pw)|api_?key"
    r"|(secret|access|account|auth|encryption|signing|master)_key|(auth|access|bearer|api)_?token)"
    r"(_(prod|production|live|real|prd|\d+))?"
)
_TOKEN = re.compile(r"(\w+_)?(token|credentials?|private_key)")
# Tokens that say where one is or which question is answered, and open nothing.
_NO_KEY = re.compile(
    r"(?<![a-z])(next|prev|previous|page|pagination|continuation|cursor|resume|sync|start|end|first"
    r"|last|csrf|xsrf|request|client|idempotency|cancel|lock|push|device|upload|task|parse|lex"
    r"|public|revision|change|state)_(token|credentials?)"
)
# A hash or a ciphertext opens nothing by itself.
_DERIVED = re.compile(r"hash|crypt(?!ion)|encod|digest|wrapped|salted")
_MADE_UP = frozenset({"test", "testing", "fake", "dummy", "mock", "example", "sample", "masked"})
LIBRARIES = frozenset(
    [
        *("psycopg2", "psycopg", "asyncpg", "aiopg", "pymysql", "MySQLdb", "mysql", "aiomysql"),
        *("pyodbc", "pymssql", "oracledb", "cx_Oracle", "pymongo", "motor", "redis", "aioredis"),
        *("sqlalchemy", "snowflake", "clickhouse_driver", "neo4j", "cassandra", "influxdb", "hvac"),
        *("paramiko", "asyncssh", "fabric", "pysftp", "netmiko", "winrm", "ftplib", "telnetlib"),
        *("smtplib", "aiosmtplib", "imaplib", "poplib", "ldap", "ldap3", "pika", "kombu"),
        *("confluent_kafka", "kafka", "requests", "httpx", "aiohttp", "urllib3", "boto3"),
        *("elasticsearch", "opensearchpy", "minio", "docker", "jenkins", "jira", "github"),
        *("gitlab", "keystoneauth1", "keystoneclient", "openstack", "zeep", "twilio", "pyVim"),
    ]
)
_ACTS = re.compile(
    "connect|log_?[io]n|logon|sign_?in|auth|client|session|engine|api", re.IGNORECASE
)
# Calls that make an account or treat the value as data: its owner is the test itself.
_DATA = re.compile(
    r"create|make|new|add|register|set_?pass|check|hash|crypt|verif|valid|encode|derive|kdf|hmac"
    r"|factory|form|mock|fake|change|reset|user|account|assert|equal|quote|mask|redact|parse",
    re.IGNORECASE,
)
_TEST_CLIENT = re.compile(r"^(c|(\w+_)?client|app|browser|page|driver)$", re.IGNORECASE)
_SECOND = frozenset({"login", "authenticate", "simple_bind", "simple_bind_s", "bind_s"})
_SETS = frozenset({"setenv", "setdefault", "putenv", "setattr", "setitem"})
POSITIONAL = (*_SECOND, "setenv", "setdefault", "putenv")
"""Methods that are given a credential, or the name of a variable and its value, by position."""
BY_NAME = ("setattr", "setitem", "add_password")
"""Methods that are given something, seldom a credential, behind its name or its user."""
BY_POSITION = {
    **dict.fromkeys(["ftplib.FTP", "ftplib.FTP_TLS", "pymysql.connect", "MySQLdb.connect"], 2),
    **dict.fromkeys(["ldap3.Connection", "jenkins.Jenkins", "smbclient.register_session"], 2),
    **dict.fromkeys(["requests.auth.HTTPBasicAuth", "requests.auth.HTTPDigestAuth"], 1),
    **dict.fromkeys(["aiohttp.BasicAuth", "httpx.BasicAuth", "httpx.DigestAuth"], 1),
    **dict.fromkeys(["pika.PlainCredentials", "pika.credentials.PlainCredentials"], 1),
}
"""Calls that are given a password at this place."""
DEFAULTS = ("os.getenv", "os.environ.get", "os.environ.pop")
"""Calls with the name of a variable, and what it is where it is not set."""
AUTH = frozenset({"auth", "basic_auth", "http_auth", "digest_auth", "proxy_auth"})
"""Arguments that are a pair of a user's name and password."""
_PASSWORD = re.compile(r"passw(or)?d|pasword|pwd|passphrase|passcode|(?<![a-z])(pass|pw)(?![a-z])")
_SECRET_KEY = re.compile(
    r"((app|session|flask|django|jwt|csrf|wtf_csrf|token|test|cookie)_)?secret_key(_base)?"
    r"|(cookie|session)_secret|security_password_salt"
)
_WIDE = re.compile(
    r"(?<![a-z])(passw(or)?d|pasword|pass(phrase|code)?|pwd|secrete?|token|api_?key"
    r"|(access|private|auth|account|encryption|signing)_key)(?![a-z])"
)
_HOSTS = frozenset({"host", "hostname", "server", "address", "url", "base_url", "uri", "endpoint"})


class Kind(Enum):
    """What a name says that its value is: which rule looks after it."""

    PASSWORD = auto()
    SECRET = auto()
    SECRET_KEY = auto()


@lru_cache(8192)
def snake(name: str) -> str:
    """The words of a name, in lower case and joined by ``_``: ``card_number`` of ``cardNumber``."""
    return "_".join(word.lower() for word in _WORDS.findall(name))


@lru_cache(4096)
def kind(name: str) -> Kind | None:
    """The kind of credential that a name for which :func:`opens` is true stands for."""
    if _SECRET_KEY.fullmatch(snake(name)):
        return Kind.SECRET_KEY
    if not opens(name):
        return Kind.PASSWORD if name in AUTH else None
    return Kind.PASSWORD if _PASSWORD.search(snake(name)) else Kind.SECRET


@lru_cache(4096)
def wide_kind(name: str) -> Kind | None:
    """The kind for every name with such a word in it, as line-based scanners see it."""
    words = snake(name)
    if _SECRET_KEY.fullmatch(words):
        return Kind.SECRET_KEY
    if not _WIDE.search(words):
        return None
    return Kind.PASSWORD if _PASSWORD.search(words) else Kind.SECRET


@lru_cache(4096)
def is_credential_name(name: str) -> bool:
    """Whether a variable, argument or variable of the environment by this name authenticates."""
    words = snake(name)
    return bool(_NAME.fullmatch(words)) and not _DERIVED.search(words)


@lru_cache(4096)
def opens(name: str) -> bool:
    """Whether a name can be that of a credential, too: any ``token`` but that of a page.

    Where the value is read from the environment, or was generated, that is enough.
    """
    words = snake(name)
    return is_credential_name(name) or bool(_TOKEN.fullmatch(words) and not _NO_KEY.search(words))


def says_made_up(name: str) -> bool:
    """Whether the name of a variable says that its value is not a live one: ``FAKE_SECRET``."""
    return bool(_MADE_UP.intersection(word.lower() for word in _WORDS.findall(name)))


def called(call: ast.Call) -> str:
    """The last part of the name of what is called; "" when it has none."""
    function = call.func
    return str(getattr(function, "attr", "") or getattr(function, "id", ""))


def credentials(call: ast.Call, ctx: Context) -> Iterator[tuple[str, ast.expr]]:
    """The arguments of a call that are credentials, with the names they are given by."""
    for keyword in call.keywords:
        if keyword.arg in AUTH and isinstance(keyword.value, ast.Tuple):
            yield from ((keyword.arg or "", each) for each in keyword.value.elts[1:2])
        elif keyword.arg and opens(keyword.arg):
            yield keyword.arg, keyword.value
    position = BY_POSITION.get(ctx.call_name(call) or "")
    if called(call) in _SECOND and len(call.args) == 2:
        position = 1
    elif called(call) == "add_password":
        position = 3
    given = ctx.argument(call, position, None)
    if given:
        yield "password", given
    yield from _variable(call, ctx)


def _variable(call: ast.Call, ctx: Context) -> Iterator[tuple[str, ast.expr]]:
    """The name and the value where a call sets a variable or an attribute, or has a default."""
    if sets_variable(call, ctx) and len(call.args) >= 2:
        *_, key, value = call.args[: 3 if called(call) in {"setattr", "setitem"} else 2]
        name = (ctx.text(key) or "").rpartition(".")[2]
        if opens(name):
            yield name, value


def sets_variable(call: ast.Call, ctx: Context) -> bool:
    """Whether a call sets a variable by its name, or says what it is where it is not set."""
    return called(call) in _SETS or ctx.call_name(call) in DEFAULTS


def library(call: ast.Call, ctx: Context) -> ast.Call | None:
    """The call of a client library that *call* is, or that made the object it is made on."""
    return library_call(ctx, call, LIBRARIES)


def is_only_told(ctx: Context, node: ast.AST) -> bool:
    """Whether an address stands in an assertion, and no client is given it."""
    around = (outer for outer in ctx.ancestors(node) if isinstance(outer, ast.Call))
    call = next(around, None)
    return ctx.is_asserted(node) and not (call and library(call, ctx) and not is_data(call))


def authenticates(call: ast.Call) -> bool:
    """Whether a call by its name logs in somewhere, and not into the application under test."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    name = str(getattr(receiver, "attr", "") or getattr(receiver, "id", ""))
    return bool(_ACTS.search(called(call))) and not _TEST_CLIENT.match(name) and not is_data(call)


def is_data(call: ast.Call) -> bool:
    """Whether a call makes an account or computes with its arguments."""
    return bool(_DATA.search(called(call))) and called(call) != "create_engine"


def goes_nowhere(call: ast.Call, ctx: Context) -> bool:
    """Whether the literal host of a call is this machine, a reserved or a stand-in name."""
    for keyword in call.keywords:
        if keyword.arg in _HOSTS and (text := ctx.text(keyword.value)):
            return _is_reserved(text)
    text = ctx.text(call.args[0]) if call.args and called(call) not in _SECOND else None
    # A first argument without dots can be a user's name as well as a host's.
    return text is not None and ("." in text or text == "localhost") and _is_reserved(text)


def _is_reserved(place: str) -> bool:
    hosts = [url.host for url in urls(place)] or [place.partition(":")[0]]
    return all(is_reserved_host(host) for host in hosts)


def is_own_account(value: str, ctx: Context) -> bool:
    """Whether the test makes the account: the value, or its name, is an argument of such a call."""
    for call in ctx.nodes(ast.Call):
        if is_data(call):
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            if any(ctx.literal(origin(ctx, each) or each) == value for each in given):
                return True
    return False
