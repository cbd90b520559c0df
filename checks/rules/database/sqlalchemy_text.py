"""A value is pasted into the SQL text of SQLAlchemy.

`text(...)` marks a string as SQL that is sent as it stands: SQLAlchemy quotes nothing in it.
A quote in the value ends the literal and the rest is run as SQL. In a test it breaks on the
first unusual value and hides that the code under test may do the same.

Literals, loops over literals and the names of tables and columns are not findings, nor a
function `text` of another library. The `strict` profile reports every text that is put
together.

Name the value in the text and give it beside: `text("... WHERE name = :name")` with
`{"name": name}`; for a column or a table use `column()` and `table()`.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules._wording import dotted
from checks.rules.database._harmless import is_harmless
from checks.rules.database._pasted import is_built
from checks.rules.database._templates import assembled, values

_TEXTS = tuple(
    f"{module}.{name}"
    for module in ("sqlalchemy", "sqlalchemy.sql", "sqlalchemy.sql.expression", "sqlmodel")
    for name in ("text", "literal_column", "TextClause")
)
# Of columns and indices: server_default, postgresql_where.
_DEFINES = re.compile(r"^(server_|sqltext$)|_where$")

rule = Rule(
    id="sqlalchemy-text",
    severity="medium",
    cwe=89,
    bad=[
        Bad(
            "from sqlalchemy import text as sql\ndef find(session, request):\n"
            "    session.execute(sql('SELECT * FROM users WHERE id = %s' % request.args['id']))"
        ),
        Bad(
            "import sqlalchemy as sa\ndef find(session, name):\n"
            "    return session.execute(sa.text(f\"SELECT * FROM users WHERE name = '{name}'\"))"
        ),
        Bad(
            "from sqlalchemy.sql import text\ndef remove(session, user):\n"
            '    statement = "DELETE FROM users WHERE mail = \'" + user.mail + "\'"\n'
            "    session.execute(text(statement))"
        ),
        Bad(
            "from sqlalchemy import text as sql\ndef find(query, name):\n"
            "    return query.filter(sql(f\"name = '{name}'\"))"
        ),
        Bad(
            "from sqlalchemy import text\ndef order(query, how):\n"
            "    return query.order_by(text(f'{how} desc'))",
            profile="strict",
        ),
    ],
    good=[
        "from sqlalchemy import text\n"
        "session.execute(text('SELECT * FROM users WHERE id = :id'), {'id': user_id})",
        "from sqlalchemy import text\ndef dump(db, table):\n"
        "    db.execute(text(f'SELECT * FROM {table.name}'))",
        "from sqlalchemy import create_engine\ndef draw(page, name):\n"
        "    page.text(f\"SELECT * FROM users WHERE name = '{name}'\")",
        "from sqlalchemy import Column, Integer, text\ndef made(default):\n"
        "    return Column('a', Integer, server_default=text(f\"'{default}'\"))",
        "from sqlalchemy import literal_column\ndef same(a):\n"
        "    return literal_column(f\"'{a}'::int4range\")",
        Good(
            "from sqlalchemy import text\ntext('SELECT a ' + 'FROM t')",
            profile="strict",
        ),
        Good("from rich import text\nimport sqlalchemy\ntext(f'{name}')", profile="strict"),
    ],
)


@rule.on_call(*_TEXTS)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    given = ctx.argument(call, 0, "text")
    if given is None or ctx.is_expectation(call):
        return
    # A condition needs no statement around it; a literal column is there to be pasted.
    is_fragment = (ctx.call_name(call) or "").endswith(".text") and not _is_definition(ctx, call)
    for value in values(assembled(given, ctx), is_fragment=is_fragment):
        if value is not given and not is_harmless(value, ctx):
            name = dotted(value.func if isinstance(value, ast.Call) else value)
            yield rule.finding(given, f"A value (`{name}`) is pasted into this SQL text.")
            return
    if ctx.strict and is_built(ctx, given):
        why = "This SQL text is put together out of parts; nothing checks what they hold."
        yield rule.finding(given, why, severity="low")


def _is_definition(ctx: Context, call: ast.Call) -> bool:
    """Whether the text defines a table or an index, where no parameter can stand."""
    for outer in ctx.ancestors(call):
        if isinstance(outer, ast.stmt):
            return False
        if isinstance(outer, ast.keyword) and _DEFINES.search(outer.arg or ""):
            return True
        if isinstance(outer, ast.Call):
            called = str(getattr(outer.func, "attr", getattr(outer.func, "id", "")))
            if called.endswith(("Constraint", "Computed", "Index", "DefaultClause", "Column")):
                return True
    return False
