"""The evidence on the page: what was seen in each file, beside the code that shows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import dedent

from markupsafe import Markup

from checks import CATEGORIES
from checks.model import Category, Evidence, Place
from reviewer.model import Review
from reviewer.report.counting import span
from reviewer.report.page_code import coloured, inline, plain
from reviewer.report.page_excerpts import EVIDENCE_PLACES, Excerpts, is_whole_file, shown
from reviewer.report.page_findings import Line, address

_PLACES = 8
_COLOURED = 2_000  # lines; the lexer takes a quarter of a millisecond for one
_GAP = Line("", Markup("⋯"))


@dataclass(frozen=True, slots=True)
class Lines:
    """A label such as "12-20", and where those lines can be read."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence, the lines it is true of ([] for the whole file), ``more`` of them, the code."""

    category: Category
    title: str
    sentence: Markup
    lines: list[Lines]
    more: int
    code: list[Line]


def evidence_by_file(review: Review, excerpts: Excerpts) -> dict[str, list[Fact]]:
    """What was seen, by path and line; what is said of a whole file comes first."""
    by_path: dict[str, dict[tuple[str, str], list[Evidence]]] = {}
    for fact in sorted(review.evidence, key=_order):
        said = by_path.setdefault(fact.place.path, {})
        said.setdefault((fact.category, fact.sentence), []).append(fact)
    few = sum(map(len, excerpts.values())) <= _COLOURED
    return {
        path: [_fact(review, facts, excerpts.get(path, {}), colours=few) for facts in said.values()]
        for path, said in by_path.items()
    }


def _order(fact: Evidence) -> tuple[str, bool, int]:
    return fact.place.path, not is_whole_file(fact.place), fact.place.line


def _fact(
    review: Review, facts: list[Evidence], around: Mapping[int, str], *, colours: bool
) -> Fact:
    first = facts[0]
    facts = [fact for fact in facts if not is_whole_file(fact.place)]
    places = [fact.place for fact in facts]
    return Fact(
        category=first.category,
        title=CATEGORIES[first.category].title,
        sentence=inline(first.sentence),
        lines=[_lines(review, place) for place in places[:_PLACES]],
        more=max(0, len(places) - _PLACES),
        code=list(_code(facts, around, colours=colours)),
    )


def _lines(review: Review, place: Place) -> Lines:
    return Lines(span(place), address(review, place.path, place.line, place.end_line))


def _code(facts: list[Evidence], around: Mapping[int, str], *, colours: bool) -> Iterator[Line]:
    """The first lines of the first places, in the file's order, none of them twice."""
    last = end = 0
    for fact in facts[:EVIDENCE_PLACES]:
        numbers = [n for n in shown(fact) if n in around and n > last]
        if not numbers:
            continue
        if last and numbers[0] > last + 1:
            yield _GAP
        texts = dedent("\n".join(around[n] for n in numbers)).split("\n")
        for number, text in zip(numbers, coloured(texts) if colours else plain(texts), strict=True):
            yield Line(number, text)
        last, end = numbers[-1], fact.place.end_line
    if end > last:
        yield _GAP
