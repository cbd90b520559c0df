"""How many of the lines that bandit reports on its own examples are found here too.

    python bench/recall_bandit.py [--corpora FOLDER ...]

Runs bandit on the ``examples/`` of its source package, runs ``secreview check --profile
strict`` on the same files, and writes ``docs/recall.md``: for each of bandit's test ids
that we keep or tune, how many of its lines we find in the right category. A smoke test of
coverage; rules are written from what the APIs mean, not from these files.
"""

import ast
import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpora import (
    BANDIT,
    DOCS,
    PEER,
    bandit,
    check,
    parser,
    percent,
    python_files,
    table,
    unpacked,
    version,
)

WANTED = 0.95


@dataclass(frozen=True, slots=True)
class Kept:
    """A kind that we have too: its category and the rules that may speak for it."""

    category: str
    rules: tuple[str, ...]


DESERIALIZED = ("pickle-load", "dill-load", "jsonpickle-decode", "shelve-open")
PASSWORDS = ("hardcoded-password", "hardcoded-secret", "hardcoded-secret-key")

KEPT = {
    "B102": Kept("inputs", ("exec",)),
    "B103": Kept("access", ("chmod-permissive", "chmod-hex")),
    "B104": Kept("network", ("bind-all",)),
    "B105": Kept("secrets", PASSWORDS),
    "B106": Kept("secrets", PASSWORDS),
    "B107": Kept("secrets", PASSWORDS),
    "B108": Kept("cleanup", ("hardcoded-tmp",)),
    "B110": Kept("errors", ("except-pass", "bare-except", "broad-except")),
    "B112": Kept("errors", ("except-continue", "bare-except", "broad-except")),
    "B201": Kept("access", ("debug-enabled",)),
    "B202": Kept("inputs", ("tarfile-extract",)),
    "B301": Kept("inputs", (*DESERIALIZED, "pandas-read-pickle")),
    "B302": Kept("inputs", ("marshal-load",)),
    "B303": Kept("network", ("weak-hash",)),
    "B304": Kept("network", ("weak-cipher",)),
    "B305": Kept("network", ("weak-cipher-mode",)),
    "B306": Kept("cleanup", ("tempfile-mktemp",)),
    "B307": Kept("inputs", ("eval",)),
    "B312": Kept("network", ("telnet",)),
    "B321": Kept("network", ("cleartext-ftp",)),
    "B323": Kept("network", ("ssl-unverified-context",)),
    "B324": Kept("network", ("weak-hash",)),
    "B501": Kept("network", ("tls-verify-off",)),
    "B502": Kept("network", ("ssl-weak-protocol",)),
    "B503": Kept("network", ("ssl-weak-protocol",)),
    "B504": Kept("network", ("ssl-no-version",)),
    "B505": Kept("network", ("weak-key-size",)),
    "B506": Kept("inputs", ("yaml-load",)),
    "B507": Kept("network", ("ssh-autoadd",)),
    "B601": Kept("inputs", ("ssh-exec-command",)),
    "B602": Kept("inputs", ("subprocess-shell",)),
    "B604": Kept("inputs", ("shell-true-other",)),
    "B605": Kept("inputs", ("os-system", "subprocess-shell")),
    "B608": Kept("database", ("sql-string-build",)),
    "B609": Kept("inputs", ("wildcard-shell",)),
    "B610": Kept("database", ("django-extra",)),
    "B611": Kept("database", ("django-rawsql",)),
    "B612": Kept("inputs", ("logging-config-listen",)),
    "B613": Kept("inputs", ("trojan-source",)),
    "B614": Kept("inputs", ("torch-load",)),
}

_IMPORT = "an import alone does nothing; what is done with the module is reported where it is done"
_MARKUP = "markup that reaches a browser; a test has no reader to attack"
_XML = "parsing XML is informational in a test, and the catalogue keeps no rule for it"
_SNMP = "the catalogue keeps no rule for SNMP"
LEFT_OUT = {
    "B101": "`assert` is what tests are made of",
    "B113": "a test without a request timeout hangs, and the runner's own timeout ends it",
    "B308": _MARKUP,
    "B310": "an audit hint: the scheme of the address is not looked at",
    "B311": "informational in a test, and the catalogue keeps no rule for it",
    "B325": "the function is gone from Python 3",
    "B508": _SNMP,
    "B509": _SNMP,
    "B603": "an audit hint: a process is started without a shell, which is the safe form",
    "B606": "an audit hint: a process is started without a shell, which is the safe form",
    "B607": "a program found by PATH is how tests start programs",
    "B615": "the catalogue keeps no rule for unpinned downloads of models",
    "B701": _MARKUP,
    "B702": _MARKUP,
    "B703": _MARKUP,
    "B704": _MARKUP,
    **dict.fromkeys([f"B{number}" for number in range(313, 321)], _XML),
}

PAGE = """\
# Recall

How many of the lines that {peer} itself reports on the `examples/` of its source package does
`secreview check --profile strict` report too? `make recall` answers and writes this page.

A line counts as found when a finding of ours begins or ends within the lines of the peer's issue,
in the same file and in the right category. The column after it asks more: a finding of the rule
that stands for this kind. It is a smoke test of coverage: its files are small and artificial, and
no rule is written from them.

**{found} of {total} lines found: {recall}** (the aim is {wanted:.0%}); {exact} of them by the rule
of that kind.

Made with {version}.

## Kinds that are kept or tuned

{kept}

### Lines that are missed

{missed}

## Kinds that are left out, and why

{left_out}

## Files that cannot be compared

{skipped}
"""


