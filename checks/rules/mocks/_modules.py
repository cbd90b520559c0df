"""``sys.modules``: what is put there, whether it is a stand-in, and whether it goes again."""

import ast

from checks.context import Context
from checks.restoration import is_undone as is_undone_by
from checks.restoration import managers
from checks.rules.mocks._leaks import may_follow
from checks.rules.mocks._patchers import is_mock, is_own, values

_SYS_MODULES = "sys.modules"
_EMPTY_MODULES = frozenset({"types.ModuleType", "types.SimpleNamespace", "imp.new_module", "type"})
_UNDOES = frozenset({"pop", "update", "__delitem__", "clear", "popitem"})
_MISSING = frozenset({"ImportError", "ModuleNotFoundError"})


def is_sys_modules(node: ast.AST | None, ctx: Context) -> bool:
    """Whether an expression is the interpreter's table of modules."""
    return ctx.name(node) == _SYS_MODULES


def is_stand_in(value: ast.AST, ctx: Context) -> bool:
    """Whether a value is certainly no real module: a mock, None, an empty or local thing."""
    given = values(ctx, value) if is_own(value) else []
    made = given[0] if len(given) == 1 else ctx.origin(value) or value
    if isinstance(made, ast.Constant) and made.value is None:
        return True
    if isinstance(ctx.names.definition(made), ast.ClassDef):
        return True
    if not isinstance(made, ast.Call):
        return False
    local = isinstance(ctx.names.definition(made.func), ast.ClassDef)
    return local or is_mock(made, ctx) or ctx.name(made.func) in _EMPTY_MODULES


def is_fallback(node: ast.AST, ctx: Context) -> bool:
    """Whether it happens only where a library is missing, or where the file is a program."""
    for outer in ctx.ancestors(node):
        if isinstance(outer, ast.ExceptHandler):
            kinds = outer.type.elts if isinstance(outer.type, ast.Tuple) else [outer.type]
            if any(ctx.name(kind) in _MISSING for kind in kinds):
                return True
        if isinstance(outer, ast.If):
            tested = ctx.nodes(ast.Name, ast.Attribute, inside=outer.test)
            if any(is_sys_modules(n, ctx) or getattr(n, "id", "") == "__name__" for n in tested):
                return True
    return False


def imported_here(name: str, ctx: Context) -> bool:
    """Whether the file imports the module *name*, or something out of it, at its top."""
    for statement in ctx.nodes(ast.Import, ast.ImportFrom):
        if ctx.function(statement) is not None:
            continue
        if isinstance(statement, ast.Import):
            found = {alias.name for alias in statement.names}
        else:
            home = statement.module or ""
            found = {home, *(f"{home}.{alias.name}" for alias in statement.names)}
        if name in found:
            return True
    return False


def is_undone(node: ast.expr, ctx: Context) -> bool:
    """Whether a patch holds the table around *node*, or something puts back what was there."""
    key = ctx.segment(node.slice) if isinstance(node, ast.Subscript) else ""
    for manager in managers(ctx, node):
        if _holds_table(manager, ctx) or (key and _is_given(key, manager, ctx)):
            return True
    function = ctx.function(node)
    for call in ctx.method_calls("setitem", "delitem", "dict", inside=function):
        if function is not None and _holds_table(call, ctx):
            return True
    if is_undone_by(ctx, node, lambda inner: is_sys_modules(inner, ctx)):
        return True
    # A snapshot that was taken before: ``saved.restore()``.
    back = ctx.method_calls("restore", "undo", inside=function)
    if any(function is not None and ctx.tree.precedes(node, call) for call in back):
        return True
    scope = ctx.class_of(node) or ctx.tree.module
    return any(
        _is_later(table, node, ctx) and _puts_back(table, ctx) and not _is_other(table, node, ctx)
        for table in ctx.nodes(ast.Attribute, ast.Name, inside=scope)
        if is_sys_modules(table, ctx) and not ctx.tree.contains(node, table)
    )


def _is_later(table: ast.expr, node: ast.expr, ctx: Context) -> bool:
    """Whether what is done to *table* may come after *node*: below it, or in other code."""
    if ctx.function(table) is ctx.function(node):
        return ctx.tree.precedes(node, table)
    return may_follow(table, node, ctx)


def _is_other(table: ast.expr, node: ast.expr, ctx: Context) -> bool:
    """Whether *table* is asked for a module that is certainly not the one of *node*."""
    asked, given = _key(table, ctx), _key(node, ctx)
    return bool(asked and given and asked != given)


def _key(node: ast.expr, ctx: Context) -> str:
    """The name of the one module that an item, or a call of a method, of the table is about."""
    holder = ctx.parent(node) if not isinstance(node, ast.Subscript | ast.Call) else node
    if isinstance(holder, ast.Attribute):
        holder = ctx.parent(holder)
    if isinstance(holder, ast.Subscript):
        return ctx.text(holder.slice) or ""
    if not isinstance(holder, ast.Call) or not holder.args:
        return ""
    first = holder.args[0]
    keys = first.keys if isinstance(first, ast.Dict) else [first]
    return (ctx.text(keys[0]) or "") if keys else ""


def _is_given(key: str, manager: ast.expr, ctx: Context) -> bool:
    """Whether a context manager is told the same name: ``uncache(name)``."""
    return isinstance(manager, ast.Call) and any(ctx.segment(a) == key for a in manager.args)


def _holds_table(manager: ast.expr, ctx: Context) -> bool:
    """Whether a context manager, decorator or call is about ``sys.modules``."""
    if isinstance(manager, ast.Call):
        for argument in (*manager.args, *(keyword.value for keyword in manager.keywords)):
            if is_sys_modules(argument, ctx) or ctx.text(argument) == _SYS_MODULES:
                return True
    named = manager.func if isinstance(manager, ast.Call) else manager
    word: str = getattr(named, "attr", "") or getattr(named, "id", "")
    return "module" in word.lower() or "import" in word.lower()


def _puts_back(table: ast.expr, ctx: Context) -> bool:
    """Whether ``sys.modules`` is used here to take a stand-in away or to give a module back."""
    holder = ctx.parent(table)
    if not isinstance(table.ctx if isinstance(table, ast.Name | ast.Attribute) else None, ast.Load):
        return True
    if isinstance(holder, ast.Attribute):
        return holder.attr in _UNDOES
    if not isinstance(holder, ast.Subscript) or isinstance(holder.ctx, ast.Load):
        return False
    statement = ctx.parent(holder)
    return not (isinstance(statement, ast.Assign) and is_stand_in(statement.value, ctx))
