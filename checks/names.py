"""Names -> what they stand for: imports, parameters, definitions.

A name is resolved as Python would: in its own function, then in the functions around
it, then in the module; class bodies are not seen from their methods. A parameter
shadows an import of the same name, which is why a pytest fixture called ``patch``
is not :func:`unittest.mock.patch`.
"""

import ast
import builtins
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from checks.tree import DEFINITIONS, FUNCTIONS, Function, Tree

_SCOPES = (
    ast.Module,
    *DEFINITIONS,
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
    "pyOpenSSL": "OpenSSL",
    "nt": "os",
}

# What `from x import *` binds, of modules that tests are written with so.
_STARS = {
    "unittest.mock": frozenset(
        {
            "ANY",
            "AsyncMock",
            "DEFAULT",
            "MagicMock",
            "Mock",
            "NonCallableMagicMock",
            "NonCallableMock",
            "PropertyMock",
            "ThreadingMock",
            "call",
            "create_autospec",
            "mock_open",
            "patch",
            "seal",
            "sentinel",
        }
    )
}


@dataclass(slots=True)
class _Scope:
    node: ast.AST
    stop: int  # the number behind the last node that is evaluated in it
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
        self._starts: list[int] = []
        self._scopes: list[_Scope] = []
        # The names that can have a qualified one; all others are told at a glance.
        self.telling = set(_BUILTINS)
        self._unbound = set(_BUILTINS)
        # What is imported at the top and bound nowhere else is the same everywhere.
        self._everywhere: dict[str, str] = {}
        self.add(tree.module)

    def add(self, module: ast.Module) -> None:
        """Bind the names of a module that the tree holds."""
        opened = sorted(
            ((*self._tree.body_range(node), node) for node in self._nodes(module, *_SCOPES)),
            key=lambda scope: scope[0],
        )
        scopes: dict[ast.AST, _Scope] = {}
        around: _Scope | None = None
        for start, stop, node in opened:
            while around and start >= around.stop:
                around = around.parent
            scopes[node] = around = _Scope(node, stop, around)
            self._starts.append(start)
            self._scopes.append(around)
        for statement in self._nodes(module, ast.Import, ast.ImportFrom):
            self._bind_import(self._scope(statement), statement)
        for declared in self._nodes(module, ast.Global, ast.Nonlocal):
            self._scope(declared).elsewhere.update(declared.names)
        self._bind_parameters(module, scopes)
        self._bind_values(module)
        outermost, *others = scopes.values()
        bound_again = outermost.elsewhere.union(outermost.values)
        for scope in others:
            bound_again.update(scope.imports, scope.values)
        self.telling.update(*(scope.imports for scope in scopes.values()))
        self._unbound.difference_update(outermost.imports, bound_again)
        self._everywhere = {
            name: imported
            for name, imported in outermost.imports.items()
            if name not in bound_again and module is self._tree.module
        }
        for alias in self._nodes(module, ast.Assign, ast.AnnAssign, ast.NamedExpr):
            if isinstance(alias.value, ast.Name | ast.Attribute):
                targets = alias.targets if isinstance(alias, ast.Assign) else [alias.target]
                self.telling.update(t.id for t in targets if isinstance(t, ast.Name))

    def _nodes(self, module: ast.Module, *types: type[Any]) -> Iterator[Any]:
        return self._tree.nodes(*types, inside=module)

    def _scope(self, node: ast.AST) -> _Scope:
        """The scope in which *node* is evaluated."""
        number = self._tree.number(node)
        scope = self._scopes[bisect_right(self._starts, number) - 1]
        while number >= scope.stop:
            assert scope.parent is not None
            scope = scope.parent
        return scope

    def _bind_import(self, scope: _Scope, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if isinstance(node, ast.Import):
                bound = alias.asname or alias.name.partition(".")[0]
                scope.imports[bound] = alias.name if alias.asname else bound
            elif alias.name != "*":
                prefix = "." * node.level + (node.module or "")
                separator = "" if prefix.endswith(".") else "."
                scope.imports[alias.asname or alias.name] = f"{prefix}{separator}{alias.name}"
            else:
                home = canonical(node.module or "")
                known = () if node.level else _STARS.get(home, ())
                scope.imports.update({name: f"{home}.{name}" for name in known})

    def _bind_parameters(self, module: ast.Module, scopes: dict[ast.AST, _Scope]) -> None:
        for function in self._nodes(module, *FUNCTIONS, ast.Lambda):
            arguments = function.args
            values = scopes[function].values
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            for argument in (*every, arguments.vararg, arguments.kwarg):
                if argument:
                    values.setdefault(argument.arg, []).append(argument)

    def _bind_values(self, module: ast.Module) -> None:
        for name in self._tree.seen[module].bound:
            self._scope(name).values.setdefault(name.id, []).append(name)
        for definition in self._nodes(module, *DEFINITIONS):
            self._scope(definition).values.setdefault(definition.name, []).append(definition)
        for handler in self._nodes(module, ast.ExceptHandler):
            if handler.name:
                self._scope(handler).values.setdefault(handler.name, []).append(handler)
        for capture in self._nodes(module, ast.MatchAs, ast.MatchStar):
            if capture.name:
                self._scope(capture).values.setdefault(capture.name, []).append(capture)

    def _lookup(self, node: ast.AST, name: str) -> _Scope | None:
        scope: _Scope | None = self._scope(node)
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
        base: Any = node
        while base.__class__ is ast.Attribute:
            base = base.value
        if base.__class__ is not ast.Name or base.id not in self.telling or node is None:
            return None
        if node not in self._names:
            self._names[node] = self._resolved(node)
        return self._names[node]

    def _resolved(self, node: Any) -> str | None:
        name = ""
        while node.__class__ is ast.Attribute:
            name = f".{node.attr}{name}"
            node = node.value
        base = self._root(node, 0)
        return canonical(base + name) if base else None

    def _root(self, name: ast.Name, depth: int) -> str | None:
        if name.id in self._unbound:
            return name.id
        if name.id in self._everywhere:
            return self._everywhere[name.id]
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

    def member(self, module: ast.Module, name: str) -> Function | ast.ClassDef | str | None:
        """What *name* is at the top of a module: a definition, or what it was imported as."""
        scope = self._scope(module)
        for binding in reversed(scope.values.get(name, [])):
            if isinstance(binding, DEFINITIONS):
                return binding
        if name in scope.imports:
            return scope.imports[name]
        return self.name(self._single_value(scope, name))

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
            if isinstance(binding, DEFINITIONS):
                return binding
        return None
