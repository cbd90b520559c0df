"""The address of a database contains its password.

A connection string with a user, a password and the name of a real host is all that
somebody needs to open the database from anywhere it can be reached. It stays in the
history of the repository after the line is gone, and drivers print it in their errors.

Change the password, then read the whole address from the environment
(`os.environ["TEST_DATABASE_URL"]`), or test against a database on this machine, whose
password protects nothing.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, evidence
from checks.context import Context
from checks.rules._wording import listed
from checks.rules.secrets._credentials import is_only_told
from checks.values import is_placeholder, is_reserved_host, urls

_SCHEMES = frozenset(
    [
        *("postgresql", "postgres", "mysql", "mariadb", "mssql", "oracle", "mongodb", "redis"),
        *("rediss", "valkey", "cockroachdb", "clickhouse", "clickhousedb", "snowflake", "vertica"),
        *("redshift", "db2", "ibm_db_sa", "sybase", "firebird", "hana", "trino", "presto", "neo4j"),
        *("bolt", "amqp", "amqps", "rabbit", "influxdb", "couchdb", "ldap", "ldaps", "teradatasql"),
    ]
)
# libpq and ODBC: key=value pairs, separated by spaces or semicolons.
_PAIR = re.compile(r"(?:^|[\s;])(?P<key>[A-Za-z_]+)\s*=\s*(?P<value>'[^']*'|\{[^}]*\}|[^\s;]*)")
_HAS_PAIR = re.compile(r"(password|passwd|pwd)\s*=", re.IGNORECASE)
_SCHEME = re.compile(r"(\w+)(\+\w+)?$")
_HOST_KEYS = ("host", "hostaddr", "server", "addr", "address")
_PASSWORD_KEYS = ("password", "pwd", "passwd")

rule = Rule(
    id="dsn-with-password",
    severity="high",
    cwe=798,
    bad=[
        Bad("DATABASE_URL = 'postgresql+psycopg://app:' 'vK4wPz9-dQ2@db.payments.corp:5432/app'"),
        Bad(
            "from sqlalchemy import create_engine as connect\n"
            "engine = connect('mysql://root:mq7-ZbT2x@' + 'reports.payments.corp/sales')"
        ),
        Bad("connect('host=db.payments.corp user=app password=gvt8Rzq-w3 dbname=app')"),
        Bad("DSN = 'Driver={SQL Server};Server=db.payments.corp;Uid=app;Pwd=gvt8Rzq-w3;'"),
    ],
    good=[
        "URL = 'postgresql://postgres:postgres@localhost:5432/test'",
        "URL = 'mysql+pymysql://root:mq7-ZbT2x@127.0.0.1/nova_api?charset=utf8'",
        "URL = 'rabbit://alice:n0ts3kret@otherhost:456'",
        "URL = 'postgresql://scott:changeme@db.payments.corp/test'",
        "import os\nURL = f\"postgresql://app:{os.environ['DB_PASSWORD']}@db.payments.corp/app\"",
        "import unittest\nfrom pymongo.uri_parser import parse_uri\n"
        "class TestA(unittest.TestCase):\n    def test_a(self):\n"
        "        self.assertEqual({}, parse_uri('mongodb://ann:mq7-ZbT2x@cache.payments.corp/'))",
        "assert hidden('redis://:mq7-ZbT2x@cache.payments.corp') == 'redis://:***@cache.payments.corp'",
    ],
)


@rule.on(ast.Module)
def visit(module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    text = ctx.vocabulary
    by_url = _names_database(text)
    lower = text.lower()
    by_pairs = any(word in lower for word in _PASSWORD_KEYS) and bool(_HAS_PAIR.search(text))
    if not by_url and not by_pairs:
        return
    for node in ctx.nodes(ast.Constant, ast.BinOp, inside=module):
        if isinstance(node, ast.Constant):
            value = node.value
            if not isinstance(value, str) or not ("=" in value or (by_url and "@" in value)):
                continue
        elif not by_url or not isinstance(node.op, ast.Add):
            continue
        if isinstance(node, ast.BinOp) and isinstance(ctx.parent(node), ast.BinOp):
            continue
        host = _live_host(_text(node, ctx))
        if host and not (isinstance(node, ast.BinOp) and _is_in_a_part(node, ctx)):
            yield _outcome(node, host, ctx)


def _names_database(text: str) -> bool:
    """Whether the scheme of a database stands before one of the ``://`` of a file."""
    for part in text.split("://")[:-1]:
        found = _SCHEME.search(part[-40:])
        if found and found[1].lower() in _SCHEMES:
            return True
    return False


def _outcome(node: ast.expr, host: str, ctx: Context) -> Outcome:
    if is_only_told(ctx, node) or isinstance(ctx.parent(node), ast.Expr | ast.JoinedStr):
        sentence = f"A connection string with a password for {listed([host])} is only compared."
        return evidence(node, sentence, secret=node)
    reason = f"This connection string carries the password for {listed([host])}."
    return rule.finding(node, reason, secret=node)


def _text(node: ast.expr, ctx: Context) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return ctx.text(node) or ""


def _is_in_a_part(node: ast.BinOp, ctx: Context) -> bool:
    return any(_live_host(_text(part, ctx)) for part in ctx.nodes(ast.Constant, inside=node))


def _live_host(text: str) -> str:
    """The host of the first connection string whose password can be a real one, or ""."""
    if "@" in text and "://" in text:
        for url in urls(text):
            is_database = url.scheme.partition("+")[0] in _SCHEMES
            if is_database and _is_live(url.host, url.password, url.user):
                return url.host
    if "=" in text and _HAS_PAIR.search(text):
        pairs = {p["key"].lower(): p["value"].strip("'{}") for p in _PAIR.finditer(text)}
        hosts = [pairs[key] for key in _HOST_KEYS if key in pairs]
        passwords = [pairs[key] for key in _PASSWORD_KEYS if key in pairs]
        if hosts and passwords and _is_live(hosts[0].partition(",")[0], passwords[0], ""):
            return hosts[0]
    return ""


def _is_live(host: str, password: str, user: str) -> bool:
    return not is_placeholder(password, (user,)) and not is_reserved_host(host)
