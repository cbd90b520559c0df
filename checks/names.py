"""Names -> what they stand for: imports, parameters, definitions.

A name is resolved as Python would: in its own function, then in the functions around
it, then in the module; class bodies are not seen from their methods. A parameter
shadows an import of the same name, which is why a pytest fixture called ``patch``
is not :func:`unittest.mock.patch`.
"""

import ast
import builtins
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from checks.tree import FUNCTIONS, Function, Tree

_SCOPES = (
    ast.Module,
    *FUNCTIONS,
    ast.ClassDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
_BUILTINS = frozenset(dir(builtins))

# The same thing under another distribution's name.
_ALIASES = {
    "mock": "unittest.mock",
    "mock.mock": "unittest.mock",
    "cPickle": "pickle",
    "_pickle": "pickle",
    "six.moves.cPickle": "pickle",
    "six.moves.builtins": "builtins",
    "subprocess32": "subprocess",
    "eventlet.green.subprocess": "subprocess",
    "eventlet.green.ssl": "ssl",
    "eventlet.green.socket": "socket",
    "gevent.subprocess": "subprocess",
    "posix": "os",
    "nt": "os",
}


@dataclass(slots=True)
class _Scope:
    node: ast.AST
    parent: "_Scope | None"
    imports: dict[str, str] = field(default_factory=dict)
    values: dict[str, list[ast.AST]] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)  # named by global or nonlocal

    def binds(self, name: str) -> bool:
        return name not in self.elsewhere and (name in self.imports or name in self.values)


@lru_cache(4096)
def canonical(name: str) -> str:
    """*name* under the distribution everyone knows: ``mock.patch`` -> ``unittest.mock.patch``."""
    parts = name.split(".")
    for count in (3, 2, 1):
        alias = _ALIASES.get(".".join(parts[:count]))
        if alias:
            name = ".".join([alias, *parts[count:]])
            break
    return name.removeprefix("builtins.")


