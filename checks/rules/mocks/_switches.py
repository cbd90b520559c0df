"""The production side: modules that are for tests, and code that asks if it is tested."""

import ast
import re
from pathlib import PurePosixPath

from checks.context import UNKNOWN, Context
from checks.rules.mocks._targets import denies_by_raising, guard, words
from checks.tree import DEFINITIONS, FUNCTIONS

_FOR_TESTS = re.compile(
    r"(^|[_-])(tests?|testing|testutils?|testlib|testcases?|pytest|unittest|mocks?|mocking|fakes?"
    r"|fixtures?|stubs?|conftest|docs?|examples?|samples?|demos?|benchmarks?|bench|noxfile|scripts?"
    r"|tools?|setup)([_-]|$)"
)
_PYTEST = frozenset({"pytest.fixture", "pytest.hookimpl", "pytest_asyncio.fixture"})
_MODULES = frozenset({"pytest", "_pytest", "unittest", "nose"})
_MARKS = frozenset({"PYTEST_CURRENT_TEST", "PYTEST_VERSION", "PYTEST_XDIST_WORKER"})
_FLAG = re.compile(
    r"_*(is_)?(in_|under_|unit_?)?(testing|test_?mode|test_?run|test_env|unit_?tests?|is_tests?"
    r"|running_(unit_?)?tests?|tests?_running|called_from_test|in_tests?|under_tests?)(_mode)?",
    re.IGNORECASE,
)
_TABLES = frozenset({"os.environ", "sys.modules", "sys.argv"})
_PLACE = re.compile(
    r"auth|login|logged|perm(?!an|ut|ea)|secur|validat|is_valid|enforce|privile|_acl|rbac|restrict|oauth"
    r"|saml|hmac|is_owner|can_(view|edit|read|write|delete|change|update|manage|modify|approve)|csrf|xsrf|token|jwt|verif|signature|signed|access|admin|passw"
    r"|credential|throttl|rate_?limit|captcha|otp\b|mfa|webhook|origin|certificate|allow|guard"
    r"|protect|polic|role"
)
_NO = re.compile(r"lock|block|limit|throttl|expired|revoked|denied|banned|required|requires|forbid")


def is_for_tests(ctx: Context) -> bool:
    """Whether the module says itself that it is no part of the product.

    By its place (``testing``, ``docs``, ``scripts``), or by the fixtures and hooks of
    pytest that it defines.
    """
    place = PurePosixPath(ctx.path.lower())
    if any(_FOR_TESTS.search(part) for part in (*place.parts[:-1], place.stem)):
        return True
    for function in ctx.nodes(*FUNCTIONS):
        if function.name.startswith("pytest_"):
            return True
        for decorator in function.decorator_list:
            made = decorator.func if isinstance(decorator, ast.Call) else decorator
            if ctx.name(made) in _PYTEST:
                return True
    return False


def is_at_import(node: ast.AST, ctx: Context) -> bool:
    """Whether *node* is carried out when the module is loaded by the product."""
    for outer in ctx.ancestors(node):
        if isinstance(outer, (*FUNCTIONS, ast.Lambda)):
            return False
        if isinstance(outer, ast.If):
            asked = {getattr(n, "attr", "") or getattr(n, "id", "") for n in _words(outer, ctx)}
            if asked & {"TYPE_CHECKING", "__name__"}:
                return False
    return True


def _words(statement: ast.If, ctx: Context) -> list[ast.Name | ast.Attribute]:
    return list(ctx.nodes(ast.Name, ast.Attribute, inside=statement.test))


# What a class of checks calls the method that decides.
_DECIDES = re.compile(
    r"__call__|check|verify|validate|enforce|decide|dispatch|process(_\w+)?|handle|run|apply"
    r"|before_request|allow(s|ed)?|test_func|is_\w+|has_\w+|_?check_\w+"
)


