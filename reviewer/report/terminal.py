"""One review in a terminal: the verdict, what is missing, the findings, the evidence."""

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from checks import CATEGORIES
from checks.model import Category, Finding, NotAssessed, Severity, Suppression
from reviewer.model import Review, Verdict
from reviewer.report.counting import counted, span
from reviewer.report.evidence_table import NOTHING, SEE_FINDINGS
from reviewer.report.grouping import ByFile, Said, facts, grouped
from reviewer.report.markdown import one_line, visible
from reviewer.report.summary import scope, verdict

NOT_ASSESSED = "Not assessed"
FINDINGS = "Findings"
EVIDENCE = "Evidence"
SUPPRESSED = "Suppressed"
FIX = "To fix: "
SUGGESTION = {True: "Suggestion (safe):", False: "Suggestion (review it):"}
BECAUSE = "{rule}: {reason}"
DOES_NOT_COUNT = "does not count: {problem}"
EXPIRES = " (until {date})"
TOO_MUCH = "Too many facts to list here; --format json or markdown has all of them."

_STYLES = {Severity.HIGH: "bold red", Severity.MEDIUM: "bold yellow", Severity.LOW: "bold blue"}
_VERDICTS = {Verdict.CLEAN: "bold green", Verdict.FINDINGS: "bold", Verdict.INCOMPLETE: "bold red"}
_THEME = "ansi_dark"  # the terminal's own sixteen colours, on any background
_MOST_FACTS = 1_000
_MOST_LINES = 8


def render(review: Review, console: Console, *, evidence: bool = True) -> None:
    """Print *review* on *console*; it reads on any width and any background."""
    console.print(Text(verdict(review), style=_VERDICTS[review.verdict]))
    console.print(prose(scope(review), style="dim"))
    for heading, parts in (
        (NOT_ASSESSED, map(_gap, review.not_assessed)),
        (FINDINGS, _findings(review)),
        (EVIDENCE, _evidence(review) if evidence and review.assessments else iter(())),
        (SUPPRESSED, _suppressions(review)),
    ):
        _section(console, heading, parts)


def prose(text: str, style: str = "") -> Text:
    """*text* on one line; what stands between single backticks is coloured as code."""
    shown = Text(style=style)
    for number, part in enumerate(one_line(text, limit=2_000).split("`")):
        shown.append(part, style="cyan" if number % 2 else "")
    return shown


def _section(console: Console, heading: str, parts: Iterator[RenderableType]) -> None:
    for number, part in enumerate(parts):
        if number == 0:
            console.print()
            console.rule(Text(heading, style="bold"), align="left", style="dim")
        console.print(part, crop=False)


def _gap(gap: NotAssessed) -> RenderableType:
    return Group(_where(gap.path, gap.line), Padding(prose(gap.reason), (0, 0, 0, 2), expand=False))


def _findings(review: Review) -> Iterator[RenderableType]:
    for number, finding in enumerate(review.findings):
        yield Group(*([Text()] if number else []), _finding(finding))


def _finding(finding: Finding) -> RenderableType:
    place = finding.place
    heading = Text.assemble(
        (finding.severity.upper(), _STYLES[finding.severity]), "  ", prose(finding.title, "bold")
    )
    name = f"{finding.rule}, CWE-{finding.cwe}" + (f", {place.symbol}" if place.symbol else "")
    parts: list[RenderableType] = [
        Text(visible(name), style="dim"),
        _code(finding.code, place.line),
        prose(finding.reason),
        Text(FIX) + prose(finding.remedy),
    ]
    if finding.suggestion:
        parts += [Text(SUGGESTION[finding.suggestion.safe])]
        parts += [_code("\n".join(finding.suggestion.lines), finding.suggestion.line)]
    where = _where(place.path, place.line, indent=2)
    indented = (Padding(part, (0, 0, 0, 2), expand=False) for part in parts)
    return Group(heading, where, *indented)


def _code(code: str, line: int) -> RenderableType:
    from rich.syntax import Syntax  # a clean review needs no highlighter

    shown = visible(code, keep="\n\t")
    return Syntax(
        shown,
        "python",
        theme=_THEME,
        background_color="default",
        line_numbers=True,
        start_line=line,
        word_wrap=True,
    )


def _evidence(review: Review) -> Iterator[RenderableType]:
    by_category = grouped(review.evidence)
    everything = sum(facts(files) for files in by_category.values()) <= _MOST_FACTS
    for category, files in by_category.items():
        found = any(finding.category is category for finding in review.findings)
        yield _heading(category, files, SEE_FINDINGS if found else NOTHING)
        if everything:
            for path, sayings in files.items():
                yield _where(path, 0, indent=2)
                yield Padding(_sayings(sayings), (0, 0, 0, 4), expand=False)
    if not everything:
        yield Text(TOO_MUCH, style="dim")


def _heading(category: Category, files: ByFile, otherwise: str) -> Text:
    volume = f"{counted(facts(files), 'fact')} in {counted(len(files), 'file')}"
    said = volume if files else otherwise
    return Text.assemble((CATEGORIES[category].title, "bold"), (f"  {said}", "dim"))


def _sayings(sayings: tuple[Said, ...]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="dim", max_width=24, overflow="fold")
    table.add_column(overflow="fold")
    for said in sayings:
        shown = [span(place) for place in said.places[:_MOST_LINES]]
        rest = len(said.places) - len(shown)
        lines = ", ".join([*shown, *([f"and {rest:,} more"] if rest else [])])
        table.add_row(lines, prose(said.sentence))
    return table


def _suppressions(review: Review) -> Iterator[RenderableType]:
    for finding in review.suppressed:
        by = finding.suppressed
        assert by is not None
        said = BECAUSE.format(rule=finding.rule, reason=by.reason)
        until = EXPIRES.format(date=by.until) if by.until else ""
        yield _suppression(by, finding.place.line, said + until)
    for suppression in review.invalid_suppressions:
        said = DOES_NOT_COUNT.format(problem=suppression.problem)
        yield _suppression(suppression, suppression.line, said)


def _suppression(suppression: Suppression, line: int, said: str) -> RenderableType:
    return Group(_where(suppression.path, line), Padding(prose(said), (0, 0, 0, 2), expand=False))


def _where(path: str, line: int, indent: int = 0) -> Text:
    """``path:line``, never broken or cut: a terminal can then open it."""
    shown = " " * indent + visible(path) + (f":{line}" if line else "")
    return Text(shown, style="cyan", no_wrap=True, overflow="ignore")
