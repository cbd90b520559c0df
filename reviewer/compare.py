"""What a pull request introduced, what was there before, and what it mended. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checks.model import Assessment, Finding


@dataclass(frozen=True, slots=True)
class Comparison:
    """``existing``: fingerprints of the head's findings that the base has too.

    ``fixed``: findings of the base that the head lacks, in files that were assessed whole.
    """

    existing: frozenset[str]
    fixed: tuple[Finding, ...]


def compare(
    head: Sequence[Assessment], base: Sequence[Assessment], previous: Mapping[str, str]
) -> Comparison:
    """Match the findings of the head with those of the base's versions of its files.

    Two are the same when rule, symbol, code and ordinal are, in the same file or, where that
    has none, in another changed one: tests move. A suppressed finding matches none: taken
    away, its suppression introduces it.

    Args:
        head: the files of the head, suppressions applied.
        base: their versions on the base, suppressions applied; one that cannot be had is
            left out, and all findings of its file are introduced.
        previous: the path that a file has on the base, for those that are renamed.
    """
    left = [f for a in base for f in a.findings if not f.suppressed]
    here = Counter((f.place.path, f.content) for f in left)
    mine = [f for a in head for f in a.findings]
    existing: set[str] = set()
    gone: Counter[tuple[str, str]] = Counter()

    def take(finding: Finding, place: tuple[str, str]) -> None:
        here[place] -= 1
        gone[place] += 1
        existing.add(finding.fingerprint)

    for finding in mine:
        path = previous.get(finding.place.path, finding.place.path)
        if here[path, finding.content] > 0:
            take(finding, (path, finding.content))
    elsewhere: dict[str, list[tuple[str, str]]] = {}
    for place, count in here.items():
        elsewhere.setdefault(place[1], []).extend([place] * count)
    for finding in mine:
        if finding.fingerprint not in existing and elsewhere.get(finding.content):
            take(finding, elsewhere[finding.content].pop())
    whole = {previous.get(a.path, a.path) for a in head if not a.not_assessed}
    fixed = []
    for finding in left:
        place = (finding.place.path, finding.content)
        if gone[place]:
            gone[place] -= 1
        elif finding.place.path in whole:
            fixed.append(finding)
    return Comparison(frozenset(existing), tuple(fixed))
