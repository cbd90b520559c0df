"""A value is pasted into the text of an SQL statement.

A quote in the value ends the literal and the rest is run as SQL. In a test it breaks on the
first unusual value and hides that the code under test may do the same.

A literal, a loop over literals, the name of a table or a column and a number are not
findings: nothing from outside reaches the statement. The `strict` profile reports every
string that looks like SQL and is put together, wherever it stands.

Give the value as a parameter: `execute("... WHERE name = %s", (name,))`, or with
SQLAlchemy `text("... WHERE name = :name")` and `{"name": name}`. A table or a column
cannot be a parameter: take it from a fixed list.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules._wording import dotted
from checks.rules.database._building import LOOKS_LIKE_SQL, built
from checks.rules.database._harmless import is_harmless
from checks.rules.database._parameters import with_parameters
from checks.rules.database._templates import Piece, assembled, values

METHODS = (
    *("execute", "executemany", "executescript", "exec_driver_sql", "execute_sql"),
    *("fetch", "fetchrow", "fetchval", "fetch_all", "fetch_one", "scalar", "scalars"),
    *("read_sql", "read_sql_query", "mogrify", "run_sql", "fetch_val", "sql", "query"),
)
_KEYWORDS = ("sql", "query", "statement", "operation")
# What has a rule of its own.
_OTHERS = frozenset({"text", "RawSQL", "raw", "extra", "literal_column"})
_MENTIONS_SQL = re.compile(
    r"(?i)select|insert|delete|update|replace|merge|truncate|create|drop|alter"
)

rule = Rule(
    id="sql-string-build",
    severity="medium",
    cwe=89,
    bad=[
        Bad(
            "def count(cursor, name):\n"
            "    cursor.execute(f\"SELECT count(*) FROM users WHERE name = '{name}'\")"
        ),
        Bad(
            "import sqlite3 as sql\ndef find(name):\n    db = sql.connect(':memory:')\n"
            "    return db.execute(f\"SELECT * FROM users WHERE name = '{name}'\")",
            fixed="import sqlite3 as sql\ndef find(name):\n    db = sql.connect(':memory:')\n"
            "    return db.execute('SELECT * FROM users WHERE name = ?', (name,))",
        ),
        Bad(
            "import psycopg\ndef remove(cursor, user):\n"
            '    cursor.execute("DELETE FROM users WHERE mail = \'" + user.mail + "\'")',
            fixed="import psycopg\ndef remove(cursor, user):\n"
            "    cursor.execute('DELETE FROM users WHERE mail = %s', (user.mail,))",
        ),
        Bad(
            "def remove(db, user):\n"
            "    statement = 'DELETE FROM users WHERE mail = \\'' + user.mail + \"'\"\n"
            "    db.execute(statement)"
        ),
        Bad(
            "def add(conn, row):\n"
            "    conn.execute('INSERT INTO t (a, b) VALUES ({}, {b})'.format(1, b=row.b))"
        ),
        Bad(
            "def find(conn, name):\n    query = 'SELECT * FROM users'\n"
            '    query += " WHERE name = \'" + name + "\'"\n    return conn.execute(query)'
        ),
        Bad(
            "def find(conn, name):\n"
            "    return conn.execute(' '.join(['SELECT * FROM users WHERE name =', name]))"
        ),
        Bad(
            "async def find(db, name):\n"
            "    return await db.fetch_all(query=f\"SELECT * FROM users WHERE name = '{name}'\")"
        ),
        Bad(
            "def find(conn, name):\n"
            "    return conn.execute(f\"-- by name\\nSELECT * FROM users WHERE name = '{name}'\")"
        ),
        Bad("def query(table):\n    return f'SELECT * FROM {table}'", profile="strict"),
        Bad("def query(table):\n    return 'DELETE FROM ' + table", profile="strict"),
        Bad("def query(t):\n    return 'UPDATE [t] SET a = 1'.replace('[t]', t)", profile="strict"),
        Bad(
            "def query(name):\n    return \"SELECT a FROM t WHERE b = '%s'\" % name + ' LIMIT 1'",
            profile="strict",
        ),
        Bad("from app import TABLE as T\nquery = 'SELECT count(*) FROM ' + T", profile="strict"),
        Bad(
            "from app import names\nquery = 'ON CONFLICT DO UPDATE SET ' + names()",
            profile="strict",
        ),
    ],
    good=[
        "row = conn.execute('select max(number) from job').scalar()\n"
        "conn.execute(f'select * from job where number = {row}')",
        "cursor.execute('SELECT * FROM users WHERE name = %s', (name,))",
        # Tables and columns cannot be parameters.
        "def dump(db, table):\n    db.execute(f'SELECT * FROM {table.name} ORDER BY {table.key}')",
        "for x in ('new', 'done'):\n    db.execute(f\"DELETE FROM t WHERE status = '{x}'\")",
        "marks = ','.join('?' * len(ids))\ndb.execute(f'SELECT * FROM t WHERE id IN ({marks})')",
        "def find(db, flag):\n    query = 'SELECT * FROM t'\n    if flag:\n"
        "        query += ' WHERE a = ?'\n    return db.execute(query, (1,))",
        "task.execute(f'select: {value}')\nself.execute('run %s' % command)",
        Good("query = 'SELECT a ' + 'FROM t'\ntell('Selected %s of %s' % a)", profile="strict"),
    ],
)


@rule.on_method(*METHODS)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    given = call.args[0] if call.args else _named(call)
    statement = ctx.origin(given) or given
    if not isinstance(statement, ast.JoinedStr | ast.BinOp | ast.Call | ast.Name):
        return
    parts = assembled(statement, ctx)
    if ctx.strict and statement is given and _is_reported(statement, parts):
        return
    for value in values(parts):
        if not is_harmless(value, ctx) and not ctx.is_expectation(call):
            name = dotted(value.func if isinstance(value, ast.Call) else value)
            why = (
                f"A value (`{name}`) is pasted into this statement: it is neither a literal "
                "nor a parameter."
            )
            yield rule.finding(given or call, why, edit=with_parameters(call, ctx))
            return


def _named(call: ast.Call) -> ast.expr | None:
    """The statement that is given by a keyword: ``fetch_all(query=...)``."""
    return next((k.value for k in call.keywords if k.arg in _KEYWORDS), None)


@rule.on(ast.Module)
def visit_strict(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    if not ctx.strict or not _MENTIONS_SQL.search(ctx.source.text):
        return
    for node in built(ctx):
        call = ctx.parent(node)
        called = str(getattr(getattr(call, "func", None), "attr", ""))
        called = called or str(getattr(getattr(call, "func", None), "id", ""))
        imported = (ctx.call_name(call) or "").rpartition(".")[2]
        if called not in _OTHERS and imported not in _OTHERS:
            runs = called in METHODS and isinstance(call, ast.Call)
            why = "This SQL statement is put together out of parts; nothing checks what they hold."
            yield rule.finding(
                node,
                why,
                severity=None if runs else "low",
                edit=with_parameters(call, ctx) if isinstance(call, ast.Call) and runs else None,
            )


def _is_reported(statement: ast.expr, parts: list[Piece]) -> bool:
    """Whether the strict form reports the statement too, as it is put together right here."""
    if (
        isinstance(statement, ast.Name)
        or getattr(getattr(statement, "func", None), "attr", "") == "join"
    ):
        return False
    fixed = "".join(part if isinstance(part, str) else "?" for part in parts)
    return bool(LOOKS_LIKE_SQL.search(fixed))
