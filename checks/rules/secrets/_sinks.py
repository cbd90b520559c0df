"""The calls that show or keep what they are given."""

import ast

from checks.context import Context
from checks.rules._origins import made_by
from checks.rules.secrets._credentials import called, is_credential_name

_LEVELS = frozenset(
    ["debug", "info", "warning", "warn", "error", "critical", "exception", "log", "fatal"]
)
_PRINTS = frozenset(
    [
        *("print", "pprint.pprint", "pprint.pp", "warnings.warn", "rich.print"),
        *("pytest.fail", "pytest.skip", "pytest.xfail", "pytest.exit", "unittest.SkipTest"),
        *("click.echo", "click.secho", "typer.echo", "AssertionError"),
        *("sys.stdout.write", "sys.stderr.write", "sys.__stdout__.write", "sys.__stderr__.write"),
        *(f"{log}.{level}" for log in ("logging", "loguru.logger") for level in _LEVELS),
    ]
)
_CONSOLES = frozenset({"sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"})
_LOGGERS = frozenset({"getlogger", "get_logger", "getchild"})
_WRAPPERS = frozenset(
    [
        *("str", "repr", "dict", "list", "sorted", "tuple", "json.dumps", "pprint.pformat"),
        *("yaml.dump", "yaml.safe_dump", "copy.copy", "copy.deepcopy"),
    ]
)
_METHODS = frozenset(["format", "join", "copy", "items", "values", "encode", "strip"])
_SHAPES = (
    *(ast.JoinedStr, ast.FormattedValue, ast.BinOp, ast.Tuple, ast.List, ast.Dict, ast.keyword),
    *(ast.Starred, ast.Attribute),
)


def shown_by(node: ast.AST, ctx: Context) -> ast.Call | None:
    """The call that prints or logs what *node* is, as it is or put into a text; else None."""
    call = consumer(node, ctx)
    return call if call and prints(call, ctx) else None


def consumer(node: ast.AST, ctx: Context) -> ast.Call | None:
    """The call that is given the value of *node*, as it is or put into a text or a container."""
    outermost = carried(node, ctx)
    holder = ctx.parent(outermost) if outermost else None
    return holder if isinstance(holder, ast.Call) else None


def carried(node: ast.AST, ctx: Context) -> ast.AST | None:
    """The outermost expression that holds the value of *node*, as it is or put into a text.

    It is the keyword where that expression is handed over by keyword, and None where something
    else is computed from it.
    """
    child = node
    for outer in ctx.ancestors(node):
        if isinstance(outer, ast.Call):
            is_method = called(outer) in _METHODS
            if child is outer.func and not is_method:
                return None
            makes_text = is_method or ctx.call_name(outer) in _WRAPPERS
            if child is not outer.func and (not makes_text or _has_stream(outer, ctx)):
                return child
        elif not isinstance(outer, _SHAPES):
            return child
        child = outer
    return child


def _has_stream(call: ast.Call, ctx: Context) -> bool:
    """Whether a call writes the text that it makes to a file: ``yaml.dump(data, file)``."""
    is_dump = called(call) in {"dump", "safe_dump"}
    return is_dump and ctx.argument(call, 1, "stream") is not None


def prints(call: ast.Call, ctx: Context) -> bool:
    """Whether a call prints or logs its arguments."""
    name = ctx.call_name(call) or ""
    if name in _PRINTS:
        return name != "print" or not prints_into_file(call, ctx)
    function = call.func
    if not isinstance(function, ast.Attribute):
        return False
    holder = str(getattr(function.value, "attr", "") or getattr(function.value, "id", ""))
    if function.attr in {"fail", "skipTest"}:
        return holder == "self"
    if function.attr not in _LEVELS:
        return False
    made = made_by(ctx, function.value)
    if made:
        return called(made).lower() in _LOGGERS
    return holder.lower().strip("_") in {"log", "logger", "logging"}


def prints_into_file(call: ast.Call, ctx: Context) -> bool:
    """Whether a ``print`` goes somewhere else than on the screen."""
    file = ctx.keyword(call, "file")
    return file is not None and ctx.name(file.value) not in _CONSOLES


def sensitive_names(call: ast.Call) -> list[str]:
    """The names of credentials among the arguments of a call (for the strict profile)."""
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    nodes = [node for argument in given for node in ast.walk(argument)]
    names = [str(getattr(node, "attr", "") or getattr(node, "id", "")) for node in nodes]
    return [name for name in names if is_credential_name(name)]
