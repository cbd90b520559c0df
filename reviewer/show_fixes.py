"""What ``--fix`` did, shown: the diff, and one sentence for each thing that is to be known."""

import sys
from pathlib import Path

from checks.source import SourceFile, read
from reviewer import formats
from reviewer.fixing import Change, Fixed
from reviewer.formats import Format
from reviewer.report.counting import counted
from reviewer.report.diff import diff, render

MENDED = "Fixed {findings} in {files}."
WOULD_MEND = "--fix would mend {findings} in {files}. Nothing was changed."
NOTHING = "There is nothing that --fix can mend."
NOTHING_SAFE = "There is nothing that --fix can mend safely."
OTHERS = (
    "{rewrites} would change what a test does: --fix-all makes them too. Review its diff, for "
    "example with --dry-run."
)
LATER = "{findings} on the same lines can be mended next: run it again."


def show(fixed: Fixed, wanted: Format, output: Path | None, *, dry_run: bool) -> None:
    """Print the diff beside the report: on standard output where people read that."""
    beside = output or wanted is Format.TERMINAL
    console = formats.console(stderr=not beside)
    for change in fixed.changes:
        render(_diff(change), console)
    for sentence in _sentences(fixed, dry_run=dry_run):
        shown = sentence.encode(errors="backslashreplace").decode()
        print(shown, file=sys.stderr)  # noqa: T201  # the command line speaks


def _diff(change: Change) -> list[str]:
    after = SourceFile(change.path, change.after)
    return diff(change.path, read(change.before).text, read(after).text)


def _sentences(fixed: Fixed, *, dry_run: bool) -> list[str]:
    said = list(fixed.left)
    number = sum(len(change.findings) for change in fixed.changes)
    if number:
        mended = WOULD_MEND if dry_run else MENDED
        files = counted(len(fixed.changes), "file")
        said.append(mended.format(findings=counted(number, "finding"), files=files))
    elif not fixed.left:
        said.append(NOTHING_SAFE if fixed.others else NOTHING)
    if fixed.later and not dry_run:
        said.append(LATER.format(findings=counted(fixed.later, "more finding")))
    if fixed.others:
        said.append(OTHERS.format(rewrites=counted(fixed.others, "more rewrite")))
    return said
