"""Where a file has all variables of the environment in its hands, names and values."""

import ast
from collections.abc import Iterator
from typing import TypeGuard

from checks.context import Context
from checks.rules.secrets._credentials import called
from checks.rules.secrets._sinks import carried

_ENVIRONMENTS = frozenset({"os.environ", "os.environb"})
_LAST = ("environ", "environb")
_WITH_VALUES = frozenset({"copy", "items", "values"})
_NAMES_ONLY = frozenset({"sorted", "list", "len", "set", "tuple"})
_READS = frozenset({"os.environ.get", "os.getenv"})
_Loop = ast.For | ast.comprehension


def whole_environments(ctx: Context) -> Iterator[ast.expr]:
    """The expressions that are the whole environment, or hold it, or each of its values in turn.

    Its names alone, a choice of its variables, and an environment that the test has emptied
    before are none.
    """
    named = [node for node in ctx.nodes(ast.Name) if node.id in ctx.names.telling]
    spelled = [node for name in _LAST for node in ctx.attributes.get(name, ())]
    for node in ctx.tree.in_order([*spelled, *named]):
        if ctx.name(node) not in _ENVIRONMENTS or _is_emptied(node, ctx):
            continue
        loop = _loop_over(node, ctx)
        if loop:
            for value in _values_in(loop, _way_through(node, ctx), ctx):
                yield from _and_its_names(value, ctx)
        elif _is_whole(node, ctx):
            yield from _and_its_names(node, ctx)


def _is_whole(node: ast.expr, ctx: Context) -> bool:
    holder = ctx.parent(node)
    if isinstance(holder, ast.Attribute):
        return holder.attr in _WITH_VALUES
    # What is joined, sorted or unpacked are the names.
    is_joined = isinstance(holder, ast.Call) and called(holder) == "join"
    return not (is_joined or isinstance(holder, ast.Starred)) and (
        ctx.call_name(holder) not in _NAMES_ONLY
    )


def _is_emptied(node: ast.expr, ctx: Context) -> bool:
    """Whether the block around patches the environment with ``clear=True``."""
    around = (outer for outer in ctx.ancestors(node) if isinstance(outer, ast.With | ast.AsyncWith))
    entered = (item.context_expr for outer in around for item in outer.items)
    calls = (each for each in entered if isinstance(each, ast.Call))
    cleared = (ctx.keyword(call, "clear") for call in calls)
    return any(keyword and ctx.is_true(keyword.value) for keyword in cleared)


def _and_its_names(value: ast.expr, ctx: Context) -> Iterator[ast.expr]:
    """A value, and the places where a name stands that was assigned it."""
    yield value
    outermost = carried(value, ctx)
    holder = ctx.parent(outermost) if outermost else None
    if isinstance(holder, ast.Assign | ast.AnnAssign | ast.NamedExpr):
        for name in ctx.nodes(ast.Name):
            if isinstance(name.ctx, ast.Load) and ctx.origin(name) is outermost:
                yield name


def _way_through(node: ast.expr, ctx: Context) -> str:
    holder = ctx.parent(node)
    return holder.attr if isinstance(holder, ast.Attribute) else "keys"


def _loop_over(node: ast.expr, ctx: Context) -> _Loop | None:
    """The loop whose turns are the variables: ``for k, v in sorted(os.environ.items())``."""
    child: ast.AST = node
    for outer in ctx.ancestors(node):
        if isinstance(outer, _Loop):
            return outer if outer.iter is child else None
        in_order = isinstance(outer, ast.Call) and (
            called(outer) in {*_NAMES_ONLY, *_WITH_VALUES, "keys"}
        )
        if not in_order and not isinstance(outer, ast.Attribute):
            return None
        child = outer
    return None


def _values_in(loop: _Loop, way: str, ctx: Context) -> Iterator[ast.expr]:
    """The values of the variables where they stand in the loop, if it leaves none out.

    Of a comprehension, the whole that they are put into.
    """
    whole = loop if isinstance(loop, ast.For) else ctx.parent(loop)
    leaves_out = any(True for _ in ctx.nodes(ast.If, ast.IfExp, inside=whole)) or (
        isinstance(loop, ast.comprehension) and loop.ifs
    )
    for value in () if leaves_out else _turns(loop.target, whole, way, ctx):
        if isinstance(whole, ast.For):
            yield value
        elif isinstance(whole, ast.expr) and ctx.parent(carried(value, ctx) or whole) is whole:
            yield whole
            return


def _turns(target: ast.expr, whole: ast.AST | None, way: str, ctx: Context) -> Iterator[ast.expr]:
    if way == "items":
        target = target.elts[-1] if isinstance(target, ast.Tuple) else target
    for name in ctx.nodes(ast.Name, inside=whole):
        if name.id == getattr(target, "id", None) and isinstance(name.ctx, ast.Load):
            holder = ctx.parent(name)
            if way in {"items", "values"}:
                yield name
            elif _reads_one(holder, ctx):
                yield holder


def _reads_one(node: ast.AST | None, ctx: Context) -> TypeGuard[ast.expr]:
    if isinstance(node, ast.Subscript):
        return ctx.name(node.value) in _ENVIRONMENTS
    return ctx.call_name(node) in _READS
