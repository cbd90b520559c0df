"""Paths in folders that everybody may write to, and the calls that make or write files."""

import ast
import re
from collections.abc import Iterator

from checks.context import Context
from checks.rules._origins import origin
from checks.rules.cleanup._faked import is_faked
from checks.rules.cleanup._restored import called, is_expected_to_fail

_SHARED = re.compile(r"/(tmp|var/tmp|dev/shm)(/|$)")
_WRITES = re.compile(r"[wax+cn]")
_RANDOM = re.compile(r"(?i)uuid|random|token|urandom|rand_name|rand_str|getpid|mktemp|time|hash")
_DEPTH = 8

# Opening calls: where the path stands, where the mode does, and the mode without one.
_OPENS = {
    **dict.fromkeys(("open", "io.open", "codecs.open", "tokenize.open"), (1, "r")),
    **dict.fromkeys(("gzip.open", "bz2.open", "lzma.open", "tarfile.open"), (1, "r")),
    **dict.fromkeys(("zipfile.ZipFile", "gzip.GzipFile", "bz2.BZ2File", "io.FileIO"), (1, "r")),
    "shelve.open": (1, "c"),
    "dbm.open": (1, "r"),
}
_MAKE_LIST = """
os.mkdir os.makedirs os.mkfifo os.mknod sqlite3.connect logging.FileHandler
logging.handlers.RotatingFileHandler logging.handlers.TimedRotatingFileHandler
logging.basicConfig
"""
_MAKES = _MAKE_LIST.split()
_TARGET_LIST = """
shutil.copy shutil.copyfile shutil.copy2 shutil.copytree shutil.move os.rename os.replace
os.link os.symlink
"""
_TARGETS = _TARGET_LIST.split()
_PATH_METHODS = ("write_text", "write_bytes", "mkdir", "touch", "open", "symlink_to")
_PATHS = frozenset(f"pathlib.{name}" for name in ("Path", "PosixPath", "Path.cwd", "Path.home"))
# What of a path is one, too.
_SAME_KIND = frozenset(
    ["parent", "resolve", "absolute", "joinpath", "with_name", "with_suffix", "expanduser"]
)
_FIRST = ("file", "filename", "name", "path", "database")
_CREATING = frozenset({"os.O_CREAT", "os.O_WRONLY", "os.O_RDWR"})


def written_paths(ctx: Context) -> Iterator[tuple[ast.Call, ast.expr]]:
    """The calls that create or write a file or folder, each with the path it is given."""
    for call in ctx.calls(*_OPENS):
        position, default = _OPENS[ctx.call_name(call) or ""]
        given = ctx.argument(call, position, "mode") or ctx.argument(call, None, "flag")
        if _WRITES.search(ctx.text(given) or default):
            yield from _first(ctx, call)
    for call in ctx.calls("os.open"):
        flags = ctx.argument(call, 1, "flags")
        used = ctx.nodes(ast.Attribute, ast.Name, inside=flags) if flags else ()
        if any(ctx.name(part) in _CREATING for part in used):
            yield from _first(ctx, call)
    for call in ctx.calls(*_MAKES):
        yield from _first(ctx, call)
    for call in ctx.calls(*_TARGETS):
        target = ctx.argument(call, 1, "dst")
        if target is not None:
            yield call, target
    yield from _by_methods(ctx)
    for call in ctx.method_calls("bind"):
        if len(call.args) == 1 and ctx.text(call.args[0]):
            yield call, call.args[0]  # Only a socket of this machine is bound to a text.


def _first(ctx: Context, call: ast.Call) -> Iterator[tuple[ast.Call, ast.expr]]:
    """The call with its path, which each of these calls names in its own way."""
    for name in _FIRST:
        path = ctx.argument(call, 0, name)
        if path is not None:
            yield call, path
            return


def _by_methods(ctx: Context) -> Iterator[tuple[ast.Call, ast.expr]]:
    for call in ctx.method_calls(*_PATH_METHODS):
        if isinstance(call.func, ast.Attribute) and is_path(ctx, call.func.value):
            mode = ctx.text(ctx.argument(call, 0, "mode")) or "r"
            if call.func.attr != "open" or _WRITES.search(mode):
                yield call, call.func.value


def is_path(ctx: Context, node: ast.AST | None, depth: int = 0) -> bool:
    """Whether an expression is a ``pathlib.Path``, ``/`` and pytest's ``tmp_path`` included."""
    if node is None or depth > _DEPTH:
        return False
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return is_path(ctx, node.left, depth + 1)
    if isinstance(node, ast.Call) and (ctx.name(node.func) or "").startswith("pathlib."):
        return ctx.name(node.func) in _PATHS
    maker = node.func if isinstance(node, ast.Call) else node
    if isinstance(maker, ast.Attribute) and maker.attr in _SAME_KIND:
        return is_path(ctx, maker.value, depth + 1)
    if isinstance(node, ast.Call):
        return False
    if isinstance(node, ast.Name) and node.id == "tmp_path" and ctx.names.is_parameter(node):
        return True
    return is_path(ctx, origin(ctx, node), depth + 1)


def shared_path(ctx: Context, node: ast.AST | None) -> ast.Constant | None:
    """The literal with which a path begins, where it names one of the shared folders."""
    for _ in range(_DEPTH):
        if isinstance(node, ast.Constant):
            shared = isinstance(node.value, str) and _SHARED.match(node.value)
            return node if shared else None
        if isinstance(node, ast.BinOp):
            node = node.left
        elif isinstance(node, ast.JoinedStr):
            node = node.values[0] if node.values else None
        elif isinstance(node, ast.FormattedValue):
            node = node.value
        elif isinstance(node, ast.Call) and called(node) == "format":
            node = getattr(node.func, "value", None)
        elif isinstance(node, ast.Call) and node.args:
            joins = ctx.name(node.func) in {"os.path.join", "pathlib.Path", "str", "os.fspath"}
            node = node.args[0] if joins else None
        else:
            node = origin(ctx, node)
    return None


def is_made_up(ctx: Context, call: ast.Call, path: ast.expr) -> bool:
    """Whether nothing is written there: the call is faked, or fails; or the name is random."""
    if is_faked(ctx, call) or is_expected_to_fail(ctx, call) or ctx.is_expectation(call):
        return True
    parts = [path, ctx.origin(path)]
    return any(
        _RANDOM.search(called(part))
        for each in parts
        if each is not None
        for part in ctx.nodes(ast.Name, ast.Attribute, inside=each)
    )
