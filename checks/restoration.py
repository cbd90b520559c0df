"""Is this put back? Clean-ups, tear-downs, ``yield``, ``finally``, bases that undo everything.

Restoration lives in many places. Instead of following values, the regions of code that
run after a test are collected for a node; a rule then asks whether one of them undoes
what it has found. What one definition contributes is collected once per file.
"""

import ast
from collections.abc import Callable, Iterator
from enum import Enum

from checks.context import Context
from checks.scopes import SETUPS, TEARDOWNS
from checks.tree import DEFINITIONS, FUNCTIONS, Function

_REGISTER_LIST = """
addCleanup addAsyncCleanup addClassCleanup addModuleCleanup addfinalizer addTearDown add_cleanup
add_finalizer callback push push_async_callback enter_context enterContext enterClassContext
enterModuleContext enterAsyncContext enter_async_context useFixture register defer
"""
_REGISTERS = frozenset(_REGISTER_LIST.split())

# Bases whose clean-up is known from their own source. "stopall": they call
# unittest.mock.patch.stopall after every test (oslotest/base.py, addCleanup). The environment
# they leave as it is.
STOP_ALL = frozenset({"oslotest.base.BaseTestCase"})
# Bases that make no class a test case.
_NO_CASE = frozenset({"object", "abc.ABC", "typing.Generic", "typing.Protocol"})
# Bases that are known to undo nothing by themselves.
_PLAIN = _NO_CASE | frozenset(
    {
        "unittest.TestCase",
        "unittest.case.TestCase",
        "unittest.IsolatedAsyncioTestCase",
        "unittest.async_case.IsolatedAsyncioTestCase",
        "twisted.trial.unittest.TestCase",
        "twisted.trial.unittest.SynchronousTestCase",
        "testtools.TestCase",
        "testtools.testcase.TestCase",
        "fixtures.Fixture",
        "django.test.TestCase",
        "django.test.SimpleTestCase",
        "django.test.TransactionTestCase",
        "django.test.LiveServerTestCase",
        "django.test.testcases.TestCase",
        "rest_framework.test.APITestCase",
        "rest_framework.test.APISimpleTestCase",
        "rest_framework.test.APITransactionTestCase",
    }
)


# What only a test case has for ``super()`` to find.
_CHAINED = ("setUp", "tearDown", "setUpClass", "tearDownClass", "asyncSetUp", "asyncTearDown")


