"""Edits -> the smallest replacement of whole lines that is proved to be right.

A rule names its edit as text in place of one expression; libcst carries it out on the
one statement that holds it, so that only its own bytes change. Nothing is suggested
that was not proved: the patched file parses, the finding is gone, and no rule wakes
that slept before.
"""

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import libcst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

import checks
from checks.engine import Engine
from checks.model import Assessment, Edit, Finding, Profile, Suggestion
from checks.source import Source, SourceFile, UnreadableError, read

_MAX_LINES = 50
_MAX_BYTES = 4096  # libcst is quadratic in chains, so long statements get none.


def suggest(file: SourceFile, findings: Sequence[Finding], profile: Profile) -> list[Finding]:
    """*findings* of *file*, in order, each with a proved suggestion where there is one."""
    try:
        source = read(file)
        module = ast.parse(source.text)
    except (UnreadableError, SyntaxError, ValueError, RecursionError, MemoryError):
        return list(findings)
    if not _has_one_line_ending(source):
        return list(findings)
    engine = Engine(checks.RULES, checks.CATEGORIES, profile)
    before = engine.assess(file)
    answers = []
    for finding in findings:
        made = finding.edit and _suggestion(source, module, finding.edit)
        if made and _is_proved(engine, source, finding, before, made):
            answers.append(replace(finding, suggestion=made))
        else:
            answers.append(finding)
    return answers


def patched(text: str, suggestion: Suggestion) -> str:
    """*text* with the suggestion applied; its line ending is the text's own."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(end)
    lines[suggestion.line - 1 : suggestion.end_line] = suggestion.lines
    return end.join(lines)


def _has_one_line_ending(source: Source) -> bool:
    windows = source.text.count("\r\n")
    return not source.has_lone_carriage_return and windows in (0, source.text.count("\n"))


def _is_proved(
    engine: Engine, source: Source, finding: Finding, before: Assessment, suggestion: Suggestion
) -> bool:
    text = patched(source.text, suggestion)
    content = text.encode(source.encoding, errors="replace")
    after = engine.assess(SourceFile(source.path, content, source.side))
    if after.not_assessed:
        return False
    old = sorted(f.rule for f in before.findings)
    new = sorted(f.rule for f in after.findings)
    old.remove(finding.rule)
    return new == old


def _suggestion(source: Source, module: ast.Module, edit: Edit) -> Suggestion | None:
    holder = _smallest_statement(module, edit)
    if holder is None:
        return None
    first, last = holder
    lines = source.lines[first - 1 : last]
    if len(lines) > _MAX_LINES or sum(len(line.encode()) for line in lines) > _MAX_BYTES:
        return None
    new = _rewrite(source, lines, first, edit)
    if new is None or new == lines:
        return None
    while len(lines) > 1 and len(new) > 1 and lines[0] == new[0]:
        lines, new, first = lines[1:], new[1:], first + 1
    while len(lines) > 1 and len(new) > 1 and lines[-1] == new[-1]:
        lines, new = lines[:-1], new[:-1]
    return Suggestion(first, first + len(lines) - 1, tuple(new), edit.safe)


def _smallest_statement(module: ast.Module, edit: Edit) -> tuple[int, int] | None:
    """First and last line of the smallest statement (or header of one) around the edit."""
    best: tuple[int, int] | None = None
    stack: list[ast.AST] = [module]
    while stack:
        node = stack.pop()
        children = ast.iter_child_nodes(node)
        stack += [
            c for c in children if isinstance(c, ast.stmt | ast.ExceptHandler | ast.match_case)
        ]
        if isinstance(node, ast.stmt) and node.end_lineno:
            body = getattr(node, "body", None)
            last = max(node.lineno, body[0].lineno - 1) if body else node.end_lineno
            if node.lineno <= edit.line and edit.end_line <= last:
                best = (node.lineno, last)
    return best


def _rewrite(source: Source, lines: list[str], first: int, edit: Edit) -> list[str] | None:
    """The statement's *lines* with the edit carried out by libcst, or None."""
    indented = lines[0][:1] in (" ", "\t")
    header = lines[-1].rstrip().endswith(":")
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    framed = [*(["if 1:"] if indented else []), *lines, *([f"{indent} pass"] if header else [])]
    offset = first - 1 - indented
    start = (edit.line - offset, source.column(edit.line, edit.column) - 1)
    end = (edit.end_line - offset, source.column(edit.end_line, edit.end_column) - 1)
    try:
        wrapper = MetadataWrapper(libcst.parse_module("\n".join(framed)), unsafe_skip_copy=True)
        replacer = _Replacer(start, end, _parsed(edit.text))
        code = wrapper.visit(replacer).code.split("\n")
    except (libcst.ParserSyntaxError, RecursionError):
        return None
    if replacer.replaced != 1:
        return None
    return code[int(indented) : len(code) - int(header)]


def _parsed(text: str) -> libcst.BaseExpression | libcst.BaseSmallStatement:
    """*text* as an expression, else as the simple statement it is.

    Raises:
        libcst.ParserSyntaxError: it is neither.
    """
    try:
        return libcst.parse_expression(text)
    except libcst.ParserSyntaxError:
        line = libcst.parse_statement(text)
        if isinstance(line, libcst.SimpleStatementLine) and len(line.body) == 1:
            return line.body[0]
        raise


class _Replacer(libcst.CSTTransformer):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(
        self,
        start: tuple[int, int],
        end: tuple[int, int],
        new: libcst.BaseExpression | libcst.BaseSmallStatement,
    ) -> None:
        super().__init__()
        self._start, self._end, self._new = start, end, new
        self._kind = (
            libcst.BaseExpression
            if isinstance(new, libcst.BaseExpression)
            else libcst.BaseSmallStatement
        )
        self.replaced = 0

    def on_leave(
        self, original_node: libcst.CSTNodeT, updated_node: libcst.CSTNodeT
    ) -> libcst.CSTNodeT:
        """Put the new node where the old one stood, at exactly the same range."""
        updated = super().on_leave(original_node, updated_node)
        if isinstance(original_node, self._kind) and not self.replaced:
            place = self.get_metadata(PositionProvider, original_node)
            assert isinstance(place, CodeRange)
            if (place.start.line, place.start.column) == self._start and (
                place.end.line,
                place.end.column,
            ) == self._end:
                self.replaced += 1
                # Another node in place of the old one, which the signature cannot say.
                return cast("libcst.CSTNodeT", self._dressed(original_node))
        return updated  # type: ignore[return-value]

    def _dressed(self, old: libcst.CSTNode) -> libcst.CSTNode:
        """The new node with the old one's parentheses or semicolon."""
        if isinstance(old, libcst.BaseExpression) and old.lpar:
            return self._new.with_changes(lpar=old.lpar, rpar=old.rpar)
        if isinstance(old, libcst.BaseSmallStatement):
            return self._new.with_changes(semicolon=old.semicolon)
        return self._new
