"""The ``/secreview`` grammar: a fixed set of words on the first line of a comment. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum

_FIRST_LINE = re.compile(r"/secreview(?:[ \t]+(?P<words>.*))?", re.IGNORECASE | re.ASCII)
_RULE = re.compile(r"[a-z0-9-]{1,60}")


class CommandKind(StrEnum):
    """What a comment asks for."""

    REVIEW = "review"
    FULL = "full"
    EXPLAIN = "explain"
    HELP = "help"
    NOT_UNDERSTOOD = "not understood"


@dataclass(frozen=True, slots=True)
class Command:
    """What a comment asks for; ``rule`` is what is to be explained, "" for all else."""

    kind: CommandKind
    rule: str = ""


def parse(comment: str) -> Command | None:
    """What *comment* (Markdown, as GitHub stores it) asks of us; None when it is not for us.

    The command stands at the very start: quoted, indented and fenced ones are talk about it.
    """
    match = _FIRST_LINE.fullmatch(comment.partition("\n")[0].rstrip())
    if not match:
        return None
    words = match["words"] or ""
    # Other alphabets have letters whose small ones are of this one: they spell nothing here.
    match words.lower().split() if words.isascii() else [words]:
        case []:
            return Command(CommandKind.REVIEW)
        case ["full"]:
            return Command(CommandKind.FULL)
        case ["help"]:
            return Command(CommandKind.HELP)
        case ["explain", rule] if _RULE.fullmatch(rule.strip("`")):
            return Command(CommandKind.EXPLAIN, rule.strip("`"))
        case _:
            return Command(CommandKind.NOT_UNDERSTOOD)
