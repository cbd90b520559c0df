"""One replacement of an object, in whatever framework's words: what, by what, and how long."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.restoration import Undone
from checks.rules.mocks._answers import answer_of
from checks.rules.mocks._patchers import (
    MOCKER,
    PATCHES,
    enters,
    is_mock,
    is_own,
    is_start,
    loop_targets,
    own_attributes,
    replacement,
)
from checks.rules.mocks._stopped import is_stopped

# Fixtures of the library "fixtures", and how many arguments name what is replaced.
_FIXTURES = {"MonkeyPatch": 1, "MockPatch": 1, "MockPatchObject": 2}
_WORDS = frozenset({"patch", "object", "dict", "multiple", "setattr", "stub_out", *_FIXTURES})
_BARE = (*PATCHES, *(f"fixtures.{name}" for name in _FIXTURES))


@dataclass(frozen=True, slots=True)
class Double:
    """The call that replaces something, the dotted name of it ("" if computed), the stand-in.

    ``form`` is ``patch``, ``mocker``, ``monkeypatch``, ``stub_out`` or ``fixture``; ``new``
    is None where a new mock is put in place.
    """

    call: ast.Call
    form: str
    target: str
    new: ast.expr | None


def doubles(ctx: Context) -> tuple[Double, ...]:
    """All replacements that a file makes, in its order; found once."""
    return ctx.once(_doubles)


def _doubles(ctx: Context) -> tuple[Double, ...]:
    named, methods = ctx.calls(*_BARE), ctx.method_calls(*_WORDS)
    calls = ctx.tree.in_order(list(dict.fromkeys((*named, *methods))))
    made = (double(call, ctx) for call in calls)
    return tuple(each for each in made if each)


def assigned(ctx: Context) -> tuple[Double, ...]:
    """The mocks that are made and put on an imported module or class by a plain assignment."""
    return ctx.once(_assigned)


def _assigned(ctx: Context) -> tuple[Double, ...]:
    found = []
    for statement, kept in ctx.assigned(ast.Attribute):
        made, home = statement.value, ctx.name(kept.value)
        if home and is_mock(made, ctx):
            found.append(Double(made, "assigned", f"{home}.{kept.attr}", made))
    return tuple(found)


def double(call: ast.Call, ctx: Context) -> Double | None:
    """The replacement that *call* makes; None for any other call."""
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr not in _WORDS:
        return None
    name = ctx.name(function)
    if name in PATCHES:
        number = 2 if name.endswith(".object") else 1
        return Double(call, "patch", _target(call, number, ctx), replacement(ctx, call))
    if isinstance(function, ast.Name) and function.id not in _WORDS:
        return None
    form, number = _framework(call, ctx)
    if not form or len(call.args) < number:
        return None
    new = ctx.argument(call, number, "new")
    return Double(call, form, _target(call, number, ctx), new)


def _framework(call: ast.Call, ctx: Context) -> tuple[str, int]:
    """Whose words a call uses other than ``mock.patch``'s, and how many arguments are a name."""
    word: str = getattr(call.func, "attr", "") or getattr(call.func, "id", "")
    owner = getattr(call.func, "value", None)
    holder: str = getattr(owner, "id", "")
    if word in _FIXTURES:
        return "fixture", _FIXTURES[word]
    if word == "stub_out" and owner is not None:
        return "stub_out", 1
    if word == "patch" and holder == "self" and len(call.args) == 3:
        # testtools and trial: self.patch(module, "name", instead), undone by the test case.
        return ("stub_out", 2) if (ctx.text(call.args[1]) or "").isidentifier() else ("", 0)
    if word == "setattr" and holder in {"monkeypatch", "mp"} and call.args:
        return "monkeypatch", 2 if ctx.text(call.args[0]) is None else 1
    if word == "patch" and MOCKER.fullmatch(holder):
        return "mocker", 1
    patched = getattr(getattr(owner, "value", None), "id", "")
    if word in {"object", "dict", "multiple"} and MOCKER.fullmatch(patched):
        return "mocker", 2 if word == "object" else 1
    return "", 0


def _target(call: ast.Call, number: int, ctx: Context) -> str:
    """The dotted name of what is replaced, from one or two arguments; "" when computed."""
    named = call.args[:number]
    if len(named) < number:
        return ""
    text = ctx.text(named[-1])
    if number == 1:
        return text or ctx.name(named[0]) or ""
    owner = named[0]
    if text is None or not isinstance(owner, ast.Name | ast.Attribute | ast.Subscript):
        return text or ""
    spelled = ctx.name(owner) or ctx.segment(owner)
    return f"{' '.join(spelled.split())}.{text}"


