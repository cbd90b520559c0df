"""Findings on the tests of real projects: how many, by which rule, and how many are real.

    python bench/noise.py [--corpora FOLDER ...] [--worklist FILE]

Writes ``docs/accuracy.md`` from ``bench/accuracy.template.md`` and the verdicts in
``bench/verdicts.csv``. ``--worklist`` also writes what nobody has judged yet, with the
code around it and the rows to fill in.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

from corpora import CORPORA, DOCS, NOVA, Corpus, check, parser, percent, table, unpacked, version

HERE = Path(__file__).resolve().parent
TEMPLATE = HERE / "accuracy.template.md"
VERDICTS = HERE / "verdicts.csv"
COLUMNS = ("corpus", "path", "line", "rule", "verdict", "reason")
SEED = "secreview-34"
SAMPLE = 60
REAL, NOT_REAL, UNJUDGED = "real", "not real", "not judged yet"
SURROUNDINGS = 12
KNOWN = {
    "`os.environ` is set and never put back": "environ-not-restored",
    "A Mock is left on a production module's attribute": "module-attr-mock-leak",
    "`.stop` is taken from the mock instead of the patcher": "patch-stop-on-mock",
    "`assertTrue`, `assertIsNone` with a second value that is no message": "asserttrue-two-values",
    "A comparison stands as a statement": "no-op-comparison",
    "A file is never closed": "file-not-closed",
    "A private key with a body that can be decoded": "private-key",
}

ALLOWED = {NOVA.name: 0.10}
ALLOWED_ELSEWHERE = 0.30
PRECISION = 0.8

Key = tuple[str, str, int, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person says of one finding."""

    verdict: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """One finding, with what identifies it in a pinned corpus."""

    corpus: str
    path: str
    line: int
    rule: str
    severity: str
    said: str

    @property
    def key(self) -> Key:
        """What the verdict file knows it by."""
        return self.corpus, self.path, self.line, self.rule

    @property
    def lot(self) -> str:
        """Decides whether it is in the sample: as good as random, and the same every time."""
        return hashlib.sha256("\0".join(map(str, (SEED, *self.key))).encode()).hexdigest()


