"""The syntax tree of a file, indexed by one walk in source order.

Nodes are numbered in pre-order, so that a subtree is a range of numbers: asking for
all calls inside a class is two bisections instead of a second walk. The walk keeps
its own stack, because a tree that the parser accepts can be too deep for recursion.
"""

import ast
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from operator import attrgetter
from typing import Any, TypeVar, overload

Node = TypeVar("Node", bound=ast.AST)
Node2 = TypeVar("Node2", bound=ast.AST)
Node3 = TypeVar("Node3", bound=ast.AST)

# What a field of the grammar can hold that has no place of its own.
_PLACELESS = "identifier string int constant expr_context boolop operator unaryop cmpop"
_WITHOUT_PLACE = frozenset(_PLACELESS.split())
_FIELD = re.compile(r"(\w+)[*?]? (\w+)")

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)


def _children(kind: type[ast.AST]) -> list[str]:
    """The fields in which a node of this type holds others, last first, as a stack wants them.

    The grammar is that of the running Python, as the class itself documents it:
    ``Call(expr func, expr* args, keyword* keywords)``.
    """
    fields = _FIELD.findall(kind.__doc__ or "")
    return [name for held, name in reversed(fields) if held not in _WITHOUT_PLACE]


_FIELDS = {
    kind: _children(kind)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
_ONE: dict[type[ast.AST], Any] = {
    kind: attrgetter(*fields) for kind, fields in _FIELDS.items() if len(fields) == 1
}
_SEVERAL: dict[type[ast.AST], Any] = {
    kind: attrgetter(*fields) for kind, fields in _FIELDS.items() if len(fields) > 1
}


class Seen:
    """What the walk notes of a module's nodes while it is at them, all in source order.

    To come back for it would cost as much again: most of the time goes into fetching the nodes.
    """

    def __init__(self) -> None:
        self.identifiers: set[str] = set()
        """The names that are read, bound or deleted."""
        self.bound: list[ast.Name] = []
        """The names that are bound or deleted."""
        self.literals: dict[type, dict[Any, list[ast.Constant]]] = defaultdict(_lists)
        """The constants by their type and their value."""
        self.attributes: dict[str, list[ast.Attribute]] = _lists()
        """The attributes by their name."""
        self.keywords: dict[str, list[ast.keyword]] = _lists()
        """The keyword arguments by their name; those of ``**`` are left out."""
        self.methods: dict[str, list[ast.Call]] = _lists()
        """The calls of attributes, by the attribute's name, whatever it is an attribute of."""
        self.plain: dict[str, list[ast.Call]] = _lists()
        """The calls of names, by the name as it is spelled."""
        self.rooted: list[tuple[ast.Call, str]] = []
        """The calls of a name, or of an attribute below one, each with that name."""
        self.targets: dict[type[ast.expr], list[tuple[ast.Assign, Any]]] = _lists()
        """The targets of plain assignments by their type, each with its statement."""
        self.literal_assignments: list[ast.Assign] = []
        """The plain assignments of a constant."""


def _lists() -> Any:
    return defaultdict(list)


class Tree:
    """The index of one module: parents, subtrees and nodes by type.

    Supporting modules can be added behind it. Their nodes are asked about like its own,
    but never among ``nodes()`` of the whole.
    """

    def __init__(self, module: ast.Module) -> None:
        self.module = module
        self._order: list[ast.AST] = []
        self._number: dict[ast.AST, int] = {}
        self._parent: list[int] = []
        self._ends: dict[ast.AST, int] = {}
        self.by_type: dict[type[ast.AST], list[Any]] = _lists()
        self.seen: dict[ast.Module, Seen] = {}
        self.add(module)
        self._is_alone = True

    def add(self, module: ast.Module) -> None:
        """Index one more module."""
        first = len(self._order)
        # Who is going through the nodes of the file must not come to another one's.
        kept = {kind: nodes[:] for kind, nodes in self.by_type.items()}
        self.by_type = defaultdict(list, kept)
        self.seen[module] = Seen()
        self._walk(module, self.seen[module])
        self._is_alone = False
        self._ends[module] = len(self._order)
        numbers = range(first, len(self._order))
        self._number |= zip(self._order[first:] if first else self._order, numbers, strict=True)

    def _walk(self, module: ast.Module, seen: Seen) -> None:  # noqa: C901  # the one loop over all nodes
        order, parents, by_type = self._order, self._parent, self.by_type
        names, constants = by_type[ast.Name], by_type[ast.Constant]
        attributes, calls = by_type[ast.Attribute], by_type[ast.Call]
        keywords, assigns = by_type[ast.keyword], by_type[ast.Assign]
        identifiers, literals = seen.identifiers, seen.literals
        stack: list[Any] = [module]
        holders = [-1]
        while stack:
            node = stack.pop()
            holder = holders.pop()
            while node is not None:  # A list may have gaps: the keys of ``{**other}``.
                kind = node.__class__
                parents.append(holder)
                holder = len(order)
                order.append(node)
                # Three of four nodes are of these kinds: what is known of them is not looked up.
                if kind is ast.Name:
                    names.append(node)
                    identifiers.add(node.id)
                    if node.ctx.__class__ is not ast.Load:
                        seen.bound.append(node)
                    break
                if kind is ast.Attribute:
                    attributes.append(node)
                    seen.attributes[node.attr].append(node)
                    node = node.value
                    continue
                if kind is ast.Constant:
                    constants.append(node)
                    value = node.value
                    literals[value.__class__][value].append(node)
                    break
                if kind is ast.Call:
                    calls.append(node)
                    if node.keywords:
                        stack += node.keywords[::-1]
                        holders += [holder] * len(node.keywords)
                    if node.args:
                        stack += node.args[::-1]
                        holders += [holder] * len(node.args)
                    called = root = node.func
                    if called.__class__ is ast.Attribute:
                        seen.methods[called.attr].append(node)
                        while root.__class__ is ast.Attribute:
                            root = root.value
                    elif called.__class__ is ast.Name:
                        seen.plain[called.id].append(node)
                    if root.__class__ is ast.Name:
                        seen.rooted.append((node, root.id))
                    node = called
                    continue
                if kind is ast.keyword:
                    keywords.append(node)
                    if node.arg:
                        seen.keywords[node.arg].append(node)
                    node = node.value
                    continue
                if kind is ast.Assign:
                    assigns.append(node)
                    value = node.value
                    if value.__class__ is ast.Constant:
                        seen.literal_assignments.append(node)
                    for target in node.targets:
                        seen.targets[target.__class__].append((node, target))
                    stack += (value, *node.targets[::-1])
                    holders += [holder] * (len(node.targets) + 1)
                    break
                by_type[kind].append(node)
                if kind in _ONE:
                    node = _ONE[kind](node)
                    if node.__class__ is not list:
                        continue
                    stack += node[::-1]
                    holders += [holder] * len(node)
                elif kind in _SEVERAL:
                    before = len(stack)
                    for value in _SEVERAL[kind](node):
                        if value.__class__ is list:
                            stack += value[::-1]
                        elif value is not None:
                            stack.append(value)
                    holders += [holder] * (len(stack) - before)
                break

    @property
    def types(self) -> frozenset[type[ast.AST]]:
        """The node types that occur."""
        return frozenset(kind for kind, nodes in self.by_type.items() if nodes)

    def module_of(self, node: ast.AST) -> ast.Module:
        """The module that holds *node*: the file's own or a supporting one."""
        position = self._number[node]
        while self._parent[position] >= 0:
            position = self._parent[position]
        module = self._order[position]
        assert isinstance(module, ast.Module)
        return module

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
        by_type = self.by_type
        if inside is None and self._is_alone:
            found = [by_type[kind] for kind in types if kind in by_type]
        else:
            outer = inside or self.module
            found = [self.below(outer, by_type[kind]) for kind in types if kind in by_type]
        if len(found) == 1:
            return iter(found[0])
        return iter(self.in_order([node for nodes in found for node in nodes]))

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

    def below(self, outer: ast.AST, nodes: list[Node]) -> list[Node]:
        """Those of *nodes*, which are in pre-order, that stand inside *outer*."""
        number = self._number.__getitem__
        start, stop = self._range(outer)
        first = bisect_left(nodes, start, key=number)
        return nodes[first : bisect_left(nodes, stop, first, key=number)]

    def in_order(self, nodes: list[Node]) -> list[Node]:
        """*nodes* in pre-order."""
        return sorted(nodes, key=self._number.__getitem__)

    def in_body(self, definition: Function | ast.ClassDef, child: ast.AST) -> bool:
        """Whether a direct *child* is a statement of the body, not a decorator, default or base."""
        number, body = self._number, definition.body
        return number[body[0]] <= number[child] <= number[body[-1]]

    def body_range(self, node: ast.AST) -> tuple[int, int]:
        """The numbers (end exclusive) of what is evaluated in the scope that *node* opens.

        Decorators, defaults, annotations and bases belong to the scope around.
        """
        if isinstance(node, DEFINITIONS):
            return self._number[node.body[0]], self._end(node.body[-1])
        if isinstance(node, ast.Lambda):
            return self._range(node.body)
        start, stop = self._range(node)
        return (start if isinstance(node, ast.Module) else start + 1), stop

    def number(self, node: ast.AST) -> int:
        """The place of *node* in pre-order, the module's being 0."""
        return self._number[node]

    def _range(self, node: ast.AST) -> tuple[int, int]:
        return self._number[node], self._end(node)

    def _end(self, node: ast.AST) -> int:
        """The number behind the last node of a subtree."""
        end = self._ends.get(node)
        if end is None:
            last, held = node, _last(node)
            while held is not None:
                last, held = held, _last(held)
            end = self._ends[node] = self._number[last] + 1
        return end


def _last(node: ast.AST) -> Any:
    """The last of the nodes that *node* holds; None where it holds none."""
    for name in _FIELDS[node.__class__]:
        value = getattr(node, name)
        if value.__class__ is list:
            value = next((held for held in reversed(value) if held is not None), None)
        if value is not None:
            return value
    return None
