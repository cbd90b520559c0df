"""Edits -> the smallest replacement of whole lines that is proved to be right.

A rule names its edit as text in place of one expression; libcst carries it out on the
one statement that holds it, so that only its own bytes change. Nothing is suggested
that was not proved: the patched file parses, the finding is gone, and no rule wakes
that slept before. The suggestions of one file are proved together, and one by one where
that fails.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import libcst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

import checks
from checks.engine import Engine
from checks.model import Edit, Finding, Profile, Suggestion
from checks.source import Source, SourceFile, UnreadableError, read

_MAX_LINES = 50
_MAX_BYTES = 4096  # libcst is quadratic in chains, so long statements get none.


def suggest(
    file: SourceFile,
    findings: Sequence[Finding],
    profile: Profile,
    assessed: Mapping[str, int] | None = None,
) -> list[Finding]:
    """*findings* of *file*, in order, each with a proved suggestion where there is one.

    *assessed* is how often each rule finds something in the file as it is, if that is known.
    """
    try:
        source = read(file)
    except UnreadableError:
        return list(findings)
    if not _has_one_line_ending(source):
        return list(findings)
    made = [_suggestion(source, f.edit) if f.edit else None for f in findings]
    pairs = [(f, m) for f, m in zip(findings, made, strict=True) if m]
    proof = _Proof(file, source, profile, assessed) if pairs else None
    # Most hold, and a large file takes long: they are proved together before one by one.
    together = proof and len(pairs) > 1 and proof.holds(pairs)
    return [
        replace(f, suggestion=m) if m and proof and (together or proof.holds([(f, m)])) else f
        for f, m in zip(findings, made, strict=True)
    ]


def patched(text: str, suggestion: Suggestion) -> str:
    """*text* with the suggestion applied; its line ending is the text's own."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(end)
    lines[suggestion.line - 1 : suggestion.end_line] = suggestion.lines
    return end.join(lines)


def _has_one_line_ending(source: Source) -> bool:
    windows = source.text.count("\r\n")
    return not source.has_lone_carriage_return and windows in (0, source.text.count("\n"))


class _Proof:
    """Whether a file parses without findings that are mended, and without new ones."""

    def __init__(
        self,
        file: SourceFile,
        source: Source,
        profile: Profile,
        assessed: Mapping[str, int] | None,
    ) -> None:
        self._file = file
        self._source = source
        self._engine = Engine(checks.RULES, {}, profile)  # evidence proves nothing
        self._before = Counter(
            (f.rule for f in self._engine.assess(file).findings) if assessed is None else assessed
        )

    def holds(self, made: Sequence[tuple[Finding, Suggestion]]) -> bool:
        """Whether these suggestions, applied together, take away their findings and no more."""
        text = self._source.text
        below = len(self._source.lines) + 1
        for _, suggestion in sorted(made, key=lambda pair: -pair[1].line):
            if suggestion.end_line >= below:
                return False  # Two of them want the same line.
            text, below = patched(text, suggestion), suggestion.line
        content = text.encode(self._source.encoding, errors="replace")
        after = self._engine.assess(replace(self._file, content=content))
        mended = Counter(finding.rule for finding, _ in made)
        return not after.not_assessed and (
            Counter(f.rule for f in after.findings) + mended == self._before
        )


def _suggestion(source: Source, edit: Edit) -> Suggestion | None:
    if edit.statement is None:
        return None
    first, last, header = edit.statement
    lines = source.lines[first - 1 : last]
    if len(lines) > _MAX_LINES or sum(len(line.encode()) for line in lines) > _MAX_BYTES:
        return None
    new = _rewrite(source, lines, first, edit, header=header)
    if new is None or new == lines:
        return None
    while len(lines) > 1 and len(new) > 1 and lines[0] == new[0]:
        lines, new, first = lines[1:], new[1:], first + 1
    while len(lines) > 1 and len(new) > 1 and lines[-1] == new[-1]:
        lines, new = lines[:-1], new[:-1]
    return Suggestion(first, first + len(lines) - 1, tuple(new), edit.safe)


def _rewrite(
    source: Source, lines: list[str], first: int, edit: Edit, *, header: bool
) -> list[str] | None:
    """The statement's *lines* with the edit carried out by libcst, or None."""
    indented = lines[0][:1] in (" ", "\t")
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    framed = [*(["if 1:"] if indented else []), *lines, *([f"{indent} pass"] if header else [])]
    offset = first - 1 - indented
    start = (edit.line - offset, source.column(edit.line, edit.column) - 1)
    end = (edit.end_line - offset, source.column(edit.end_line, edit.end_column) - 1)
    try:
        wrapper = MetadataWrapper(libcst.parse_module("\n".join(framed)), unsafe_skip_copy=True)
        replacer = _Replacer(start, end, edit.text)
        code = wrapper.visit(replacer).code.split("\n")
    except (libcst.ParserSyntaxError, RecursionError):
        return None
    if replacer.replaced != 1:
        return None
    return code[int(indented) : len(code) - int(header)]


def _simple_statement(text: str) -> libcst.BaseSmallStatement | None:
    """*text* as the one simple statement it is; None where it is something else."""
    line = libcst.parse_statement(text)
    if isinstance(line, libcst.SimpleStatementLine) and len(line.body) == 1:
        return line.body[0]
    return None


class _Replacer(libcst.CSTTransformer):
    """Puts *text* in place of the expression or simple statement at a range."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, start: tuple[int, int], end: tuple[int, int], text: str) -> None:
        super().__init__()
        self._start, self._end = start, end
        self._statement = _simple_statement(text)
        try:
            self._expression: libcst.BaseExpression | None = libcst.parse_expression(text)
        except libcst.ParserSyntaxError:
            self._expression = None
        self.replaced = 0

    def on_leave(
        self, original_node: libcst.CSTNodeT, updated_node: libcst.CSTNodeT
    ) -> libcst.CSTNodeT:
        """Put the new node where the old one stood, at exactly the same range."""
        updated = super().on_leave(original_node, updated_node)
        if not self.replaced and self._is_meant(original_node):
            new = self._dressed(original_node)
            if new:
                self.replaced += 1
                # Another node in place of the old one, which the signature cannot say.
                return cast("libcst.CSTNodeT", new)
        return updated  # type: ignore[return-value]

    def _is_meant(self, node: libcst.CSTNode) -> bool:
        if not isinstance(node, libcst.BaseExpression | libcst.BaseSmallStatement):
            return False
        place = self.get_metadata(PositionProvider, node)
        assert isinstance(place, CodeRange)
        start, end = place.start, place.end
        return (start.line, start.column) == self._start and (end.line, end.column) == self._end

    def _dressed(self, old: libcst.CSTNode) -> libcst.CSTNode | None:
        """The new node with the old one's parentheses or semicolon; None where it cannot be."""
        if isinstance(old, libcst.BaseSmallStatement):
            new = self._statement
            return new.with_changes(semicolon=old.semicolon) if new else None
        if isinstance(old, libcst.BaseExpression) and old.lpar and self._expression:
            return self._expression.with_changes(lpar=old.lpar, rpar=old.rpar)
        return self._expression
