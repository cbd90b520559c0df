"""Is this put back? Clean-ups, tear-downs, ``yield``, ``finally``, bases that undo everything.

Restoration lives in many places. Instead of following values, the regions of code that
run after a test are collected for a node; a rule then asks whether one of them undoes
what it has found.
"""

import ast
from collections.abc import Callable, Iterator
from enum import Enum

from checks.context import Context
from checks.scopes import TEARDOWNS
from checks.tree import FUNCTIONS, Function

_REGISTERS = frozenset(
    {
        "addCleanup",
        "addAsyncCleanup",
        "addClassCleanup",
        "addModuleCleanup",
        "addfinalizer",
        "addTearDown",
        "callback",
        "push",
        "push_async_callback",
        "enter_context",
        "enterContext",
        "enterClassContext",
        "enterModuleContext",
        "enter_async_context",
        "useFixture",
        "register",
        "defer",
    }
)

# Bases whose clean-up is known from their own source. "stopall": they call
# unittest.mock.patch.stopall after every test (oslotest.mock_fixture / oslotest.base).
_STOP_ALL = frozenset({"oslotest.base.BaseTestCase", "oslotest.base.TestCase"})
# Bases that are known to undo nothing by themselves.
_PLAIN = frozenset(
    {
        "object",
        "abc.ABC",
        "typing.Generic",
        "unittest.TestCase",
        "unittest.case.TestCase",
        "unittest.IsolatedAsyncioTestCase",
        "testtools.TestCase",
        "testtools.testcase.TestCase",
        "fixtures.Fixture",
        "django.test.TestCase",
        "django.test.SimpleTestCase",
        "django.test.TransactionTestCase",
    }
)


class Undone(Enum):
    """Whether something is put back after the test."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def bases_undo(ctx: Context, definition: ast.ClassDef | None, restoring: frozenset[str]) -> Undone:
    """Whether a class's bases put back what *restoring* names; unknown bases are unknown."""
    if definition is None:
        return Undone.NO
    answer = Undone.NO
    for base in ctx.scopes.bases(definition):
        if isinstance(base, ast.ClassDef) or base in _PLAIN:
            continue
        if base in restoring:
            return Undone.YES
        answer = Undone.UNKNOWN
    return answer


def regions(ctx: Context, node: ast.AST) -> Iterator[ast.AST]:
    """The code that runs after what *node* does, to put it back.

    In this order: what is registered as a clean-up and the tear-down methods of the
    class (and its local bases), what stands in ``finally`` and behind ``yield`` in the
    functions around it, and the tear-down functions of the module.
    """
    for function in ctx.scopes.functions(node):
        yield from _after(ctx, function)
    definition = ctx.class_of(node)
    classes = [definition] if definition else []
    if definition:
        bases = ctx.scopes.bases(definition)
        classes += [base for base in bases if isinstance(base, ast.ClassDef)]
    for each in classes:
        yield from _registered(ctx, each)
        for method in each.body:
            if isinstance(method, FUNCTIONS):
                if method.name in TEARDOWNS:
                    yield from method.body
                elif method is not ctx.function(node) and ctx.scopes.fixture(method):
                    yield from _after(ctx, method)
    for statement in ctx.tree.module.body:
        if isinstance(statement, FUNCTIONS) and statement is not ctx.function(node):
            if statement.name in TEARDOWNS:
                yield from statement.body
            elif ctx.scopes.is_autouse(statement):
                yield from _after(ctx, statement)


def _after(ctx: Context, function: Function) -> Iterator[ast.AST]:
    """In one function: ``finally`` blocks, what follows a ``yield``, registered clean-ups."""
    yield from _registered(ctx, function)
    for attempt in ctx.nodes(ast.Try, ast.TryStar, inside=function):
        yield from attempt.finalbody
    for pause in ctx.nodes(ast.Yield, inside=function):
        if ctx.function(pause) is function:
            yield from _following(ctx, pause, function)


def _following(ctx: Context, node: ast.AST, function: Function) -> Iterator[ast.AST]:
    """The statements of *function* that stand behind *node*, in its own block and around it."""
    child: ast.AST = ctx.statement(node)
    for outer in ctx.ancestors(child):
        for block in ("body", "orelse", "finalbody"):
            statements = getattr(outer, block, None)
            if isinstance(statements, list) and child in statements:
                yield from statements[statements.index(child) + 1 :]
        if outer is function:
            return
        child = outer


def _registered(ctx: Context, scope: ast.AST) -> Iterator[ast.AST]:
    """The arguments of calls that register a clean-up, and the local functions they name."""
    for call in ctx.nodes(ast.Call, inside=scope):
        if isinstance(call.func, ast.Attribute) and call.func.attr in _REGISTERS:
            for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
                yield argument
                local = ctx.names.definition(argument) or _method(ctx, argument)
                if local:
                    yield from local.body


def _method(ctx: Context, node: ast.AST) -> Function | None:
    """The method of the class around that ``self.name`` stands for."""
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
        return None
    definition = ctx.class_of(node)
    if definition is None or node.value.id not in {"self", "cls"}:
        return None
    methods = (m for m in definition.body if isinstance(m, FUNCTIONS) and m.name == node.attr)
    return next(methods, None)


def is_undone(ctx: Context, node: ast.AST, undoes: Callable[[ast.AST], bool]) -> bool:
    """Whether one of the :func:`regions` of *node* holds a node for which *undoes* is true.

    A method of the class that a tear-down calls is looked into, one level deep.
    """
    for region in regions(ctx, node):
        for inner in ctx.nodes(*ctx.tree.types, inside=region):
            if undoes(inner):
                return True
            called = _method(ctx, inner.func) if isinstance(inner, ast.Call) else None
            if called and any(undoes(n) for n in ctx.nodes(*ctx.tree.types, inside=called)):
                return True
    return False


def stops_all_patches(ctx: Context, node: ast.AST) -> Undone:
    """Whether every patcher started near *node* is stopped: ``patch.stopall`` here or in a base."""

    def is_stopall(inner: ast.AST) -> bool:
        return ctx.name(inner) == "unittest.mock.patch.stopall"

    if is_undone(ctx, node, is_stopall):
        return Undone.YES
    return bases_undo(ctx, ctx.class_of(node), _STOP_ALL)
