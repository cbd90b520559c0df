"""CPU and wall time of ``secreview check`` beside bandit on the same source tree.

    python bench/check_speed.py [FOLDER] [--runs N]

Without a folder, the tests of the source package of OpenStack Nova 34.0.0 are
downloaded and used; bandit is installed into a temporary environment of its own. The
two run in turn, so that a drifting machine slows both; medians are printed.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

BANDIT = "bandit==1.9.4"
NOVA = "nova==34.0.0"


def measured(command: list[str]) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds (children included) and exit code of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    code = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    ).returncode
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, code


def nova_tests(folder: Path) -> Path:
    """Download and unpack the corpus; the folder of its tests."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*pip, "--dest", str(folder), NOVA], check=True)
    (archive,) = folder.glob("nova-*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    (tests,) = folder.glob("nova-*/nova/tests")
    return tests


def bandit(folder: Path) -> str:
    """Install bandit into an environment of its own; the path of its program."""
    environment = folder / "bandit"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    subprocess.run([environment / "bin/pip", "install", "--quiet", BANDIT], check=True)
    return str(environment / "bin/bandit")


def size(tree: Path) -> tuple[int, int]:
    """Files and lines of Python below *tree*."""
    files = list(tree.rglob("*.py"))
    return len(files), sum(path.read_bytes().count(b"\n") for path in files)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        tree = arguments.folder or nova_tests(scratch)
        secreview = str(Path(sys.executable).with_name("secreview"))
        report = scratch / "report.json"
        check = [secreview, "check", str(tree), "--format", "json", "--output", str(report)]
        commands = {
            f"secreview check, {os.cpu_count()} processes": check,
            "secreview check --jobs 1": [*check, "--jobs", "1"],
            BANDIT: [bandit(scratch), "--recursive", "--quiet", "--format", "json", str(tree)],
        }
        runs: dict[str, list[tuple[float, float, int]]] = {name: [] for name in commands}
        for _ in range(arguments.runs):
            for name, command in commands.items():
                runs[name].append(measured(command))
        files, lines = size(tree)
        document = json.loads(report.read_text())
    print(f"{files} files, {lines} lines, {arguments.runs} runs in turn, medians\n")
    print("| command | wall s | CPU s | exit |\n|---|---|---|---|")
    for name, measures in runs.items():
        wall, cpu = (statistics.median(m[column] for m in measures) for column in (0, 1))
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {measures[0][2]} |")
    found = len(document["findings"])
    print(f"\nsecreview: {found} findings, {1000 * found / lines:.3f} per 1000 lines")


if __name__ == "__main__":
    main()
