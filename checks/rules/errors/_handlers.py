"""Which one rule speaks of an ``except``: an assertion or an act swallowed, or a wide catch.

The rules about handlers overlap by nature; the question is answered once per handler, in
the order of how much is lost, so that one defect is one finding.
"""

import ast
import re

from checks.context import Context
from checks.rules.errors._acts import is_only_act, may_fail, skips_checks, telling
from checks.rules.errors._assertions import (
    assertions,
    catches_assertion,
    does_nothing,
    fails,
    is_assertion,
    is_polling,
    only_talks,
)
from checks.rules.errors._security import NEGATIVE, plain
from checks.tree import Function

_BY_BREADTH = {
    "bare": "bare-except",
    "BaseException": "catch-base-exception",
    "Exception": "broad-except",
}
_CLEAN_UP = re.compile(
    r"_*(close|clean_?up|cleanup\w*|delete|destroy|disconnect|dispose|kill|remove|rmtree|rollback"
    r"|shutdown|stop|tear_?down|terminate|unlink|wait)(_\w+)?",
    re.IGNORECASE,
)
# Errors that mean "not here" or "enough": a test may well go on without what raises them.
_TOLERATED = re.compile(
    r"Import|ModuleNotFound|Skip|NotImplemented|Unsupported|Stop(Async)?Iteration|Keyboard|Cancel"
    r"|Timeout|TimedOut|Exit|Empty"
)


def verdict(ctx: Context, handler: ast.ExceptHandler) -> str:
    """The id of the rule that speaks of *handler*; "" for none."""
    return ctx.once(_verdict, handler)


def _verdict(ctx: Context, handler: ast.ExceptHandler) -> str:
    attempt = ctx.parent(handler)
    assert isinstance(attempt, ast.Try | ast.TryStar)
    return _in_test(ctx, handler, attempt) or _anywhere(ctx, handler)


def is_defect(ctx: Context, handler: ast.ExceptHandler) -> bool:
    """Whether the verdict holds in every profile: the test passes whatever happens."""
    attempt = ctx.parent(handler)
    assert isinstance(attempt, ast.Try | ast.TryStar)
    return _in_test(ctx, handler, attempt) is not None


def breadth(ctx: Context, handler: ast.ExceptHandler) -> str:
    """``bare``, ``BaseException`` or ``Exception`` for a handler of everything, else ""."""
    kind = handler.type
    if kind is None:
        return "bare"
    named = {ctx.name(k) for k in (kind.elts if isinstance(kind, ast.Tuple) else [kind])}
    return next((wide for wide in ("BaseException", "Exception") if wide in named), "")


def place(ctx: Context, handler: ast.ExceptHandler) -> ast.AST:
    """What a finding about *handler* points at: what it catches, or its bare ``except``."""
    column = handler.col_offset
    return handler.type or ctx.span(handler.lineno, column, column + len("except"))


def swallowed(ctx: Context, attempt: ast.Try | ast.TryStar) -> ast.Assert | ast.Call | None:
    """The first assertion of a ``try`` block."""
    return next(assertions(ctx, attempt.body), None)


def _in_test(
    ctx: Context, handler: ast.ExceptHandler, attempt: ast.Try | ast.TryStar
) -> str | None:
    """The defects that only a test has: it passes whatever happens."""
    if _swallows_assertion(ctx, handler, attempt):
        return "except-swallows-assertion"
    test = ctx.function(attempt)
    if test is None or not ctx.scopes.is_test(test):
        return None
    if _is_checked_there_alone(ctx, handler, attempt, test):
        return "assert-in-except"
    wide = breadth(ctx, handler)
    if wide and _accepts_any_error(ctx, handler, attempt):
        return _BY_BREADTH[wide]
    if wide and isinstance(handler.body[-1], ast.Continue) and only_talks(ctx, handler.body):
        return "except-continue" if skips_checks(ctx, attempt) else None
    if not _gives_up(ctx, handler.body) or not is_only_act(ctx, attempt, test):
        return None
    if wide:
        return "act-swallowed"
    named = ctx.segment(handler.type) if handler.type else ""
    is_refusal = bool(NEGATIVE.search(plain(test.name))) and not _TOLERATED.search(named)
    return "except-pass" if is_refusal and does_nothing(handler.body) else None


