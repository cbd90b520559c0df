"""Parse once, index in one walk, ask the rules, and turn what they say into an assessment.

Errors are values: a file that cannot be parsed, and a rule that raises, become
``NotAssessed`` with the reason. Nothing is dropped and nothing escapes.
"""

import ast
import gc
import hashlib
import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from checks import masking, suppressions
from checks.api import CategoryInfo, Fact, Outcome, Report, Rule
from checks.context import Context
from checks.model import (
    Assessment,
    Category,
    Edit,
    Evidence,
    Finding,
    NotAssessed,
    Place,
    Profile,
    Severity,
    Side,
    Suppression,
)
from checks.questions import Questions
from checks.source import Source, SourceFile, UnreadableError, read
from checks.statements import lines_around
from checks.values import masked

_CODE_LINES = 6
_CODE_WIDTH = 400
_SPACE = re.compile(r"\s+")
# What these find is left behind for other tests, and nothing is by what never runs.
_LEFT_BEHIND = frozenset({Category.MOCKS, Category.CLEANUP})
_PYTHON = f"Python {sys.version_info.major}.{sys.version_info.minor}"


class Engine:
    """Assesses one file at a time with a fixed set of rules and categories.

    Without ``evidence`` the categories are asked for the secrets that no report may show, and
    for nothing else.
    """

    def __init__(
        self,
        rules: Mapping[str, Rule],
        categories: Mapping[Category, CategoryInfo],
        profile: Profile = Profile.TESTS,
        *,
        evidence: bool = True,
    ) -> None:
        self._profile = profile
        self._rules = rules
        self._evidence = evidence
        self._collectors = [
            (category, collect)
            for category, info in categories.items()
            for collect in (info.collectors if evidence else info.masking)
        ]
        strict = profile is Profile.STRICT
        speaking = [rule for rule in rules.values() if strict or rule.profile == "tests"]
        self._questions = {
            side: Questions((rule for rule in speaking if rule.side == side), profile)
            for side in Side
        }
        # The last file, where it wants others: it may be asked for again at once, with them.
        self._last: tuple[SourceFile, Context, _Answers] | None = None

    def assess(self, file: SourceFile) -> Assessment:
        """All findings, evidence and gaps of one file. Never raises for bad input."""
        try:
            source = read(file)
        except UnreadableError as error:
            return _unread(file, str(error))
        collecting = gc.isenabled()
        gc.disable()  # A tree has no cycles worth collecting, and a growing one is rescanned.
        try:
            return self._assess_source(source, file)
        except (RecursionError, MemoryError):
            reason = f"it is nested too deeply or too large for {_PYTHON}'s parser"
            return _unread(file, reason)
        finally:
            if collecting:
                gc.enable()

    def _begun(self, source: Source, file: SourceFile) -> "_Answers":
        """What rules see of the file, and what they have said that still holds.

        Raises:
            SyntaxError, ValueError: Python cannot parse it.
        """
        last, self._last = self._last, None
        if last and replace(last[0], supporting=file.supporting) == file:
            before, context, answers = last
            if before.supporting.items() <= file.supporting.items():
                return _Answers(context.with_supporting(file.supporting), answers)
        del last  # Two trees of large files would be too many.
        module = _parse(source.text)
        return _Answers(
            Context(source, module, self._profile, file.supporting, file.restoring_bases)
        )

    def _assess_source(self, source: Source, file: SourceFile) -> Assessment:
        try:
            answers = self._begun(source, file)
        except SyntaxError as error:
            line = source.git_line(error.lineno) if error.lineno else 0
            where = f" (line {line})" if line else ""
            reason = f"{_PYTHON} cannot parse it: {error.msg}{where}"
            gap = NotAssessed(source.path, reason, line)
            return Assessment(source.path, source.length, not_assessed=(gap,))
        except ValueError as error:
            gap = _gap(source.path, f"{_PYTHON} cannot parse it: {error}")
            return Assessment(source.path, source.length, not_assessed=(gap,))
        self._ask(answers, source.side)
        ctx = answers.ctx
        writer = _Writer(ctx, answers)
        findings = _numbered(sorted(writer.findings(), key=_order))
        if ctx.supporting.wanted:
            self._last = (file, ctx, answers)
        return Assessment(
            path=source.path,
            lines=source.length,
            findings=findings,
            evidence=tuple(sorted(writer.evidence(), key=_order)) if self._evidence else (),
            not_assessed=answers.gaps,
            suppressions=writer.suppressions(frozenset(self._rules)),
            wanted=ctx.supporting.wanted,
        )

    def _ask(self, answers: "_Answers", side: Side) -> None:
        ctx = answers.ctx
        for rule, ask in self._questions[side].about(ctx):
            nodes = ctx.indices.asked(ask.by, ask.keys)
            said = (outcome for node in nodes for outcome in ask.visit(node, ctx))
            answers.take(rule.category, rule, ask, said)
        for category, collect in self._collectors if side is Side.TEST else ():
            answers.take(category, None, collect, collect(ctx))


