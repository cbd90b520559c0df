"""SQL that is put together: its fixed text, the values put in, and where they land."""

import ast
import re
from collections.abc import Iterator

from checks.context import Context

Piece = str | ast.expr

_STATEMENT = re.compile(
    r"(?:\s|\(|--[^\n]*\n|/\*[^*]*\*/)*+"
    r"(SELECT|INSERT|UPDATE|DELETE|REPLACE|MERGE|WITH|CALL|EXEC)\b",
    re.IGNORECASE,
)
# What stands right before a value, and not before a table, a column or a keyword.
_BEFORE_VALUE = re.compile(
    r"(?:'[^']*|[=<>]\s*|\b(?:LIKE|ILIKE|RLIKE|REGEXP|BETWEEN|LIMIT|OFFSET)\s+"
    r"|\bBETWEEN\s+\S+\s+AND\s+|\b(?:VALUES|IN)\s*\((?:[^()]|\([^()]*\))*)$",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"%(?:\((?P<name>\w+)\))?[#0 +-]*\d*(?:\.\d+)?(?P<kind>[a-zA-Z%])")
_BRACES = re.compile(r"\{(?P<name>[^{}:!]*)[^{}]*\}")
_STANDS_FOR_VALUE = "?"
_NEAR = 500  # characters before a value that decide what it is


def pieces(node: ast.expr, ctx: Context) -> list[Piece]:
    """The parts of a string that is put together, in order; a single part when it is not."""
    if isinstance(node, ast.JoinedStr):
        return [p for part in node.values for p in _formatted(part)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return pieces(node.left, ctx) + pieces(node.right, ctx)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return list(_percent(node, ctx))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        template = ctx.text(node.func.value)
        if node.func.attr in {"format", "format_map"} and template is not None:
            return list(_braces(template, node))
        if node.func.attr == "join" and template is not None and len(node.args) == 1:
            return list(_joined(template, node.args[0], ctx)) or [node]
    text = ctx.text(node)
    return [node if text is None else text]


def assembled(node: ast.expr, ctx: Context) -> list[Piece]:
    """The parts of a string that a name stands for, also where more is added to it later."""
    origin = ctx.origin(node)
    if origin is not None or not isinstance(node, ast.Name):
        return pieces(origin or node, ctx)
    holders = [ctx.parent(binding) for binding in ctx.names.bindings(node)]
    given = [each for each in holders if isinstance(each, ast.Assign | ast.AugAssign)]
    starts = [each for each in given if isinstance(each, ast.Assign)]
    if len(given) < 2 or len(given) < len(holders) or starts != given[:1]:
        return [node]
    return [piece for each in given for piece in pieces(each.value, ctx)]


def values(parts: list[Piece], *, is_fragment: bool = False) -> Iterator[ast.expr]:
    """The expressions that stand in the place of a value of a statement, quoted or not.

    A part that names a table, a column or a keyword is left out: no parameter can stand
    there. What is no statement is left out too, unless it is known to be a *fragment* of one.
    """
    fixed = "".join(part if isinstance(part, str) else _STANDS_FOR_VALUE for part in parts)
    if not is_fragment and not _STATEMENT.match(fixed):
        return
    before = ""
    for number, part in enumerate(parts):
        if isinstance(part, str):
            before += part
            continue
        following = parts[number + 1] if number + 1 < len(parts) else ""
        is_owner = isinstance(following, str) and following.startswith((".", "("))
        if _BEFORE_VALUE.search(_outside_quotes(before)) and not is_owner:
            yield part
        before += _STANDS_FOR_VALUE


def _outside_quotes(text: str) -> str:
    """*text* without its finished literals, so that only an open quote is left."""
    return re.sub(r"'[^']*'", _STANDS_FOR_VALUE, text)[-_NEAR:]


def _formatted(part: ast.expr) -> Iterator[Piece]:
    if isinstance(part, ast.FormattedValue):
        spec = part.format_spec.values if isinstance(part.format_spec, ast.JoinedStr) else []
        kind = getattr(spec[-1], "value", "") if spec else ""
        # A number cannot carry SQL.
        yield _STANDS_FOR_VALUE if str(kind).endswith(("d", "f", "x")) else part.value
    elif isinstance(part, ast.Constant):
        yield str(part.value)


def _percent(node: ast.BinOp, ctx: Context) -> Iterator[Piece]:
    template = ctx.text(node.left)
    if template is None:
        yield node
        return
    given = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
    named = _entries(node.right)
    end, position = 0, 0
    for found in _PERCENT.finditer(template):
        yield template[end : found.start()]
        end = found.end()
        if found["kind"] == "%":
            yield "%"
            continue
        value = named.get(found["name"]) if found["name"] else None
        if not found["name"] and position < len(given):
            value = given[position]
            position += 1
        yield value if value is not None and found["kind"] in "sra" else _STANDS_FOR_VALUE
    yield template[end:]


def _joined(separator: str, parts: ast.expr, ctx: Context) -> Iterator[Piece]:
    """The parts of ``separator.join([...])`` where they are written out."""
    for number, part in enumerate(getattr(parts, "elts", ())):
        if number:
            yield separator
        yield from pieces(part, ctx)


def _entries(node: ast.expr) -> dict[str, ast.expr]:
    if not isinstance(node, ast.Dict):
        return {}
    return {
        str(key.value): value
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant)
    }


def _braces(template: str, call: ast.Call) -> Iterator[Piece]:
    named = {keyword.arg or "": keyword.value for keyword in call.keywords}
    if call.args:
        named |= _entries(call.args[0])  # format_map({...})
    end, position = 0, 0
    for found in _BRACES.finditer(template):
        yield template[end : found.start()]
        end = found.end()
        name = re.split(r"[.\[]", found["name"])[0]
        value = named.get(name)
        if not name or (name.isdecimal() and len(name) < 4):
            number = int(name) if name else position
            position += 1
            value = call.args[number] if number < len(call.args) else None
        yield _STANDS_FOR_VALUE if value is None else value
    yield template[end:]