def _anywhere(ctx: Context, handler: ast.ExceptHandler) -> str:
    """What a strict reading says of a handler."""
    if ctx.strict and handler.name and checks_of(ctx, handler):
        return "assert-in-except"
    wide = breadth(ctx, handler) if ctx.strict else ""
    if not wide or next(ctx.nodes(ast.Raise, inside=handler), None):
        return ""
    if does_nothing(handler.body):
        return "except-pass"
    if len(handler.body) == 1 and isinstance(handler.body[0], ast.Continue):
        return "except-continue"
    return _BY_BREADTH[wide]


def _swallows_assertion(
    ctx: Context, handler: ast.ExceptHandler, attempt: ast.Try | ast.TryStar
) -> bool:
    if not catches_assertion(ctx, handler.type) or not only_talks(ctx, handler.body):
        return False
    before = attempt.handlers[: attempt.handlers.index(handler)]
    if any(catches_assertion(ctx, other.type) for other in before) or attempt.orelse:
        return False
    return (
        swallowed(ctx, attempt) is not None
        and not is_polling(ctx, attempt, attempt.body)
        and not _is_told_afterwards(attempt, ctx)
    )


def checks_of(ctx: Context, handler: ast.ExceptHandler) -> list[ast.Assert | ast.Call]:
    """The assertions of a handler; of one that names its error, those about the error."""
    made = [a for a in assertions(ctx, handler.body) if not fails(ctx, ctx.statement(a))]
    if not handler.name:
        return made
    return [
        check
        for check in made
        if any(name.id == handler.name for name in ctx.nodes(ast.Name, inside=check))
    ]


def _is_checked_there_alone(
    ctx: Context, handler: ast.ExceptHandler, attempt: ast.Try | ast.TryStar, test: Function
) -> bool:
    """Whether all that a test checks stands in a handler that need not be reached."""
    if attempt.orelse or not checks_of(ctx, handler):
        return False
    if any(checks_of(ctx, h) for h in attempt.handlers[: attempt.handlers.index(handler)]):
        return False  # One finding for the test.
    if not all(_only_checks(ctx, s) and not fails(ctx, s) for s in handler.body):
        return False
    return all(
        any(ctx.tree.contains(h, node) for h in attempt.handlers)
        for node in telling(ctx, test)
        if may_fail(ctx, node)
    )


def _only_checks(ctx: Context, statement: ast.stmt) -> bool:
    """Whether a statement only asserts, talks, or prepares an assertion."""
    if isinstance(statement, ast.Assign):
        return all(isinstance(target, ast.Name) for target in statement.targets)
    node = statement.value if isinstance(statement, ast.Expr) else statement
    return is_assertion(ctx, node) or only_talks(ctx, [statement])


def _is_told_afterwards(attempt: ast.Try | ast.TryStar, ctx: Context) -> bool:
    """Whether the block is left early when all is well, and what follows fails the test."""
    if not any(next(ctx.nodes(ast.Return, inside=s), None) for s in attempt.body):
        return False
    block = getattr(ctx.parent(attempt), "body", [])
    return attempt in block and attempt is not block[-1]


def _accepts_any_error(
    ctx: Context, handler: ast.ExceptHandler, attempt: ast.Try | ast.TryStar
) -> bool:
    """``else: self.fail()`` behind a quiet handler of everything; assertions hushed by a tidy one.

    In the first form any error is taken for the expected one, in the second a failed
    assertion is tidied away.
    """
    if len(attempt.handlers) > 1:
        return False
    if attempt.orelse:
        return _gives_up(ctx, handler.body) and fails(ctx, attempt.orelse[0])
    tidies = [s for s in handler.body if _tidies(s)]
    rest = [s for s in handler.body if s not in tidies]
    return (
        bool(tidies)
        and _gives_up(ctx, rest)
        and swallowed(ctx, attempt) is not None
        and not is_polling(ctx, attempt, attempt.body)
    )


def _tidies(statement: ast.stmt) -> bool:
    call = statement.value if isinstance(statement, ast.Expr) else None
    name: str = getattr(getattr(call, "func", None), "attr", "")
    return bool(_CLEAN_UP.fullmatch(name))


def _gives_up(ctx: Context, statements: list[ast.stmt]) -> bool:
    """Whether a handler does nothing that a later check could see."""
    if statements and isinstance(statements[-1], ast.Return):
        value = statements[-1].value
        return (value is None or isinstance(value, ast.Constant)) and only_talks(
            ctx, statements[:-1]
        )
    return only_talks(ctx, statements)
