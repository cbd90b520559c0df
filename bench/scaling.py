"""Is the time of an assessment linear in the size of the file?

    python bench/scaling.py [--corpora FOLDER ...]

Assesses generated test files of 100 to 33,000 lines (varied code, seeded) and the largest
files of the corpora, with every rule and every evidence collector, and fits the exponent
of CPU time over lines. Writes ``docs/scaling.svg`` and ``docs/scaling.md``; ends with 1
when the exponent is above the limit.
"""

import gc
import math
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corpora import CORPORA, DOCS, lines_of, parser, python_files, table, unpacked, version

from checks import CATEGORIES, RULES
from checks.engine import Engine
from checks.model import Profile
from checks.source import SourceFile

LIMIT = 1.15
SIZES = (100, 180, 330, 600, 1_000, 1_800, 3_300, 6_000, 10_000, 18_000, 33_000)
FITTED_FROM = 1_000
"""Below it a file is too short for all kinds of code, and its fixed cost hides the slope."""
REPEATS = 4
SEED = 34
LARGEST = 12

HEAD = """\
import json
import os
import subprocess
import tempfile
from unittest import mock, TestCase

import pytest
import requests
import yaml

from service import api, database, errors
"""
PIECES = (
    '''
    def test_get_{n}(self):
        """The {word} of item {n} is what the API says."""
        response = self.client.get("/items/{n}", headers={{"X-{word}": "{n}"}})
        self.assertEqual(200, response.status_code)
        self.assertIn("{word}", json.loads(response.body)["items"][{n} % 7])
''',
    """
    @mock.patch("service.api.{word}_{n}")
    @mock.patch.object(api, "{word}", autospec=True)
    def test_patched_{n}(self, mock_a, mock_b):
        mock_a.return_value = {{"id": {n}, "name": "{word}"}}
        mock_b.side_effect = errors.NotFound(id={n})
        self.assertRaises(errors.NotFound, api.{word}, self.context, {n})
        mock_b.assert_called_once_with(self.context, {n})
""",
    """
    def test_file_{n}(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "{word}.json")
            with open(path, "w") as file:
                json.dump({{"{word}": [{n}, "{word}"]}}, file)
            self.assertTrue(api.load(path), "nothing was loaded")
""",
    """
    def test_rows_{n}(self):
        rows = database.execute("SELECT * FROM items WHERE id = :id", {{"id": {n}}})
        for row in rows:
            if row["{word}"] is None:
                continue
            try:
                self.check(row, "{word}")
            except errors.Conflict as error:
                self.assertEqual({n}, error.code)
""",
    """
    def test_process_{n}(self):
        done = subprocess.run(["ls", "-l", "{word}"], capture_output=True, check=False)
        settings = yaml.safe_load(done.stdout)
        assert settings is None or settings["{word}"] == {n}
""",
    """
@pytest.fixture
def {word}_{n}(monkeypatch):
    monkeypatch.setenv("{word}", "{n}")
    server = api.start(host="127.0.0.1", port={n})
    yield server
    server.stop()
""",
    """
@pytest.mark.parametrize("value", [{n}, "{word}", None])
def test_denied_{n}({word}_{n}, value):
    with pytest.raises(errors.Forbidden):
        requests.post("http://127.0.0.1:{n}/{word}", json={{"value": value}}, timeout=5)
""",
)
METHODS = 5
"""How many of PIECES, from the first, stand in a class."""
WORDS = ("alpha", "beta", "gamma", "server", "volume", "port", "image", "flavor", "tenant", "quota")


@dataclass(frozen=True, slots=True)
class Point:
    """One file: what it is called, its lines, the seconds it takes, and what was found."""

    name: str
    lines: int
    seconds: float
    said: int


def generated(lines: int) -> bytes:
    """Test code of about *lines* lines: always the same for the same number."""
    chance = random.Random(SEED)
    parts, length, number = [HEAD], HEAD.count("\n"), 0
    while length < lines:
        inside = chance.random() < 0.8
        block = [f"\n\nclass Test{number}(TestCase):\n"] if inside else []
        choices = PIECES[:METHODS] if inside else PIECES[METHODS:]
        size = chance.randint(4, 12)
        while len(block) < size:
            number += 1
            block.append(chance.choice(choices).format(n=number, word=chance.choice(WORDS)))
            if length + sum(part.count("\n") for part in block) >= lines:
                break
        parts += block
        length += sum(part.count("\n") for part in block)
    return "".join(parts).encode()


