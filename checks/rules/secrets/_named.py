"""The literals of a file by the names they are given: one index that all rules ask."""

import ast
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from checks.context import Context
from checks.tree import FUNCTIONS

_SEVERAL = (ast.Tuple, ast.List)


def literals_named(
    ctx: Context, fits: Callable[[str], object]
) -> Iterator[tuple[str, ast.Constant]]:
    """Each constant that a name for which *fits* is true is given, with the name.

    Assigned, by itself or among others, entered in a dictionary, handed over by keyword, or
    written as the default of a parameter or of ``or``.
    """
    index = ctx.once(_index)
    for name in filter(fits, ctx.keywords):
        for keyword in ctx.keywords[name]:
            if keyword.value.__class__ is ast.Constant:
                yield name, keyword.value
    for name in filter(fits, index):
        yield from ((name, value) for value in index[name])


def parametrized(ctx: Context, fits: Callable[[str], object]) -> Iterator[tuple[str, ast.Constant]]:
    """Each constant that a test is run with as its parameter of such a name."""
    for call in ctx.calls("pytest.mark.parametrize"):
        name = ctx.text(ctx.argument(call, 0, "argnames")) or ""
        given = ctx.argument(call, 1, "argvalues")
        if isinstance(given, _SEVERAL) and fits(name):
            yield from ((name, value) for value in given.elts if isinstance(value, ast.Constant))


def target_name(target: ast.expr | None) -> str:
    """The last part of the name of what is assigned: ``key`` for ``a.key`` and ``a["key"]``."""
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return str(getattr(target, "id", "") or getattr(target, "attr", ""))


def _index(ctx: Context) -> Mapping[str, list[ast.Constant]]:
    """The constants by the names. It sees every literal of a file, so classes are compared."""
    found: dict[str, list[ast.Constant]] = defaultdict(list)
    constant = ast.Constant
    for entries in ctx.nodes(ast.Dict):
        for key, value in zip(entries.keys, entries.values, strict=True):
            if value.__class__ is constant and key.__class__ is constant:
                found[str(key.value)].append(value)
    assigned = ((node.targets, node.value) for node in ctx.indices.literal_assignments)
    pairs = ((target_name(target), value) for targets, value in assigned for target in targets)
    for name, given in itertools.chain(pairs, _pairs(ctx)):
        if given.__class__ is constant:
            found[name].append(given)
    return found


def _pairs(ctx: Context) -> Iterator[tuple[str, Any]]:
    for kind in _SEVERAL:
        for several, target in ctx.assigned(kind):
            yield from _unpacked(target, several.value)
    for assigned in ctx.nodes(ast.AnnAssign, ast.NamedExpr):
        yield target_name(assigned.target), assigned.value
    for choice in ctx.nodes(ast.BoolOp):
        holder = ctx.parent(choice)
        if isinstance(choice.op, ast.Or) and isinstance(holder, ast.Assign):
            yield target_name(holder.targets[0]), choice.values[-1]
    for function in ctx.nodes(*FUNCTIONS, ast.Lambda):
        if function.args.defaults or function.args.kw_defaults:
            yield from _defaults(function.args)


def _unpacked(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    """The names and values of an assignment, also of ``user, password = "ann", "..."``."""
    if not isinstance(target, _SEVERAL):
        yield target_name(target), value
    elif isinstance(value, _SEVERAL) and len(target.elts) == len(value.elts):
        for inner, part in zip(target.elts, value.elts, strict=True):
            yield from _unpacked(inner, part)


def _defaults(args: ast.arguments) -> Iterator[tuple[str, ast.expr | None]]:
    if args.defaults:
        positional = [*args.posonlyargs, *args.args]
        for arg, value in zip(positional[-len(args.defaults) :], args.defaults, strict=True):
            yield arg.arg, value
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield arg.arg, default
