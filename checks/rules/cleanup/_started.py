"""Objects of any class that a set-up or fixture makes and starts: who ends them?"""

import ast
import re
from collections.abc import Iterable, Iterator

from checks.context import Context
from checks.rules.cleanup._faked import is_faked
from checks.rules.cleanup._kinds import KIND_OF
from checks.rules.cleanup._restored import called, is_expected_to_fail
from checks.rules.mocks._patchers import MOCKER, is_mock, is_own, is_patcher, own_attributes
from checks.tree import Function

STARTS = ("start", "connect")
_ENDS = re.compile(
    r"(?i)stop|close|closing|shut_?down|terminat|kill|join|cancel|quit|disconnect|destroy|clean|exit"
    r"|release|down|remov|finish|abort|delet|dispos|interrupt|wait|reset|__enter__"
)
# What is started and ends by itself, or holds nothing.
_NOTHING = re.compile(r"(?i)timer|watch|clock|progress|mock|fake|stub|dummy|double|spy|patch|span")


def started_in(ctx: Context, call: ast.Call, function: Function) -> ast.expr | None:
    """The name or ``self.x`` that *function* gave a new object to, which *call* starts.

    None where *call* is no such start, or the object ends by itself, or is a stand-in.
    """
    thing = call.func.value if isinstance(call.func, ast.Attribute) else None
    if call.args or call.keywords or not _is_statement(ctx, call):
        return None
    made = _made(ctx, thing, function)
    if thing is None or made is None or is_faked(ctx, made) or is_expected_to_fail(ctx, call):
        return None
    return None if _holds_nothing(ctx, thing, made) else thing


def is_ended(ctx: Context, thing: ast.expr) -> bool:
    """Whether somebody ends *thing*, or is given it and may do so."""
    uses: Iterable[ast.expr] = ()
    if is_own(thing):
        uses = own_attributes(ctx, thing)
    elif isinstance(thing, ast.Name):
        scope = ctx.function(thing)
        uses = (n for n in ctx.nodes(ast.Name, inside=scope) if n.id == thing.id)
    return any(_may_end(ctx, use) for use in uses if isinstance(getattr(use, "ctx", 0), ast.Load))


def _is_statement(ctx: Context, call: ast.Call) -> bool:
    """Whether nobody takes what *call* answers: the position of a match is no start."""
    holder = ctx.parent(call)
    return isinstance(ctx.parent(holder) if isinstance(holder, ast.Await) else holder, ast.Expr)


def _made(ctx: Context, thing: ast.expr | None, function: Function) -> ast.Call | None:
    """The one call whose object *function* assigned to *thing*."""
    found = list(_given(ctx, thing, function)) if thing is not None else []
    made = found[0] if len(found) == 1 else None
    return made if isinstance(made, ast.Call) else None


def _given(ctx: Context, thing: ast.expr, function: Function) -> Iterator[ast.expr]:
    for assign in ctx.nodes(ast.Assign, inside=function):
        for target in assign.targets:
            named = isinstance(target, ast.Name) and target.id == getattr(thing, "id", None)
            own = is_own(target) and is_own(thing) and target.attr == thing.attr
            if named or own:
                yield assign.value


def _holds_nothing(ctx: Context, thing: ast.expr, made: ast.Call) -> bool:
    if ctx.call_name(made) in KIND_OF or is_mock(made, ctx) or is_patcher(ctx, thing):
        return True  # Others speak of it.
    if MOCKER.fullmatch(getattr(getattr(made.func, "value", None), "id", "")):
        return True
    if ctx.is_true(ctx.argument(made, None, "daemon")):
        return True
    return any(_NOTHING.search(name) for name in (called(made), called(thing)))


def _may_end(ctx: Context, use: ast.expr) -> bool:
    holder = ctx.parent(use)
    if isinstance(holder, ast.Attribute):
        return bool(_ENDS.search(holder.attr)) or isinstance(holder.ctx, ast.Store)
    if isinstance(holder, ast.Return | ast.Yield | ast.Expr):
        return False
    # Compared or tested it stays; everybody else may keep it, and end it.
    return not isinstance(holder, ast.Compare | ast.Assert | ast.BoolOp | ast.UnaryOp | ast.If)
