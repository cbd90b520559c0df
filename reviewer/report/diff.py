"""What a rewrite changes in a file, as a unified diff for the screen."""

import difflib

from rich.console import Console
from rich.text import Text

from reviewer.report.markdown import visible

NO_NEWLINE = "\\ No newline at end of file"

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def diff(path: str, before: str, after: str) -> list[str]:
    """The lines of the diff of one file, without their ends.

    There is no context: the lines that are rewritten hold no secret, their neighbours may.
    """
    old, new = f"a/{path.lstrip('/')}", f"b/{path.lstrip('/')}"
    lines = list(difflib.unified_diff(_lines(before), _lines(after), old, new, n=0, lineterm=""))
    return [part for line in lines for part in _shown(line)]


def render(lines: list[str], console: Console) -> None:
    """Print the lines, never broken or cut."""
    for line in lines:
        heading = line.startswith(("+++ ", "--- "))
        style = "bold" if heading else _STYLES.get(line[:1], "")
        console.print(Text(line, style=style), soft_wrap=True, crop=False)


def _lines(text: str) -> list[str]:
    """Lines with an ending that tells a last line without one from the others."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _shown(line: str) -> list[str]:
    body = line.removesuffix("\n").removesuffix("\r")
    ends = line.endswith("\n") or line.startswith(("--- ", "+++ ", "@@ "))
    return [visible(body, keep="\t"), *([] if ends else [NO_NEWLINE])]
