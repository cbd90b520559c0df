"""A review in the format that was asked for, on the screen or in a file."""

import contextlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic_core import PydanticSerializationError, to_json
from rich.console import Console

from checks.source import SourceFile, UnreadableError, read
from reviewer.local import UsageError
from reviewer.model import Review
from reviewer.report.summary import summary, verdict
from reviewer.report.terminal import render

NO_FOLDER = "{path} cannot be written: there is no folder {folder}. Make it, or name another file."
IS_FOLDER = "{path} cannot be written: it is a folder. Name a file in it."
CANNOT_WRITE = "{path} cannot be written: {reason}. Name another file."
WRITTEN = "{verdict} The report is in {path}."

Load = Callable[[str], SourceFile]
"""The source of a reviewed file by its path; it raises OSError where the file is gone."""

_PLAIN_WIDTH = 100


class Format(StrEnum):
    """What a review can be written as."""

    TERMINAL = "terminal"
    CONCISE = "concise"
    MARKDOWN = "markdown"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    HTML = "html"


# One line for each finding: there is no place for more.
_WITHOUT = frozenset({Format.CONCISE, Format.GITHUB})


@dataclass(frozen=True, slots=True)
class Report:
    """A review to be reported; its relative paths start from ``root``.

    ``evidence`` None: with it, but for SARIF, whose readers take each result for a defect.
    """

    review: Review
    root: Path
    evidence: bool | None = None
    load: Load | None = None

    def has_evidence(self, wanted: Format) -> bool:
        """Whether evidence belongs in the report."""
        return has_evidence(wanted, self.evidence)


def has_evidence(wanted: Format, asked: bool | None) -> bool:  # noqa: FBT001  # what was asked for
    """Whether evidence belongs in a report of that format; *asked* None: as the format has it."""
    if wanted in _WITHOUT:
        return False
    return wanted is not Format.SARIF if asked is None else asked


def text(report: Report, wanted: Format) -> str:
    """The review as text in any format but the terminal's."""
    review, evidence = report.review, report.has_evidence(wanted)
    if wanted is Format.MARKDOWN:
        return summary(review, evidence=evidence, limit=None)
    if wanted is Format.CONCISE:
        from reviewer.report.concise import concise

        return concise(review)
    if wanted is Format.GITHUB:
        from reviewer.report.workflow import workflow_commands

        return workflow_commands(review)
    if wanted is Format.SARIF:
        from reviewer.report.sarif import sarif

        return _json(sarif(review, report.root.as_posix(), evidence=evidence))
    if wanted is Format.HTML:
        return _page(report, evidence=evidence)
    from reviewer.report.json_report import document

    return _json(document(review, evidence=evidence))


def show(report: Report, wanted: Format) -> None:
    """Print the review on standard output."""
    if wanted is Format.TERMINAL:
        render(report.review, console(), evidence=report.has_evidence(wanted))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(_encoded(text(report, wanted)))
        sys.stdout.flush()


def write(report: Report, wanted: Format, output: Path) -> None:
    """Write the review to the file *output*, and say so on standard error.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        if wanted is Format.TERMINAL:
            with output.open("w", encoding="utf-8", errors="backslashreplace") as file:
                shown = Console(file=file, width=_PLAIN_WIDTH)
                render(report.review, shown, evidence=report.has_evidence(wanted))
        else:
            output.write_bytes(_encoded(text(report, wanted)))
    except OSError as error:
        raise UsageError(CANNOT_WRITE.format(path=output, reason=error.strerror)) from None
    print(WRITTEN.format(verdict=verdict(report.review), path=output), file=sys.stderr)  # noqa: T201  # the command line speaks


def refuse_unwritable(output: Path) -> None:
    """Find out before a long review that its report could not be written.

    Raises:
        UsageError: *output* is a folder, or there is no folder to put it in.
    """
    if output.is_dir():
        raise UsageError(IS_FOLDER.format(path=output))
    if not output.parent.is_dir():
        raise UsageError(NO_FOLDER.format(path=output, folder=output.parent))
    target = output if output.exists() else output.parent
    if not os.access(target, os.W_OK):
        raise UsageError(CANNOT_WRITE.format(path=output, reason="permission denied"))


def console(*, stderr: bool = False) -> Console:
    """Standard output or error; as wide as the terminal, or fixed where it is none."""
    if (sys.stderr if stderr else sys.stdout).isatty():
        return Console(stderr=stderr)
    return Console(stderr=stderr, width=_PLAIN_WIDTH)


def _page(report: Report, *, evidence: bool) -> str:
    from reviewer.report.page import page  # takes as long as a short review
    from reviewer.report.page_excerpts import cut, wanted

    excerpts = {}
    if report.load:
        # One file at a time: of each, only the few lines that are shown are held.
        for path, asked in wanted(report.review, evidence=evidence).items():
            with contextlib.suppress(OSError, UnreadableError):
                excerpts[path] = cut(read(report.load(path)).text, asked)
    return page(report.review, excerpts, evidence=evidence)


def _json(value: object) -> str:
    try:
        shown = to_json(value, indent=2).decode()  # ten times as quick as json with an indent
    except PydanticSerializationError:  # It takes no surrogates.
        shown = json.dumps(value, indent=2, ensure_ascii=False)
    return shown + "\n"


def _encoded(shown: str) -> bytes:
    # A path that is no text holds surrogates; escaped like this they are right in JSON too.
    return shown.encode("utf-8", errors="backslashreplace")