class _Answers:
    """What rules and collectors said of one file; those that raised are named in ``gaps``.

    What was said *before*, of the file with fewer supporting sources, holds where none was
    consulted for it.
    """

    def __init__(self, ctx: Context, before: "_Answers | None" = None) -> None:
        self.ctx = ctx
        self._gaps: dict[str, NotAssessed] = {}
        self._lasting: dict[object, list[Outcome]] = before._lasting if before else {}
        self.reports: list[tuple[Rule, Report]] = []
        self.facts: list[tuple[Category, Fact]] = []

    @property
    def gaps(self) -> tuple[NotAssessed, ...]:
        return tuple(self._gaps.values())

    def take(
        self, category: Category, rule: Rule | None, ask: object, outcomes: Iterable[Outcome]
    ) -> None:
        """Note the *outcomes* of *ask*, unless they are known, or that asking failed."""
        said = self._lasting.get(ask)
        if said is None:
            before = self.ctx.supporting.consulted
            said, failure = self._heard(outcomes)
            if failure:
                name = f"rule {rule.id}" if rule else f"the evidence of {category}"
                reason = f"{name} failed on it ({failure}); please report this"
                self._gaps[name] = _gap(self.ctx.path, reason)
            elif self.ctx.supporting.consulted == before:
                self._lasting[ask] = said
        for outcome in said:
            if isinstance(outcome, Fact):
                self.facts.append((category, outcome))
            elif category in _LEFT_BEHIND and self.ctx.scopes.never_runs(outcome.node):
                sentence = f"In a test that is skipped: {outcome.reason}"
                self.facts.append((category, Fact(outcome.node, sentence, secret=outcome.secret)))
            elif rule:
                self.reports.append((rule, outcome))

    def _heard(self, outcomes: Iterable[Outcome]) -> tuple[list[Outcome], str]:
        """All that is said, and the name of the error that ended it, or ""."""
        said: list[Outcome] = []
        try:
            for outcome in outcomes:
                assert self.ctx.holds(outcome.node), "it cites another file"
                said.append(outcome)
        except (RecursionError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001  # a broken rule is reported, not hidden
            return said, type(error).__name__
        return said, ""


def assess(
    files: Iterable[SourceFile],
    profile: Profile,
    rules: Mapping[str, Rule],
    categories: Mapping[Category, CategoryInfo],
) -> Iterator[Assessment]:
    """Assess *files* one by one, in order."""
    engine = Engine(rules, categories, profile)
    for file in files:
        yield engine.assess(file)


class _Writer:
    """Turns tree terms into places and text, with every secret of the file masked."""

    def __init__(self, ctx: Context, answers: _Answers) -> None:
        self._ctx = ctx
        self._answers = answers
        reports, facts = answers.reports, answers.facts
        secrets = [r.secret for _, r in reports if r.secret]
        secrets += [f.secret for _, f in facts if f.secret]
        self._secrets = _outermost({_span(node) for node in secrets})
        self._hidden = masking.secrets(secrets)

    def findings(self) -> Iterator[Finding]:
        for rule, report in self._answers.reports:
            place = self._place(report)
            yield Finding(
                rule=rule.id,
                category=rule.category,
                severity=report.severity or Severity(rule.severity),
                cwe=rule.cwe,
                place=place,
                title=rule.title,
                reason=masking.without(report.reason, self._hidden),
                remedy=rule.remedy,
                code=self._code(report),
                fingerprint="",
                content=self._normalised(report),
                edit=self._edit(report),
            )

    def evidence(self) -> Iterator[Evidence]:
        for category, fact in self._answers.facts:
            sentence = masking.without(fact.sentence, self._hidden)
            yield Evidence(category, self._place(fact), sentence)

    def _edit(self, report: Report) -> Edit | None:
        """What would be written, unless on a line with a secret: a suggestion shows all of it."""
        edit = report.edit
        if edit and any(s[0] <= edit.end_line and edit.line <= s[2] for s in self._secrets):
            return None
        if edit is None or masking.without(edit.text, self._hidden) != edit.text:
            return None
        around = lines_around(self._ctx.tree.module, edit.line, edit.end_line)
        return replace(edit, statement=around)

    def suppressions(self, known: frozenset[str]) -> tuple[Suppression, ...]:
        """The file's ignores; *known* are the rules' ids."""
        return tuple(map(self._without_secrets, suppressions.find(self._ctx.source, known)))

    def _without_secrets(self, ignore: Suppression) -> Suppression:
        source, said = self._ctx.source, ignore
        for first, start, last, stop in self._secrets:
            if first == last and source.git_line(first) == ignore.line:
                left, right = source.column(first, start) - 1, source.column(first, stop) - 1
                secret = source.lines[first - 1][left:right]
                said = replace(
                    said,
                    rules=tuple(rule.replace(secret, masked()) for rule in said.rules),
                    reason=said.reason.replace(secret, masked()),
                    until=said.until.replace(secret, masked()),
                    problem=said.problem.replace(secret, masked()),
                )
        return said

    def _place(self, item: Report | Fact) -> Place:
        source = self._ctx.source
        line, column, end_line, end_column = _range(item)
        return Place(
            path=source.path,
            line=source.git_line(line),
            column=source.column(line, column),
            end_line=source.git_line(end_line),
            end_column=source.column(end_line, end_column),
            symbol=self._ctx.scopes.symbol(item.node),
        )

    def _shown(self, line: int) -> str:
        """One line of the source without the secrets on it."""
        text = self._ctx.source.lines[line - 1]
        for first, start, last, stop in sorted(self._secrets, reverse=True):
            if first <= line <= last:
                left = self._ctx.source.column(line, start) - 1 if line == first else 0
                right = self._ctx.source.column(line, stop) - 1 if line == last else len(text)
                text = f"{text[:left]}{masked()!r}{text[right:]}"
        return text

    def _code(self, item: Report) -> str:
        line, _, end_line, _ = _range(item)
        shown = [self._shown(n)[:_CODE_WIDTH] for n in range(line, end_line + 1)[:_CODE_LINES]]
        code = "\n".join([*shown, "..."] if end_line - line >= _CODE_LINES else shown)
        return masking.without(code, self._hidden)

    def _normalised(self, item: Report) -> str:
        line, _, end_line, _ = _range(item)
        return _SPACE.sub("", "".join(self._shown(n) for n in range(line, end_line + 1)))


def _numbered(findings: list[Finding]) -> tuple[Finding, ...]:
    """Fill in the fingerprints: equal findings of one symbol are told apart by their ordinal."""
    seen: dict[tuple[str, str, str], int] = {}
    numbered = []
    for finding in findings:
        key = (finding.rule, finding.place.symbol, finding.content)
        seen[key] = seen.get(key, 0) + 1
        content = _digest(*key, str(seen[key]))
        numbered.append(
            replace(finding, content=content, fingerprint=fingerprint(content, finding.place.path))
        )
    return tuple(numbered)


def fingerprint(content: str, path: str) -> str:
    """The identity of the finding with this ``content`` in the file *path*."""
    return _digest(content, path)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:24]


