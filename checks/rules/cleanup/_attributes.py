"""Attributes that tests set on modules, classes and application objects they import."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.rules.cleanup._restored import acts_in_tests, called, is_saved
from checks.rules.mocks._leaks import is_guarded, is_module_or_class, is_reset, is_stand_in
from checks.tree import Function

_SETTINGS = re.compile(r"(?i)(^|_)(app|application|settings?|config|conf)$")
_FAKES = re.compile(
    r"(^|[._])(fakes?|mocks?|stubs?|dummy|tests?|testing|conftest|_?pytest)([._]|$)"
)

_KEPT = re.compile(r"_*(orig|old|saved?|backup|prev)_")
# Their state has rules of its own, as has that of TLS.
_OTHERS = frozenset(
    {
        "os.environ",
        "ssl._create_default_https_context",
        *(f"sys.{name}" for name in ("path", "stdout", "stderr", "stdin", "modules")),
        *(f"sys.{name}" for name in ("excepthook", "displayhook", "unraisablehook")),
    }
)
_FLAG = re.compile(r"_|(is_?)?(init\w*|loaded|ready|done|cached?)$")
# What mocks and the functions of a foreign library are told, once and for all.
_TOLD = frozenset({"return_value", "side_effect", "argtypes", "restype", "errcheck"})


@dataclass(frozen=True)
class Stored:
    """One attribute given a value: where, whose (as a qualified name), which, what."""

    node: ast.expr
    home: str
    owner: ast.expr
    attribute: str
    value: ast.expr


def left(ctx: Context) -> list[Stored]:
    """What tests set on imported things and leave there: the first of each in the file."""
    return ctx.once(_left)


def _left(ctx: Context) -> list[Stored]:
    first: dict[tuple[str, str], Stored] = {}
    for item in _stored(ctx):
        if (item.home, item.attribute) not in first and _is_left(ctx, item):
            first[item.home, item.attribute] = item
    return list(first.values())


def _stored(ctx: Context) -> Iterator[Stored]:
    """Every attribute of something imported that is set: by assignment or ``setattr``."""
    for assign, stored in ctx.assigned(ast.Attribute):
        if _is_imported(ctx, stored.value):
            home = ctx.name(stored.value) or ""
            yield Stored(stored, home, stored.value, stored.attr, assign.value)
    for several, targets in ctx.assigned(ast.Tuple):
        values = several.value.elts if isinstance(several.value, ast.Tuple) else []
        for each, given in zip(targets.elts, values, strict=False):
            if isinstance(each, ast.Attribute) and _is_imported(ctx, each.value):
                yield Stored(each, ctx.name(each.value) or "", each.value, each.attr, given)
    for added in ctx.nodes(ast.AugAssign):
        target = added.target
        if isinstance(target, ast.Attribute) and _is_imported(ctx, target.value):
            home = ctx.name(target.value) or ""
            yield Stored(target, home, target.value, target.attr, added.value)
    for call in ctx.calls("setattr"):
        attribute = ctx.text(call.args[1]) if len(call.args) == 3 else None
        if attribute and _is_imported(ctx, call.args[0]):
            home = ctx.name(call.args[0]) or ""
            yield Stored(call, home, call.args[0], attribute, call.args[2])


def _is_imported(ctx: Context, owner: ast.expr) -> bool:
    root = owner
    while isinstance(root, ast.Attribute):
        root = root.value
    if not isinstance(root, ast.Name) or root.id in {"self", "cls"}:
        return False
    return ctx.name(owner) is not None


def is_settings(home: str) -> bool:
    """Whether a name is that of an application or of its settings."""
    return bool(_SETTINGS.search(home.rpartition(".")[2]))


def _is_left(ctx: Context, item: Stored) -> bool:
    """Whether a test leaves what it stores: not a double, not afresh, not put back."""
    if f"{item.home}.{item.attribute}" in _OTHERS:
        return False
    if item.attribute in _TOLD or _is_of_tests(item.home):
        return False
    if _is_deep(ctx, item.home):
        return False
    if not (item.home == "sys" or is_module_or_class(item.home)) or not acts_in_tests(
        ctx, item.node
    ):
        return False
    if is_stand_in(item.value, ctx) or _is_afresh(ctx, item) or _puts_back(ctx, item):
        return False
    if is_guarded(item.node, item.home, item.attribute, ctx):
        return False
    return not is_reset(item.node, item.home, item.attribute, ctx)


def _is_of_tests(home: str) -> bool:
    """Whether a name is one of the tests' own: a neighbour in their folder, or a fake."""
    beside = home.startswith(".") and not home.startswith("..")
    return beside or bool(_FAKES.search(home.lower()))


def _is_afresh(ctx: Context, item: Stored) -> bool:
    """Whether a value is the one of the beginning: None, empty, new; a private flag off."""
    value = item.value
    if isinstance(value, ast.List | ast.Tuple | ast.Set):
        return not value.elts
    if isinstance(value, ast.Dict):
        return not value.keys
    if isinstance(value, ast.Call):
        made = called(value)
        new = made[:1].isupper() or made in {"dict", "list", "set", "defaultdict", "deque"}
        return new and not value.args and not value.keywords
    if isinstance(value, ast.Constant) and not value.value:
        return value.value is None or bool(_FLAG.match(item.attribute))
    return False


def _puts_back(ctx: Context, item: Stored) -> bool:
    """Whether the value is from before, or the function around resets it by other means.

    It sets the attribute twice, it sees that the attribute is None again, or it throws
    the module away that holds it.
    """
    if is_saved(item.value) or _KEPT.match(item.attribute):
        return True
    function = ctx.function(item.node)
    if function is None or _is_helpers(ctx, item.value, function):
        return True
    if any(_sets_later(ctx, item, call) for call in ctx.calls("setattr", inside=function)):
        return True
    for use in ctx.nodes(ast.Attribute, inside=function):
        if use.attr == "modules":
            return True
        if use.attr != item.attribute or use is item.node:
            continue
        before = ctx.tree.precedes(use, item.node)
        if before and (isinstance(use.ctx, ast.Store) or _is_kept(ctx, use)):
            return True
        if not before and called(ctx.parent(use) or use) == "assertIsNone":
            return True
    return False


def _is_helpers(ctx: Context, value: ast.expr, function: Function) -> bool:
    """Whether a method that is no test sets what its caller gives it, and may take it back."""
    parameter = ctx.names.is_parameter(value)
    return parameter and not ctx.scopes.is_test(function) and not ctx.scopes.fixture(function)


def _sets_later(ctx: Context, item: Stored, call: ast.Call) -> bool:
    named = ctx.text(call.args[1]) if len(call.args) == 3 else None
    return named == item.attribute and ctx.tree.precedes(item.node, call)


def _is_kept(ctx: Context, use: ast.Attribute) -> bool:
    """Whether the old value is kept in a name, most likely to put it back or compare."""
    statement = ctx.statement(use)
    return isinstance(statement, ast.Assign) and ctx.tree.contains(statement.value, use)


def _is_deep(ctx: Context, home: str) -> bool:
    """Whether the owner is an object of a module: a state that can come and go with it.

    What is written in small letters behind an imported module is taken for an object.
    """
    modules = [alias.name for each in ctx.nodes(ast.Import) for alias in each.names]
    modules += [
        f"{each.module}.{alias.name}" for each in ctx.nodes(ast.ImportFrom) for alias in each.names
    ]
    known = [module for module in modules if f"{home}.".startswith(f"{module}.")]
    rest = home[max(map(len, known)) :] if known else ""
    return rest.count(".") > 1 or rest.islower()
