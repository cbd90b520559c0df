"""The eight categories as a table, and all evidence of each in a fold below it."""

from collections import Counter
from collections.abc import Iterator

from checks import CATEGORIES
from checks.model import Category
from reviewer.model import Review
from reviewer.report.counting import counted
from reviewer.report.fitting import END, Block
from reviewer.report.grouping import ByFile, Said, facts, grouped
from reviewer.report.locations import lines, location
from reviewer.report.markdown import code, prose

HEADING = "### What was looked at"
TABLE = "| Category | Findings | Evidence |\n| :--- | ---: | :--- |"
EXPLANATION = "Evidence is what a careful reviewer would cite. It is never a defect."
NOTHING = "nothing relevant found"
SEE_FINDINGS = "see the findings"
BELOW = "below"
MORE = f"and {{rest}} more {BELOW}"
ALL = "All {facts} about <b>{title}</b>, in {files}"

_SENTENCES = 3
_LINKS = 12
_CELL_LIMIT = 3_000


def evidence_blocks(review: Review) -> Iterator[Block]:
    """The table with the first sentences of each category; folds with all where more is said."""
    by_category = grouped(review.evidence)
    cells = {category: _cell(review, files) for category, files in by_category.items()}
    rows = [_row(review, category, cell) for category, (cell, _) in cells.items()]
    yield Block("\n\n".join([HEADING, EXPLANATION, "\n".join([TABLE, *rows])]))
    for category, files in by_category.items():
        if not cells[category][1]:
            yield _fold(review, category, files)


def _row(review: Review, category: Category, cell: str) -> str:
    found = sum(finding.category is category for finding in review.findings)
    shown = cell or (SEE_FINDINGS if found else NOTHING)
    return f"| {CATEGORIES[category].title} | {found or '–'} | {shown} |"


def _cell(review: Review, files: ByFile) -> tuple[str, bool]:
    """The first sentences of a category, "" where it has none; whether they are all it has."""
    everything = [said for sayings in files.values() for said in sayings]
    # What is so in a whole file, such as that something is absent, may be so in hundreds.
    alike = Counter(said.sentence for said in everything if said.is_of_file)
    common = [sentence for sentence, number in alike.most_common(1) if number > 1]
    told = [said for said in everything if said.sentence not in common][: _SENTENCES - len(common)]
    parts = [_gist(review, said, several=len(review.assessments) > 1) for said in told]
    parts += [f"{alike[each]:,} files: {prose(each, limit=200)}" for each in common]
    rest = len(everything) - len(told) - sum(alike[each] for each in common)
    parts += [MORE.format(rest=f"{rest:,}")] if rest else []
    # In a table a bar ends the cell, even inside code.
    cell = "<br>".join(parts).replace("|", "¦")
    if len(cell) > _CELL_LIMIT:
        return f"{counted(facts(files), 'fact')} {BELOW}", False
    return cell, not (rest or common)


def _gist(review: Review, said: Said, *, several: bool) -> str:
    """A sentence behind its first places, with the file's name where there are several."""
    place = said.places[0]
    name = f"{code(place.path.rpartition('/')[2], limit=60)} " if several else ""
    return f"{name}{_numbers(review, said, 3)}: {prose(said.sentence, limit=200)}"


def _fold(review: Review, category: Category, files: ByFile) -> Block:
    info = CATEGORIES[category]
    opening = ALL.format(
        facts=counted(facts(files), "fact"),
        title=info.title,
        files=counted(len(files), "file"),
    )
    return Block(
        head=f"<details>\n<summary>{opening}</summary>\n\n{info.meaning}",
        items=tuple(_sayings(review, files)),
        foot=END,
        rank=4,
    )


def _sayings(review: Review, files: ByFile) -> Iterator[str]:
    for path, sayings in files.items():
        head = f"- {location(review, path)}\n"
        for said in sayings:
            yield f"{head}  - {_places(review, said)}: {prose(said.sentence)}"
            head = ""


def _places(review: Review, said: Said) -> str:
    """The places of a sentence: "lines 3-9, 12"; a single one with its symbol."""
    first, *others = said.places
    noun = "lines" if others or first.end_line > first.line else "line"
    symbol = f" in {code(first.symbol, limit=120)}" if first.symbol and not others else ""
    return f"{noun} {_numbers(review, said, _LINKS)}{symbol}"


def _numbers(review: Review, said: Said, most: int) -> str:
    shown = [lines(review, place) for place in said.places[:most]]
    rest = len(said.places) - len(shown)
    return ", ".join([*shown, *([f"and {rest:,} more"] if rest else [])])
