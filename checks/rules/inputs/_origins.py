"""Where a value comes from: made by the test, from outside of it, or unknown.

What a rule of this category asks. A test controls its literals and what it makes of
them; files it did not write, responses, the environment and the output of other
programs it does not.
"""

import ast
from collections.abc import Iterable

from checks.context import Context
from checks.rules.cleanup._temporary import attribute_values
from checks.rules.inputs._sources import (
    FILE,
    FIXTURES,
    HARMLESS,
    MADE,
    MODULE_OWN,
    NETWORK,
    OPENERS,
    PATH_METHODS,
    PAYLOADS,
    PROGRAM,
    READS,
    RESPONSE,
    SOURCES,
    TRANSPARENT,
    UNKNOWN,
    Data,
    Origin,
)
from checks.rules.inputs._written import is_written_here
from checks.tree import DEFINITIONS, FUNCTIONS, Function

_PATHS = ("os.path.", "pathlib.")
_DEPTH = 40
_CALLS = 40


def origin(ctx: Context, node: ast.AST | None, *, trust_paths: bool = False) -> Data:
    """Where the value of an expression comes from. The worst of its parts decides.

    With *trust_paths*, a path of this machine is the test's own, also where the file does
    not show which one it is.
    """
    return _Trace(ctx, trust_paths=trust_paths).of(node, 0)


