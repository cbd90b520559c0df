"""Is what is called a stand-in, put there by a patch or fixture around?"""

import ast
from collections.abc import Iterator

from checks.context import Context
from checks.rules.cleanup._restored import called
from checks.scopes import SETUPS
from checks.tree import FUNCTIONS, Function


def is_faked(ctx: Context, call: ast.Call) -> bool:
    """Whether a patch around puts something else in place of what is called."""
    last = called(call)
    for outer in ctx.ancestors(call):
        if isinstance(outer, FUNCTIONS):
            if any(argument.arg in {"fs", "mock_open"} for argument in _arguments(outer)):
                return True
            if _is_patched_object(ctx, outer, ctx.call_name(call)):
                return True
            places: list[ast.AST] = [outer]
        elif isinstance(outer, ast.ClassDef):
            places = [*outer.decorator_list]
            places += [m for m in outer.body if getattr(m, "name", "") in SETUPS]
        else:
            continue
        for text in (text for place in places for text in ctx.nodes(ast.Constant, inside=place)):
            if isinstance(text.value, str) and _names_it(text.value, last):
                return True
    return False


def _is_patched_object(ctx: Context, function: Function, name: str | None) -> bool:
    """Whether the function patches a part of what is called: ``patch.object(Popen, ...)``."""
    return any(
        patch.args and ctx.name(patch.args[0]) == name
        for patch in ctx.method_calls("object", "setattr", inside=function)
    )


def _names_it(text: str, last: str) -> bool:
    return text.rpartition(".")[2] in {last, "subprocess", "socket", "threading"} and (
        "." in text or text == last
    )


def _arguments(function: Function) -> Iterator[ast.arg]:
    yield from function.args.args
    yield from function.args.kwonlyargs
