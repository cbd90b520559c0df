"""``secreview check`` beside bandit and beside bare ``ast.parse``, on the tests of nova.

    python bench/check_speed.py [FOLDER] [--corpora FOLDER ...] [--runs N]

Wall time, CPU and peak memory. The commands run in turn, so that a drifting machine slows
all of them; medians are printed. Writes ``docs/performance.md`` unless a FOLDER of
tests is given, and ends with 1 when a target is missed.
"""

import argparse
import compileall
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from corpora import (
    BANDIT,
    DOCS,
    NOVA,
    bandit,
    lines_of,
    parser,
    python_files,
    secreview,
    table,
    unpacked,
    version,
)

TEMPLATE = Path(__file__).resolve().with_name("performance.template.md")
PARSE = """
import ast, gc, sys, warnings
from pathlib import Path
gc.disable()
warnings.simplefilter("ignore")
for path in Path(sys.argv[1]).rglob("*.py"):
    ast.parse(path.read_bytes())
"""
TWO = "secreview check, 2 processes"
ONE = "secreview check, 1 process"
FINDINGS = "secreview check --no-evidence, 1 process"
PARSER = "bare `ast.parse`"

REVIEWS = "<!-- reviews: begin -->"
TIMES_FASTER = 4.0
PARSES, SECONDS_MORE = 3.0, 2.0
MEMORY = 300


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a command took: seconds, and MB of its largest process."""

    wall: float
    cpu: float
    memory: float


def measured(command: Sequence[str]) -> Run:
    """Run *command*; all of its children are counted.

    Raises:
        SystemExit: it did not do its work, so that its figures would mean nothing.
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):  # 1: it has findings
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    kilobytes = used.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Run(wall, used.ru_utime + used.ru_stime, kilobytes / 1024)


def median(runs: Sequence[Run]) -> Run:
    """The median of each figure."""
    return Run(
        statistics.median(run.wall for run in runs),
        statistics.median(run.cpu for run in runs),
        max(run.memory for run in runs),
    )


def commands(tree: Path, report: Path) -> dict[str, list[str]]:
    """What is measured, by name."""
    check = [secreview(), "check", str(tree), "--format", "json", "--output", str(report)]
    return {
        TWO: [*check, "--jobs", "2"],
        ONE: [*check, "--jobs", "1"],
        FINDINGS: [*check, "--no-evidence", "--jobs", "1"],
        PARSER: [sys.executable, "-I", "-c", PARSE, str(tree)],
        BANDIT: [str(bandit()), "--recursive", "--quiet", "--format", "json", str(tree)],
    }


def compiled() -> None:
    """Have our byte code written, as an installation writes everybody else's."""
    for package in ("checks", "reviewer"):
        compileall.compile_dir(Path(__file__).resolve().parent.parent / package, quiet=1)


def targets(took: dict[str, Run]) -> list[tuple[bool, str]]:
    """Each target: whether it is held, and a sentence with the figures."""
    peer, ours, parse = took[BANDIT], took[ONE], took[PARSER]
    faster = peer.wall / took[TWO].wall
    allowed = PARSES * parse.cpu + SECONDS_MORE
    memory = max(took[TWO].memory, ours.memory)
    speed = f"With two processes it is {faster:.1f} times as fast as {BANDIT.replace('==', ' ')}"
    times = ours.cpu / parse.cpu
    effort = f"It takes {ours.cpu:.1f} s of CPU, {times:.1f} times bare parsing"
    room = f"at most {PARSES:.0f} times that and {SECONDS_MORE:.0f} s, {allowed:.1f} s"
    space = f"Its largest process takes {memory:.0f} MB (wanted: under {MEMORY})."
    return [
        (faster >= TIMES_FASTER, f"{speed} in wall time (wanted: {TIMES_FASTER:.0f})."),
        (ours.cpu <= allowed, f"{effort} (wanted: {room})."),
        (memory < MEMORY, space),
    ]


def figures(took: dict[str, Run]) -> str:
    """The table."""
    rows = []
    for name, run in took.items():
        shown = name if "`" in name else f"`{name}`"
        share = f"{run.wall / took[BANDIT].wall:.2f}"
        rows.append([shown, f"{run.wall:.1f}", f"{run.cpu:.1f}", share, f"{run.memory:.0f}"])
    return table(["command", "wall s", "CPU s", "wall / bandit", "peak MB"], rows)


def main() -> None:
    """Measure, print, write the page."""
    options: argparse.ArgumentParser = parser(__doc__.splitlines()[0])
    options.add_argument("folder", nargs="?", type=Path, help="a folder of tests instead of nova's")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--output", type=Path, default=DOCS / "performance.md", metavar="FILE")
    arguments = options.parse_args()
    tree = arguments.folder or unpacked(NOVA, arguments.corpora) / NOVA.tests
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        lines = commands(tree, report)
        runs: dict[str, list[Run]] = {name: [] for name in lines}
        compiled()
        for _ in range(arguments.runs):
            for name, command in lines.items():
                runs[name].append(measured(command))
        found = len(json.loads(report.read_text())["findings"])
    took = {name: median(each) for name, each in runs.items()}
    held = targets(took)
    counts = [lines_of(path) for path in python_files(tree)]
    said = "\n".join(f"- {'Held' if ok else '**Missed**'}: {text}" for ok, text in held)
    print(figures(took), said, f"{found} findings in {sum(counts):,} lines", sep="\n\n")
    if not arguments.folder:
        kept = arguments.output.read_text() if arguments.output.exists() else ""
        page = Template(TEMPLATE.read_text()).substitute(
            corpus=NOVA.requirement.replace("==", " "),
            peer=BANDIT.replace("==", " "),
            runs=arguments.runs,
            files=len(counts),
            lines=f"{sum(counts):,}",
            largest=f"{max(counts):,}",
            table=figures(took),
            targets=said,
            version=version(),
            processors=os.cpu_count(),
        )
        # The last part of the page is that of bench/reviews.py.
        head, begin, _ = page.partition(REVIEWS)
        arguments.output.write_text(head + begin + (kept.partition(REVIEWS)[2] or "\n"))
    if not all(ok for ok, _ in held):
        sys.exit("a target is missed")


if __name__ == "__main__":
    main()
