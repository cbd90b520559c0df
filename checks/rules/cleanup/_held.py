"""What becomes of a thing that must be given back: a file, a socket, a process, a server.

One question for all of them: is what a call acquires given back, handed on to somebody
who may do it, or left? Only what is left is anybody's finding.
"""

import ast
import re
from enum import Enum

from checks.context import Context
from checks.rules.cleanup._faked import is_faked
from checks.rules.cleanup._restored import called, is_expected_to_fail
from checks.rules.cleanup._uses import KEYS, PIPES, Kind, is_only_used, only_reads
from checks.scopes import SETUPS
from checks.tree import Function


class Left(Enum):
    """How a thing is left: used at once and dropped, in a local name, on ``self``."""

    DROPPED = "dropped"
    IN_NAME = "in a name"
    ON_SELF = "on self"
    RETURNED = "returned by a fixture"


FIXTURE = "fixture-no-teardown"
SETUP = "setup-without-teardown"


_WAITS = re.compile(r"(?i)wait|join|reap")


def left(ctx: Context, call: ast.Call, kind: Kind) -> Left | None:
    """How what *call* makes is left; None when it is given back or handed on."""
    how = _left(ctx, call, kind)
    if how is None or is_expected_to_fail(ctx, call) or _is_tried(ctx, call):
        return None
    return None if is_faked(ctx, call) or _is_awaited(ctx, call) else how


def _is_tried(ctx: Context, call: ast.Call) -> bool:
    """Whether the call is all that a ``try`` tries: it is there to fail."""
    statement = ctx.statement(call)
    attempt = ctx.parent(statement)
    if not isinstance(attempt, ast.Try) or not attempt.handlers or attempt.body != [statement]:
        return False
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    names = {getattr(target, "id", "") for target in targets}
    return not any(
        name.id in names and isinstance(name.ctx, ast.Load)
        for name in ctx.nodes(ast.Name, inside=ctx.function(call))
    )


def _is_awaited(ctx: Context, call: ast.Call) -> bool:
    """Whether a block around waits for what is started inside: ``with wait_threads_exit():``."""
    return any(
        _WAITS.search(called(item.context_expr))
        for outer in ctx.ancestors(call)
        if isinstance(outer, ast.With | ast.AsyncWith)
        for item in outer.items
    )


def belongs(ctx: Context, call: ast.Call, kind: Kind, how: Left) -> str:
    """The id of the rule that speaks of it: one defect, one finding."""
    function = ctx.function(call)
    if function is None:
        return kind.rule
    started = how is Left.RETURNED or kind.runs
    if started and ctx.scopes.fixture(function) and not yields(ctx, function):
        return FIXTURE
    return SETUP if how is Left.ON_SELF and function.name in SETUPS else kind.rule


def yields(ctx: Context, function: Function) -> bool:
    """Whether a fixture goes on behind its ``yield``, where it can end things."""
    pauses = ctx.nodes(ast.Yield, ast.YieldFrom, inside=function)
    return any(ctx.function(pause) is function for pause in pauses)


def _left(ctx: Context, call: ast.Call, kind: Kind) -> Left | None:
    node: ast.AST = call
    holder = ctx.parent(node)
    while isinstance(holder, ast.Await | ast.NamedExpr):
        node, holder = holder, ctx.parent(holder)
    if isinstance(node, ast.NamedExpr):
        return _in_names(ctx, call, [node.target], kind)
    if isinstance(holder, ast.Assign | ast.AnnAssign):
        targets: list[ast.expr] = (
            holder.targets if isinstance(holder, ast.Assign) else [holder.target]
        )
        return _in_targets(ctx, call, targets, kind)
    if isinstance(holder, ast.Return | ast.Yield) and _in_fixture(ctx, call) and not kind.starts:
        return Left.RETURNED
    return Left.DROPPED if _is_dropped(ctx, node, holder, kind) else None


def _is_dropped(ctx: Context, node: ast.AST, holder: ast.AST | None, kind: Kind) -> bool:
    """Whether the thing is used at once, and nobody has it afterwards."""
    if isinstance(holder, ast.Attribute):
        use = ctx.parent(holder)
        is_call = isinstance(use, ast.Call) and use.func is holder
        if kind.starts:
            return is_call and holder.attr == kind.starts
        ends = kind.releases | KEYS | {kind.serves}
        return holder.attr in PIPES or (is_call and holder.attr not in ends)
    if kind.starts:
        return False
    if isinstance(holder, ast.Expr):
        return True
    if isinstance(holder, ast.For | ast.comprehension):
        return holder.iter is node
    return isinstance(holder, ast.Call) and only_reads(ctx, holder, kind)


def _in_targets(ctx: Context, call: ast.Call, targets: list[ast.expr], kind: Kind) -> Left | None:
    target = targets[0]
    names = target.elts if isinstance(target, ast.Tuple) else targets
    if all(isinstance(each, ast.Name) for each in names):
        return _in_names(ctx, call, names, kind)
    if len(targets) == 1 and isinstance(target, ast.Attribute):
        owner = target.value
        if isinstance(owner, ast.Name) and owner.id in {"self", "cls"} and ctx.class_of(call):
            named = ctx.attributes.get(target.attr, ())
            uses = [a for a in named if isinstance(a.ctx, ast.Load) and _is_kin(ctx, a, call)]
            return Left.ON_SELF if is_only_used(ctx, uses, kind, given=False) else None
    return None


def _is_kin(ctx: Context, use: ast.Attribute, call: ast.Call) -> bool:
    """Whether an attribute can be that of the object that *call* made something for.

    That of ``self`` in another class is, where one is the other's base or both have one here.
    """
    here, there = ctx.class_of(call), ctx.class_of(use)
    if here is None or there is None or getattr(use.value, "id", "") not in {"self", "cls"}:
        return True
    mine = {here, *ctx.scopes.bases(here)}
    others = {there, *ctx.scopes.bases(there)}
    return any(isinstance(each, ast.ClassDef) for each in mine & others)


def _in_names(
    ctx: Context, call: ast.Call, targets: list[ast.Name] | list[ast.expr], kind: Kind
) -> Left | None:
    names = {getattr(target, "id", "") for target in targets}
    scope = ctx.function(call) or ctx.class_of(call) or ctx.tree.module
    if isinstance(scope, ast.ClassDef):
        return None
    for declared in ctx.nodes(ast.Global, ast.Nonlocal, inside=scope):
        if names & set(declared.names):
            return None
    uses = [n for n in ctx.nodes(ast.Name, inside=scope) if n.id in names]
    if any(isinstance(n.ctx, ast.Del) or _is_dismissed(ctx, n) for n in uses):
        return None
    loads = [n for n in uses if isinstance(n.ctx, ast.Load)]
    given = _in_fixture(ctx, call)
    if not is_only_used(ctx, loads, kind, given=given):
        return None
    returned = any(isinstance(ctx.parent(load), ast.Return) for load in loads)
    return Left.RETURNED if returned else Left.IN_NAME


def _is_dismissed(ctx: Context, name: ast.Name) -> bool:
    """Whether a name is set to None behind: the thing is left to the collector on purpose."""
    holder = ctx.parent(name)
    value = holder.value if isinstance(holder, ast.Assign) else name
    return isinstance(value, ast.Constant) and value.value is None


def _in_fixture(ctx: Context, node: ast.AST) -> bool:
    function = ctx.function(node)
    return function is not None and ctx.scopes.fixture(function) is not None