class _Trace:
    """One question: each expression is looked at once, so that loops and fans end."""

    def __init__(self, ctx: Context, *, trust_paths: bool) -> None:
        self.ctx = ctx
        self.trust_paths = trust_paths
        self.seen: set[ast.AST] = set()

    def of(self, node: ast.AST | None, depth: int = 0) -> Data:
        if node is None or isinstance(node, ast.Constant):
            return MADE
        if node in self.seen:
            return MADE
        self.seen.add(node)
        if depth > _DEPTH:
            return UNKNOWN
        if isinstance(node, ast.Name):
            return self._of_name(node, depth)
        if isinstance(node, ast.Attribute):
            return self._of_attribute(node, depth)
        if isinstance(node, ast.Call):
            return self._of_call(node, depth)
        if isinstance(node, ast.Subscript | ast.Starred | ast.Await | ast.FormattedValue):
            return self.of(node.value, depth + 1)
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            return self.of(node.elt, depth + 1)
        if isinstance(node, ast.IfExp):
            return self.worst([node.body, node.orelse], depth)
        if isinstance(node, ast.Compare | ast.Lambda):
            return MADE
        return self.worst([n for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)], depth)

    def worst(self, parts: Iterable[ast.AST], depth: int) -> Data:
        return max((self.of(p, depth + 1) for p in parts), key=lambda d: d.origin, default=MADE)

    def _of_name(self, node: ast.Name, depth: int) -> Data:
        bindings = self.ctx.names.bindings(node)
        if not bindings:
            known = self.ctx.name(node) or node.id in MODULE_OWN
            return SOURCES.get(self.ctx.name(node) or "", MADE if known else UNKNOWN)
        found = [self._of_binding(binding, depth) for binding in bindings[:_CALLS]]
        return max(found, key=lambda data: data.origin)

    def _of_binding(self, binding: ast.AST, depth: int) -> Data:
        if isinstance(binding, ast.arg):
            return self._of_parameter(binding, depth)
        holder = self.ctx.parent(binding)
        while isinstance(holder, ast.Tuple | ast.List | ast.Starred):
            holder = self.ctx.parent(holder)
        if isinstance(holder, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
            return self.of(holder.value, depth + 1)
        if isinstance(holder, ast.For | ast.AsyncFor | ast.comprehension):
            return self.of(holder.iter, depth + 1)
        if isinstance(holder, ast.withitem):
            return self.of(holder.context_expr, depth + 1)
        if isinstance(binding, DEFINITIONS):
            return MADE
        return UNKNOWN

    def _of_parameter(self, argument: ast.arg, depth: int) -> Data:
        """What callers in this file, a fixture of this file or ``parametrize`` hand in."""
        function = self.ctx.function(argument)
        if argument.arg in FIXTURES:
            return MADE
        if function is None or argument.arg in {"self", "cls"}:
            return UNKNOWN if function is None else MADE
        if any(argument.arg in _parametrized(self.ctx, d) for d in function.decorator_list):
            return MADE
        if self.ctx.scopes.is_test(function) or self.ctx.scopes.fixture(function):
            return self._of_fixture(argument.arg, depth)
        calls = _calls_of(self.ctx, function)
        handed = [e for call in calls if (e := _handed(self.ctx, call, function, argument))]
        complete = bool(calls) and len(handed) == len(calls)
        return self.worst(handed, depth) if complete else UNKNOWN

    def _of_fixture(self, name: str, depth: int) -> Data:
        for statement in self.ctx.tree.module.body:
            if isinstance(statement, FUNCTIONS) and statement.name == name:
                given = [
                    n.value
                    for n in self.ctx.nodes(ast.Return, ast.Yield, inside=statement)
                    if n.value
                ]
                return self.worst(given, depth)
        return UNKNOWN

    def _of_attribute(self, node: ast.Attribute, depth: int) -> Data:
        qualified = self.ctx.name(node)
        if qualified:
            return SOURCES.get(qualified, MADE)
        values = attribute_values(self.ctx, node)
        if values:
            return self.worst(values, depth)
        data = self.of(node.value, depth + 1)
        if data.origin is Origin.UNKNOWN and node.attr in PAYLOADS and _is_response(node.value):
            return NETWORK
        of_self = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
        return UNKNOWN if of_self else data

    def _of_call(self, call: ast.Call, depth: int) -> Data:
        name = self.ctx.name(call.func)
        if name in OPENERS:
            return MADE if is_written_here(self.ctx, call) else FILE
        if name in SOURCES:
            return _of_source(self.ctx, call, SOURCES[name])
        if name in HARMLESS:
            return MADE
        parts = [*call.args, *(keyword.value for keyword in call.keywords)]
        if name:
            given = self.worst(parts, depth)
            if self.trust_paths and name.startswith(_PATHS) and given is UNKNOWN:
                return MADE
            return given if _is_transparent(name) or given.origin is Origin.OUTSIDE else UNKNOWN
        if not isinstance(call.func, ast.Attribute):
            return self._of_result(self.ctx.names.definition(call.func), depth)
        method, receiver = call.func.attr, self.of(call.func.value, depth + 1)
        if method in {"read_text", "read_bytes"}:
            return MADE if is_written_here(self.ctx, call) else FILE
        if method in {"recv", "recvfrom"}:
            return NETWORK
        if (
            method in READS
            or method in PATH_METHODS
            or hasattr(str, method)
            or hasattr(bytes, method)
        ):
            return max(receiver, self.worst(parts, depth), key=lambda d: d.origin)
        return receiver if receiver.origin is Origin.OUTSIDE else UNKNOWN

    def _of_result(self, definition: ast.AST | None, depth: int) -> Data:
        """What a function of this file returns."""
        if not isinstance(definition, FUNCTIONS):
            return UNKNOWN
        returned = [n.value for n in self.ctx.nodes(ast.Return, inside=definition) if n.value]
        return self.worst(returned, depth) if returned else UNKNOWN


def _parametrized(ctx: Context, decorator: ast.expr) -> set[str]:
    if isinstance(decorator, ast.Call) and ctx.name(decorator.func) == "pytest.mark.parametrize":
        names = ctx.argument(decorator, 0, "argnames")
        if isinstance(names, ast.List | ast.Tuple):
            return {ctx.text(n) or "" for n in names.elts}
        return {n.strip() for n in (ctx.text(names) or "").split(",")}
    return set()


def _calls_of(ctx: Context, function: Function) -> list[ast.Call]:
    found = []
    for call in ctx.nodes(ast.Call):
        called = call.func
        if (getattr(called, "id", None) or getattr(called, "attr", None)) == function.name:
            found.append(call)
            if len(found) >= _CALLS:
                break
    return found


def _handed(ctx: Context, call: ast.Call, function: Function, argument: ast.arg) -> ast.expr | None:
    positional = [*function.args.posonlyargs, *function.args.args]
    position = positional.index(argument) if argument in positional else None
    if position is not None and isinstance(call.func, ast.Attribute) and positional:
        position -= positional[0].arg in {"self", "cls"}
    given = ctx.argument(call, position, argument.arg)
    return given or _default(function, argument)


def _default(function: Function, argument: ast.arg) -> ast.expr | None:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = dict(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    keyword = dict(zip(arguments.kwonlyargs, arguments.kw_defaults, strict=False))
    return defaults.get(argument) or keyword.get(argument)


def _is_response(node: ast.expr) -> bool:
    name: str = getattr(node, "id", "") or getattr(node, "attr", "")
    return bool(RESPONSE.search(name))


def _of_source(ctx: Context, call: ast.Call, data: Data) -> Data:
    """What a source gives; a child Python that the test starts prints what the test wrote."""
    if data is PROGRAM:
        around = ctx.function(call) or call
        if any(ctx.name(n) == "sys.executable" for n in ctx.nodes(ast.Attribute, inside=around)):
            return UNKNOWN
    return data


def _is_transparent(name: str) -> bool:
    """Whether a function's result is as good as its arguments."""
    return name in TRANSPARENT or name.startswith((*_PATHS, "tempfile."))
