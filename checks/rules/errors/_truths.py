"""Which assertions cannot fail, or cannot hold, whatever the code under test does.

The one question that several rules share is answered once for each assertion, so that a
defect is one finding.
"""

import ast

from checks.context import UNKNOWN, Context
from checks.rules.errors._expressions import fixed_truth, is_length, is_new, is_pure, is_zero

# Methods of unittest that compare two things for being the same, or for being different.
EQUALS = ("assertEqual", "assertEquals", "assertIs", "assertListEqual", "assertDictEqual",
          "assertSetEqual", "assertTupleEqual", "assertSequenceEqual", "assertCountEqual",
          "assertAlmostEqual", "assertMultiLineEqual")  # fmt: skip
_EQUALS = frozenset(EQUALS)
TRUTHS = ("assertTrue", "assertFalse", "assertIsNone", "assertIsNotNone")
METHODS = (*EQUALS, *TRUTHS, "assertGreaterEqual", "assertGreater", "assertIsInstance")
_SAME = (ast.Eq, ast.Is)
_DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict)

Assertion = ast.Assert | ast.Call


def empty(ctx: Context, rule: str) -> list[tuple[Assertion, str]]:
    """The assertions that the rule of this id speaks of, each with the reason why."""
    return ctx.once(_verdicts).get(rule, [])


def _verdicts(ctx: Context) -> dict[str, list[tuple[Assertion, str]]]:
    """The empty assertions of the file by the one rule that speaks of each."""
    found: dict[str, list[tuple[Assertion, str]]] = {}
    for statement in ctx.nodes(ast.Assert):
        rule, why = _of_truth(ctx, statement.test, wanted=True)
        found.setdefault(rule, []).append((statement, why))
    for method in METHODS:
        for call in ctx.method_calls(method):
            if not _compares_different_things(call):
                rule, why = _of_call(ctx, call)
                found.setdefault(rule, []).append((call, why))
    found.pop("", None)
    return found


def _compares_different_things(call: ast.Call) -> bool:
    """What most assertions are: a comparison of two expressions of different kinds."""
    given = call.args
    return (
        len(given) > 1
        and (
            given[0].__class__ is not given[1].__class__
            or (given[0].__class__ is ast.Name and given[0].id != getattr(given[1], "id", ""))
        )
        and call.func.__class__ is ast.Attribute
        and call.func.attr in _EQUALS
        and not (call.func.attr == "assertIs" and is_new(given[0], given[1]))
    )


def _of_call(ctx: Context, call: ast.Call) -> tuple[str, str]:
    method: str = getattr(call.func, "attr", "")
    owner = getattr(call.func, "value", None)
    if not (isinstance(owner, ast.Name) and owner.id in {"self", "cls"}) or not call.args:
        return "", ""
    first = call.args[0]
    if method in {"assertTrue", "assertFalse"}:
        return _of_truth(ctx, first, wanted=method == "assertTrue")
    if method in TRUTHS:
        return _of_none(first, wanted=method == "assertIsNone")
    if len(call.args) < 2:
        return "", ""
    second = call.args[1]
    if method == "assertIs" and is_new(first, second):
        return _of_new(is_same=True)
    if method in EQUALS:
        return _of_equality(ctx, first, second)
    if method == "assertIsInstance" and ctx.name(second) == "object":
        return "assert-tautology", "Everything is an instance of `object`."
    if method == "assertGreaterEqual" and is_length(ctx, first) and is_zero(second):
        return "assert-tautology", "A length is never below zero."
    return "", ""


