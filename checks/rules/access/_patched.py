"""Calls that reach no file of anybody's: what they call is replaced, or the file system is."""

import ast
from collections.abc import Iterator

from checks.context import Context
from checks.restoration import managers
from checks.rules.cleanup._temporary import is_own_temporary
from checks.scopes import SETUPS
from checks.tree import FUNCTIONS

_FAKE_SYSTEMS = frozenset({"fs", "fs_class", "fs_module", "fs_session"})


def is_replaced(ctx: Context, call: ast.Call, name: str) -> bool:
    """Whether a function, class or set-up around *call* replaces something called *name*.

    *name* is the last part, such as ``chmod``: ``mock.patch("os.chmod")``,
    ``mock.patch.object(os, "chmod")``, ``stub_out("os.chmod", ...)``, ``setattr``. What
    another test of the class replaces is replaced for that test only.
    """
    for outer in ctx.ancestors(call):
        for place in _places(ctx, outer):
            for constant in ctx.nodes(ast.Constant, inside=place):
                text = constant.value
                if (
                    isinstance(text, str)
                    and text.rpartition(".")[2] == name
                    and isinstance(ctx.parent(constant), ast.Call)
                ):
                    return True
    return False


def _places(ctx: Context, outer: ast.AST) -> Iterator[ast.AST]:
    """Where a definition around a call can replace something for it."""
    if isinstance(outer, FUNCTIONS):
        yield outer
    elif isinstance(outer, ast.ClassDef):
        yield from outer.decorator_list
        for method in outer.body:
            if isinstance(method, FUNCTIONS) and (
                method.name in SETUPS or ctx.scopes.is_autouse(method)
            ):
                yield method


def is_elsewhere(ctx: Context, call: ast.Call) -> bool:
    """Whether a call works on a file system or a working directory of the test's own.

    The fixture or base of pyfakefs, ``isolated_filesystem()``, and for a relative path
    a function that changes into a temporary folder.
    """
    for manager in managers(ctx, call):
        made = manager.func if isinstance(manager, ast.Call) else manager
        if getattr(made, "attr", "") == "isolated_filesystem":
            return True
    function, definition = ctx.function(call), ctx.class_of(call)
    arguments = function.args.args if function is not None else []
    if any(argument.arg in _FAKE_SYSTEMS for argument in arguments):
        return True
    bases = ctx.scopes.bases(definition) if definition is not None else []
    if any(isinstance(base, str) and "fake_filesystem" in base for base in bases):
        return True
    return _is_relative(ctx, call) and any(
        change.args and is_own_temporary(ctx, change.args[0])
        for change in (*ctx.method_calls("chdir"), *ctx.calls("os.chdir"))
        if function is not None and ctx.tree.contains(function, change)
    )


def _is_relative(ctx: Context, call: ast.Call) -> bool:
    """Whether the path is written here without a folder to start from."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    given = owner if isinstance(owner, ast.Call) else call
    path = ctx.text(given.args[0]) if given.args else None
    return path is not None and not path.startswith(("/", "~"))
