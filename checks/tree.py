"""One syntax tree, indexed by one walk in source order.

Nodes are numbered in pre-order, so that a subtree is a range of numbers: asking for
all calls inside a class is two bisections instead of a second walk. The walk keeps
its own stack, because a tree that the parser accepts can be too deep for recursion.
"""

import ast
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from typing import Any, TypeVar, overload

Node = TypeVar("Node", bound=ast.AST)
Node2 = TypeVar("Node2", bound=ast.AST)
Node3 = TypeVar("Node3", bound=ast.AST)

# Shared singletons that carry no place of their own.
_WITHOUT_PLACE = (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)

_LEAVES = frozenset({ast.Name, ast.Constant, ast.Pass, ast.Break, ast.Continue, ast.alias})

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly below *node*, last field first, as a stack wants them."""
    children: list[ast.AST] = []
    for field in reversed(node._fields):
        value = getattr(node, field, None)
        if value.__class__ is list:
            children += [item for item in reversed(value) if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST) and not isinstance(value, _WITHOUT_PLACE):
            children.append(value)
    return children


class Tree:
    """The index of one module: parents, subtrees and nodes by type."""

    def __init__(self, module: ast.Module) -> None:
        self.module = module
        self._order: list[ast.AST] = []
        self._number: dict[ast.AST, int] = {}
        self._parent: list[int] = []
        self._by_type: dict[type[ast.AST], list[int]] = {}
        self._walk()
        self._size = self._sizes()

    def _walk(self) -> None:
        order, number, parents, by_type = self._order, self._number, self._parent, self._by_type
        stack: list[tuple[ast.AST, int]] = [(self.module, -1)]
        while stack:
            node, parent = stack.pop()
            position = len(order)
            order.append(node)
            parents.append(parent)
            number[node] = position
            kind = node.__class__
            if kind in by_type:
                by_type[kind].append(position)
            else:
                by_type[kind] = [position]
            if kind not in _LEAVES:
                stack += [(child, position) for child in _children(node)]

    def _sizes(self) -> list[int]:
        sizes = [1] * len(self._order)
        for position in range(len(sizes) - 1, 0, -1):
            sizes[self._parent[position]] += sizes[position]
        return sizes

    @property
    def types(self) -> frozenset[type[ast.AST]]:
        """The node types that occur."""
        return frozenset(self._by_type)

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node that holds *node*; None for the module."""
        position = self._parent[self._number[node]]
        return self._order[position] if position >= 0 else None

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The parents of *node*, nearest first, the module last."""
        position = self._parent[self._number[node]]
        while position >= 0:
            yield self._order[position]
            position = self._parent[position]

    @overload
    def nodes(self, kind: type[Node], /, *, inside: ast.AST | None = None) -> Iterator[Node]: ...

    @overload
    def nodes(
        self, kind: type[Node], kind2: type[Node2], /, *, inside: ast.AST | None = None
    ) -> Iterator[Node | Node2]: ...

    @overload
    def nodes(
        self,
        kind: type[Node],
        kind2: type[Node2],
        kind3: type[Node3],
        /,
        *,
        inside: ast.AST | None = None,
    ) -> Iterator[Node | Node2 | Node3]: ...

    @overload
    def nodes(self, *types: type[Any], inside: ast.AST | None = None) -> Iterator[Any]: ...

    def nodes(self, *types: type[Any], inside: ast.AST | None = None) -> Iterator[Any]:
        """All nodes of these exact types, in pre-order; only below *inside* (itself included)."""
        if inside is None and len(types) == 1:
            return iter(self._typed.get(types[0], ()))
        start, stop = self._range(inside or self.module)
        found: list[int] = []
        for kind in types:
            positions = self._by_type.get(kind, [])
            found += positions[bisect_left(positions, start) : bisect_left(positions, stop)]
        if len(types) > 1:
            found.sort()
        return map(self._order.__getitem__, found)

    @cached_property
    def _typed(self) -> dict[type[ast.AST], list[ast.AST]]:
        at = self._order.__getitem__
        return {kind: list(map(at, positions)) for kind, positions in self._by_type.items()}

    def inside(self, outer: ast.AST) -> Iterator[ast.AST]:
        """All nodes below *outer*, itself included, in pre-order."""
        start, stop = self._range(outer)
        return iter(self._order[start:stop])

    def contains(self, outer: ast.AST, node: ast.AST) -> bool:
        """Whether *node* is *outer* or stands inside it."""
        start, stop = self._range(outer)
        return start <= self._number[node] < stop

    def precedes(self, node: ast.AST, other: ast.AST) -> bool:
        """Whether *node* comes before *other* in pre-order."""
        return self._number[node] < self._number[other]

    def in_order(self, nodes: list[Node]) -> list[Node]:
        """*nodes* in pre-order."""
        return sorted(nodes, key=self._number.__getitem__)

    def in_body(self, definition: Function | ast.ClassDef, child: ast.AST) -> bool:
        """Whether a direct *child* is a statement of the body, not a decorator, default or base."""
        number, body = self._number, definition.body
        return number[body[0]] <= number[child] <= number[body[-1]]

    def _range(self, node: ast.AST) -> tuple[int, int]:
        start = self._number[node]
        return start, start + self._size[start]