def _order(item: Finding | Evidence) -> tuple[Any, ...]:
    return (item.place.line, item.place.column, item.place.end_line, str(item.category))


def _range(item: Report | Fact) -> tuple[int, int, int, int]:
    line, column, end_line, end_column = _span(item.node)
    if item.last is not None:
        _, _, end_line, end_column = _span(item.last)
    elif isinstance(item, Report) and hasattr(item.node, "body"):
        end_line, end_column = line, column  # The header is meant, not the whole block.
    return line, column, end_line, end_column


def _span(node: Any) -> tuple[int, int, int, int]:
    if isinstance(node, ast.Module):
        return 1, 0, 1, 0
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


def _outermost(spans: set[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """The spans that lie in no other one: to mask one inside another would shift its end."""
    outer: list[tuple[int, int, int, int]] = []
    for span in sorted(spans, key=lambda s: (s[:2], -s[2], -s[3])):
        if not outer or span[2:] > outer[-1][2:]:
            outer.append(span)
    return outer


def _unread(file: SourceFile, reason: str) -> Assessment:
    length = file.content.count(b"\n") + (not file.content.endswith(b"\n"))
    return Assessment(file.path, length, not_assessed=(_gap(file.path, reason),))


def _gap(path: str, reason: str) -> NotAssessed:
    return NotAssessed(path, reason)


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # The file's own invalid escapes are not our news.
        return ast.parse(text)