def left_out(test: str) -> str:
    """Why *test* of bandit is not asked for; "" where it is."""
    if test in KEPT:
        return ""
    return _IMPORT if test.startswith("B4") else LEFT_OUT.get(test, "no reason is written down")


@dataclass(frozen=True, slots=True)
class Issue:
    """One line of bandit's report."""

    test: str
    name: str
    path: str
    lines: range


@dataclass(frozen=True, slots=True)
class Ours:
    """One finding of ours."""

    rule: str
    category: str
    lines: range


def issues(examples: Path, program: Path) -> list[Issue]:
    """What bandit says of *examples*."""
    command = [str(program), "--recursive", "--quiet", "--format", "json", examples.name]
    done = subprocess.run(command, cwd=examples.parent, capture_output=True, text=True, check=False)
    document = json.loads(done.stdout)
    return [
        Issue(
            test=issue["test_id"],
            name=_name(issue),
            path=issue["filename"],
            lines=_range([issue["line_number"], *issue["line_range"]]),
        )
        for issue in document["results"]
    ]


def _name(issue: dict[str, Any]) -> str:
    """The name of its kind; a blacklist's kinds are told apart by their place in the manual."""
    anchor = re.sub(r"^(b\d+-)+", "", issue.get("more_info", "").partition("#")[2])
    name: str = issue["test_name"]
    return anchor if name == "blacklist" and anchor else name


def _range(lines: Sequence[int]) -> range:
    return range(min(lines), max(lines) + 1)


def ours(files: Iterable[Path], root: Path) -> dict[str, list[Ours]]:
    """What we say of *files*, by path below *root*."""
    names = [str(path.relative_to(root)) for path in files]
    document = check(names, root, "--profile", "strict")
    found: dict[str, list[Ours]] = {}
    for finding in document["findings"]:
        found.setdefault(finding["place"]["path"], []).append(_finding(finding))
    return found


def _finding(finding: dict[str, Any]) -> Ours:
    place = finding["place"]
    return Ours(finding["rule"], finding["category"], _range([place["line"], place["end_line"]]))


def is_readable(path: Path) -> bool:
    """Whether this Python can parse *path*."""
    try:
        ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return False
    return True


def meets(issue: Issue, finding: Ours) -> bool:
    """Whether *finding* begins or ends within the lines of *issue*, in the right category."""
    ends = (finding.lines.start in issue.lines, finding.lines.stop - 1 in issue.lines)
    return any(ends) and finding.category == KEPT[issue.test].category


def page(said: Sequence[Issue], mine: dict[str, list[Ours]], skipped: Sequence[str]) -> str:
    """``docs/recall.md``."""
    asked = [issue for issue in said if issue.test in KEPT]
    met = {issue: [f.rule for f in mine.get(issue.path, ()) if meets(issue, f)] for issue in asked}
    found = [issue for issue in asked if met[issue]]
    exact = [issue for issue in found if {*met[issue]} & {*KEPT[issue.test].rules}]
    missed = [issue for issue in asked if not met[issue]]
    return PAGE.format(
        peer=BANDIT.replace("==", " "),
        found=len(found),
        total=len(asked),
        recall=percent(len(found), len(asked)),
        wanted=WANTED,
        exact=len(exact),
        version=version(),
        kept=_kept(asked, found, exact),
        missed="\n".join(f"- `{i.path}:{i.lines.start}` {i.test} {i.name}" for i in missed)
        or "None.",
        left_out=_left_out([issue for issue in said if issue.test not in KEPT]),
        skipped=_skipped(skipped),
    )


def _kept(asked: Sequence[Issue], found: Sequence[Issue], exact: Sequence[Issue]) -> str:
    totals, founds, exacts = (Counter(i.test for i in part) for part in (asked, found, exact))
    names = {issue.test: issue.name for issue in asked}
    rows = []
    for test, kept in KEPT.items():
        rules = ", ".join(f"`{rule}`" for rule in kept.rules)
        figures = [totals[test], founds[test], exacts[test], percent(founds[test], totals[test])]
        rows.append([test, names.get(test, "no example"), kept.category, rules, *figures])
    header = ["id", "name", "category", "rules", "lines", "found", "by that rule", "recall"]
    return table(header, rows)


def _left_out(issues: Sequence[Issue]) -> str:
    totals = Counter((issue.test, issue.name) for issue in issues)
    rows = [[test, name, n, left_out(test)] for (test, name), n in sorted(totals.items())]
    return table(["id", "name", "lines", "reason"], rows)


def _skipped(names: Sequence[str]) -> str:
    if not names:
        return "None."
    head = (
        f"{len(names)} files are not Python 3 that this interpreter parses; neither reports them:"
    )
    return "\n".join([head, "", *(f"- `{name}`" for name in names)])


def main() -> None:
    """Run both, print the figure, write the page."""
    options = parser(__doc__.splitlines()[0])
    options.add_argument("--output", type=Path, default=DOCS / "recall.md", metavar="FILE")
    arguments = options.parse_args()
    examples = unpacked(PEER, arguments.corpora) / PEER.tests
    files = python_files(examples)
    readable = [path for path in files if is_readable(path)]
    skipped = [str(p.relative_to(examples.parent)) for p in files if p not in readable]
    said = [issue for issue in issues(examples, bandit()) if issue.path not in skipped]
    written = page(said, ours(readable, examples.parent), skipped)
    arguments.output.write_text(written)
    print(written)


if __name__ == "__main__":
    main()
