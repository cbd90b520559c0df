"""Failures that a test brings about: who is made to fail, with which exceptions."""

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.tree import FUNCTIONS, Function

_NAMED = re.compile(
    r"[A-Z]\w*(Error|Exception|Exc|Fail(ed|ure)?|NotFound|Timeout|Unavailable|Invalid|Exit"
    r"|Conflict|Denied|Forbidden|Exceeded|Warning|Interrupt|Unauthorized|InUse|Exists)"
)
_HOME = re.compile(r"(^|\.|_)(exc|exception|exceptions|errors|exc\w*)\.[A-Z]\w*$")
_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Failure:
    """One simulated failure: the node that says so, what fails ("" if unnamed), with what."""

    node: ast.AST
    what: str
    exceptions: tuple[str, ...]


def failures(ctx: Context) -> dict[Function, list[Failure]]:
    """What each outermost function (its decorators included) makes fail, in source order.

    By ``side_effect``, given or assigned, and by nested stubs that raise.
    """
    found: dict[Function, list[Failure]] = {}
    counted: set[tuple[Function, str]] = set()  # Stubs that are some mock's ``side_effect``.
    for node, value in _side_effects(ctx):
        home = _outermost(ctx, node)
        names = tuple(exceptions(ctx, value)) if home else ()
        if home and names:
            what = _replaced(ctx, ctx.parent(node)) if isinstance(node, ast.keyword) else ""
            if isinstance(node, ast.Attribute):
                what = _last(_written(node.value))
            found.setdefault(home, []).append(Failure(node, what, names))
            counted.add((home, getattr(value, "id", "")))
    for stub in dict.fromkeys(ctx.function(raising) for raising in ctx.nodes(ast.Raise)):
        home = _outermost(ctx, stub) if stub else None
        if stub is None or home is None or ctx.scopes.is_test(stub):
            continue
        names = tuple(raised(ctx, stub))
        if names and (home, stub.name) not in counted:
            found.setdefault(home, []).append(Failure(stub, stub.name, names))
    return dict(sorted(found.items(), key=lambda each: each[0].lineno))


def _side_effects(ctx: Context) -> Iterator[tuple[ast.keyword | ast.Attribute, ast.expr]]:
    """Each ``side_effect=value`` and ``mock.side_effect = value``."""
    for keyword in ctx.keywords_named("side_effect"):
        yield keyword, keyword.value
    for target in ctx.attributes.get("side_effect", ()):
        assigned = ctx.parent(target)
        if isinstance(assigned, ast.Assign) and target in assigned.targets:
            yield target, assigned.value


def _outermost(ctx: Context, node: ast.AST) -> Function | None:
    """The outermost function around *node*."""
    around = list(ctx.scopes.functions(node))
    return around[-1] if around else None


def raised(ctx: Context, stub: Function) -> Iterator[str]:
    """The exceptions that a function raises itself."""
    for statement in ctx.nodes(ast.Raise, inside=stub):
        if statement.exc is not None and ctx.function(statement) is stub:
            yield from exceptions(ctx, statement.exc)


def exceptions(ctx: Context, node: ast.AST | None, depth: int = 0) -> Iterator[str]:
    """The names of the exceptions that an expression is: class, instance, list, raising stub."""
    if node is None or depth > _DEPTH:
        return
    if isinstance(node, ast.List | ast.Tuple):
        for element in node.elts:
            yield from exceptions(ctx, element, depth + 1)
        return
    if isinstance(node, ast.Name):
        local = ctx.names.definition(node)
        if isinstance(local, FUNCTIONS):
            yield from raised(ctx, local)
            return
        origin = ctx.origin(node)
        if origin is not None:
            yield from exceptions(ctx, origin, depth + 1)
            return
    named = node.func if isinstance(node, ast.Call) else node
    if isinstance(named, ast.Name | ast.Attribute) and _is_exception(ctx, named):
        yield getattr(named, "attr", "") or getattr(named, "id", "")


def _is_exception(ctx: Context, named: ast.Name | ast.Attribute) -> bool:
    last = named.attr if isinstance(named, ast.Attribute) else named.id
    known = getattr(builtins, last, None)
    if isinstance(known, type):
        return issubclass(known, BaseException)
    return bool(_NAMED.fullmatch(last) or _HOME.search(ctx.name(named) or _written(named)))


def _replaced(ctx: Context, call: ast.AST | None) -> str:
    """What a call with ``side_effect`` stands for: the patched name, or what it is assigned to."""
    if not isinstance(call, ast.Call):
        return ""
    function: str = getattr(call.func, "attr", "") or getattr(call.func, "id", "")
    if "ock" not in function and call.args:
        for argument in reversed(call.args[:2]):
            text = ctx.text(argument)
            if text:
                return _last(text)
    holder = ctx.parent(call)
    if isinstance(holder, ast.keyword):
        return holder.arg if holder.arg and holder.arg != "new" else ""
    if isinstance(holder, ast.Assign) and isinstance(holder.targets[0], ast.Name | ast.Attribute):
        return _last(_written(holder.targets[0]))
    return ""


def _written(node: ast.expr) -> str:
    """``self.driver.spawn`` as it is written, calls and subscripts on the way left out."""
    parts: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Subscript):
            node = node.value
        else:
            break
    return ".".join(reversed([*parts, *([node.id] if isinstance(node, ast.Name) else [])]))


def _last(name: str) -> str:
    """The last part of a dotted name, without what mocks add to it."""
    parts = [part for part in name.split(".") if part not in {"return_value", "side_effect"}]
    return parts[-1] if parts else ""
