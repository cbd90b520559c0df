"""What tests expect of a refusal: the exceptions and the HTTP statuses they name."""

import ast
import re
from collections.abc import Iterator

from checks.context import Context
from checks.rules.cleanup._restored import called

_RAISES = frozenset({"assertRaises", "assertRaisesRegex", "assertRaisesRegexp", "raises"})
_STATUS = re.compile(r"(?i)status|code|response|resp")
_NAMED = re.compile(r"(?:HTTP_)?(\d{3})(?:_|$)")
_STATUSES = frozenset({401, 403, 404})
_WORDS = {"UNAUTHORIZED": 401, "FORBIDDEN": 403, "NOT_FOUND": 404}


def expected_exceptions(ctx: Context) -> Iterator[tuple[ast.Call, str]]:
    """``assertRaises`` and ``pytest.raises`` calls, with the last name of each exception."""
    found = {*ctx.method_calls(*_RAISES), *ctx.calls("pytest.raises")}
    for call in ctx.tree.in_order(list(found)):
        if call.args:
            kinds = call.args[0]
            for kind in kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]:
                name = called(kind)
                if name:
                    yield call, name


def expected_statuses(ctx: Context) -> Iterator[tuple[ast.expr, int]]:
    """The call or comparison that demands an HTTP status of 401, 403 or 404, and which."""
    yield from ctx.once(_expected_statuses)


def _expected_statuses(ctx: Context) -> list[tuple[ast.expr, int]]:
    numbers: list[ast.expr] = [n for s in _STATUSES for n in ctx.numbers.get(s, ())]
    named = [
        node
        for name, nodes in ctx.attributes.items()
        if name.isupper() and _status(nodes[0]) in _STATUSES
        for node in nodes
    ]
    found = ((_demand(ctx, node), node) for node in ctx.tree.in_order([*numbers, *named]))
    return [(demand, _status(node)) for demand, node in found if demand is not None]


def _status(node: ast.expr) -> int:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, int) else 0
    name = getattr(node, "attr", "")
    named = _NAMED.match(name)
    return int(named.group(1)) if named else _WORDS.get(name, 0)


def _demand(ctx: Context, node: ast.AST) -> ast.expr | None:
    """The assertion around a status: a comparison, an ``assert*`` call, an expected status."""
    child = node
    for outer in ctx.ancestors(node):
        if isinstance(outer, ast.Compare):
            same = isinstance(outer.ops[0], ast.Eq | ast.In | ast.Is)
            return outer if same and _speaks_of_status(ctx, outer, node) else None
        if isinstance(outer, ast.keyword) and _STATUS.search(outer.arg or ""):
            call = ctx.parent(outer)
            return call if isinstance(call, ast.Call) and _expects(outer.arg or "") else None
        if isinstance(outer, ast.Call):
            name = called(outer)
            if child is outer.func or not name.startswith(("assert", "expect")):
                return None
            return outer if _speaks_of_status(ctx, outer, node) else None
        if isinstance(outer, ast.stmt):
            return _noted(outer)
        child = outer
    return None


def _noted(statement: ast.stmt) -> ast.expr | None:
    """``{403}`` in ``expected_codes = {403}``, which is compared elsewhere."""
    if not isinstance(statement, ast.Assign):
        return None
    names = [
        str(getattr(target, "id", getattr(target, "attr", ""))) for target in statement.targets
    ]
    noted = any("expect" in name and _STATUS.search(name) for name in names)
    return statement.value if noted else None


def _expects(keyword: str) -> bool:
    return any(word in keyword for word in ("check", "expect", "assert", "status_code"))


def _speaks_of_status(ctx: Context, outer: ast.AST, status: ast.AST) -> bool:
    return any(
        _STATUS.search(called(part))
        for part in ctx.nodes(ast.Name, ast.Attribute, inside=outer)
        if part is not status
    )
