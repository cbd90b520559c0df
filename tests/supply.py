"""What is locked, and two looks at it: ``python -m tests.supply audit`` and ``... sbom``.

``make audit`` and ``make sbom`` run it, with the tools of ``requirements-tools.txt``.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

HOUSE = Path(__file__).parent.parent
SHIPPED = HOUSE / "requirements.txt"
LOCKS = (SHIPPED, *(HOUSE / f"requirements-{group}.txt" for group in ("dev", "tools", "docs")))
SBOM = HOUSE / "build" / "sbom.json"

NONE_KNOWN = "No known vulnerability in {count} locked packages."
KNOWN = "Known vulnerabilities: raise the lower limits in pyproject.toml, then `make lock`."
A_KNOWN = "{name} {version}: {ids}; mended in {mended}"
NOWHERE = "no version yet"
NOT_CHECKED = (
    "Not checked: {count} of {all} locked packages, {names}; the vulnerability service does not "
    "know them, or a mirror answers in its place."
)
NOT_REACHED = (
    "Nothing was checked, because pip-audit ended without an answer; see whether this host reaches "
    "https://pypi.org, and try again. It said: {reason}"
)
SILENCE = "nothing"
WRITTEN = "{path}: {count} packages"
INCOMPLETE = "No SBOM was written: {reason}"
LACKING = "it would lack {names}, or their hashes"

FOUND, UNKNOWN = 1, 2
_NAMED = 3
_CITED = 200
_LOCKED = re.compile(
    r"(?P<name>[\w.-]+)(?:\[[\w,-]+\])?==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\]+?))?"
    r"(?P<hashes>(?: --hash=sha256:[0-9a-f]{64})*)"
)
_HASH = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Locked:
    """A package as a lock file has it; ``hashes`` are SHA-256 in hexadecimal digits."""

    name: str
    version: str
    hashes: frozenset[str]

    @property
    def line(self) -> str:
        """What pip calls a requirement, for every system and every Python."""
        hashes = (f"--hash=sha256:{digest}" for digest in sorted(self.hashes))
        return " ".join((f"{self.name}=={self.version}", *hashes))


def statements(path: Path) -> list[str]:
    """What a lock file says, each on one line, without comments."""
    text = re.sub(r"\s*\\\n\s*", " ", path.read_text())
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def locked(path: Path) -> list[Locked]:
    """The packages of a lock file.

    Raises:
        ValueError: a line locks nothing.
    """
    found = []
    for line in statements(path):
        match = _LOCKED.fullmatch(line)
        if match is None:
            raise ValueError(f"{path.name}: this locks nothing: {line}")
        name = canonicalize_name(match["name"])
        found.append(Locked(name, match["version"], frozenset(_HASH.findall(match["hashes"]))))
    return found


def audited(answer: str, said: str, packages: Sequence[Locked]) -> tuple[int, list[str]]:
    """The exit code and the sentences for what pip-audit answered (JSON) and *said* besides.

    What it did not look at is never called free of vulnerabilities, as it does itself.
    """
    try:
        looked_at: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return UNKNOWN, [NOT_REACHED.format(reason=_last(said))]
    known = [_known(each, hole) for each in looked_at for hole in each.get("vulns", ())]
    checked = {canonicalize_name(each["name"]) for each in looked_at if "vulns" in each}
    missing = sorted({package.name for package in packages} - checked)
    sentences = [*known, KNOWN] if known else []
    if missing:
        names = _some(missing)
        sentences.append(NOT_CHECKED.format(count=len(missing), all=len(packages), names=names))
    if known or missing:
        return (FOUND if known else UNKNOWN), sentences
    return 0, [NONE_KNOWN.format(count=len(packages))]


def _known(package: dict[str, Any], hole: dict[str, Any]) -> str:
    mended = ", ".join(hole["fix_versions"]) or NOWHERE
    ids = ", ".join((hole["id"], *hole.get("aliases", ())))
    return A_KNOWN.format(name=package["name"], version=package["version"], ids=ids, mended=mended)


def _last(said: str) -> str:
    """The last line, which of a traceback is the error; not all of a very long one."""
    return (said.strip().splitlines() or [SILENCE])[-1][:_CITED]


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def audit() -> tuple[int, list[str]]:
    """Ask the vulnerability service about every locked package, of all lock files."""
    packages = sorted({p.name: p for path in LOCKS for p in locked(path)}.items())
    every = [package for _, package in packages]
    with tempfile.TemporaryDirectory() as folder:
        # Without markers: what only other systems install is looked at, too.
        merged = Path(folder, "locked.txt")
        merged.write_text("".join(f"{package.line}\n" for package in every))
        options = ("--require-hashes", "--disable-pip", "--progress-spinner", "off")
        done = _run("pip_audit", *options, "--format", "json", "--requirement", str(merged))
    return audited(done.stdout, done.stderr, every)


def described(text: str) -> list[Locked]:
    """The packages that an SBOM in CycloneDX's JSON describes."""
    return [
        Locked(
            canonicalize_name(component["name"]),
            component.get("version", ""),
            frozenset(_digests(component)),
        )
        for component in json.loads(text)["components"]
    ]


def _digests(component: dict[str, Any]) -> Iterable[str]:
    for reference in component.get("externalReferences", ()):
        for digest in reference.get("hashes", ()):
            if digest["alg"] == "SHA-256":
                yield digest["content"]


def sbom(path: Path = SBOM) -> tuple[int, list[str]]:
    """Write what is shipped to *path*; the same lock file always gives the same bytes."""
    done = _run(
        "cyclonedx_py", "requirements", "--output-reproducible", "--spec-version", "1.6",
        "--output-format", "JSON", "--pyproject", "pyproject.toml", SHIPPED.name,
    )  # fmt: skip
    if done.returncode:
        return UNKNOWN, [INCOMPLETE.format(reason=_last(done.stderr))]
    packages, told = locked(SHIPPED), described(done.stdout)
    lacking = [package.name for package in packages if package not in told]
    if lacking:
        return UNKNOWN, [INCOMPLETE.format(reason=LACKING.format(names=_some(lacking)))]
    path.parent.mkdir(exist_ok=True)
    path.write_text(done.stdout)
    return 0, [WRITTEN.format(path=path, count=len(packages))]


def _run(module: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a tool from the top of the house; no date of a build gets into what it writes."""
    env = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", module, *words],
        cwd=HOUSE, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip


def main(word: str) -> int:
    """Do what the *word* says, tell of it, and return the exit code."""
    code, sentences = {"audit": audit, "sbom": sbom}[word]()
    sys.stdout.write("".join(f"{sentence}\n" for sentence in sentences))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
