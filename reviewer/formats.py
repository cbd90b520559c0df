"""A review in the format that was asked for, on the screen or in a file."""

import contextlib
import json
import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

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
    MARKDOWN = "markdown"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    HTML = "html"


def text(
    review: Review, wanted: Format, root: Path, *, evidence: bool = True, load: Load | None = None
) -> str:
    """The review as text in any format but the terminal's."""
    if wanted is Format.MARKDOWN:
        return summary(review, evidence=evidence, limit=None)
    if wanted is Format.GITHUB:
        from reviewer.report.workflow import workflow_commands

        return workflow_commands(review)
    if wanted is Format.SARIF:
        from reviewer.report.sarif import sarif

        return _json(sarif(review, root.as_posix(), evidence=evidence))
    if wanted is Format.HTML:
        return _page(review, load, evidence=evidence)
    from reviewer.report.json_report import document

    return _json(document(review, evidence=evidence))


def show(
    review: Review, wanted: Format, root: Path, *, evidence: bool = True, load: Load | None = None
) -> None:
    """Print the review on standard output."""
    if wanted is Format.TERMINAL:
        render(review, _console(), evidence=evidence)
    else:
        sys.stdout.flush()
        made = text(review, wanted, root, evidence=evidence, load=load)
        sys.stdout.buffer.write(_encoded(made))
        sys.stdout.flush()


def write(
    review: Review,
    wanted: Format,
    root: Path,
    output: Path,
    *,
    evidence: bool = True,
    load: Load | None = None,
) -> None:
    """Write the review to the file *output*, and say so on standard error.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        if wanted is Format.TERMINAL:
            with output.open("w", encoding="utf-8", errors="backslashreplace") as file:
                render(review, Console(file=file, width=_PLAIN_WIDTH), evidence=evidence)
        else:
            made = text(review, wanted, root, evidence=evidence, load=load)
            output.write_bytes(_encoded(made))
    except OSError as error:
        raise UsageError(CANNOT_WRITE.format(path=output, reason=error.strerror)) from None
    print(WRITTEN.format(verdict=verdict(review), path=output), file=sys.stderr)  # noqa: T201  # the command line speaks


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


def _page(review: Review, load: Load | None, *, evidence: bool) -> str:
    from reviewer.report.page import page  # takes as long as a short review
    from reviewer.report.page_excerpts import cut, wanted

    excerpts = {}
    if load:
        # One file at a time: of each, only the few lines that are shown are held.
        for path, asked in wanted(review, evidence=evidence).items():
            with contextlib.suppress(OSError, UnreadableError):
                excerpts[path] = cut(read(load(path)).text, asked)
    return page(review, excerpts, evidence=evidence)


def _console() -> Console:
    """Standard output; as wide as the terminal, or fixed where it is none."""
    if sys.stdout.isatty():
        return Console()
    return Console(width=_PLAIN_WIDTH)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _encoded(shown: str) -> bytes:
    # A path that is no text holds surrogates; escaped like this they are right in JSON too.
    return shown.encode("utf-8", errors="backslashreplace")