def measured(engine: Engine, files: Sequence[SourceFile]) -> list[Point]:
    """The least CPU time of each file's assessments: what disturbs only ever adds.

    One round after the other, so that a machine that drifts slows all sizes alike.
    """
    times: dict[str, list[float]] = {file.path: [] for file in files}
    said = {}
    for _ in range(REPEATS):
        for file in files:
            gc.collect()
            start = time.process_time()
            assessment = engine.assess(file)
            times[file.path].append(time.process_time() - start)
            said[file.path] = len(assessment.findings) + len(assessment.evidence)
            if assessment.not_assessed:
                raise SystemExit(f"{file.path}: {assessment.not_assessed[0].reason}")
    return [
        Point(file.path, file.content.count(b"\n"), min(times[file.path]), said[file.path])
        for file in files
    ]


def exponent(points: Sequence[Point]) -> float:
    """The slope of log(seconds) over log(lines): 1 is linear, 2 quadratic."""
    fitted = [point for point in points if point.lines >= FITTED_FROM]
    x = [math.log(point.lines) for point in fitted]
    y = [math.log(point.seconds) for point in fitted]
    return statistics.linear_regression(x, y).slope


def largest(folders: Sequence[Path]) -> list[SourceFile]:
    """The largest test files of the corpora, by name."""
    found: list[tuple[int, str, Path]] = []
    for corpus in CORPORA:
        root = unpacked(corpus, folders)
        files = python_files(root / corpus.tests)
        found += [(lines_of(p), f"{corpus.name}: {p.relative_to(root)}", p) for p in files]
    found.sort(reverse=True)
    return [SourceFile(name, path.read_bytes()) for _, name, path in found[:LARGEST]]


class Plot:
    """A plot with two logarithmic axes, as SVG."""

    WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 760, 440, 70, 50, 50, 20
    X, Y = (80, 40_000), (0.001, 20)

    def __init__(self) -> None:
        self.parts: list[str] = []

    def at(self, lines: float, seconds: float) -> tuple[float, float]:
        """Where a point lies."""
        across = math.log(lines / self.X[0]) / math.log(self.X[1] / self.X[0])
        up = math.log(seconds / self.Y[0]) / math.log(self.Y[1] / self.Y[0])
        width = self.WIDTH - self.LEFT - self.RIGHT
        height = self.HEIGHT - self.TOP - self.BOTTOM
        return self.LEFT + across * width, self.HEIGHT - self.BOTTOM - up * height

    def line(self, start: tuple[float, float], end: tuple[float, float], style: str) -> None:
        """A straight line between two points of the plot."""
        (x1, y1), (x2, y2) = self.at(*start), self.at(*end)
        place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        self.parts.append(f"<line {place} {style}/>")

    def text(self, x: float, y: float, said: str, style: str = "") -> None:
        """Text at a place of the picture."""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" {style}>{said}</text>')

    def axes(self) -> None:
        """The grid, with its numbers."""
        grid = 'stroke="#d0d7de"'
        for lines in (100, 300, 1_000, 3_000, 10_000, 30_000):
            self.line((lines, self.Y[0]), (lines, self.Y[1]), grid)
            x, y = self.at(lines, self.Y[0])
            self.text(x, y + 18, f"{lines:,}", 'text-anchor="middle"')
        for seconds in (0.001, 0.01, 0.1, 1, 10):
            self.line((self.X[0], seconds), (self.X[1], seconds), grid)
            x, y = self.at(self.X[0], seconds)
            self.text(x - 8, y + 4, f"{seconds:g}", 'text-anchor="end"')
        self.text(self.WIDTH / 2, self.HEIGHT - 10, "lines of the file", 'text-anchor="middle"')
        self.text(12, self.TOP - 10, "CPU seconds")

    def dots(self, points: Sequence[Point], colour: str) -> None:
        """A dot for each point, with its name as a tooltip."""
        for point in points:
            x, y = self.at(point.lines, point.seconds)
            title = f"{point.name}: {point.lines:,} lines, {point.seconds:.3f} s"
            circle = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}">'
            self.parts.append(f"{circle}<title>{title}</title></circle>")

    def svg(self) -> str:
        """The whole picture."""
        size = f'width="{self.WIDTH}" height="{self.HEIGHT}"'
        box = f'viewBox="0 0 {self.WIDTH} {self.HEIGHT}"'
        font = 'font-family="system-ui, sans-serif" font-size="12" fill="#1f2328"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} {font}>'
        ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
        return "\n".join([head, ground, *self.parts, "</svg>", ""])


