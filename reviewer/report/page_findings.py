"""The findings on the page, and the rules behind them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markupsafe import Markup

from checks import CATEGORIES, RULES
from checks.model import Finding, Suggestion
from checks.values import masked
from reviewer.model import Review
from reviewer.report import account
from reviewer.report.comments import IGNORE, example
from reviewer.report.counting import span
from reviewer.report.markdown import clip, url, visible
from reviewer.report.page_code import MOST_LINES, coloured, inline
from reviewer.report.page_excerpts import Excerpts, around, guarded
from reviewer.report.tool import cwe_url

_PATH = 400
_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_HINTS = {"-": "del", "+": "ins"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of code: its number or sign, its text, and the class that marks it."""

    number: int | str
    text: Markup
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One finding as it is shown. ``change`` is its suggestion as a diff, [] for none."""

    number: int
    finding: Finding
    path: str
    lines: str
    href: str
    symbol: str
    category: str
    rule: str
    code: list[Line]
    reason: Markup
    why: Markup
    remedy: Markup
    change: list[Line]
    before: bool
    vain: Markup


@dataclass(frozen=True, slots=True)
class RuleCard:
    """A rule that has a finding: all that its page would say in short."""

    id: str
    title: Markup
    category: str
    cwe: int
    cwe_href: str
    href: str
    text: Markup
    example: list[Line]
    ignore: str


def ordered(review: Review) -> list[Finding]:
    """The findings that count, worst first, and behind them those that the base has too."""
    before = review.existing_findings if review.scope.introduced_only else ()
    return [*review.decisive, *before]


def cards(review: Review, findings: Sequence[Finding], excerpts: Excerpts) -> Iterator[Card]:
    """The *findings* one by one, numbered from 1."""
    for number, finding in enumerate(findings, 1):
        place = finding.place
        yield Card(
            number=number,
            finding=finding,
            path=shown_path(place.path),
            lines=span(place),
            href=address(review, place.path, place.line, place.end_line),
            symbol=clip(visible(place.symbol), _PATH),
            category=CATEGORIES[finding.category].title,
            rule=finding.rule if finding.rule in RULES else "",
            code=_code(finding, excerpts),
            reason=inline(finding.reason),
            why=inline(_why(finding.rule)),
            remedy=inline(finding.remedy),
            change=_change(finding, finding.suggestion) if finding.suggestion else [],
            before=review.scope.introduced_only and finding.fingerprint in review.existing,
            vain=inline(account.ignored_in_vain(review, finding)),
        )


def rules(review: Review, findings: Sequence[Finding]) -> list[RuleCard]:
    """The rules of *findings*, in the catalogue's order."""
    found = {finding.rule for finding in findings}
    return [_rule(review, name) for name in RULES if name in found]


def shown_path(path: str) -> str:
    """*path* with every hidden character spelled out, and of a bounded length."""
    return clip(visible(path[: 2 * _PATH]), _PATH)


def address(review: Review, path: str, line: int = 0, end_line: int = 0) -> str:
    """Where the lines of *path* can be read; "" where nobody serves them."""
    return url(review.scope.blob_url, path, line, end_line) if review.scope.blob_url else ""


def _code(finding: Finding, excerpts: Excerpts) -> list[Line]:
    """What the finding cites, with some lines around it where they are at hand."""
    source = excerpts.get(finding.place.path, {})
    cited = finding.code.split("\n")[:MOST_LINES]
    known = [number for number in around(finding) if number in source]
    before = [number for number in known if number < finding.place.line]
    after = known[len(before) :]
    numbers: list[int | str] = [*before, *_numbers(finding, len(cited)), *after]
    lines = [*(source[n] for n in before), *cited, *(source[n] for n in after)]
    first, last = len(before), len(before) + len(cited)
    return [
        Line(number, text, "hit" if known and first <= at < last else "")
        for at, (number, text) in enumerate(zip(numbers, coloured(lines), strict=True))
    ]


def _numbers(finding: Finding, count: int) -> list[int | str]:
    """The numbers of the cited lines; the dots in place of the rest of a long place have none."""
    place = finding.place
    there = place.end_line - place.line + 1
    numbers: list[int | str] = [*range(place.line, place.line + min(count, there))]
    if count <= there and finding.code.endswith("\n..."):
        numbers[-1] = ""
    return numbers + [""] * (count - len(numbers))


def _change(finding: Finding, suggestion: Suggestion) -> list[Line]:
    """The suggestion as before and after; without before where the finding does not cite it.

    None beside a secret: the rewritten lines hold it as the source does.
    """
    if masked() in finding.code:
        return []
    place, cited = finding.place, finding.code.split("\n")
    first, last = suggestion.line - place.line, suggestion.end_line - place.line + 1
    known = first >= 0 and last <= min(len(cited), place.end_line - place.line + 1)
    old = cited[first:last] if known else []
    new = list(map(guarded, suggestion.lines))
    return [*_signed("-", old), *_signed("+", new)]


def _signed(sign: str, lines: Sequence[str]) -> Iterator[Line]:
    shown = {"-": "−", "+": "+"}[sign]
    for text in coloured(lines[:MOST_LINES]):
        yield Line(shown, text, _HINTS[sign])


def _rule(review: Review, name: str) -> RuleCard:
    rule = RULES[name]
    bad = next((bad for bad in rule.bad if bad.fixed), None)
    return RuleCard(
        id=name,
        title=inline(rule.title),
        category=CATEGORIES[rule.category].title,
        cwe=rule.cwe,
        cwe_href=cwe_url(rule.cwe),
        href=f"{review.scope.pages}/{name}" if review.scope.pages else "",
        text=Markup(_MARKDOWN.render(f"{rule.why}\n\n{rule.remedy}")),  # noqa: S704  # our words
        example=_example(example(bad)) if bad else [],
        ignore=IGNORE.format(rule=name),
    )


def _example(diff: str) -> list[Line]:
    lines = [line for line in diff.split("\n") if not line.startswith("@@")][:MOST_LINES]
    texts = coloured([line[1:] for line in lines])
    return [
        Line(line[:1].replace("-", "−"), text, _HINTS.get(line[:1], ""))
        for line, text in zip(lines, texts, strict=True)
    ]


def _why(rule: str) -> str:
    return RULES[rule].why.split("\n\n")[0] if rule in RULES else ""
