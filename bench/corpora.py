"""The source trees that the benches measure: pinned, downloaded once, kept in ``var/bench``."""

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).resolve().parent.parent
DOCS = HOUSE / "docs"
KEPT = HOUSE / "var" / "bench"
BANDIT = "bandit==1.9.4"


@dataclass(frozen=True, slots=True)
class Corpus:
    """A source package: its requirement, the folder it unpacks to, and where its tests are."""

    name: str
    requirement: str
    folder: str
    tests: str


NOVA = Corpus("nova", "nova==34.0.0", "nova-34.0.0", "nova/tests")
PEER = Corpus("bandit", BANDIT, "bandit-1.9.4", "examples")
CORPORA = (
    NOVA,
    Corpus("Django", "Django==6.1", "django-6.1", "tests"),
    Corpus("SQLAlchemy", "SQLAlchemy==2.1.9", "sqlalchemy-2.1.9", "test"),
    Corpus("aiohttp", "aiohttp==3.9.5", "aiohttp-3.9.5", "tests"),
    Corpus("celery", "celery==5.7.0", "celery-5.7.0", "t"),
    Corpus("ansible-core", "ansible-core==2.21.5", "ansible_core-2.21.5", "test"),
    Corpus("salt", "salt==3008.5", "salt-3008.5", "tests"),
    Corpus("matrix-synapse", "matrix-synapse==1.99.0", "matrix_synapse-1.99.0", "tests"),
)


def parser(description: str) -> argparse.ArgumentParser:
    """A command line with the one option that every bench has."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument(
        "--corpora",
        nargs="*",
        type=Path,
        default=[],
        metavar="FOLDER",
        help="folders where source packages are unpacked already; others are downloaded",
    )
    return made


def unpacked(corpus: Corpus, folders: Sequence[Path] = ()) -> Path:
    """The root of *corpus*: in one of *folders*, or kept from last time, or downloaded now."""
    for folder in (*folders, KEPT):
        if (folder / corpus.folder).is_dir():
            return (folder / corpus.folder).resolve()
    archives = KEPT / "archives"
    archives.mkdir(parents=True, exist_ok=True)
    print(f"downloading {corpus.requirement} ...", file=sys.stderr, flush=True)
    # Whichever Python it is meant for: its tests are read, not run. What its metadata
    # needs to be built may come as wheels, so not --no-binary :all:.
    package = corpus.requirement.partition("==")[0]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--ignore-requires-python"]
    pip += ["--no-deps", "--no-binary", package, "--dest", str(archives)]
    subprocess.run([*pip, corpus.requirement], check=True)
    with (
        tarfile.open(archives / f"{corpus.folder}.tar.gz") as packed,
        tempfile.TemporaryDirectory(dir=KEPT) as scratch,
    ):
        _unpack(packed, Path(scratch).resolve())
        (Path(scratch) / corpus.folder).rename(KEPT / corpus.folder)  # All of it or nothing.
    return KEPT / corpus.folder


def _unpack(packed: tarfile.TarFile, folder: Path) -> None:
    """The regular files of an archive below *folder*: the first releases of 3.11 have no filter."""
    for member in packed:
        path = (folder / member.name).resolve()
        content = packed.extractfile(member) if member.isfile() else None
        if content and path.is_relative_to(folder):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.read())


def bandit() -> Path:
    """Install bandit into an environment of its own, once; the path of its program."""
    environment = KEPT / BANDIT.replace("==", "-venv-")
    program = environment / "bin" / "bandit"
    if not program.exists():
        print(f"installing {BANDIT} ...", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, BANDIT], check=True)
    return program


def secreview() -> str:
    """The path of our own program, beside the Python that runs this."""
    return str(Path(sys.executable).with_name("secreview"))


def check(paths: Sequence[str], root: Path, *options: str) -> dict[str, Any]:
    """What ``secreview check`` says of *paths* below *root*: its JSON report.

    Raises:
        SystemExit: it did not run through; with what it said.
    """
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        command = [secreview(), "check", *paths, *options, "--format", "json", "--no-evidence"]
        command += ["--exit-zero", "--output", str(report)]
        done = subprocess.run(command, cwd=root, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        document: dict[str, Any] = json.loads(report.read_text())
    return document


def version() -> str:
    """What made the figures: our version, the rules' and Python's."""
    done = subprocess.run([secreview(), "--version"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def python_files(tree: Path) -> list[Path]:
    """The Python files below *tree*, in order."""
    return sorted(path for path in tree.rglob("*.py") if path.is_file())


def lines_of(path: Path) -> int:
    """How many lines *path* has."""
    return path.read_bytes().count(b"\n")


def percent(part: int, whole: int) -> str:
    """*part* of *whole* as a percentage, or a dash where there is no whole."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; columns after the first are right-aligned where all are numbers."""
    numeric = [
        bool(rows) and all(str(row[n]).replace(",", "")[:1].isdigit() for row in rows)
        for n in range(len(header))
    ]
    rule = ["---:" if is_number else "---" for is_number in numeric]
    lines = [header, rule, *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
