"""Evidence by category, file and sentence: equal sentences of one file share one line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checks.model import Category, Evidence, Place


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence about one file, and every place it is true of, in the file's order."""

    sentence: str
    places: tuple[Place, ...]

    @property
    def is_of_file(self) -> bool:
        """Whether it speaks of the file as a whole: its place is where the file begins."""
        first = self.places[0]
        return (first.end_line, first.end_column) == (1, 1)


ByFile = Mapping[str, tuple[Said, ...]]


def grouped(evidence: Iterable[Evidence]) -> dict[Category, ByFile]:
    """All eight categories in order, each with its files and what is said about them."""
    found: dict[Category, dict[str, dict[str, list[Place]]]] = {c: {} for c in Category}
    for fact in evidence:
        sentences = found[fact.category].setdefault(fact.place.path, {})
        sentences.setdefault(fact.sentence, []).append(fact.place)
    return {
        category: {
            path: tuple(Said(sentence, tuple(places)) for sentence, places in sentences.items())
            for path, sentences in files.items()
        }
        for category, files in found.items()
    }


def facts(files: ByFile) -> int:
    """How many pieces of evidence *files* hold."""
    return sum(len(said.places) for sayings in files.values() for said in sayings)