class Names:
    """What the names of one module stand for."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._roots: dict[ast.AST, str | None] = {}
        self._names: dict[ast.AST, str | None] = {}

    @cached_property
    def _scopes(self) -> dict[ast.AST, _Scope]:
        scopes: dict[ast.AST, _Scope] = {}
        for node in self._tree.nodes(*_SCOPES):
            outer = self._scope_node(node)
            scopes[node] = _Scope(node, scopes[outer] if outer else None)
        for statement in self._tree.nodes(ast.Import, ast.ImportFrom):
            self._bind_import(scopes[self._owner(statement)], statement)
        for declared in self._tree.nodes(ast.Global, ast.Nonlocal):
            scopes[self._owner(declared)].elsewhere.update(declared.names)
        self._bind_parameters(scopes)
        self._bind_values(scopes)
        return scopes

    def _scope_node(self, node: ast.AST) -> ast.AST | None:
        """The node of the scope in which *node* is evaluated; None for the module.

        Decorators, defaults, annotations and bases belong to the scope around the
        definition they stand on.
        """
        child = node
        for outer in self._tree.ancestors(node):
            inside = isinstance(outer, _SCOPES) and not (
                (
                    isinstance(outer, (*FUNCTIONS, ast.ClassDef))
                    and not self._tree.in_body(outer, child)
                )
                or (isinstance(outer, ast.Lambda) and child is outer.args)
            )
            if inside:
                return outer
            child = outer
        return None

    def _owner(self, node: ast.AST) -> ast.AST:
        return self._scope_node(node) or self._tree.module

    def _bind_import(self, scope: _Scope, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if isinstance(node, ast.Import):
                bound = alias.asname or alias.name.partition(".")[0]
                scope.imports[bound] = alias.name if alias.asname else bound
            elif alias.name != "*":
                prefix = "." * node.level + (node.module or "")
                separator = "" if prefix.endswith(".") else "."
                scope.imports[alias.asname or alias.name] = f"{prefix}{separator}{alias.name}"

    def _bind_parameters(self, scopes: dict[ast.AST, _Scope]) -> None:
        for function in self._tree.nodes(*FUNCTIONS, ast.Lambda):
            arguments = function.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            for argument in (*every, arguments.vararg, arguments.kwarg):
                if argument:
                    scopes[function].values.setdefault(argument.arg, []).append(argument)

    def _bind_values(self, scopes: dict[ast.AST, _Scope]) -> None:
        for name in self._tree.nodes(ast.Name):
            if not isinstance(name.ctx, ast.Load):
                scopes[self._owner(name)].values.setdefault(name.id, []).append(name)
        for definition in self._tree.nodes(*FUNCTIONS, ast.ClassDef):
            scope = scopes[self._owner(definition)]
            scope.values.setdefault(definition.name, []).append(definition)
        for handler in self._tree.nodes(ast.ExceptHandler):
            if handler.name:
                scopes[self._owner(handler)].values.setdefault(handler.name, []).append(handler)
        for capture in self._tree.nodes(ast.MatchAs, ast.MatchStar):
            if capture.name:
                scopes[self._owner(capture)].values.setdefault(capture.name, []).append(capture)

    def _lookup(self, node: ast.AST, name: str) -> _Scope | None:
        scope: _Scope | None = self._scopes[self._owner(node)]
        first = True
        while scope:
            hidden = isinstance(scope.node, ast.ClassDef) and not first
            if not hidden and scope.binds(name):
                return scope
            first = first and not isinstance(scope.node, (*FUNCTIONS, ast.Lambda))
            scope = scope.parent
        return None

    def name(self, node: ast.AST | None) -> str | None:
        """The qualified name that an expression stands for, or None.

        ``y.load`` after ``import yaml as y`` is ``yaml.load``; a builtin is its bare
        name (``eval``); a relative import keeps its dots. What is a parameter, a
        local value or an attribute of an object has no qualified name.
        """
        if not isinstance(node, ast.Attribute | ast.Name):
            return None
        if node not in self._names:
            self._names[node] = self._resolved(node)
        return self._names[node]

    def _resolved(self, node: ast.expr) -> str | None:
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        base = self._root(node, 0) if isinstance(node, ast.Name) else None
        return canonical(".".join([base, *reversed(attributes)])) if base else None

    def _root(self, name: ast.Name, depth: int) -> str | None:
        if name in self._roots:
            return self._roots[name]
        scope = self._lookup(name, name.id)
        found: str | None = None
        if scope is None:
            found = name.id if name.id in _BUILTINS else None
        elif name.id in scope.imports:
            found = scope.imports[name.id]
        elif depth < 5:
            value = self._single_value(scope, name.id)
            parts: list[str] = []
            while isinstance(value, ast.Attribute):
                parts.append(value.attr)
                value = value.value
            if isinstance(value, ast.Name) and value is not name:
                base = self._root(value, depth + 1)
                found = ".".join([base, *reversed(parts)]) if base else None
        self._roots[name] = found
        return found

    def _single_value(self, scope: _Scope, name: str) -> ast.expr | None:
        bindings = scope.values.get(name, [])
        if len(bindings) != 1 or name in scope.imports:
            return None
        parent = self._tree.parent(bindings[0])
        if isinstance(parent, ast.Assign) and bindings[0] in parent.targets:
            return parent.value
        if isinstance(parent, ast.AnnAssign | ast.NamedExpr) and parent.target is bindings[0]:
            return parent.value
        return None

    def origin(self, node: ast.AST | None) -> ast.expr | None:
        """The expression a name was assigned, when it is assigned exactly once; else None."""
        if not isinstance(node, ast.Name):
            return None
        scope = self._lookup(node, node.id)
        return self._single_value(scope, node.id) if scope else None

    def bindings(self, node: ast.Name) -> list[ast.AST]:
        """Every place that binds this name in its scope: targets, parameters, definitions."""
        scope = self._lookup(node, node.id)
        return list(scope.values.get(node.id, [])) if scope else []

    def is_parameter(self, node: ast.AST | None) -> bool:
        """Whether an expression is a parameter of a function around it."""
        return isinstance(node, ast.Name) and any(
            isinstance(binding, ast.arg) for binding in self.bindings(node)
        )

    def definition(self, node: ast.AST | None) -> Function | ast.ClassDef | None:
        """The function or class of this module that a name stands for."""
        if not isinstance(node, ast.Name):
            return None
        for binding in reversed(self.bindings(node)):
            if isinstance(binding, (*FUNCTIONS, ast.ClassDef)):
                return binding
        return None
