"""The picture of a review: files by the eight categories, shaded by findings and evidence."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from checks.model import Category, Severity
from reviewer.model import Review
from reviewer.report.markdown import clip, visible

EACH = 60
"""So many files have a row each; of more, the first of those with findings or gaps."""

SHADES = 4

_APART = 40
_FOLDERS = 40
_DEEP = 3  # a common folder of fewer parts stays in front of its files
_FEW = 8  # so much evidence in one place is much in any review
_PATH = 400
_TOP = "."


@dataclass(slots=True)
class Cell:
    """One category of one row: how many findings, the worst of them, how many facts."""

    category: Category
    findings: int = 0
    facts: int = 0
    worst: Severity | None = None
    shade: int = 0

    def add(self, other: "Cell") -> None:
        """Count what *other* counts as well."""
        self.findings += other.findings
        self.facts += other.facts
        worst = [severity for severity in (self.worst, other.worst) if severity]
        self.worst = min(worst, key=lambda severity: severity.rank, default=None)


@dataclass(slots=True)
class Row:
    """One file, or a folder with *files* files, and its cells; ``gap``: not assessed whole.

    ``path`` is as it came, ``folder`` and ``name`` are as it is shown: from behind ``below``.
    """

    path: str
    cells: tuple[Cell, ...]
    files: int = 1
    gap: bool = False
    below: str = ""

    @property
    def folder(self) -> str:
        """What stands before the name, with its slash."""
        folder, slash, _ = self._shown.rpartition("/")
        return clip(visible(folder), _PATH) + slash

    @property
    def name(self) -> str:
        """The last part of the path."""
        return clip(visible(self._shown.rpartition("/")[2]), _PATH)

    @property
    def _shown(self) -> str:
        if f"{self.path}/" == self.below:
            return _TOP
        return self.path.removeprefix(self.below)[-2 * _PATH :]

    @property
    def findings(self) -> int:
        """How many findings there are in all categories."""
        return sum(cell.findings for cell in self.cells)

    @property
    def facts(self) -> int:
        """How many facts there are in all categories."""
        return sum(cell.facts for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Folder:
    """Several files that stand together: their sum, and each of them."""

    row: Row
    files: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The sum of all; the rows of single files, the most urgent first; folders of the others.

    ``below`` is the folder that all paths begin with, "" where that says little.
    ``folders`` is empty where every file has a row; otherwise each file is in one of them, those
    with a row of their own too, and the sums leave those out.
    """

    total: Row
    rows: tuple[Row, ...]
    folders: tuple[Folder, ...]
    below: str = ""


def matrix(review: Review) -> Matrix:
    """The picture of *review*."""
    files = _files(review)
    total = _sum("", files)
    rows, folders = files, tuple[Folder, ...]()
    if len(files) > EACH:
        rows = [row for row in files if row.findings or row.gap][:_APART]
        folders = _folders(files, {row.path for row in rows})
    below = _common([row.path for row in files])
    for group in ([total], files, [folder.row for folder in folders]):
        _shade(group)
        for row in group:
            row.below = below
    return Matrix(total, tuple(rows), folders, below)


def _files(review: Review) -> list[Row]:
    gaps = {gap.path for gap in review.not_assessed}
    rows = {path: Row(path, _cells(), gap=True) for path in gaps}
    for assessment in review.assessments:
        path = assessment.path
        row = rows.setdefault(path, Row(path, _cells()))
        by_category = {cell.category: cell for cell in row.cells}
        for finding in assessment.findings:
            if not finding.suppressed:
                one = Cell(finding.category, findings=1, worst=finding.severity)
                by_category[finding.category].add(one)
        for category, facts in Counter(fact.category for fact in assessment.evidence).items():
            by_category[category].facts += facts
    return sorted(rows.values(), key=_urgency)


def _urgency(row: Row) -> tuple[int, int, int, str]:
    worst = min((cell.worst.rank for cell in row.cells if cell.worst), default=len(Severity))
    return worst, -row.findings, not row.gap, row.path


def _cells() -> tuple[Cell, ...]:
    return tuple(map(Cell, Category))


def _sum(path: str, rows: Iterable[Row]) -> Row:
    cells, count = _cells(), 0
    for row in rows:
        count += 1
        for mine, other in zip(cells, row.cells, strict=True):
            mine.add(other)
    return Row(path, cells, files=count)


def _folders(files: Sequence[Row], apart: set[str]) -> tuple[Folder, ...]:
    """The *files* by folder, so deep that there are not too many; sums without those *apart*."""
    depth = _depth([row.path for row in files])
    groups: dict[str, list[Row]] = {}
    for row in sorted(files, key=lambda row: row.path):
        groups.setdefault(_prefix(row.path, depth), []).append(row)
    return tuple(
        Folder(_sum(prefix, (row for row in group if row.path not in apart)), tuple(group))
        for prefix, group in sorted(groups.items())
    )


def _depth(paths: Sequence[str]) -> int:
    deepest = max(path.count("/") for path in paths)
    depth = 0
    while depth < deepest and len({_prefix(path, depth + 1) for path in paths}) <= _FOLDERS:
        depth += 1
    return depth


def _common(paths: Sequence[str]) -> str:
    """The folder that holds all *paths*, with its slash; "" where it is short anyway."""
    if len(paths) < 2:
        return ""
    levels = zip(*(path.split("/")[:-1] for path in paths), strict=False)
    common = [level[0] for level in takewhile(lambda level: len({*level}) == 1, levels)]
    return "/".join([*common, ""]) if len(common) >= _DEEP else ""


def _prefix(path: str, depth: int) -> str:
    return "/".join(path.split("/")[:-1][:depth]) or ("/" if path.startswith("/") else _TOP)


def _shade(rows: Sequence[Row]) -> None:
    """Give each cell one of the shades, by how much evidence it has beside the others."""
    most = max([_FEW, *(cell.facts for row in rows for cell in row.cells)])
    for row in rows:
        for cell in row.cells:
            if cell.facts:
                cell.shade = max(1, math.ceil(SHADES * math.log(cell.facts) / math.log(most)))