def asks_for_test(node: ast.AST, ctx: Context) -> bool:
    """Whether an expression is true because the code is being tested.

    ``"pytest" in sys.modules``, ``PYTEST_CURRENT_TEST`` in the environment, or a flag
    that is named so: ``settings.TESTING``, ``app.config["TESTING"]``.
    """
    if isinstance(node, ast.Compare):
        return _compares(node, ctx)
    if isinstance(node, ast.Call):
        called: str = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
        if called == "any" and node.args:
            return _looks_through(node.args[0], ctx)
        if called not in {"get", "getenv", "getattr", "hasattr", "bool", "env", "getbool"}:
            return False
        return any(asks_for_test(each, ctx) or _is_mark(each, ctx) for each in node.args)
    if isinstance(node, ast.Subscript):
        return _is_mark(node.slice, ctx)
    name: str = getattr(node, "attr", "") or getattr(node, "id", "")
    return bool(_FLAG.fullmatch(name))


def _looks_through(every: ast.expr, ctx: Context) -> bool:
    """``any("pytest" in word for word in sys.argv)``."""
    if not isinstance(every, ast.GeneratorExp | ast.ListComp):
        return False
    tables = {ctx.name(loop.iter) for loop in every.generators}
    asked = ctx.nodes(ast.Constant, inside=every.elt)
    return bool(tables & _TABLES) and any(_is_mark(each, ctx) for each in asked)


def _compares(node: ast.Compare, ctx: Context) -> bool:
    """``"pytest" in sys.modules``, ``"test" in sys.argv``, ``os.getenv("TESTING") == "1"``."""
    if len(node.ops) != 1 or isinstance(node.ops[0], ast.NotIn | ast.NotEq | ast.IsNot):
        return False
    left, right = node.left, node.comparators[0]
    if isinstance(left, ast.Subscript) and ctx.name(left.value) == "sys.argv":
        given = ctx.nodes(ast.Constant, inside=right)
        return any(each.value == "test" or _is_mark(each, ctx) for each in given)
    if isinstance(node.ops[0], ast.In):
        return _is_in_table(left, right, ctx)
    return asks_for_test(left, ctx) and ctx.literal(right) not in (False, None, 0, "0", "")


def _is_in_table(left: ast.expr, right: ast.expr, ctx: Context) -> bool:
    """Whether a mark of a test run is looked for in what the process tells of itself."""
    named = ctx.nodes(ast.Attribute, ast.Name, inside=right)
    known = any(ctx.name(each) in _TABLES for each in named)
    return known and (_is_mark(left, ctx) or ctx.text(left) == "test")


def _is_mark(node: ast.expr, ctx: Context) -> bool:
    text = ctx.text(node) or ""
    return text in _MODULES or text in _MARKS or bool(_FLAG.fullmatch(text))


def denied_in_test(node: ast.AST, ctx: Context) -> bool:
    """Whether an expression is ``not`` such a switch, or ``"pytest" not in sys.modules``."""
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.NotIn):
        return _is_in_table(node.left, node.comparators[0], ctx)
    return (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.Not)
        and asks_for_test(node.operand, ctx)
    )


def guarded_by(node: ast.AST, ctx: Context) -> str:
    """The function or class around that decides who may do what; "" where there is none."""
    inner = ctx.function(node)
    for outer in ctx.ancestors(node):
        if not isinstance(outer, DEFINITIONS) or not _PLACE.search(words(outer.name)):
            continue
        if isinstance(outer, FUNCTIONS) or (inner and _DECIDES.fullmatch(inner.name)):
            return outer.name
    return ""


def lets_in(statement: ast.Return, name: str, ctx: Context) -> bool:
    """Whether a return in the check *name* says that everything is in order."""
    value = ctx.literal(statement.value) if statement.value else None
    if ctx.names.is_parameter(statement.value) and name.endswith("_required"):
        return True  # A decorator that gives back what it should have guarded.
    if _NO.search(words(name)):
        return value is False or value is None
    if value is None:
        return denies_by_raising(name)
    return value is UNKNOWN or bool(value)


def refuses_inside(statements: list[ast.stmt], ctx: Context) -> bool:
    """Whether a block may turn somebody away: it raises, answers ``False``, asks a guard."""
    for statement in statements:
        for node in ctx.nodes(ast.Raise, ast.Return, ast.Call, inside=statement):
            if isinstance(node, ast.Raise):
                return True
            if isinstance(node, ast.Return) and ctx.is_false(node.value):
                return True
            if isinstance(node, ast.Call):
                called: str = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
                if guard(called) or called == "abort":
                    return True
    return False
