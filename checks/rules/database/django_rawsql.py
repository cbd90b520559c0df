"""A value is pasted into a raw SQL query of Django.

`RawSQL(...)` and `Model.objects.raw(...)` send their text to the database as it stands; a quote
in the value ends the literal and the rest is run as SQL. In a test it breaks on the first
unusual value and hides that the code under test may do the same.

Literals and names of tables and columns are not findings, nor a method `raw` of something
else. The `strict` profile reports every raw query whose text is no literal.

Write `%s` and give the values beside the text: `raw("... WHERE name = %s", [name])`,
`RawSQL("name = %s", (name,))`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules._wording import dotted
from checks.rules.database._building import LOOKS_LIKE_SQL
from checks.rules.database._pasted import is_built, pasted
from checks.rules.database._templates import pieces, values

_RAW_SQL = ("django.db.models.expressions.RawSQL", "django.db.models.RawSQL")

rule = Rule(
    id="django-rawsql",
    severity="medium",
    cwe=89,
    bad=[
        Bad(
            "from django.db.models.expressions import RawSQL as Raw\ndef find(books, name):\n"
            "    return books.annotate(same=Raw(f\"name = '{name}'\", []))"
        ),
        Bad(
            "def find(name):\n"
            "    return Book.objects.raw(\"SELECT * FROM book WHERE name = '%s'\" % name)"
        ),
        Bad(
            "def find(request):\n    query = 'SELECT * FROM book WHERE id = {}'\n"
            "    return Book.objects.raw(query.format(request.GET['id']))"
        ),
        Bad(
            "from django.db.models.expressions import RawSQL\ndef find(books, text):\n"
            "    return books.annotate(same=RawSQL(sql=text, params=[]))",
            profile="strict",
        ),
        Bad(
            "from django.db.models.expressions import RawSQL as R\nR(*condition)", profile="strict"
        ),
        Bad(
            "def all_of(name):\n    return Book.objects.raw(f'SELECT * FROM {name}')",
            profile="strict",
        ),
    ],
    good=[
        "Book.objects.raw('SELECT * FROM book WHERE name = %s', [name])",
        "def find(table):\n    return Book.objects.raw(f'SELECT * FROM {table}')",
        "def read(response):\n    return response.raw(f\"'{response.name}'\")",
        Good(
            "from django.db.models.expressions import RawSQL\nRawSQL('name = %s', (name,))",
            profile="strict",
        ),
        Good("class RawSQL(Base):\n    pass\nRawSQL(text)", profile="strict"),
    ],
)


@rule.on_call(*_RAW_SQL)
def visit_raw_sql(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    text = ctx.argument(call, 0, "sql")
    if text is None:
        if ctx.strict and (call.args or call.keywords):
            yield _no_literal(call)
        return
    value = pasted(ctx, text)
    if value is not None:
        yield _pasted(text, value)
    elif ctx.strict and ctx.text(text) is None:
        yield _no_literal(text)


@rule.on_method("raw")
def visit_raw(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    text = ctx.argument(call, 0, "raw_query")
    if text is None or ctx.is_expectation(call):
        return
    parts = pieces(ctx.origin(text) or text, ctx)
    for value in values(parts):
        if not _is_harmless(ctx, text, value):
            yield _pasted(text, value)
            return
    fixed = "".join(part if isinstance(part, str) else "?" for part in parts)
    built = is_built(ctx, text) and LOOKS_LIKE_SQL.search(fixed) is not None
    if ctx.strict and (built or (_is_manager(call) and ctx.text(text) is None)):
        yield _no_literal(text)


def _is_harmless(ctx: Context, text: ast.expr, value: ast.expr) -> bool:
    return value is text or pasted(ctx, text) is None


def _is_manager(call: ast.Call) -> bool:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(owner, ast.Attribute) and owner.attr in {"objects", "_default_manager"}


def _pasted(text: ast.expr, value: ast.expr) -> Outcome:
    name = dotted(value.func if isinstance(value, ast.Call) else value)
    return rule.finding(text, f"A value (`{name}`) is pasted into the text of this raw query.")


def _no_literal(text: ast.expr) -> Outcome:
    why = "The text of this raw query is no literal, and is sent as it stands."
    return rule.finding(text, why, severity="low")
