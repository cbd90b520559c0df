"""Is a change of the process put back? What the regions after a test do not show.

Beside :mod:`checks.restoration`: guards that undo a change by themselves (``with``
blocks, decorators, set-up code, fixtures that are asked for), a later statement of the
same function, and values that were saved before.
"""

import ast
import re
from collections.abc import Callable, Iterator

from checks.context import Context
from checks.restoration import is_undone
from checks.scopes import SETUPS, SHARED_SETUPS, TEARDOWNS
from checks.tree import DEFINITIONS, FUNCTIONS, Function

Test = Callable[[ast.AST], bool]

_SAVED = re.compile(r"(?i)old|orig|prev|sav|backup|before|initial|restor|default|current|cwd|start")
_FORKS = frozenset({"os.fork", "os.forkpty", "pty.fork", "multiprocessing.Process"})
_UNDOING = re.compile(r"(?i)restor|reset|clean|undo|tear_?down|revert|unset|stop|exit")


def acts_in_tests(ctx: Context, node: ast.AST) -> bool:
    """Whether a change is made by a test, a set-up, a fixture or a method of a test class.

    Not at import, not by a plain helper (its caller may put it back), and not by code
    that is there to put things back.
    """
    function = ctx.function(node)
    if function is None or function.name in TEARDOWNS:
        return False
    if _UNDOING.search(function.name) and not ctx.scopes.is_test(function):
        return False
    if _stands_behind(ctx, node, function) or is_expected_to_fail(ctx, node):
        return False
    if any(ctx.name(n) in _FORKS for n in ctx.nodes(ast.Attribute, inside=function)):
        return False
    fixture = ctx.scopes.fixture(function)
    if fixture is not None:
        return not _is_for_the_session(fixture)
    owner = ctx.parent(function)
    set_up = function.name in SHARED_SETUPS and isinstance(owner, ast.ClassDef | ast.Module)
    if set_up or ctx.scopes.is_test(function):
        return True
    if not isinstance(owner, ast.ClassDef) or _is_handed_over(ctx, function):
        return False
    return owner.name.startswith("Test") or ctx.scopes.is_test_case(owner)


def _is_handed_over(ctx: Context, function: Function) -> bool:
    """Whether a method is passed somewhere, to run in a child or as a callback."""
    return any(
        attribute.attr == function.name
        and not (isinstance(call := ctx.parent(attribute), ast.Call) and call.func is attribute)
        for attribute in ctx.nodes(ast.Attribute)
    )


def _is_for_the_session(fixture: ast.expr) -> bool:
    """Whether a fixture lives as long as the run, so that nothing is left to put back to."""
    keywords = fixture.keywords if isinstance(fixture, ast.Call) else []
    scopes = [getattr(k.value, "value", None) for k in keywords if k.arg == "scope"]
    return scopes in (["session"], ["package"])


def is_expected_to_fail(ctx: Context, node: ast.AST) -> bool:
    """Whether *node* stands in a lambda or in ``with assertRaises``: it does not do its work."""
    for outer in ctx.ancestors(node):
        if isinstance(outer, ast.Lambda):
            return True
        if isinstance(outer, ast.Try) and any(
            called(call) == "fail" for s in outer.orelse for call in ctx.nodes(ast.Call, inside=s)
        ):
            return True
        if isinstance(outer, ast.With) and any(
            called(item.context_expr) in {"raises", "assertRaises", "assertRaisesRegex"}
            for item in outer.items
        ):
            return True
        if isinstance(outer, ast.Call) and called(outer) in {"assertRaises", "assertRaisesRegex"}:
            return True
        if isinstance(outer, FUNCTIONS):
            return False
    return False


def _stands_behind(ctx: Context, node: ast.AST, function: Function) -> bool:
    """Whether *node* stands in ``finally`` or behind the ``yield`` of its function."""
    for outer in ctx.ancestors(node):
        final = outer.finalbody if isinstance(outer, ast.Try | ast.TryStar) else []
        if any(ctx.tree.contains(statement, node) for statement in final):
            return True
    return any(
        ctx.function(pause) is function and ctx.tree.precedes(pause, node)
        for pause in ctx.nodes(ast.Yield, inside=function)
    )


def is_saved(node: ast.AST | None) -> bool:
    """Whether an expression reads like a value kept from before: ``old_path``, ``self.saved``."""
    if isinstance(node, ast.Starred | ast.Subscript):
        return is_saved(node.value)
    return bool(_SAVED.search(getattr(node, "attr", "") or getattr(node, "id", "")))


