"""The words of a rule: ``Rule``, ``Bad``, ``Good``, ``finding``, ``evidence``, ``replace``."""

import ast
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from checks.context import Context
from checks.indices import By
from checks.model import Category, Edit, Evidence, Profile, Severity, Side

MARK = "# <-"
"""Marks the line of a bad example's finding; without it, it is the last line."""

EXAMPLE_PATH = "tests/test_example.py"


@dataclass(frozen=True, slots=True)
class Bad:
    """An example with exactly one finding, at the line marked ``# <-`` or the last one.

    ``fixed`` is the same example after the rule's suggestion has been applied.
    """

    code: str
    fixed: str | None = None
    path: str = EXAMPLE_PATH
    profile: str = Profile.TESTS
    side: str = Side.TEST

    @property
    def line(self) -> int:
        """The line (1-based) at which the finding is expected."""
        lines = self.code.rstrip("\n").split("\n")
        marked = [number for number, line in enumerate(lines, 1) if line.endswith(MARK)]
        return marked[0] if marked else len(lines)


@dataclass(frozen=True, slots=True)
class Good:
    """An example that every rule leaves alone."""

    code: str
    path: str = EXAMPLE_PATH
    profile: str = Profile.TESTS
    side: str = Side.TEST


@dataclass(frozen=True, slots=True)
class Report:
    """What a rule yields: a finding-to-be, still in syntax-tree terms.

    ``last`` ends the range (the node itself where None); ``secret`` is the literal
    that must not be shown; ``severity`` overrides the rule's.
    """

    node: ast.AST
    reason: str
    last: ast.AST | None = None
    edit: Edit | None = None
    severity: Severity | None = None
    secret: ast.AST | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """What an evidence collector yields, or a rule that lowers a finding to evidence."""

    node: ast.AST
    sentence: str
    last: ast.AST | None = None
    secret: ast.AST | None = None


Outcome = Report | Fact
Handler = Callable[..., Iterator[Outcome]]


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """What a rule asks of a file: ``visit`` is called with each node under one of the ``keys``.

    In the profile ``strict`` alone, if that is its ``profile``.
    """

    by: By
    keys: tuple[Any, ...]
    visit: Callable[[Any, Context], Iterator[Outcome]]
    profile: str = Profile.TESTS


@dataclass(eq=False)
class Rule:
    """One rule: its name, its weight, its examples and the functions that look at nodes.

    The category is the folder of its file and the documentation the module's
    docstring; the catalogue fills in both. ``profile`` is ``strict`` for a rule that
    the default profile leaves out. ``words`` spares a file a rule that looks at much of
    it: it is asked only where at least one of them occurs in an identifier or a string. ``side``
    is ``production`` for a rule that looks at changed files that are not tests.
    """

    id: str
    severity: str
    cwe: int
    bad: list[Bad]
    good: list[str | Good]
    profile: str = Profile.TESTS
    words: tuple[str, ...] = ()
    side: str = Side.TEST
    category: Category = field(default=Category.MOCKS, init=False)
    doc: str = field(default="", init=False)
    asks: list[Ask] = field(default_factory=list, init=False)

    def on(self, *types: type[ast.AST]) -> Callable[[Handler], Handler]:
        """Register a function that is called with each node of these exact types."""

        def register(visit: Handler) -> Handler:
            self.asks += [Ask(By.TYPE, (kind,), visit) for kind in types]
            return visit

        return register

    def on_call(self, *names: str) -> Callable[[Handler], Handler]:
        """Register a function that is called with each call of these qualified names."""

        def register(visit: Handler) -> Handler:
            self.asks.append(Ask(By.CALL, names, visit))
            return visit

        return register

    def on_method(self, *attributes: str) -> Callable[[Handler], Handler]:
        """Register a function that is called with each call of an attribute of these names."""

        def register(visit: Handler) -> Handler:
            self.asks.append(Ask(By.METHOD, attributes, visit))
            return visit

        return register

    def on_keyword(self, *names: str) -> Callable[[Handler], Handler]:
        """Register a function that is called with each keyword argument of these names."""

        def register(visit: Handler) -> Handler:
            self.asks.append(Ask(By.KEYWORD, names, visit))
            return visit

        return register

    def on_value(self, *names: str) -> None:
        """In ``strict``, a low finding wherever one of these functions is handed on as a value.

        As in ``map(eval, rows)``: it is not called here.
        """

        def visit(node: ast.expr, ctx: Context) -> Iterator[Outcome]:
            name = ctx.name(node)
            reason = f"`{name}` is handed on here; what it is called with cannot be seen."
            yield self.finding(node, reason, severity="low")

        self.asks.append(Ask(By.VALUE, names, visit, Profile.STRICT))

    @staticmethod
    def finding(
        node: ast.AST,
        reason: str,
        *,
        edit: Edit | None = None,
        severity: str | None = None,
        secret: ast.AST | None = None,
        last: ast.AST | None = None,
    ) -> Report:
        """A finding at *node*; *reason* says in one or two sentences what is wrong here."""
        return Report(node, reason, last, edit, Severity(severity) if severity else None, secret)

    @property
    def paragraphs(self) -> list[str]:
        """The documentation's paragraphs, as Markdown."""
        text = textwrap.dedent(self.doc).strip().replace("``", "`")
        return [part.strip() for part in text.split("\n\n") if part.strip()]

    @property
    def title(self) -> str:
        """The first line of the documentation, without its full stop."""
        return self.paragraphs[0].replace("\n", " ").rstrip(".")

    @property
    def why(self) -> str:
        """The paragraphs between the title and the remedy: what it is and why it matters."""
        return "\n\n".join(self.paragraphs[1:-1])

    @property
    def remedy(self) -> str:
        """The last paragraph: what to write instead."""
        return self.paragraphs[-1]


Collect = Callable[[Context], Iterator[Fact]]


@dataclass(eq=False)
class CategoryInfo:
    """A category: its title, what it means to a reviewer, and its evidence collectors."""

    title: str
    meaning: str
    collectors: list[Collect] = field(default_factory=list, init=False)
    masking: list[Collect] = field(default_factory=list, init=False)

    def collects(self, collect: Collect, *, masks: bool = False) -> Collect:
        """Register a function that yields the category's evidence in one file.

        One that ``masks`` names secrets, which nothing that is said of the file may show: it is
        asked also where nobody wants the evidence.
        """
        self.collectors.append(collect)
        if masks:
            self.masking.append(collect)
        return collect


def evidence(
    node: ast.AST, sentence: str, *, last: ast.AST | None = None, secret: ast.AST | None = None
) -> Fact:
    """A fact about *node* (or the range up to *last*), in one sentence."""
    return Fact(node, sentence, last, secret)


def replace(node: ast.expr | ast.stmt, text: str, *, safe: bool = False) -> Edit:
    """Put *text* in place of *node*: an expression, or a simple statement of its own.

    ``safe``: what a correct test does cannot change.
    """
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return Edit(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset, text, safe)


__all__ = [
    "Bad",
    "CategoryInfo",
    "Evidence",
    "Fact",
    "Good",
    "Outcome",
    "Report",
    "Rule",
    "evidence",
    "replace",
]
