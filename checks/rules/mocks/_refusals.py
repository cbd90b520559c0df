"""Does a stand-in refuse, and does the test then ask that very stand-in?"""

import ast
from collections.abc import Iterator

from checks.context import Context
from checks.rules.mocks._doubles import Double, answer
from checks.rules.mocks._patchers import is_patch, loads, replacement
from checks.rules.mocks._targets import denies_by_raising
from checks.tree import Function

_RAISES = frozenset({"assertRaises", "assertRaisesRegex", "assertRaisesRegexp", "raises"})
_FALSE = frozenset({"assertFalse", "assertIsNone", "failIf"})
_EQUAL = frozenset({"assertEqual", "assertIs", "assertEquals"})


def refuses(made: Double, test: Function, ctx: Context) -> bool:
    """Whether the stand-in is told to raise, or to answer ``False``, once and for all."""
    given = answer(made, ctx)
    if given is not None:
        return _is_no(given, made.target, ctx)
    new = ctx.origin(made.new) or made.new
    if _only_raises(ctx.names.definition(new), ctx):
        return True
    effect = ctx.keyword(new if isinstance(new, ast.Call) else made.call, "side_effect")
    if effect:
        raising = ctx.names.definition(effect.value)
        return _is_exception(effect.value) or _only_raises(raising, ctx)
    name = _name(made, test, ctx)
    told = [
        (target.attr, assign.value)
        for assign in (ctx.nodes(ast.Assign, inside=test) if name else ())
        for target in assign.targets
        if isinstance(target, ast.Attribute) and getattr(target.value, "id", "") == name
    ]
    return len(told) == 1 and (
        (told[0][0] == "side_effect" and _is_exception(told[0][1]))
        or (told[0][0] == "return_value" and _is_no(told[0][1], made.target, ctx))
    )


def _is_no(given: ast.expr, target: str, ctx: Context) -> bool:
    """``False``, or the ``None`` of a function that answers with whom it lets in."""
    if ctx.literal(given) is None:
        return not denies_by_raising(target.rpartition(".")[2])
    return ctx.is_false(given)


def _only_raises(function: ast.AST | None, ctx: Context) -> bool:
    """Whether a function of the file does nothing but raise."""
    body: list[ast.stmt] = getattr(function, "body", [])
    plain = [s for s in body if not isinstance(getattr(s, "value", None), ast.Constant)]
    return len(plain) == 1 and isinstance(plain[0], ast.Raise)


def _is_exception(value: ast.expr) -> bool:
    named = value.func if isinstance(value, ast.Call) else value
    name: str = getattr(named, "attr", "") or getattr(named, "id", "")
    return name[:1].isupper() and not name.isupper() and not name.endswith("Mock")


def _name(made: Double, test: Function, ctx: Context) -> str:
    """The name under which the test gets the new mock: its parameter, or ``with .. as``."""
    holder = ctx.parent(made.call)
    if isinstance(holder, ast.withitem):
        return getattr(holder.optional_vars, "id", "")
    if isinstance(holder, ast.Assign):
        return getattr(holder.targets[0], "id", "")
    given = [d for d in reversed(test.decorator_list) if is_patch(d, ctx)]
    given = [d for d in given if replacement(ctx, d) is None]
    names = [a.arg for a in test.args.args if a.arg not in {"self", "cls"}]
    return dict(zip(map(id, given), names, strict=False)).get(id(made.call), "")


def calls_of(made: Double, test: Function, ctx: Context) -> Iterator[ast.expr]:
    """Where the test calls what is replaced, or hands it to ``assertRaises`` to be called.

    A bare name is a copy that was imported before, which the patch does not reach.
    """
    last = made.target.rpartition(".")[2]
    for call in ctx.method_calls(last, inside=test):
        if _is_target(call.func, made, ctx):
            yield call
    for call in ctx.method_calls(*_RAISES, inside=test):
        reference = call.args[1] if len(call.args) > 1 else None
        if getattr(reference, "attr", "") == last and _is_target(reference, made, ctx):
            yield call


def _is_target(function: ast.expr | None, made: Double, ctx: Context) -> bool:
    if not isinstance(function, ast.Attribute):
        return False
    if made.target in (ctx.name(function), ctx.segment(function)):
        return True
    owner = ctx.call_name(ctx.origin(function.value) or function.value)
    return made.target == f"{owner}.{function.attr}"


def is_expected_refusal(called: ast.expr, ctx: Context) -> bool:
    """Whether the test expects *called* to raise or to be false."""
    if getattr(getattr(called, "func", None), "attr", "") in _RAISES:
        return True
    parent = ctx.parent(called)
    if isinstance(parent, ast.Await):
        called, parent = parent, ctx.parent(parent)
    if _is_found_false(called, ctx) or any(_is_found_false(use, ctx) for use in _kept(parent, ctx)):
        return True
    return isinstance(parent, ast.Expr | ast.Assign) and _expects_error(called, ctx)


def _kept(statement: ast.AST | None, ctx: Context) -> list[ast.expr]:
    """Where the name is read that alone is given the answer: ``allowed = check(user)``."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if not isinstance(target, ast.Name) or len(ctx.names.bindings(target)) != 1:
        return []
    return loads(ctx, target)


def _is_found_false(called: ast.expr, ctx: Context) -> bool:
    """Whether an assertion says that an expression is false, or None."""
    parent = ctx.parent(called)
    if isinstance(parent, ast.UnaryOp):
        return isinstance(parent.op, ast.Not) and isinstance(ctx.parent(parent), ast.Assert)
    if isinstance(parent, ast.Compare):
        refused = ctx.literal(parent.comparators[0]) in (False, None)
        plain = isinstance(parent.ops[0], ast.Is | ast.Eq)
        return isinstance(ctx.parent(parent), ast.Assert) and plain and refused
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute):
        word = parent.func.attr
        return word in _FALSE or (word in _EQUAL and any(map(ctx.is_false, parent.args)))
    return False


def _expects_error(called: ast.expr, ctx: Context) -> bool:
    for outer in ctx.ancestors(called):
        if isinstance(outer, ast.With | ast.AsyncWith):
            entered = [item.context_expr for item in outer.items]
            calls = [e.func for e in entered if isinstance(e, ast.Call)]
            if any(
                getattr(f, "attr", "") in _RAISES or ctx.name(f) == "pytest.raises" for f in calls
            ):
                return True
    return False


def is_in_force(made: Double, called: ast.expr, ctx: Context) -> bool:
    """Whether the replacement holds where *called* stands."""
    holder = ctx.parent(made.call)
    if isinstance(holder, ast.withitem):
        block = ctx.parent(holder)
        return block is not None and ctx.tree.contains(block, called)
    return ctx.scopes.decorated(made.call) is not None or ctx.tree.precedes(made.call, called)
