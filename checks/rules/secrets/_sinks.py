"""Credentials of the environment, and the calls that show or keep what they are given."""

import ast
import re

from checks.context import Context
from checks.rules.secrets._credentials import called, is_credential_name

_READS = ("os.getenv", "os.environ.get", "os.environ.pop", "os.environ.__getitem__")
# A variable of the environment by such a name holds the thing itself, not how it is called.
_VARIABLE = re.compile(
    r"(\w+_)?(token|pat|secret|credentials|private_key|client_key|service_key)(_(\w|prod|live|\d+))?",
    re.IGNORECASE,
)
_ASKS = ("getpass.getpass", "keyring.get_password")
_LEVELS = frozenset(
    ["debug", "info", "warning", "warn", "error", "critical", "exception", "log", "fatal"]
)
_PRINTS = frozenset(
    [
        *("print", "pprint.pprint", "pprint.pp", "warnings.warn", "rich.print", "pytest.fail"),
        *("sys.stdout.write", "sys.stderr.write", "sys.__stdout__.write", "sys.__stderr__.write"),
        *(f"logging.{level}" for level in _LEVELS),
    ]
)
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


def secrets_read(ctx: Context) -> tuple[tuple[ast.expr, str], ...]:
    """The places where a real credential stands: its read, and the names that hold it.

    Variables that the file itself sets are not real ones.
    """
    reads: dict[ast.AST, str] = {}
    for call in ctx.calls(*_READS):
        _note(reads, call, call.args[0] if call.args else None, ctx)
    for item in ctx.nodes(ast.Subscript) if "environ" in ctx.source.text else ():
        if isinstance(item.ctx, ast.Load) and ctx.name(item.value) == "os.environ":
            _note(reads, item, item.slice, ctx)
    reads.update(dict.fromkeys(ctx.calls(*_ASKS), "the password"))
    if not reads:
        return ()
    held = [
        (name, reads[origin])
        for name in ctx.nodes(ast.Name)
        if isinstance(name.ctx, ast.Load) and (origin := ctx.origin(name)) in reads and origin
    ]
    return (*((node, name) for node, name in reads.items() if isinstance(node, ast.expr)), *held)


def _note(reads: dict[ast.AST, str], node: ast.expr, key: ast.expr | None, ctx: Context) -> None:
    name = ctx.text(key)
    if (
        name
        and (is_credential_name(name) or _VARIABLE.fullmatch(name))
        and not _is_set(name, key, ctx)
    ):
        reads[node] = name


def _is_set(name: str, key: ast.expr | None, ctx: Context) -> bool:
    """Whether the file speaks of the variable anywhere but where it is read."""
    for constant in ctx.nodes(ast.Constant):
        if constant.value == name and constant is not key:
            holder = ctx.parent(constant)
            read = isinstance(holder, ast.Call) and ctx.call_name(holder) in _READS
            if isinstance(holder, ast.Subscript):
                read = isinstance(holder.ctx, ast.Load)
            if not read and not isinstance(holder, ast.Compare):
                return True
    return any(keyword.arg == name for keyword in ctx.nodes(ast.keyword))


def shown_by(node: ast.AST, ctx: Context) -> ast.Call | None:
    """The call that prints or logs what *node* is, as it is or put into a text; else None."""
    call = consumer(node, ctx)
    return call if call and prints(call, ctx) else None


def consumer(node: ast.AST, ctx: Context) -> ast.Call | None:
    """The call that is given the value of *node*, as it is or put into a text or a container."""
    child = node
    for outer in ctx.ancestors(node):
        if isinstance(outer, ast.Call):
            if child is outer.func:
                if called(outer) not in _METHODS:
                    return None
            elif ctx.call_name(outer) not in _WRAPPERS and called(outer) not in _METHODS:
                return outer
        elif not isinstance(outer, _SHAPES):
            return None
        child = outer
    return None


def prints(call: ast.Call, ctx: Context) -> bool:
    """Whether a call prints or logs its arguments."""
    if (ctx.call_name(call) or "") in _PRINTS:
        return True
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in _LEVELS:
        return False
    made = ctx.origin(function.value) or function.value
    if isinstance(made, ast.Call):
        return called(made).lower() == "getlogger"
    holder = str(getattr(function.value, "attr", "") or getattr(function.value, "id", ""))
    return holder.lower().strip("_") in {"log", "logger", "logging"}


def sensitive_names(call: ast.Call) -> list[str]:
    """The names of credentials among the arguments of a call (for the strict profile)."""
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    nodes = [node for argument in given for node in ast.walk(argument)]
    names = [str(getattr(node, "attr", "") or getattr(node, "id", "")) for node in nodes]
    return [name for name in names if is_credential_name(name)]