def is_restored(ctx: Context, node: ast.AST, undoes: Test, guards: Test) -> bool:
    """Whether what *node* changes is put back.

    ``undoes`` knows a node that puts it back; ``guards`` a call (or a decorator) whose
    end does.
    """

    def guards_here(call: ast.AST) -> bool:
        return (
            guards(call)
            or called(call).startswith(("restor", "preserv"))
            or _manages(ctx, call, undoes, guards)
        )

    return (
        _is_guarded(ctx, node, guards_here)
        or any(undoes(later) for later in _later(ctx, node))
        or is_undone(ctx, node, undoes)
    )


def _later(ctx: Context, node: ast.AST) -> Iterator[ast.AST]:
    """The names behind *node* in its own function, but not of the statement itself.

    For a method that tests call, those of its class too: the callers may put it back.
    """
    function, statement = ctx.function(node), ctx.statement(node)
    if function is not None:
        owner = ctx.parent(function)
        if (
            isinstance(owner, ast.ClassDef)
            and not ctx.scopes.is_test(function)
            and function.name not in SETUPS
        ):
            for method in owner.body:
                if isinstance(method, FUNCTIONS) and method is not function:
                    yield from ctx.nodes(ast.Name, ast.Attribute, inside=method)
        for inner in ctx.nodes(ast.Name, ast.Attribute, inside=function):
            if ctx.tree.precedes(node, inner) and not ctx.tree.contains(statement, inner):
                yield inner


def _is_guarded(ctx: Context, node: ast.AST, guards: Test) -> bool:
    for outer in ctx.ancestors(node):
        around: list[ast.expr] = []
        if isinstance(outer, ast.With | ast.AsyncWith):
            around = [item.context_expr for item in outer.items]
        elif isinstance(outer, DEFINITIONS):
            around = outer.decorator_list
        if any(guards(each) for each in around):
            return True
    function = ctx.function(node)
    if function is None:
        return False
    calls = ctx.nodes(ast.Call, inside=function)
    return any(
        guards(call) and not isinstance(ctx.parent(call), ast.withitem) for call in calls
    ) or any(
        guards(call)
        for setup in _setups(ctx, node)
        if setup is not function
        for call in ctx.nodes(ast.Call, inside=setup)
    )


def _manages(ctx: Context, call: ast.AST, undoes: Test, guards: Test) -> bool:
    """Whether *call* enters a context manager or fixture of this file that puts things back."""
    target = call.func if isinstance(call, ast.Call) else call
    local = ctx.names.definition(target)
    if local is None:
        return False
    holder = ctx.parent(call)
    entered = isinstance(holder, ast.withitem | ast.FunctionDef | ast.ClassDef) or (
        called(holder or call).startswith(("enter", "useFixture"))
    )
    return entered and any(
        guards(n) if isinstance(n, ast.Call) else undoes(n)
        for n in ctx.nodes(ast.Call, ast.Name, ast.Attribute, inside=local)
    )


def _setups(ctx: Context, node: ast.AST) -> Iterator[Function]:
    """The set-up methods and fixtures of the class around (and its local bases), and autouse."""
    definition = ctx.class_of(node)
    classes = [definition, *ctx.scopes.bases(definition)] if definition else []
    for each in classes:
        for method in each.body if isinstance(each, ast.ClassDef) else []:
            if isinstance(method, FUNCTIONS) and (
                method.name in SETUPS or ctx.scopes.fixture(method)
            ):
                yield method
    for statement in ctx.tree.module.body:
        if isinstance(statement, FUNCTIONS) and (
            statement.name in SETUPS or ctx.scopes.is_autouse(statement)
        ):
            yield statement


def asks_for(ctx: Context, node: ast.AST, fixture: re.Pattern[str]) -> bool:
    """Whether the functions or classes around ask for a fixture whose name matches."""
    for outer in ctx.ancestors(node):
        if isinstance(outer, FUNCTIONS):
            arguments = (*outer.args.posonlyargs, *outer.args.args, *outer.args.kwonlyargs)
            if any(fixture.search(argument.arg) for argument in arguments):
                return True
        if isinstance(outer, DEFINITIONS):
            for decorator in outer.decorator_list:
                if ctx.call_name(decorator) == "pytest.mark.usefixtures" and any(
                    fixture.search(n.value)
                    for n in ctx.nodes(ast.Constant, inside=decorator)
                    if isinstance(n.value, str)
                ):
                    return True
    return False


def called(node: ast.AST) -> str:
    """The last part of the name of what is called or decorates: ``setenv``; "" for neither."""
    function = node.func if isinstance(node, ast.Call) else node
    name: str = getattr(function, "attr", "") or getattr(function, "id", "")
    return name
