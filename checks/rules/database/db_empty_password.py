"""A database is opened with an empty password.

An account without a password lets in everybody who can reach the server. On this machine or
in a container that the tests start it protects nothing; on any other host it is a real
account that anybody can use.

Hosts that are loopback, reserved or without a dot are not findings, nor a host that is not
written here. The `strict` profile reports every empty password.

Give the account a password and read it from the environment: `os.environ["TEST_DB_PASSWORD"]`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.database._drivers import DRIVERS
from checks.values import is_reserved_host, urls

_KEYS = frozenset({"password", "passwd", "pwd", "PASSWORD"})
_HOSTS = ("host", "HOST", "hostname", "server", "address", "host_name")
_SCHEMES = ("postgres", "mysql", "mariadb", "mssql", "oracle", "mongodb", "redis", "cockroach")

rule = Rule(
    id="db-empty-password",
    words=("password", "passwd", "pwd", "PASSWORD", ":@", "MySQLdb", "pymysql"),
    severity="medium",
    cwe=521,
    bad=[
        Bad(
            "import psycopg2 as pg\n"
            "db = pg.connect(host='db.payments.corp', user='app', password='')  # <-\n"
            "db.close()"
        ),
        Bad(
            "from pymysql import connect\nEMPTY = ''\ndef opened():\n"
            "    return connect(host='db.payments.corp', user='app', passwd=EMPTY)"
        ),
        Bad(
            "DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql',\n"
            "    'HOST': 'db.payments.corp', 'PASSWORD': ''}}"
        ),
        Bad(
            "import MySQLdb as m\ndef opened():\n    return m.connect('db.payments.corp', 'a', '')"
        ),
        Bad("URL = 'postgresql://app:@db.payments.corp/app'"),
        Bad(
            "from sqlalchemy import create_engine as e\ne('postgresql://app:@localhost/app')",
            profile="strict",
        ),
        Bad(
            "import redis\ndef opened():\n    return redis.Redis(host='localhost', password='')",
            profile="strict",
        ),
    ],
    good=[
        "import psycopg2\ndef opened():\n"
        "    return psycopg2.connect(host='localhost', password='')",
        "import os\nimport psycopg2\ndef opened():\n"
        "    return psycopg2.connect(host='db.payments.corp', password=os.environ['TEST_DB'])",
        "log_in(host='db.payments.corp', password='')\nURL = 'https://app:@www.payments.corp/'",
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'PASSWORD': ''}}",
        "from pymysql import connect\n"
        "connect.assert_called_with(host='db.payments.corp', passwd='')",
        "form = {'name': 'a', 'PASSWORD': ''}\nlog_in(password='')",
    ],
)


@rule.on_keyword(*_KEYS)
def visit_keyword(keyword: ast.keyword, ctx: Context) -> Iterator[Outcome]:
    call = ctx.parent(keyword)
    if isinstance(call, ast.Call) and ctx.literal(keyword.value) == "":
        name = ctx.name(call.func) or ""
        if name.partition(".")[0] in DRIVERS and not ctx.is_expectation(keyword):
            hosts = [found.value for host in _HOSTS if (found := ctx.keyword(call, host))]
            first = call.args[0] if call.args and _is_client(name) else None
            yield from _outcome(ctx, keyword.value, hosts[0] if hosts else first)


@rule.on_call("MySQLdb.connect", "pymysql.connect")
def visit_positions(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    """``connect(host, user, "")``."""
    password = ctx.argument(call, 2, None)
    if password is not None and ctx.literal(password) == "" and not ctx.is_expectation(call):
        yield from _outcome(ctx, password, call.args[0])


@rule.on(ast.Module)
def visit_settings(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for node in ctx.nodes(ast.Dict) if "PASSWORD" in ctx.source.text else ():
        yield from _in_settings(ctx, node)


def _in_settings(ctx: Context, node: ast.Dict) -> Iterator[Outcome]:
    entries = {
        key.value: value
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }
    password = entries.get("PASSWORD")
    if password is None or "ENGINE" not in entries or ctx.is_expectation(node):
        return
    if ctx.literal(password) == "" and "sqlite" not in (ctx.text(entries["ENGINE"]) or ""):
        yield from _outcome(ctx, password, entries.get("HOST"))


@rule.on(ast.Module)
def visit_urls(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for node in ctx.strings_where(lambda text: ":@" in text):
        if not isinstance(ctx.parent(node), ast.Expr):
            yield from _in_url(ctx, node, str(node.value))


def _in_url(ctx: Context, node: ast.Constant, text: str) -> Iterator[Outcome]:
    for url in urls(text):
        empty = url.user and not url.password and f"{url.user}:@" in text
        if empty and url.scheme.startswith(_SCHEMES) and not ctx.is_expectation(node):
            if ctx.strict or not is_reserved_host(url.host):
                yield _finding(node, reserved=is_reserved_host(url.host))
            return


def _is_client(name: str) -> bool:
    return name.rpartition(".")[2] in {"Redis", "StrictRedis", "MongoClient", "connect"}


def _outcome(ctx: Context, node: ast.expr, host: ast.expr | None) -> Iterator[Outcome]:
    text = ctx.text(host)
    reserved = text is None or text.startswith("/") or is_reserved_host(text)
    if ctx.strict or not reserved:
        yield _finding(node, reserved=reserved)


def _finding(node: ast.expr, *, reserved: bool) -> Outcome:
    where = "" if reserved else " on a host that others can reach"
    why = f"The database{where} is opened with an empty password."
    return rule.finding(node, why, severity="low" if reserved else None)
