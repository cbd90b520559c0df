"""What a rule sees of one file: its source, tree, names and scopes, asked in short words."""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar

from checks.expectations import is_asserted, is_expectation
from checks.indices import Indices
from checks.literals import UNKNOWN, constant, is_literal
from checks.model import Profile
from checks.names import Names
from checks.scopes import Scopes, Span
from checks.source import Source
from checks.supporting import Supporting
from checks.tree import DEFINITIONS, Function, Tree

Answer = TypeVar("Answer")
Target = TypeVar("Target", bound=ast.expr)


class Context:
    """One file under assessment. Rules ask it; nothing in it changes."""

    def __init__(
        self,
        source: Source,
        module: ast.Module,
        profile: Profile,
        supporting: Mapping[str, bytes] = MappingProxyType({}),
        restoring_bases: frozenset[str] = frozenset(),
    ) -> None:
        self.source = source
        self.path = source.path
        self.profile = profile
        self.tree = Tree(module)
        self.names = Names(self.tree)
        self.supporting = Supporting(source.path, supporting, self.tree, self.names)
        self.restoring_bases = restoring_bases
        self.scopes = Scopes(source.path, self.tree, self.names, self.supporting, restoring_bases)
        self.nodes = self.tree.nodes
        self.indices = Indices(self.tree, self.names)
        self._answers: dict[tuple[Any, ...], tuple[Any, bool]] = {}

    def with_supporting(self, sources: Mapping[str, bytes]) -> "Context":
        """The same file with more supporting sources.

        Its tree and its indices are kept, and the answers that no source can change.
        """
        more = copy(self)
        more.supporting = self.supporting.extended(sources)
        more.scopes = Scopes(
            self.path, self.tree, self.names, more.supporting, self.restoring_bases
        )
        more._answers = {key: said for key, said in self._answers.items() if not said[1]}
        return more

    @property
    def strict(self) -> bool:
        """Whether informational kinds are findings too."""
        return self.profile is Profile.STRICT

    def name(self, node: ast.AST | None) -> str | None:
        """The qualified name an expression stands for: ``yaml.load``, ``eval``; or None."""
        return self.names.name(node)

    def call_name(self, node: ast.AST | None) -> str | None:
        """The qualified name of what is called, when *node* is a call; else None."""
        return self.names.name(node.func) if isinstance(node, ast.Call) else None

    def once(self, compute: Callable[..., Answer], *about: ast.AST) -> Answer:
        """What *compute* says of this file, or of nodes of it; it is asked once for each."""
        key = (compute, *about)
        if key not in self._answers:
            before = self.supporting.consulted
            answer = compute(self, *about)
            self._answers[key] = answer, self.supporting.consulted > before
        answer, depends = self._answers[key]
        self.supporting.consulted += depends
        return answer

    @property
    def strings(self) -> Mapping[str, list[ast.Constant]]:
        """The string literals of the file by their text, each in source order."""
        return self.indices.literals[str]

    def strings_where(self, fits: Callable[[str], object]) -> list[ast.Constant]:
        """The string literals for whose text *fits* is true, in source order."""
        return self.indices.under([text for text in self.strings if fits(text)], self.strings)

    @property
    def octets(self) -> Mapping[bytes, list[ast.Constant]]:
        """The bytes literals of the file."""
        return self.indices.literals[bytes]

    @property
    def numbers(self) -> Mapping[int, list[ast.Constant]]:
        """The integer literals of the file, without a sign, each in source order."""
        return self.indices.literals[int]

    @property
    def attributes(self) -> Mapping[str, list[ast.Attribute]]:
        """The attributes of the file by their name, each in source order."""
        return self.indices.attributes

    @property
    def keywords(self) -> Mapping[str, list[ast.keyword]]:
        """The keyword arguments of the file by their name, each in source order."""
        return self.indices.keywords

    def keywords_named(self, *names: str) -> list[ast.keyword]:
        """The keyword arguments of these names, in source order."""
        return self.indices.under(names, self.keywords)

    def assigned(self, kind: type[Target]) -> Sequence[tuple[ast.Assign, Target]]:
        """The targets of this exact type of plain assignments, each with its statement."""
        return self.indices.targets.get(kind, ())

    @cached_property
    def vocabulary(self) -> str:
        """Every identifier and string of the file once, a line each: quick to search.

        Identifiers are as Python reads them: a mathematical ``e`` is an ``e``.
        """
        nodes = self.tree.nodes
        words = {*self.strings, *self.attributes, *self.keywords}
        words |= self.tree.seen[self.tree.module].identifiers
        words |= {node.arg for node in nodes(ast.arg)}
        words |= {node.name for node in nodes(*DEFINITIONS, ast.alias)}
        words |= {octets.decode("latin-1") for octets in self.octets}
        words |= {node.module for node in nodes(ast.ImportFrom) if node.module}
        return "\n".join(words)

    def mentioned(self, words: Iterable[str]) -> set[str]:
        """Those of *words* that occur in an identifier or a string."""
        vocabulary = self.vocabulary
        return {word for word in words if word in vocabulary}

    def mentions(self, words: Iterable[str]) -> bool:
        """Whether one of *words* is :meth:`mentioned`."""
        return bool(self.mentioned(words))

    def calls(self, *names: str, inside: ast.AST | None = None) -> Iterator[ast.Call]:
        """The calls of these qualified names, in source order; only below *inside*."""
        return iter(self.indices.under(names, self.indices.calls.qualified, inside=inside))

    def method_calls(self, *attributes: str, inside: ast.AST | None = None) -> Iterator[ast.Call]:
        """The calls of an attribute of these names, whatever it is an attribute of."""
        return iter(self.indices.under(attributes, self.indices.calls.methods, inside=inside))

    def methods_where(self, fits: Callable[[str], object]) -> Iterator[ast.Call]:
        """The calls of attributes for whose name *fits* is true."""
        return self.method_calls(*[name for name in self.indices.calls.methods if fits(name)])

    def spelled_calls(self, *names: str, inside: ast.AST | None = None) -> Iterator[ast.Call]:
        """The calls whose function is spelled so, as an attribute or by itself: ``x.f``, ``f``."""
        calls = self.indices.calls
        return iter(self.indices.under(names, calls.methods, calls.plain, inside=inside))

    def calls_where(self, fits: Callable[[str], object]) -> Iterator[ast.Call]:
        """The calls for whose function's last name, as it is spelled, *fits* is true."""
        spelled = self.indices.calls.methods.keys() | self.indices.calls.plain.keys()
        return self.spelled_calls(*[name for name in spelled if fits(name)])

    def holds(self, node: ast.AST) -> bool:
        """Whether *node* stands in the file itself, not in a supporting one."""
        return isinstance(node, Span) or self.tree.contains(self.tree.module, node)

    def span(self, line: int, start: int, end: int) -> ast.expr:
        """A place that is no node, such as a comment: bytes *start* to *end* of a line.

        Lines are Python's, 1-based; the columns are 0-based offsets in UTF-8, as in
        :mod:`ast`.
        """
        return Span(lineno=line, col_offset=start, end_lineno=line, end_col_offset=end)

    def keyword(self, call: ast.Call, name: str) -> ast.keyword | None:
        """The keyword argument *name* of a call, or None."""
        return next((k for k in call.keywords if k.arg == name), None)

    def argument(self, call: ast.Call, position: int | None, name: str | None) -> ast.expr | None:
        """The argument given at *position* (0-based) or by *name*; None when it is neither.

        None too when a ``*args`` stands before the position.
        """
        if position is not None and position < len(call.args):
            before = call.args[: position + 1]
            if not any(isinstance(argument, ast.Starred) for argument in before):
                return call.args[position]
        found = self.keyword(call, name) if name else None
        return found.value if found else None

    def literal(self, node: ast.AST | None) -> object:
        """The constant an expression is (names assigned once are followed), or ``UNKNOWN``."""
        return constant(node, self.names)

    def text(self, node: ast.AST | None) -> str | None:
        """The string an expression is, or None."""
        value = constant(node, self.names)
        return value if isinstance(value, str) else None

    def is_true(self, node: ast.AST | None) -> bool:
        """Whether an expression is the literal ``True``."""
        return constant(node, self.names) is True

    def is_false(self, node: ast.AST | None) -> bool:
        """Whether an expression is the literal ``False``."""
        return constant(node, self.names) is False

    def is_literal(self, node: ast.AST | None) -> bool:
        """Whether an expression is built of literals alone, containers included."""
        return is_literal(node, self.names)

    def origin(self, node: ast.AST | None) -> ast.expr | None:
        """The expression a name was assigned, when it is assigned exactly once; else None."""
        return self.names.origin(node)

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node that holds *node*."""
        return self.tree.parent(node)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around *node*, nearest first."""
        return self.tree.ancestors(node)

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that *node* is or belongs to."""
        return self.scopes.statement(node)

    def function(self, node: ast.AST) -> Function | None:
        """The innermost function around *node*."""
        return self.scopes.function(node)

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        """The innermost class around *node*."""
        return self.scopes.class_of(node)

    def segment(self, node: ast.expr | ast.stmt | ast.keyword) -> str:
        """The source text of a node."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.source.segment(
            node.lineno, node.col_offset, node.end_lineno, node.end_col_offset
        )

    def is_expectation(self, node: ast.AST) -> bool:
        """Whether *node* is data that a test compares with, not behaviour."""
        return is_expectation(self.tree, node, strict=self.strict)

    def is_asserted(self, node: ast.AST) -> bool:
        """Whether *node* stands in an assertion or is data: also what a call in one is given."""
        return is_asserted(self.tree, node) or self.is_expectation(node)


__all__ = ["UNKNOWN", "Context"]
