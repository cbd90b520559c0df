"""What a test does and how it can fail, around a ``try``."""

import ast
from collections.abc import Iterator

from checks.context import Context
from checks.rules.errors._assertions import assertions, fails, only_talks, sounds_like_check
from checks.tree import Function

_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def skips_checks(ctx: Context, attempt: ast.Try | ast.TryStar) -> bool:
    """Whether assertions behind *attempt* in its loop are skipped for an act that fails."""
    loop = ctx.parent(attempt)
    if not isinstance(loop, ast.For | ast.AsyncFor) or attempt not in loop.body:
        return False
    behind = [*attempt.orelse, *loop.body[loop.body.index(attempt) + 1 :]]
    if any(next(ctx.nodes(ast.Break, ast.Return, inside=s), None) for s in (loop, *behind)):
        return False
    return any(True for _ in assertions(ctx, behind)) and not any(fails(ctx, s) for s in behind)


def is_only_act(ctx: Context, attempt: ast.Try | ast.TryStar, test: Function) -> bool:
    """Whether *attempt* is where a test acts, ends it, and nothing in the test can fail."""
    if attempt.orelse or not next(ctx.nodes(ast.Call, ast.Await, inside=attempt), None):
        return False
    child: ast.AST = attempt
    for outer in ctx.ancestors(attempt):
        if isinstance(outer, _LOOPS):
            return False
        block = getattr(outer, "body", [])
        if child in block and not only_talks(ctx, block[block.index(child) + 1 :]):
            return False
        if outer is test:
            break
        child = outer
    return not any(may_fail(ctx, node) for node in telling(ctx, test))


def telling(ctx: Context, test: Function) -> Iterator[ast.AST]:
    """What in a test may fail it: assertions, what it raises itself, and calls."""
    for node in ctx.nodes(ast.Assert, ast.Raise, ast.Call, inside=test):
        if not isinstance(node, ast.Raise) or ctx.function(node) is test:
            yield node


def may_fail(ctx: Context, node: ast.AST) -> bool:
    """Whether a node says, or sounds like saying, that the test has failed."""
    if isinstance(node, ast.Assert | ast.Raise):
        return True
    return isinstance(node, ast.Call) and sounds_like_check(node)