class Undone(Enum):
    """Whether something is put back after the test."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def bases_undo(
    ctx: Context,
    definition: ast.ClassDef | None,
    restoring: frozenset[str],
    leaving: frozenset[str] = frozenset(),
) -> Undone:
    """Whether a class's bases put something back; unknown bases are unknown.

    Those named in *restoring* do; those in *leaving* and the plain ones of libraries do not.
    Unknown are those of a mixin, too: the classes that it is mixed into have others.
    """
    if definition is None:
        return Undone.NO
    answer = Undone.UNKNOWN if ctx.once(_is_mixin, definition) else Undone.NO
    for base in ctx.scopes.bases(definition, want=True):
        if base in restoring:
            return Undone.YES
        if isinstance(base, ast.ClassDef) or base in _PLAIN or base in leaving:
            continue
        answer = Undone.UNKNOWN
    return answer


def regions(ctx: Context, node: ast.AST) -> Iterator[ast.AST]:
    """The code that runs after what *node* does, to put it back.

    In this order: what stands in ``finally``, behind ``yield`` and in registered
    clean-ups of the functions around it and of the fixtures they ask for; then the
    tear-downs, clean-ups and fixtures of the classes around, of their local bases and
    subclasses; then those of the module. A clean-up that another test registers is
    not among them.
    """
    for scope in (*ctx.scopes.functions(node), *_classes(ctx, node), ctx.tree.module):
        yield from ctx.once(_collected, scope)


def managers(ctx: Context, node: ast.AST) -> Iterator[ast.expr]:
    """What surrounds *node* and undoes itself: context managers and decorators, inmost first."""
    child = node
    for outer in ctx.ancestors(node):
        if isinstance(outer, ast.With | ast.AsyncWith):
            managed = [item.context_expr for item in outer.items]
            yield from () if child in outer.items else reversed(managed)
        elif isinstance(outer, DEFINITIONS):
            yield from outer.decorator_list
        child = outer


def is_undone(ctx: Context, node: ast.AST, undoes: Callable[[ast.AST], bool]) -> bool:
    """Whether one of the :func:`regions` of *node* holds a node for which *undoes* is true.

    A method of the class, or a function of the module, that a tear-down calls is looked
    into, one level deep. A base that the project names as restoring undoes everything.
    """
    definition = ctx.class_of(node)
    if definition and ctx.restoring_bases.intersection(ctx.scopes.bases(definition)):
        return True
    called: set[Function] = set()
    for region in regions(ctx, node):
        for inner in ctx.tree.inside(region):
            if undoes(inner):
                return True
            if isinstance(inner, ast.Call):
                local = _local_function(ctx, inner.func)
                called |= {local} if local else set()
    return any(undoes(inner) for function in called for inner in ctx.tree.inside(function))


def stops_all_patches(ctx: Context, node: ast.AST) -> Undone:
    """Whether every patcher started near *node* is stopped: ``patch.stopall`` here or in a base.

    Unknown for what a fixture of ``fixtures`` starts: the tests that use it may stop all, and for
    a class without bases that no runner collects.
    """

    def is_stopall(inner: ast.AST) -> bool:
        return (
            isinstance(inner, ast.Attribute)
            and inner.attr == "stopall"
            and ctx.name(inner) == "unittest.mock.patch.stopall"
        )

    if is_undone(ctx, node, is_stopall):
        return Undone.YES
    definition = ctx.class_of(node)
    if definition and not definition.bases and not definition.name.startswith("Test"):
        return Undone.UNKNOWN
    if definition and "fixtures.Fixture" in ctx.scopes.bases(definition):
        return Undone.UNKNOWN
    return bases_undo(ctx, definition, STOP_ALL)


def _is_mixin(ctx: Context, definition: ast.ClassDef) -> bool:
    """Whether a class that is no test case goes on to the set-up of one: ``super().setUp()``."""
    return _NO_CASE.issuperset(ctx.scopes.bases(definition, want=True)) and any(
        isinstance(call.func, ast.Attribute) and ctx.call_name(call.func.value) == "super"
        for call in ctx.method_calls(*_CHAINED, inside=definition)
    )


def _classes(ctx: Context, node: ast.AST) -> Iterator[ast.ClassDef]:
    return (outer for outer in ctx.ancestors(node) if isinstance(outer, ast.ClassDef))


def _collected(ctx: Context, scope: ast.AST) -> tuple[ast.AST, ...]:
    return tuple(_collect(ctx, scope))


def _collect(ctx: Context, scope: ast.AST) -> Iterator[ast.AST]:
    """What one function, class or module contributes to the regions of what it holds."""
    if isinstance(scope, FUNCTIONS):
        yield from _after(ctx, scope)
        for fixture in _requested(ctx, scope):
            yield from _after(ctx, fixture)
    elif isinstance(scope, ast.ClassDef):
        for each in _family(ctx, scope):
            yield from _of_methods(ctx, each.body, every=True)
            for fixture in _requested(ctx, each):
                yield from _after(ctx, fixture)
    elif isinstance(scope, ast.Module):
        yield from _of_methods(ctx, scope.body, every=False)
        for conftest in ctx.supporting.conftests():
            yield from _of_methods(ctx, conftest.body, every=False)


def _family(ctx: Context, definition: ast.ClassDef) -> Iterator[ast.ClassDef]:
    """A class, its bases in this module, and the classes of this module that derive from it."""
    yield definition
    for base in ctx.scopes.bases(definition, want=True):
        if isinstance(base, ast.ClassDef):
            yield base
    for other in ctx.nodes(ast.ClassDef):
        if other.bases and other is not definition and definition in ctx.scopes.bases(other):
            yield other


def _of_methods(ctx: Context, body: list[ast.stmt], *, every: bool) -> Iterator[ast.AST]:
    """What the functions of a class or module (there: not *every* one) run after a test."""
    for method in body:
        if not isinstance(method, FUNCTIONS) or ctx.scopes.is_test(method):
            continue
        if method.name in TEARDOWNS:
            yield from method.body
        elif ctx.scopes.is_autouse(method) or (every and ctx.scopes.fixture(method)):
            yield from _after(ctx, method)
        elif every or method.name in SETUPS:
            yield from _registered(ctx, method)


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
                local = _local_function(ctx, argument)
                if local:
                    yield from local.body


def _requested(ctx: Context, definition: Function | ast.ClassDef) -> Iterator[Function]:
    """The fixtures of this module that a function or class asks for by name."""
    names: set[object] = set()
    if isinstance(definition, FUNCTIONS):
        arguments = definition.args
        names = {argument.arg for argument in (*arguments.args, *arguments.kwonlyargs)}
    for decorator in definition.decorator_list:
        if ctx.call_name(decorator) == "pytest.mark.usefixtures":
            names |= {text.value for text in ctx.nodes(ast.Constant, inside=decorator)}
    names -= {"self", "cls"}
    if names:
        for module in (ctx.tree.module, *ctx.supporting.conftests()):
            for function in ctx.nodes(*FUNCTIONS, inside=module):
                if function.name in names and ctx.scopes.fixture(function):
                    yield function


def _local_function(ctx: Context, node: ast.AST) -> Function | None:
    """The function of this module, or method of the class around, that *node* stands for."""
    local = ctx.names.definition(node)
    if isinstance(local, FUNCTIONS):
        return local
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
        return None
    definition = ctx.class_of(node)
    if definition is None or node.value.id not in {"self", "cls"}:
        return None
    methods = (m for m in definition.body if isinstance(m, FUNCTIONS) and m.name == node.attr)
    return next(methods, None)
