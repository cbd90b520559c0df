"""Is a started patch stopped? By its patcher's ``stop``, by ``stopall``, by whoever gets it."""

import ast

from checks.context import Context
from checks.restoration import Undone, stops_all_patches
from checks.rules.errors._assertions import expects_an_error
from checks.rules.mocks._patchers import LOOPS, PATCH, is_patch, loads, loop_targets, patches_of
from checks.scopes import SETUPS


def is_stopped(ctx: Context, start: ast.Call) -> Undone:
    """Whether what *start* (``patcher.start()``) replaces is put back.

    Yes too where the patcher is handed on (collected, returned, passed), and where
    ``stop`` is taken from the mock, which is another defect. Unknown where it hangs on
    a base class or a caller that stands elsewhere.
    """
    assert isinstance(start.func, ast.Attribute)
    patcher = start.func.value
    if not is_patch(patcher, ctx) and _is_used_otherwise(ctx, patcher):
        return Undone.YES
    if getattr(ctx.parent(start), "attr", "") == "stop":
        return Undone.YES
    if any(is_stop_taken(ctx, target) for target in _keepers(ctx, start)):
        return Undone.YES
    if _stops_all_here(ctx, start) or expects_an_error(ctx, start):
        return Undone.YES
    answer = stops_all_patches(ctx, start)
    if answer is Undone.NO and not (_outlives_test(ctx, start) and runs_by_itself(ctx, start)):
        return Undone.UNKNOWN
    return answer


def _is_used_otherwise(ctx: Context, patcher: ast.expr) -> bool:
    """Whether a patcher, or the list that a loop takes it from, is used for more than to start."""
    if not _only_starts(ctx, patcher):
        return True
    bindings = ctx.names.bindings(patcher) if isinstance(patcher, ast.Name) else []
    loops = [loop for loop in map(ctx.parent, bindings) if isinstance(loop, LOOPS)]
    for loop in loops:
        for use in loads(ctx, loop.iter):
            other = ctx.parent(use)
            if not isinstance(other, LOOPS):
                return True
            if other not in loops and not _only_starts(ctx, other.target):
                return True
    return False


def _only_starts(ctx: Context, patcher: ast.expr) -> bool:
    return all(getattr(ctx.parent(use), "attr", "") == "start" for use in loads(ctx, patcher))


def _keepers(ctx: Context, start: ast.Call) -> list[ast.expr]:
    """The names and attributes that are given the mock of *start*, also out of a list of them."""
    holder = ctx.parent(start)
    if isinstance(holder, ast.NamedExpr):
        return [holder.target]
    return holder.targets if isinstance(holder, ast.Assign) else loop_targets(ctx, holder)


def _stops_all_here(ctx: Context, start: ast.Call) -> bool:
    """Whether the function itself goes on to stop all patches."""
    words = ctx.attributes.get("stopall", [])
    function = ctx.function(start)
    return bool(ctx.tree.below(function, words) if function else words)


def _outlives_test(ctx: Context, start: ast.Call) -> bool:
    """Whether what is patched is the process's: named by a string, or imported.

    An object that the test made itself takes its patched attribute along when it goes.
    """
    return any(
        ctx.name(patch.func) == PATCH
        or not patch.args
        or ctx.text(patch.args[0]) is not None
        or ctx.name(patch.args[0]) is not None
        for patch in patches_of(ctx, start)
    )


def is_stop_taken(ctx: Context, target: ast.expr) -> bool:
    """Whether ``stop`` is taken from *target*, which holds the mock that ``start`` gave."""
    return any(getattr(ctx.parent(use), "attr", "") == "stop" for use in loads(ctx, target))


def runs_by_itself(ctx: Context, node: ast.AST) -> bool:
    """Whether a runner starts this: a test, a set-up, a fixture, a method, the import.

    What a plain function starts, its caller may stop.
    """
    function = next(iter(ctx.scopes.functions(node)), None)
    return (
        function is None
        or ctx.class_of(function) is not None
        or function.name in SETUPS
        or ctx.scopes.in_test(node)
        or ctx.scopes.fixture(function) is not None
    )