def picture(made: Sequence[Point], real: Sequence[Point], slope: float) -> str:
    """Time over lines: generated files, real ones, and what linear would be."""
    plot = Plot()
    plot.axes()
    per_line = statistics.median(p.seconds / p.lines for p in made if p.lines >= FITTED_FROM)
    ends = [(lines, lines * per_line) for lines in (100, 33_000)]
    plot.line(*ends, 'stroke="#8c959f" stroke-width="2" stroke-dasharray="6 4"')
    plot.dots(made, "#0969da")
    plot.dots(real, "#bc4c00")
    legend = [("#0969da", f"generated, exponent {slope:.2f}"), ("#bc4c00", "largest real files")]
    for number, (colour, said) in enumerate([*legend, ("#8c959f", "linear")]):
        x = plot.LEFT + 60 + 210 * number
        plot.parts.append(f'<circle cx="{x}" cy="36" r="4.5" fill="{colour}"/>')
        plot.text(x + 10, 40, said)
    plot.text(12, 20, "secreview: time of one assessment", 'font-size="15" font-weight="600"')
    return plot.svg()


PAGE = """\
# Time over size

Is the time of an assessment linear in the size of the file? `make scaling` answers: every rule and
every evidence collector, profile `tests`, CPU time of one process, the least of {repeats} runs.

![Time over lines, both logarithmic](scaling.svg)

The exponent over the generated files from {first:,} lines up is **{slope:.3f}** (1 is linear, 2
quadratic; the bench fails above {limit}). The {count} largest files of the corpora take {least:.0f}
to {most:.0f} µs a line: they differ in how dense they are, not only in size.

Made with {version}.

## Generated files

{made}

## The largest files of the corpora

{real}
"""


def page(made: Sequence[Point], real: Sequence[Point]) -> str:
    """``docs/scaling.md``."""
    return PAGE.format(
        repeats=REPEATS,
        first=FITTED_FROM,
        slope=exponent(made),
        limit=LIMIT,
        count=len(real),
        least=min(map(_each, real)),
        most=max(map(_each, real)),
        version=version(),
        made=_rows(made),
        real=_rows(real),
    )


def _each(point: Point) -> float:
    """Microseconds a line."""
    return 1_000_000 * point.seconds / point.lines


def _rows(points: Sequence[Point]) -> str:
    rows = []
    for p in points:
        seconds, each = f"{p.seconds:.3f}", f"{_each(p):.1f}"
        rows.append([f"{p.lines:,}", seconds, each, p.said, f"`{p.name}`"])
    header = ["lines", "CPU s", "µs a line", "findings and evidence", "file"]
    return table(header, rows)


def main() -> None:
    """Measure, print, write the page and the picture."""
    options = parser(__doc__.splitlines()[0])
    options.add_argument("--output", type=Path, default=DOCS, metavar="FOLDER")
    arguments = options.parse_args()
    engine = Engine(RULES, CATEGORIES, Profile.TESTS)
    files = [SourceFile(f"generated, {size}", generated(size)) for size in SIZES]
    measured(engine, files[:5])  # Warms up.
    made = measured(engine, files)
    real = measured(engine, largest(arguments.corpora))
    slope = exponent(made)
    (arguments.output / "scaling.svg").write_text(picture(made, real, slope))
    written = page(made, real)
    (arguments.output / "scaling.md").write_text(written)
    print(written)
    if slope > LIMIT:
        sys.exit(f"not linear: the exponent is {slope:.3f}, the limit {LIMIT}")


if __name__ == "__main__":
    main()