def way(made: Double, ctx: Context) -> str:
    """How a replacement comes into force: ``decorator``, ``with``, ``start``, or its form."""
    if made.form not in {"patch", "fixture"}:
        return made.form
    if ctx.scopes.decorated(made.call) is not None:
        return "decorator"
    statement = ctx.statement(made.call)
    if isinstance(statement, ast.With | ast.AsyncWith):
        return "with"
    if made.form == "fixture":
        return "fixture"
    if enters(ctx.parent(made.call)):
        return "with"
    return "start" if starts(made.call, ctx) else ""


def starts(call: ast.Call, ctx: Context) -> list[ast.Call]:
    """The ``.start()`` calls of the patcher that *call* makes, direct or by its name."""
    parent = ctx.parent(call)
    found: list[ast.Call] = []
    if isinstance(parent, ast.Attribute) and is_start(ctx.parent(parent), ctx):
        found = [each for each in (ctx.parent(parent),) if isinstance(each, ast.Call)]
    targets = parent.targets if isinstance(parent, ast.Assign) else []
    for target in targets or loop_targets(ctx, parent):
        for use in _uses(target, ctx):
            begun = ctx.parent(ctx.parent(use) or use)
            if is_start(begun, ctx) and getattr(begun.func, "value", None) is use:
                found.append(begun)
    return found


def _uses(target: ast.expr, ctx: Context) -> Iterator[ast.expr]:
    if isinstance(target, ast.Attribute):
        yield from own_attributes(ctx, target)
    elif isinstance(target, ast.Name):
        function = ctx.function(target)
        yield from (n for n in ctx.nodes(ast.Name, inside=function) if n.id == target.id)


def lasts(made: Double, ctx: Context) -> bool:
    """Whether the replacement outlives the statement: started, around a ``yield``, on a class."""
    how = way(made, ctx)
    if how == "decorator":
        return isinstance(ctx.scopes.decorated(made.call), ast.ClassDef)
    statement = ctx.statement(made.call)
    if isinstance(statement, ast.With | ast.AsyncWith):
        return next(ctx.nodes(ast.Yield, inside=statement), None) is not None
    return bool(how)


def is_put_back(made: Double, ctx: Context) -> bool:
    """Whether a replacement ends with the test, as far as this file shows."""
    if way(made, ctx) != "start":
        return True
    return all(is_stopped(ctx, start) is Undone.YES for start in starts(made.call, ctx))


def answer(made: Double, ctx: Context) -> ast.expr | None:
    """The one expression that the stand-in answers every call with, where it is written down."""
    given = ctx.keyword(made.call, "return_value")
    if given:
        return given.value
    effect = ctx.keyword(made.call, "side_effect")
    return answer_of(made.new or (effect.value if effect else None), ctx)


def set_up_to(made: Double, word: str, ctx: Context) -> ast.expr | None:
    """What the one who replaces tells the kept mock: ``return_value`` or ``side_effect``, once."""
    here = ctx.function(made.call)
    told = []
    for assign, target in ctx.assigned(ast.Attribute):
        if target.attr == word and ctx.function(target) is here and _is_kept(made, target, ctx):
            told.append(assign.value)
    return told[0] if len(told) == 1 else None


def _is_kept(made: Double, target: ast.Attribute, ctx: Context) -> bool:
    """Whether *target* is an attribute of the name or ``self.x`` that holds the new mock."""
    statement, kept = ctx.parent(made.call), list[ast.expr | None]()
    if isinstance(statement, ast.withitem):
        kept = [statement.optional_vars]
    if enters(statement):
        statement = ctx.parent(statement) if statement else None
        kept = [*statement.targets] if isinstance(statement, ast.Assign) else []
    elif isinstance(statement, ast.Assign) and made.form == "mocker":
        kept = [*statement.targets]
    for start in starts(made.call, ctx):
        holder = ctx.parent(start)
        kept += holder.targets if isinstance(holder, ast.Assign) else []
    spelled = [ast.dump(each).replace("Store()", "Load()") for each in kept if each]
    return ast.dump(target.value) in spelled


def is_told_otherwise(made: Double, ctx: Context) -> bool:
    """Whether tests of the class tell the kept mock to refuse: ``self.check.return_value = ..``."""
    here = ctx.function(made.call)
    for start in starts(made.call, ctx):
        holder = ctx.parent(start)
        for kept in holder.targets if isinstance(holder, ast.Assign) else []:
            for use in own_attributes(ctx, kept) if is_own(kept) else ():
                told = ctx.parent(use)
                stores = isinstance(told, ast.Attribute) and isinstance(told.ctx, ast.Store)
                if stores and ctx.function(use) is not here:
                    return True
    return False
