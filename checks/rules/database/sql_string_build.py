"""A value is pasted into the text of an SQL statement.

A quote in the value ends the literal and the rest is run as SQL. In a test it breaks on
the first unusual value and hides that the code under test may do the same; a statement
built like this is copied into production as it stands.

Give the value as a parameter: `execute("... WHERE name = %s", (name,))`, or with
SQLAlchemy `text("... WHERE name = :name")` and `{"name": name}`. A table or a column
cannot be a parameter: take it from a fixed list.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules._wording import dotted
from checks.rules.database._harmless import is_harmless
from checks.rules.database._templates import pieces, values

METHODS = frozenset(
    [
        *("execute", "executemany", "executescript", "exec_driver_sql", "execute_sql", "raw"),
        *("fetch", "fetchrow", "fetchval", "fetch_all", "fetch_one", "scalar", "scalars"),
        *("read_sql", "read_sql_query", "mogrify", "run_sql", "text", "RawSQL"),
    ]
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
            "from sqlalchemy import text as sql\n"
            "def find(session, request):\n"
            "    session.execute(sql('SELECT * FROM users WHERE id = %s' % request.args['id']))"
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
    ],
    good=[
        "cursor.execute('SELECT * FROM users WHERE name = %s', (name,))",
        # Tables and columns cannot be parameters.
        "def dump(db, table):\n    db.execute(f'SELECT * FROM {table.name} ORDER BY {table.key}')",
        "for x in ('new', 'done'):\n    db.execute(f\"DELETE FROM t WHERE status = '{x}'\")",
        "marks = ','.join('?' * len(ids))\ndb.execute(f'SELECT * FROM t WHERE id IN ({marks})')",
        "task.execute(f'select: {value}')\nself.execute('run %s' % command)",
    ],
)


@rule.on(ast.Call)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    function = call.func
    called = getattr(function, "attr", "") or getattr(function, "id", "")
    if not call.args or not (called in METHODS or _is_text(function, ctx)):
        return
    statement = ctx.origin(call.args[0]) or call.args[0]
    if not isinstance(statement, ast.JoinedStr | ast.BinOp | ast.Call):
        return
    for value in values(pieces(statement, ctx)):
        if not is_harmless(value, ctx) and not ctx.is_expectation(call):
            name = dotted(value.func if isinstance(value, ast.Call) else value)
            yield rule.finding(
                call.args[0],
                f"A value (`{name}`) is pasted into this statement: it is neither a literal "
                "nor a parameter.",
            )
            return


def _is_text(function: ast.expr, ctx: Context) -> bool:
    return (ctx.name(function) or "").endswith(("sqlalchemy.text", "sqlalchemy.sql.text"))
