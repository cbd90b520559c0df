"""Values that carry no data from outside into a statement: literals, loops over them, schema."""

import ast
import re
from collections.abc import Iterator

from checks.context import Context
from checks.tree import Function

_DEPTH = 8
# Names of tables and columns, and objects that describe them.
_SCHEMA = re.compile(
    r"(.*_)?(table|tables|tbl|tablename|column|columns|col|cols|schema|fields?|index|view|database"
    r"|db_?name|db_table|sequence|constraint|fullname|attname|dialect|owner|meta|pk|placeholders?)"
    r"(_?names?)?",
    re.IGNORECASE,
)
_QUOTES = re.compile(r"quote|ident|escape|literal|mogrify|adapt|placeholder", re.IGNORECASE)
_NUMBERS = frozenset({"int", "len", "float", "bool", "sum", "abs", "round", "id", "hash", "range"})
# What the test itself makes up: no data from outside is in it.
_GENERATORS = frozenset({"uuid", "time", "random", "secrets", "datetime", "string", "itertools"})
# One value that the test has just read from the database it talks to.
_READ_BACK = frozenset({"scalar", "scalar_one", "scalar_one_or_none"})
_OUTSIDE = frozenset({"os", "sys", "builtins", "input"})
# In capitals, and yet no constants: what a client has sent.
_SENT = frozenset({"GET", "POST", "COOKIES", "META", "FILES", "REQUEST"})


def is_harmless(node: ast.expr | None, ctx: Context, depth: int = 0) -> bool:
    """Whether an interpolated value is a literal, a loop over literals, or schema metadata."""
    if node is None or depth > _DEPTH:
        return False
    if ctx.is_literal(node):
        return True
    if isinstance(node, ast.Name):
        return _is_harmless_name(node, ctx, depth)
    if isinstance(node, ast.Attribute):
        return _is_harmless_attribute(node, ctx, depth)
    if isinstance(node, ast.Call):
        return _is_harmless_call(node, ctx, depth)
    if isinstance(node, ast.Constant | ast.Lambda):
        return True
    parts = list(_operands(node))
    return bool(parts) and all(is_harmless(part, ctx, depth + 1) for part in parts)


def _operands(node: ast.expr) -> Iterator[ast.expr]:
    """What decides about the value of an expression that is put together of others."""
    if isinstance(node, ast.JoinedStr):
        yield from (part.value for part in node.values if isinstance(part, ast.FormattedValue))
    elif isinstance(node, ast.BinOp):
        yield from (node.left, node.right)
    elif isinstance(node, ast.BoolOp):
        yield from node.values
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    elif isinstance(node, ast.Subscript | ast.Starred | ast.UnaryOp | ast.Await):
        yield node.operand if isinstance(node, ast.UnaryOp) else node.value
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        yield from node.elts
    elif isinstance(node, ast.Dict):
        yield from node.values
    elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        yield node.elt


def _is_harmless_call(call: ast.Call, ctx: Context, depth: int) -> bool:
    name = ctx.name(call.func) or ""
    called = str(getattr(call.func, "attr", "") or getattr(call.func, "id", ""))
    if name in _NUMBERS or _QUOTES.search(called) or name.partition(".")[0] in _GENERATORS:
        return True
    if called in _READ_BACK and not ctx.strict:
        return True
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    if isinstance(call.func, ast.Attribute):
        given.append(call.func.value)  # ", ".join(names), name.upper()
    elif name not in {"str", "repr", "sorted", "list", "tuple", "map", "zip", "enumerate", "set"}:
        return False
    return bool(given) and all(is_harmless(each, ctx, depth + 1) for each in given)


def _is_harmless_attribute(node: ast.Attribute, ctx: Context, depth: int) -> bool:
    name = ctx.name(node)
    if name:
        return name.partition(".")[0] not in _OUTSIDE
    if node.attr in _SENT:
        return False
    if _SCHEMA.fullmatch(node.attr) or node.attr.isupper() or node.attr.startswith("__"):
        return True
    if node.attr == "name" and not isinstance(node.value, ast.Attribute):
        return _SCHEMA.fullmatch(str(getattr(node.value, "id", ""))) is not None
    return isinstance(node.value, ast.Call) and is_harmless(node.value, ctx, depth + 1)


def _is_harmless_name(name: ast.Name, ctx: Context, depth: int) -> bool:
    if ctx.name(name):
        return True  # a constant or class of an imported module
    if name.id.isupper() or _SCHEMA.fullmatch(name.id):
        return True
    bindings = ctx.names.bindings(name)
    return bool(bindings) and all(_is_harmless_binding(b, ctx, depth) for b in bindings)


def _is_harmless_binding(binding: ast.AST, ctx: Context, depth: int) -> bool:
    if isinstance(binding, ast.arg):
        return _is_given_literals(binding, ctx, depth)
    holder = ctx.parent(binding)
    if isinstance(holder, ast.Tuple | ast.List | ast.Starred):
        holder = ctx.parent(holder)
    if isinstance(holder, ast.For | ast.AsyncFor | ast.comprehension):
        return is_harmless(holder.iter, ctx, depth + 1)
    if isinstance(holder, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
        return is_harmless(holder.value, ctx, depth + 1)
    return False


def _is_given_literals(parameter: ast.arg, ctx: Context, depth: int) -> bool:
    """Whether all callers in the file, or the test's parametrization, give literals."""
    function = ctx.function(parameter)
    if function is None:
        return False
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and len(decorator.args) >= 2:
            names = ctx.text(decorator.args[0]) or ""
            if parameter.arg in re.split(r"[\s,]+", names):
                return is_harmless(decorator.args[1], ctx, depth + 1)
    given = list(_given(parameter, function, ctx))
    return bool(given) and all(is_harmless(each, ctx, depth + 1) for each in given)


def _given(parameter: ast.arg, function: Function, ctx: Context) -> Iterator[ast.expr | None]:
    """What the calls of *function* in this file give for *parameter*; None where unknown."""
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    is_method = names[:1] in (["self"], ["cls"])
    position = names.index(parameter.arg) - is_method if parameter.arg in names else None
    for call in ctx.nodes(ast.Call):
        called = getattr(call.func, "attr", "") or getattr(call.func, "id", "")
        if called == function.name and ctx.function(call) is not function:
            yield ctx.argument(call, position, parameter.arg)
