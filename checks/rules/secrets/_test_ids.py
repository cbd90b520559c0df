"""What the ids of tests are built from: the values that a test is run with, and given ids."""

import ast
from collections.abc import Iterator

from checks.context import Context
from checks.rules.secrets._credentials import called

_SERIES = ast.List | ast.Tuple | ast.Set
_TEXT = (ast.JoinedStr, ast.FormattedValue, ast.BinOp)
# As ``ids``, they are asked for the text of each value.
_SPELL_OUT = frozenset({"str", "repr"})


def values_in_ids(call: ast.Call, ctx: Context) -> Iterator[ast.expr]:
    """The expressions whose values the runner puts into the id of a test.

    pytest takes texts and numbers as they are, but of a container only the name of the
    parameter; ``subTest`` shows all that it is given.
    """
    if called(call) == "subTest":
        yield from (*call.args[:1], *(keyword.value for keyword in call.keywords))
        return
    ids = ctx.keyword(call, "ids")
    if ids and ctx.name(ids.value) not in _SPELL_OUT:
        yield from _elements(ids.value, ctx)
        return
    if called(call) == "expand":
        # Of several parameters the first becomes a part of the name.
        for row in _elements(ctx.argument(call, 0, "input"), ctx):
            yield from row.elts[:1] if isinstance(row, _SERIES) else [row]
        return
    is_fixture = ctx.call_name(call) == "pytest.fixture"
    given = ctx.argument(call, None if is_fixture else 1, "params" if is_fixture else "argvalues")
    for row in _elements(given, ctx):
        if ctx.call_name(row) == "pytest.param" and isinstance(row, ast.Call):
            named = ctx.keyword(row, "id")
            yield from [named.value] if named else row.args
        elif is_fixture or not _has_several_names(call, ctx):
            yield row
        elif isinstance(row, _SERIES):
            yield from row.elts


def is_in_text(node: ast.AST, value: ast.expr, ctx: Context) -> bool:
    """Whether *node* is *value*, or is put into the text that it is."""
    while node is not value:
        outer = ctx.parent(node)
        if not isinstance(outer, _TEXT):
            return False
        node = outer
    return True


def _has_several_names(call: ast.Call, ctx: Context) -> bool:
    names = ctx.argument(call, 0, "argnames")
    return isinstance(names, _SERIES) or "," in (ctx.text(names) or "")


def _elements(series: ast.expr | None, ctx: Context) -> list[ast.expr]:
    made = ctx.origin(series) or series
    return made.elts if isinstance(made, _SERIES) else []
