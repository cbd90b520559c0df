"""Run the fuzzing, each target in a process of its own, and write down what came of it.

    python -m tests.fuzz [--runs N] [--seconds S] [--seed N] [--only TARGET] [--no-page]
    python -m tests.fuzz --again TARGET FILE

Prints its part of ``docs/reliability.md`` and puts it there. Ends with 1 where an input broke
a target; the input is kept in ``var/fuzz``, and ``--again`` shows what happens with it.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tests.fuzz import target

HOUSE = Path(__file__).resolve().parents[2]
KEPT = HOUSE / "var" / "fuzz"
PAGE = HOUSE / "docs" / "reliability.md"
BEGIN, END = "<!-- fuzz: begin -->", "<!-- fuzz: end -->"
TEMPLATE = Path(__file__).with_name("section.template.md")
TARGETS = ("sources", "patches", "webhooks")
PROPERTIES = {
    "configurations": "tests/test_config_fuzz.py",
    "commands": "tests/test_commands_fuzz.py",
}
_AT = re.compile(r"^#\d+\s.*?\bcov: (\d+) ft: (\d+)", re.MULTILINE)
_RUNS = re.compile(r"^stat::number_of_executed_units:\s*(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Figures:
    """What came of one target; ``said`` is the end of its output where it broke."""

    name: str
    runs: str
    seconds: float
    coverage: str
    crashes: int
    said: str = ""


def fuzzed(name: str, given: argparse.Namespace) -> Figures:
    """Run a target of ours until it has had its inputs, or its time, or breaks."""
    KEPT.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz.target", name]
    limits = [f"-runs={given.runs}", f"-max_total_time={given.seconds}", f"-seed={given.seed}"]
    limits += [f"-artifact_prefix={KEPT}/{name}-", "-print_final_stats=1"]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        # The fuzzer ends without a word to Python: what the target leaves goes with the folder.
        done = _run([*command, str(corpus), *limits], os.environ | {"TMPDIR": folder})
    seconds = time.monotonic() - started
    at, runs = _AT.findall(done.stdout), _RUNS.search(done.stdout)
    edges, features = at[-1] if at else ("0", "0")
    broken = done.returncode != 0
    coverage = f"{int(features):,} features, {int(edges):,} edges"
    said = "\n".join(done.stdout.split("\n")[-60:]) if broken else ""
    made = f"{int(runs[1]):,}" if runs else "0"
    return Figures(name, made, seconds, coverage, int(broken), said)


def tried(name: str, given: argparse.Namespace) -> Figures:
    """Run the properties of a file with as many examples as were asked for."""
    started = time.monotonic()
    environment = os.environ | {"FUZZ_EXAMPLES": str(given.examples)}
    options = ["--quiet", "-p", "tests.fuzz.examples", f"--hypothesis-seed={given.seed}"]
    options += ["-o", "timeout=3600", PROPERTIES[name]]
    done = _run([sys.executable, "-m", "pytest", *options], environment)
    found = re.search(r"(\d+) passed", done.stdout)
    runs = f"{given.examples:,} × {found[1] if found else 0}"
    broken = done.returncode != 0
    said = done.stdout[-4_000:] if broken else ""
    return Figures(name, runs, time.monotonic() - started, "-", int(broken), said)


def _run(
    command: list[str], environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=HOUSE,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def section(figures: list[Figures], seed: int) -> str:
    """The part of the page, in Markdown."""
    rows = [
        f"| {f.name} | {f.runs} | {f.seconds:.0f} | {f.coverage} | {f.crashes} |" for f in figures
    ]
    text = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        rows="\n".join(rows),
        seed=seed,
        hangs=target.HANGS,
        python=platform.python_version(),
        processors=os.cpu_count(),
    )
    return f"{BEGIN}\n{text}{END}"


def put(text: str) -> None:
    """Put the part into its page, behind everything where the page has none yet."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else "# Reliability\n"
    if BEGIN not in page:
        page += f"\n{BEGIN}{END}\n"
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(before + text + rest.partition(END)[2], encoding="utf-8")


def main() -> None:
    """Run what was asked for, print the figures, and write them down."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--runs", type=int, default=200_000, help="inputs for each target")
    options.add_argument("--examples", type=int, default=10_000, help="examples for a property")
    options.add_argument("--seconds", type=int, default=1_800, help="the most for one target")
    options.add_argument("--seed", type=int, default=20_261_123)
    options.add_argument("--only", choices=[*TARGETS, *PROPERTIES])
    options.add_argument("--no-page", action="store_true", help="print, and write nothing")
    options.add_argument("--again", nargs=2, metavar=("TARGET", "FILE"))
    given = options.parse_args()
    if given.again:
        target.again(*given.again)
        return
    figures = []
    for name in [given.only] if given.only else [*TARGETS, *PROPERTIES]:
        figures.append((fuzzed if name in TARGETS else tried)(name, given))
        sys.stderr.write(figures[-1].said)
    text = section(figures, given.seed)
    sys.stdout.write(f"{text}\n")
    if not given.no_page:
        put(text)
    if any(f.crashes for f in figures):
        sys.exit("an input broke a target; it is kept in var/fuzz")


if __name__ == "__main__":
    main()
