"""What a use of a thing that must be given back does with it: ends it, hands it on, looks at it."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from checks.context import Context
from checks.rules.cleanup._restored import called


@dataclass(frozen=True)
class Kind:
    """A kind of thing: what makes one, what gives it back, what only looks at it."""

    rule: str
    what: str
    makers: frozenset[str]
    releases: frozenset[str]
    readers: frozenset[str] = frozenset()
    starts: str = ""  # The method without which nothing is acquired: ``start`` of a thread.
    runs: bool = False  # Goes on by itself: a process, a thread, a server.
    serves: str = ""  # The method whose call goes on until the thing is at its end.


_LOOK_LIST = """
isinstance len repr str print id type hasattr bool callable list tuple set sorted dict frozenset
sum max min enumerate iter next map zip any all
"""
_LOOKS = frozenset(_LOOK_LIST.split())
# Who gets one of these may give the thing back.
KEYS = frozenset({"pid", "fileno", "sentinel", "__enter__", "__exit__", "_handle"})
_SEEN = (
    ast.Compare,
    ast.FormattedValue,
    ast.UnaryOp,
    ast.BoolOp,
    ast.If,
    ast.While,
    ast.Assert,
    ast.Expr,
    ast.For,
    ast.comprehension,
)
PIPES = frozenset({"stdout", "stderr", "stdin"})


def is_only_used(ctx: Context, uses: Sequence[ast.AST], kind: Kind, *, given: bool) -> bool:
    """Whether the thing is only used, never given back or handed on, and started at all."""
    started = not kind.starts
    for use in uses:
        holder = _holder(ctx, use)
        if isinstance(holder, ast.Attribute):
            if _gives_back(ctx, holder, kind):
                return False
            if isinstance(holder.ctx, ast.Store) and holder.attr == "daemon":
                return False
            started = started or _starts(ctx, holder, kind)
        elif isinstance(holder, ast.Call):
            if holder.func is not use and not only_reads(ctx, holder, kind):
                return False
        elif isinstance(holder, ast.Subscript):
            if holder.value is not use:
                return False
        elif isinstance(holder, ast.Return | ast.Yield):
            if not given:
                return False
        elif not isinstance(holder, _SEEN):
            return False
    return started


def _gives_back(ctx: Context, use: ast.Attribute, kind: Kind) -> bool:
    """Whether the attribute *use* of a thing ends it, or lets somebody else do it."""
    around = ctx.parent(use)
    if use.attr in KEYS:
        return not ctx.is_asserted(use)
    if isinstance(around, ast.Expr):
        return False  # ``f.close`` without the call.
    if use.attr == kind.serves:
        return isinstance(around, ast.Call) and around.func is use  # Not: by a thread.
    return use.attr in kind.releases


def _holder(ctx: Context, use: ast.AST) -> ast.AST | None:
    """What *use* is a part of; the call that is given it by keyword."""
    holder = ctx.parent(use)
    return ctx.parent(holder) if isinstance(holder, ast.keyword) else holder


def _starts(ctx: Context, use: ast.Attribute, kind: Kind) -> bool:
    """Whether the thing is started: without that, nothing is acquired."""
    holder = ctx.parent(use)
    return use.attr == kind.starts and isinstance(holder, ast.Call) and holder.func is use


def only_reads(ctx: Context, call: ast.Call, kind: Kind) -> bool:
    """Whether *call* takes the thing only to look at it."""
    name = ctx.name(call.func) or ""
    return name in kind.readers or name in _LOOKS or called(call).startswith("assert")
