"""Blocks that expect an exception, and which one rule speaks of each.

The rules about them overlap by nature (a block can be too wide, expect too much and hold a
check that never runs); the question is answered once per block, the surest defect first.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.rules.errors._assertions import (
    assertions,
    does_nothing,
    fails,
    is_assertion,
    is_mock_assertion,
)

# Methods that expect an exception: the number of arguments that describe the expectation.
METHODS = {
    "assertRaises": 1,
    "assertRaisesRegex": 2,
    "assertRaisesRegexp": 2,
    "failUnlessRaises": 1,
}
FUNCTIONS = {
    "pytest.raises": 1,
    "nose.tools.assert_raises": 1,
    "nose.tools.assert_raises_regex": 2,
    "numpy.testing.assert_raises": 1,
    "numpy.testing.assert_raises_regex": 2,
}
BROAD = frozenset({"Exception", "BaseException"})
# Those of them, and of warnings, that may stand without anything to run.
DESCRIBES = METHODS | {"assertWarns": 1, "assertWarnsRegex": 2}
DESCRIBING = FUNCTIONS | {"pytest.warns": 1, "pytest.deprecated_call": 0}
# Exceptions that so many things raise that the type alone says little.
_COMMON = frozenset({"ValueError", "OSError", "IOError", "EnvironmentError", "socket.error"})
_ABOUT_ASSERTIONS = frozenset(
    {"AssertionError", "failureException", "Failed", "FailTest", "MismatchError"}
)
_HARMLESS_CALLS = frozenset({"len", "str", "repr", "type", "isinstance", "sorted", "list"})
_COMPOUND = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.Match)
_Block = ast.With | ast.AsyncWith


@dataclass(frozen=True, slots=True)
class Verdict:
    """The id of the rule that speaks ("" for none), where, and how bad it is (None: the rule's)."""

    rule: str
    place: ast.AST
    severity: str | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """One ``raises(..)``: which exceptions, whether the text narrows it, and its block."""

    call: ast.Call
    kinds: tuple[ast.expr, ...]
    is_narrowed: bool
    block: _Block | None
    variable: str


def expectation(ctx: Context, call: ast.Call) -> Expectation | None:
    """What *call* expects to be raised; None where it is not to be told."""
    named = ctx.name(call.func) or ""
    described = FUNCTIONS.get(named) or METHODS.get(getattr(call.func, "attr", ""), 1)
    kind = ctx.argument(call, 0, "expected_exception") or ctx.argument(call, 0, "exception")
    if kind is None:
        return None
    item = ctx.parent(call)
    block = ctx.parent(item) if isinstance(item, ast.withitem) else None
    variable = item.optional_vars if isinstance(item, ast.withitem) else None
    return Expectation(
        call,
        tuple(kind.elts) if isinstance(kind, ast.Tuple) else (kind,),
        described > 1 or any(k.arg in {"match", "check", None} for k in call.keywords),
        block if isinstance(block, _Block) else None,
        variable.id if isinstance(variable, ast.Name) else "",
    )


def only_describes(call: ast.expr, ctx: Context) -> bool:
    """Whether an expression names an expected exception, and nothing that could raise it."""
    if not isinstance(call, ast.Call) or any(isinstance(a, ast.Starred) for a in call.args):
        return False
    if any(keyword.arg in {None, "callable", "callableObj", "func"} for keyword in call.keywords):
        return False
    most = DESCRIBING.get(ctx.name(call.func) or "")
    if most is None and isinstance(call.func, ast.Attribute) and call.func.attr in DESCRIBES:
        owner = call.func.value
        is_test = isinstance(owner, ast.Name) and owner.id in {"self", "cls"}
        most = DESCRIBES[call.func.attr] if is_test else None
    return most is not None and len(call.args) <= most


def verdict(ctx: Context, call: ast.Call) -> Verdict:
    """Which one rule speaks of an expectation."""
    return ctx.once(_verdict, call)


def _verdict(ctx: Context, call: ast.Call) -> Verdict:
    expected = expectation(ctx, call)
    nothing = Verdict("", call)
    return next(_verdicts(ctx, expected), nothing) if expected else nothing


def _verdicts(ctx: Context, expected: Expectation) -> Iterator[Verdict]:
    names = {ctx.name(kind) or getattr(kind, "attr", "") for kind in expected.kinds}
    if names & _ABOUT_ASSERTIONS or _is_noop(ctx, expected):
        return
    if expected.block:
        late = _late_assertion(ctx, expected, expected.block)
        if late:
            yield Verdict("assert-after-raise", late)
    is_wide = bool(names & BROAD) and not expected.is_narrowed
    if is_wide and expected.block:
        inner = next(assertions(ctx, expected.block.body), None)
        if inner and _is_plain(inner):
            yield Verdict("assert-raises-broad", expected.call)
    if is_wide and len(names) > 1:
        yield Verdict("raises-too-broad", expected.call)
    if expected.block:
        again = _repeated(ctx, expected.block)
        if again:
            yield Verdict("raises-multi-statement", again)
    if ctx.strict:
        yield from _strictly(ctx, expected, names)


def _is_noop(ctx: Context, expected: Expectation) -> bool:
    """Whether nothing is run at all, which is another rule's."""
    if expected.block:
        return does_nothing(expected.block.body)
    stands_alone = isinstance(ctx.parent(expected.call), ast.Expr)
    return stands_alone and only_describes(expected.call, ctx)


def _strictly(ctx: Context, expected: Expectation, names: set[str]) -> Iterator[Verdict]:
    """What a strict reading says of an expectation that can fail."""
    body = expected.block.body if expected.block else []
    late = next((s for s in body[1:] if _is_check(ctx, s)), None)
    if late:
        yield Verdict("assert-after-raise", late, "low")
    is_told = bool(expected.variable) and _is_used(ctx, expected)
    if not expected.is_narrowed and not is_told:
        if names & BROAD:
            yield Verdict("assert-raises-broad", expected.call, "low")
        if names & _COMMON:
            yield Verdict("raises-too-broad", expected.call, "low")
    if len(body) > 1 or any(isinstance(s, _COMPOUND) for s in body):
        yield Verdict("raises-multi-statement", expected.call, "low")


def _is_used(ctx: Context, expected: Expectation) -> bool:
    """Whether the exception that came is looked at afterwards."""
    home = ctx.function(expected.call) or ctx.tree.module
    uses = (n for n in ctx.nodes(ast.Name, inside=home) if n.id == expected.variable)
    return any(isinstance(use.ctx, ast.Load) for use in uses)


def _is_check(ctx: Context, statement: ast.stmt) -> bool:
    node = statement.value if isinstance(statement, ast.Expr) else statement
    return is_assertion(ctx, node.value if isinstance(node, ast.Await) else node)


def _late_assertion(ctx: Context, expected: Expectation, block: _Block) -> ast.stmt | None:
    """The first assertion at the end of a block that an act stands before, surely never run."""
    body = block.body
    while isinstance(body[-1], ast.With | ast.AsyncWith) and len(body) == 1:
        body = body[-1].body
    start = len(body)
    while start and _is_check(ctx, body[start - 1]):
        start -= 1
    if not start or start == len(body):
        return None
    acts = [s for s in body[:start] if next(ctx.nodes(ast.Call, ast.Await, inside=s), None)]
    if not acts or isinstance(body[start - 1], _COMPOUND):
        return None
    made = set(_made(ctx, body[:start]))
    late = (s for s in body[start:] if not fails(ctx, s))  # A `fail()` there is only untidy.
    return next((s for s in late if _never_raises(ctx, s, expected.variable, made)), None)


def _made(ctx: Context, statements: list[ast.stmt]) -> Iterator[str]:
    """The names that *statements* bind."""
    for statement in statements:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name
        for name in ctx.nodes(ast.Name, inside=statement):
            if isinstance(name.ctx, ast.Store):
                yield name.id


def _never_raises(ctx: Context, statement: ast.stmt, variable: str, made: set[str]) -> bool:
    """Whether an assertion is not itself what should raise the expected exception."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    names = {name.id for name in ctx.nodes(ast.Name, inside=statement)}
    if variable in names or (isinstance(call, ast.Call) and is_mock_assertion(call)):
        return True
    calls = [c for c in ctx.nodes(ast.Call, inside=statement) if c is not call]
    return not names & made and all(ctx.name(c.func) in _HARMLESS_CALLS for c in calls)


def _is_plain(assertion: ast.Assert | ast.Call) -> bool:
    """Whether an assertion is one of the language or its library, not a helper under test."""
    if isinstance(assertion, ast.Assert):
        return True
    name: str = getattr(assertion.func, "attr", "")
    return is_mock_assertion(assertion) or name in PLAIN


def _repeated(ctx: Context, block: _Block) -> ast.stmt | None:
    """The second of several calls of one function with other literals: it is never reached."""
    calls = [s.value for s in block.body if isinstance(s, ast.Expr)]
    if len(calls) < 2 or len(calls) < len(block.body):
        return None
    seen: set[str] = set()
    for call in calls:
        if not isinstance(call, ast.Call) or not (call.args or call.keywords):
            return None
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if not all(ctx.is_literal(value) for value in given):
            return None
        seen.add(ast.dump(call))
    functions = {ctx.name(c.func) or _local(ctx, c.func) for c in calls if isinstance(c, ast.Call)}
    different = len(seen) == len(calls) and len(functions) == 1 and None not in functions
    return block.body[1] if different else None


def _local(ctx: Context, function: ast.expr) -> str | None:
    local = ctx.names.definition(function)
    return local.name if local else None


_PLAIN_LIST = """
assertAlmostEqual assertCountEqual assertDictEqual assertEqual assertEquals assertFalse
assertGreater assertGreaterEqual assertIn assertIs assertIsInstance assertIsNone assertIsNot
assertIsNotNone assertItemsEqual assertLess assertLessEqual assertListEqual assertNotEqual
assertNotEquals assertNotIn assertRegex assertSequenceEqual assertSetEqual assertTrue
assertTupleEqual fail
"""
PLAIN = frozenset(_PLAIN_LIST.split())
