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


def failures(ctx: Context, function: Function) -> Iterator[Failure]:
    """What a function (its decorators included) makes fail: ``side_effect``, stubs that raise."""
    for keyword in ctx.nodes(ast.keyword, inside=function):
        if keyword.arg == "side_effect":
            names = tuple(exceptions(ctx, keyword.value))
            if names:
                yield Failure(keyword, _replaced(ctx, ctx.parent(keyword)), names)
    for assigned in ctx.nodes(ast.Assign, inside=function):
        for target in assigned.targets:
            if isinstance(target, ast.Attribute) and target.attr == "side_effect":
                names = tuple(exceptions(ctx, assigned.value))
                if names:
                    yield Failure(assigned, _last(ctx.segment(target.value)), names)
    for stub in ctx.nodes(*FUNCTIONS, inside=function):
        if stub is not function and not ctx.scopes.is_test(stub):
            names = tuple(raised(ctx, stub))
            if names and not _is_side_effect(ctx, stub, function):
                yield Failure(stub, stub.name, names)


def _is_side_effect(ctx: Context, stub: Function, function: Function) -> bool:
    """Whether a stub is some mock's ``side_effect``, and so counted there."""
    return any(
        keyword.arg == "side_effect" and getattr(keyword.value, "id", "") == stub.name
        for keyword in ctx.nodes(ast.keyword, inside=function)
    )


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
    return bool(_NAMED.fullmatch(last) or _HOME.search(ctx.name(named) or ctx.segment(named)))


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
        return _last(ctx.segment(holder.targets[0]))
    return ""


def _last(name: str) -> str:
    """The last part of a dotted name, without what mocks add to it."""
    parts = [part for part in name.split(".") if part not in {"return_value", "side_effect"}]
    return parts[-1] if parts else ""
