"""A value is pasted into the SQL that `extra()` adds to a query.

What `extra(select=..., where=..., tables=...)` is given goes into the statement as it stands,
so that a quote in the value ends the literal and the rest is run as SQL. In a test it breaks
on the first unusual value and hides that the code under test may do the same.

Literals and names of tables and columns are not findings, nor a method `extra` that is given
something else. The `strict` profile reports every `extra()` whose SQL is no literal.

Write `%s` and give the values beside it (`params=[name]`, `select_params=[name]`), or use
expressions (`filter`, `annotate`, `F`), which need no SQL at all.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules._wording import dotted
from checks.rules.database._pasted import pasted

_SQL = {"select": 0, "where": 1, "tables": 3, "order_by": 4}
_CHAIN = frozenset(
    {"objects", "_default_manager", "get_queryset", "all", "filter", "exclude", "annotate"}
)
_KEYWORDS = frozenset({*_SQL, "params", "select_params"})

rule = Rule(
    id="django-extra",
    severity="medium",
    cwe=89,
    bad=[
        Bad("def find(name):\n    return Book.objects.extra(where=[f\"name = '{name}'\"])"),
        Bad(
            "from project.models import Book as B\ndef find(name):\n"
            "    return B.objects.extra(select={'same': \"name = '%s'\" % name})"
        ),
        Bad(
            "def find(books, request):\n"
            "    where = ['name = ' + request.GET['name']]\n    return books.extra(None, where)"
        ),
        Bad(
            "def find(books, conditions):\n    return books.extra(where=conditions)",
            profile="strict",
        ),
        Bad(
            "condition = 'price > 1'\nbooks = Book.objects.extra(where=[condition])",
            profile="strict",
        ),
        Bad("books = Book.objects.filter(a=1).extra(conditions)", profile="strict"),
        Bad("from app import Book as B\nbooks = B.objects.extra(**given)", profile="strict"),
        Bad("books = Book.objects.extra(select=dict(a='b > 1'))", profile="strict"),
    ],
    good=[
        "Book.objects.extra(where=['name = %s'], params=[name])",
        "for n in ('a', 'b'):\n    Book.objects.extra(where=[f\"name = '{n}'\"])",
        "logger.extra(name, f'{value}')\nrequest.extra(where=None)",
        Good("Book.objects.extra(select={'a': 'b > 1'}, order_by=['-a'])", profile="strict"),
        Good("menu.extra(f'{dish} with cheese')", profile="strict"),
    ],
)


@rule.on_method("extra")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if not _is_query(ctx, call):
        return
    for name, position in _SQL.items():
        given = ctx.argument(call, position, name)
        if given is None:
            continue
        spelled = _is_spelled_out(given)
        given = ctx.origin(given) or given
        for part in _parts(given):
            value = pasted(ctx, part)
            if value is not None and not ctx.is_expectation(call):
                shown = dotted(value.func if isinstance(value, ast.Call) else value)
                yield rule.finding(call, f"A value (`{shown}`) is pasted into the SQL of `{name}`.")
                return
        if ctx.strict and not spelled:
            why = f"The SQL of `{name}` is not spelled out here, and is taken as it stands."
            yield rule.finding(call, why, severity="low")
            return
    if ctx.strict and any(keyword.arg is None for keyword in call.keywords):
        yield rule.finding(call, "The SQL of this query is not spelled out here.", severity="low")


def _is_query(ctx: Context, call: ast.Call) -> bool:
    """Whether the arguments are those of a query: its keywords, or a display of conditions."""
    keywords = {keyword.arg for keyword in call.keywords}
    if keywords & _KEYWORDS:
        return keywords <= _KEYWORDS | {None}
    if ctx.strict and _is_of_query(call.func):
        return True
    values = [ctx.origin(argument) or argument for argument in call.args]
    return any(isinstance(value, ast.Dict | ast.List | ast.Tuple) for value in values)


def _is_of_query(node: ast.AST) -> bool:
    """Whether a chain of calls speaks of a query: ``Book.objects.filter(...).extra``."""
    while isinstance(node, ast.Attribute | ast.Call):
        if isinstance(node, ast.Attribute) and node.attr in _CHAIN:
            return True
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and node.id.endswith(("qs", "query", "queryset"))


def _is_spelled_out(node: ast.expr) -> bool:
    """Whether all of an argument can be read where it stands: literals, no names or calls."""
    if isinstance(node, ast.Dict):
        return all(_is_spelled_out(part) for part in (*node.values, *filter(None, node.keys)))
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return all(map(_is_spelled_out, node.elts))
    return isinstance(node, ast.Constant)


def _parts(given: ast.expr) -> list[ast.expr]:
    if isinstance(given, ast.List | ast.Tuple | ast.Set):
        return given.elts
    if isinstance(given, ast.Dict):
        return [*given.values, *(key for key in given.keys if key)]
    return [given]
