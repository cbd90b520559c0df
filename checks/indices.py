"""The nodes of a file by what they say: each index is made when it is first asked, in one pass.

To touch a node costs more than to keep it in a list: where several questions are about the
same nodes, one pass answers them all.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

from checks.names import Names
from checks.tree import Tree


class By(Enum):
    """What nodes can be looked up by."""

    TYPE = "type"
    CALL = "qualified name of a call"
    METHOD = "attribute of a call"
    KEYWORD = "keyword argument"
    VALUE = "qualified name of a value"


# Where a name that is not called is a value.
_HOLDERS = (
    *(ast.Call, ast.keyword, ast.arguments, ast.Assign, ast.AnnAssign, ast.NamedExpr),
    *(ast.List, ast.Tuple, ast.Set, ast.Dict, ast.IfExp, ast.BoolOp, ast.Lambda),
    *(ast.Return, ast.Yield, ast.ClassDef),
)


class Calls(NamedTuple):
    """The calls of a file, each list in source order.

    ``qualified`` are by the name that the function stands for, ``methods`` by the attribute
    and ``plain`` by the name that it is spelled with.
    """

    qualified: dict[str, list[ast.Call]]
    methods: dict[str, list[ast.Call]]
    plain: dict[str, list[ast.Call]]


class Indices:
    """What :class:`checks.context.Context` looks up; all lists are in source order."""

    def __init__(self, tree: Tree, names: Names) -> None:
        self._tree = tree
        self._nodes = tree.nodes
        self._name_of = names.name
        self._telling = names.telling
        seen = tree.seen[tree.module]
        self.literals = seen.literals
        self.attributes = seen.attributes
        self.keywords = seen.keywords
        self.targets = seen.targets
        self.literal_assignments = seen.literal_assignments

    def by(self, by: By) -> Mapping[Any, list[Any]]:
        """The nodes that rules ask for, by what they ask."""
        if by is By.CALL:
            return self.calls.qualified
        if by is By.METHOD:
            return self.calls.methods
        if by is By.VALUE:
            return self.values
        return self.keywords if by is By.KEYWORD else self._tree.by_type

    def asked(self, by: By, keys: Iterable[Any]) -> list[Any]:
        """The nodes that a rule asks for."""
        return list(self._nodes(*keys)) if by is By.TYPE else self.under(keys, self.by(by))

    def under(
        self,
        keys: Iterable[Any],
        *indices: Mapping[Any, list[Any]],
        inside: ast.AST | None = None,
    ) -> list[Any]:
        """The nodes under any of these *keys*, in source order; only below *inside*."""
        found = [index[key] for index in indices for key in keys if key in index]
        if inside is not None:
            found = [self._tree.below(inside, nodes) for nodes in found]
        if len(found) < 2:
            return found[0] if found else []
        return self._tree.in_order([node for nodes in found for node in nodes])

    @cached_property
    def calls(self) -> Calls:
        """The calls by what they are calls of."""
        seen = self._tree.seen[self._tree.module]
        made = Calls(defaultdict(list), seen.methods, seen.plain)
        for call, root in seen.rooted:
            name = self._name_of(call.func) if root in self._telling else None
            if name:
                made.qualified[name].append(call)
        return made

    @cached_property
    def values(self) -> dict[str, list[ast.expr]]:
        """The names and attributes that stand as values, by their qualified names."""
        index: dict[str, list[ast.expr]] = defaultdict(list)
        for node in self._nodes(ast.Name, ast.Attribute):
            name = self._name_of(node)
            if name is not None and isinstance(node.ctx, ast.Load) and self._is_value(node):
                index[name].append(node)
        return index

    def _is_value(self, node: ast.expr) -> bool:
        parent = self._tree.parent(node)
        if isinstance(parent, ast.Call):
            return parent.func is not node
        if isinstance(parent, ast.AnnAssign):
            return parent.value is node
        if isinstance(parent, ast.ClassDef):
            return node in parent.bases
        return isinstance(parent, _HOLDERS)