@dataclass
class Result:
    """What was found in one corpus."""

    corpus: Corpus
    root: Path
    files: int = 0
    lines: int = 0
    findings: list[Found] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Findings per 1000 lines."""
        return 1000 * len(self.findings) / max(self.lines, 1)

    @property
    def allowed(self) -> float:
        """How many findings per 1000 lines are wanted at most."""
        return ALLOWED.get(self.corpus.name, ALLOWED_ELSEWHERE)

    @property
    def sample(self) -> list[Found]:
        """The findings that are judged: all, or the SAMPLE with the smallest lots."""
        chosen = sorted(self.findings, key=lambda found: found.lot)[:SAMPLE]
        return sorted(chosen, key=lambda found: found.key)


def review(corpus: Corpus, root: Path) -> Result:
    """Run ``secreview check`` on the tests of *corpus*, which is unpacked at *root*."""
    document = check([corpus.tests], root)
    return Result(
        corpus=corpus,
        root=root,
        files=len(document["files"]),
        lines=sum(file["lines"] for file in document["files"]),
        findings=[_found(corpus, finding) for finding in document["findings"]],
        gaps=[f"`{gap['path']}`: {gap['reason']}" for gap in document["not_assessed"]],
    )


def _found(corpus: Corpus, finding: dict[str, Any]) -> Found:
    place = finding["place"]
    rule, severity = finding["rule"], finding["severity"]
    return Found(corpus.name, place["path"], place["line"], rule, severity, finding["reason"])


def verdicts(path: Path = VERDICTS) -> dict[Key, Verdict]:
    """The verdict file.

    Raises:
        SystemExit: a row is malformed; the text says which one, and what is expected.
    """
    given: dict[Key, Verdict] = {}
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise SystemExit(f"{path}: the first line must be {','.join(COLUMNS)}")
        for row in reader:
            where = f"{path}:{reader.line_num}"
            if None in row or not all(row.values()) or not row["line"].isdigit():
                raise SystemExit(f"{where}: six columns are expected, none of them empty")
            if row["verdict"] not in (REAL, NOT_REAL):
                raise SystemExit(f"{where}: the verdict is {REAL!r} or {NOT_REAL!r}")
            key = (row["corpus"], row["path"], int(row["line"]), row["rule"])
            given[key] = Verdict(row["verdict"], row["reason"])
    return given


def tally(sample: Sequence[Found], given: dict[Key, Verdict]) -> Counter[str]:
    """How many of *sample* are real, not real, not judged yet."""
    return Counter(given[f.key].verdict if f.key in given else UNJUDGED for f in sample)


def page(results: Sequence[Result], given: dict[Key, Verdict]) -> str:
    """``docs/accuracy.md``."""
    return Template(TEMPLATE.read_text()).substitute(
        sample=SAMPLE,
        seed=SEED,
        precision=f"{PRECISION:.0%}",
        version=version(),
        summary=_summary(results, given),
        total=_total(results, given),
        rules=_by_rule(results),
        known=_known(results),
        listings="\n".join(_listing(result, given) for result in results),
    )


def _summary(results: Sequence[Result], given: dict[Key, Verdict]) -> str:
    header = ["tests of", "files", "lines", "findings", "per 1000 lines", "wanted", "sample"]
    header += ["real", "not real", UNJUDGED, "real of those judged", "not assessed"]
    rows = []
    for result in results:
        said = tally(result.sample, given)
        real, unreal = said[REAL], said[NOT_REAL]
        row = [f"`{result.corpus.requirement}` `{result.corpus.tests}`", f"{result.files:,}"]
        row += [f"{result.lines:,}", len(result.findings), _flagged(result)]
        row += [f"{result.allowed:.2f}", len(result.sample), real, unreal, said[UNJUDGED]]
        row += [_precision(real, real + unreal)]
        rows.append([*row, len(result.gaps)])
    return table(header, rows)


def _flagged(result: Result) -> str:
    """The rate, set off where it is above what is wanted."""
    rate = f"{result.rate:.3f}"
    return rate if result.rate <= result.allowed else f"**{rate}**"


def _precision(real: int, judged: int) -> str:
    """The share of real findings, set off where it is below what is wanted."""
    share = percent(real, judged)
    return f"**{share}**" if judged and real / judged < PRECISION else share


def _total(results: Sequence[Result], given: dict[Key, Verdict]) -> str:
    said = sum((tally(result.sample, given) for result in results), Counter[str]())
    judged = said[REAL] + said[NOT_REAL]
    found = sum(len(result.findings) for result in results)
    lines = sum(result.lines for result in results)
    return (
        f"Together: {found:,} findings in {lines:,} lines ({1000 * found / max(lines, 1):.3f} per "
        f"1000 lines). {judged:,} are judged, {said[REAL]:,} of them real "
        f"({percent(said[REAL], judged)}); {said[UNJUDGED]:,} in the samples are not judged yet."
    )


def _by_rule(results: Sequence[Result]) -> str:
    counts = {result.corpus.name: Counter(f.rule for f in result.findings) for result in results}
    names = sorted({rule for count in counts.values() for rule in count})
    rows = []
    for rule in names:
        found = [count[rule] for count in counts.values()]
        rows.append([f"[`{rule}`](rules/{rule}.md)", *found, sum(found)])
    return table(["rule", *counts, "together"], rows)


def _known(results: Sequence[Result]) -> str:
    rows = []
    for defect, rule in KNOWN.items():
        places = [
            f"`{found.path}:{found.line}`"
            for result in results
            if result.corpus is NOVA
            for found in result.findings
            if found.rule == rule
        ]
        rest = f" and {len(places) - 3} more" if len(places) > 3 else ""
        shown = ", ".join(places[:3]) + rest if places else "**not found**"
        rows.append([defect, f"`{rule}`", shown])
    return table(["defect", "rule", "found at"], rows)


def _listing(result: Result, given: dict[Key, Verdict]) -> str:
    total, sample = len(result.findings), result.sample
    of = f"{len(sample)} of {total} findings" if total > len(sample) else f"{total} findings"
    parts = [f"\n### {result.corpus.name}: {of}\n"]
    rows = []
    for found in sample:
        verdict = given.get(found.key, Verdict(UNJUDGED, ""))
        row = [f"`{found.path}:{found.line}`", f"`{found.rule}`", found.severity]
        rows.append([*row, verdict.verdict, _cell(verdict.reason)])
    if rows:
        parts.append(table(["place", "rule", "severity", "verdict", "reason"], rows))
    if result.gaps:
        parts.append(f"\nNot assessed: {len(result.gaps)}\n")
        parts += [f"- {gap}" for gap in result.gaps]
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def worklist(results: Sequence[Result], given: dict[Key, Verdict]) -> str:
    """What is to be judged: the rows for the verdict file, then each finding with its code."""
    waiting = [(result, f) for result in results for f in result.sample if f.key not in given]
    rows = [f"{f.corpus},{f.path},{f.line},{f.rule},," for _, f in waiting]
    head = (
        f"# Findings to judge: {len(waiting)}\n\nFill in verdict ({REAL}, {NOT_REAL}) and reason:"
    )
    parts = [head, "```csv", ",".join(COLUMNS), *rows, "```"]
    for result, found in waiting:
        parts += [
            f"\n## {found.corpus} {found.path}:{found.line} {found.rule} ({found.severity})\n",
            f"{found.said}\n",
            "```python",
            *_around(result.root / found.path, found.line),
            "```",
        ]
    return "\n".join(parts) + "\n"


def _around(path: Path, line: int) -> Iterator[str]:
    lines = path.read_text(errors="replace").split("\n")
    first = max(1, line - SURROUNDINGS)
    for number, text in enumerate(lines[first - 1 : line + SURROUNDINGS], first):
        yield f"{number:6}{'>' if number == line else ' '} {text}"


def main() -> None:
    """Review every corpus, print the table, write the page."""
    options = parser(__doc__.splitlines()[0])
    options.add_argument("--worklist", type=Path, metavar="FILE", help="what is not judged yet")
    options.add_argument("--output", type=Path, default=DOCS / "accuracy.md", metavar="FILE")
    arguments = options.parse_args()
    given = verdicts()
    results = [review(c, unpacked(c, arguments.corpora)) for c in CORPORA]
    arguments.output.write_text(page(results, given))
    if arguments.worklist:
        arguments.worklist.write_text(worklist(results, given))
    print(_summary(results, given), _total(results, given), _by_rule(results), sep="\n\n")
    keys = {found.key for result in results for found in result.findings}
    for corpus, path, line, rule in sorted(given.keys() - keys):
        print(f"verdict without a finding: {corpus} {path}:{line} {rule}")


if __name__ == "__main__":
    main()
