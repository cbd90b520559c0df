"""What an assertion is: the statement, unittest's methods, and what fails a test."""

import ast
import re
from collections.abc import Iterator

from checks.context import Context
from checks.tree import DEFINITIONS, FUNCTIONS

_RUNNERS = frozenset({"self", "cls", "testcase", "tc", "test", "case"})
_OF_MOCKS = re.compile(r"assert_(not_)?(called|awaited|any|has)")
_EXPECTS = re.compile(r"raises|warn|suppress|expect|error|fail", re.IGNORECASE)
_SAYS = frozenset({"print", "traceback.print_exc", "warnings.warn"})
_LOGS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "log"})
_CHECKS = re.compile(
    r"assert|check|verif|expect|fail|rais|ensure|should|must|wait_?for|skip|exit|validat|compare"
    r"|confirm|match|equal|denied|deny|forbid|test|require|is_true|is_false|run_"
)


def is_assertion(ctx: Context, node: ast.AST) -> bool:
    """Whether *node* checks something: ``assert``, ``self.assertX(..)``, ``self.fail(..)``."""
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.Assert)
    if not isinstance(node.func, ast.Attribute):
        return ctx.name(node.func) == "pytest.fail"
    method, owner = node.func.attr, node.func.value
    if _OF_MOCKS.match(method):
        return True
    if isinstance(owner, ast.Name) and owner.id in _RUNNERS:
        return method == "fail" or method.startswith("assert")
    return method == "fail" and ctx.name(node.func) == "pytest.fail"


def is_mock_assertion(call: ast.Call) -> bool:
    """Whether a call asks a mock what was done with it: ``m.assert_called_once()``."""
    return isinstance(call.func, ast.Attribute) and bool(_OF_MOCKS.match(call.func.attr))


def assertions(ctx: Context, statements: list[ast.stmt]) -> Iterator[ast.Assert | ast.Call]:
    """The assertions that *statements* make themselves, not those of functions they define."""
    for statement in statements:
        home = ctx.function(statement)
        if isinstance(statement, DEFINITIONS):
            continue
        for node in ctx.nodes(ast.Assert, ast.Call, inside=statement):
            if is_assertion(ctx, node) and ctx.function(node) is home and not _in_lambda(ctx, node):
                yield node


def _in_lambda(ctx: Context, node: ast.AST) -> bool:
    for outer in ctx.ancestors(node):
        if isinstance(outer, ast.stmt):
            return False
        if isinstance(outer, ast.Lambda):
            return True
    return False


def does_nothing(statements: list[ast.stmt]) -> bool:
    """Whether a block is only ``pass``, ``...`` or a string."""
    return all(
        isinstance(s, ast.Pass) or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
        for s in statements
    )


def only_talks(ctx: Context, statements: list[ast.stmt]) -> bool:
    """Whether a block does nothing but print, log or go on: nobody fails because of it."""
    return all(
        does_nothing([s])
        or isinstance(s, ast.Continue)
        or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Call) and _says(ctx, s.value))
        for s in statements
    )


def _says(ctx: Context, call: ast.Call) -> bool:
    if ctx.name(call.func) in _SAYS:
        return True
    owner = getattr(call.func, "value", None)
    logger: str = getattr(owner, "attr", "") or getattr(owner, "id", "")
    return getattr(call.func, "attr", "") in _LOGS and "log" in logger.lower()


def sounds_like_check(call: ast.Call) -> bool:
    """Whether a call may check something, to judge by its name: ``self._verify_denied()``."""
    return bool(_CHECKS.search(_called(call).lower()))


def fails(ctx: Context, statement: ast.stmt) -> bool:
    """Whether a statement fails the test at once: ``self.fail()``, ``raise``, ``assert False``."""
    if isinstance(statement, ast.Raise):
        return True
    if isinstance(statement, ast.Assert):
        return isinstance(statement.test, ast.Constant) and not statement.test.value
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not is_assertion(ctx, call):
        return False
    name = _called(call)
    value = getattr(call.args[0], "value", None) if call.args else None
    return name == "fail" or (name == "assertTrue" and value is False)


def is_polling(ctx: Context, node: ast.AST, body: list[ast.stmt]) -> bool:
    """Whether *node* stands in a loop that its *body* leaves once the assertions hold."""
    leaves = any(next(ctx.nodes(ast.Return, ast.Break, inside=s), None) for s in body)
    for outer in ctx.ancestors(node):
        if isinstance(outer, FUNCTIONS):
            return False
        if isinstance(outer, ast.While) or (isinstance(outer, ast.For | ast.AsyncFor) and leaves):
            return True
    return False


def catches_assertion(ctx: Context, kind: ast.expr | None) -> bool:
    """Whether an ``except`` of this type, or ``suppress`` of it, catches a failed assertion."""
    if kind is None:
        return True
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(ctx.name(k) in {"AssertionError", "Exception", "BaseException"} for k in kinds)


def expects_an_error(ctx: Context, node: ast.AST) -> bool:
    """Whether *node* stands in a block that is there to see it raise."""
    child = node
    for outer in ctx.ancestors(node):
        if isinstance(outer, FUNCTIONS):
            return False
        if isinstance(outer, ast.Try | ast.TryStar) and outer.handlers and child in outer.body:
            return True
        if isinstance(outer, ast.With | ast.AsyncWith) and any(
            _EXPECTS.search(_called(item.context_expr)) for item in outer.items
        ):
            return True
        child = outer
    return False


def _called(node: ast.expr) -> str:
    called = node.func if isinstance(node, ast.Call) else node
    name: str = getattr(called, "attr", "") or getattr(called, "id", "")
    return name