def _of_truth(ctx: Context, test: ast.expr, *, wanted: bool) -> tuple[str, str]:
    """What is wrong with asserting that *test* is true (or, if not *wanted*, false)."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _of_truth(ctx, test.operand, wanted=not wanted)
    value = fixed_truth(test)
    if value is not None and not (isinstance(test, ast.Tuple) and value):
        return _of_literal(test, holds=value is wanted)
    if isinstance(test, ast.BoolOp):
        return _of_choice(ctx, test, wanted=wanted)
    if isinstance(test, ast.Compare):
        return _of_comparison(ctx, test, wanted=wanted)
    if isinstance(test, ast.Lambda | ast.GeneratorExp):
        return "assert-tautology", "A function or generator that nobody runs is always true."
    if _is_uncalled(ctx, test):
        return "assert-tautology", "The function is not called, and a function is always true."
    return "", ""


def _of_literal(test: ast.expr, *, holds: bool) -> tuple[str, str]:
    if holds:
        return "assert-on-literal", "A value that is written here is asserted, and it is true."
    return "assert-always-false", "What is asserted is written here, and it never holds."


def _of_none(value: ast.expr, *, wanted: bool) -> tuple[str, str]:
    """``assertIsNone`` (or, if not *wanted*, ``assertIsNotNone``) of something written here."""
    if isinstance(value, ast.Constant):
        return _of_literal(value, holds=(value.value is None) is wanted)
    if isinstance(value, (*_DISPLAYS, ast.JoinedStr, ast.Compare, ast.Lambda)):
        if wanted:
            return "assert-always-false", "This value is never `None`."
        return "assert-tautology", "This value is never `None`, whatever is in it."
    return "", ""


def _of_choice(ctx: Context, test: ast.BoolOp, *, wanted: bool) -> tuple[str, str]:
    """``x == 1 or 2``, ``x and False``, ``s != 401 or s != 403``."""
    is_or = isinstance(test.op, ast.Or)
    if any(fixed_truth(value) is is_or for value in test.values):
        side = f"One side of the `{'or' if is_or else 'and'}` is always {str(is_or).lower()}"
        rule = "assert-tautology" if is_or is wanted else "assert-always-false"
        return rule, f"{side}, and so is the whole."
    if is_or and wanted and _excludes_two(ctx, test):
        return "assert-tautology", "A value differs from one of the two at least: use `and`."
    if _denies_itself(test):
        what = "One of the two is true" if is_or else "One of the two is false"
        rule = "assert-tautology" if is_or is wanted else "assert-always-false"
        return rule, f"{what}, whatever it is: they say the opposite of each other."
    return "", ""


def _denies_itself(test: ast.BoolOp) -> bool:
    """Whether an expression that only reads stands beside its own ``not``."""
    denied = {
        ast.dump(side.operand)
        for side in test.values
        if isinstance(side, ast.UnaryOp) and isinstance(side.op, ast.Not) and is_pure(side.operand)
    }
    return bool(denied) and any(ast.dump(side) in denied for side in test.values)


def _excludes_two(ctx: Context, test: ast.BoolOp) -> bool:
    """Whether two sides of an ``or`` say that one thing differs from two different values."""
    others: dict[str, set[object]] = {}
    for side in test.values:
        if not isinstance(side, ast.Compare) or len(side.ops) != 1:
            continue
        value = ctx.literal(side.comparators[0])
        if isinstance(side.ops[0], ast.NotEq) and value is not UNKNOWN and is_pure(side.left):
            others.setdefault(ast.dump(side.left), set()).add(value)
    return any(len(values) > 1 for values in others.values())


def _of_comparison(ctx: Context, test: ast.Compare, *, wanted: bool) -> tuple[str, str]:
    if len(test.ops) != 1:
        return "", ""
    left, right, operator = test.left, test.comparators[0], test.ops[0]
    if isinstance(operator, ast.GtE) and is_length(ctx, left) and is_zero(right) and wanted:
        return "assert-tautology", "A length is never below zero."
    if isinstance(operator, ast.Is | ast.IsNot) and is_new(left, right):
        return _of_new(is_same=isinstance(operator, ast.Is) is wanted)
    if isinstance(operator, _SAME) and wanted:
        return _of_equality(ctx, left, right)
    if isinstance(operator, ast.NotEq | ast.IsNot) and not wanted:
        return _of_equality(ctx, left, right)
    return "", ""


def _of_new(*, is_same: bool) -> tuple[str, str]:
    rule = "assert-always-false" if is_same else "assert-tautology"
    return rule, "What is made here is no other object: compare with `==`."


def _of_equality(ctx: Context, left: ast.expr, right: ast.expr) -> tuple[str, str]:
    if left.__class__ is not right.__class__:
        return "", ""
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        if type(left.value) is not type(right.value):
            return "", ""
        if left.value == right.value and ctx.segment(left) != ctx.segment(right):
            return "", ""  # How literals are spelt is what is tested.
        if left.value == right.value:
            return "assert-tautology", "A literal is compared with itself."
        return "assert-always-false", "Two different literals are compared."
    if getattr(left, "attr", "") != getattr(right, "attr", "") or not is_pure(left):
        return "", ""
    if ast.dump(left) == ast.dump(right):
        return "assert-equal-self", "Both sides are the same expression."
    return "", ""


def _is_uncalled(ctx: Context, node: ast.expr) -> bool:
    """Whether an expression is a function of this module that stands there without a call."""
    if not isinstance(node, ast.Name):
        return False
    bindings = ctx.names.bindings(node)
    return len(bindings) == 1 and isinstance(bindings[0], ast.FunctionDef | ast.AsyncFunctionDef)


def is_marker(node: Assertion) -> bool:
    """Whether an assertion marks a place: ``assert False``, ``assertTrue(True)``, ``1 == 1``.

    So does ``assertFalse("why")``, which is a way to fail.
    """
    if isinstance(node, ast.Call):
        method: str = getattr(node.func, "attr", "")
        if method in EQUALS:
            return all(map(_is_small, node.args[:2]))
        if method == "assertFalse" and isinstance(node.args[0], ast.Constant):
            return True
        return method == "assertTrue" and _is_small(_without_not(node.args[0]))
    test = _without_not(node.test)
    if isinstance(test, ast.Compare):
        return all(map(_is_small, (test.left, *test.comparators)))
    return _is_small(test)


def _without_not(test: ast.expr) -> ast.expr:
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test = test.operand
    return test


def _is_small(node: ast.expr) -> bool:
    """Whether an expression is ``True``, ``False`` or a number of one digit."""
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and 0 <= node.value < 10


def place(node: Assertion) -> ast.expr:
    """What a finding points at: the condition of the statement, or the whole call."""
    return node.test if isinstance(node, ast.Assert) else node
