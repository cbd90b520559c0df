"""The ``/secreview`` grammar: a fixed set of words on the first line of a comment. Pure."""

import re
from enum import StrEnum

_FIRST_LINE = re.compile(r"/secreview(?:[ \t]+(?P<words>.*))?", re.IGNORECASE)


class Command(StrEnum):
    """What a comment asks for."""

    REVIEW = "review"
    NOT_UNDERSTOOD = "not understood"


def parse(comment: str) -> Command | None:
    """What *comment* (Markdown, as GitHub stores it) asks of us; None when it is not for us.

    The command stands at the very start: quoted, indented and fenced ones are talk about it.
    """
    match = _FIRST_LINE.fullmatch(comment.partition("\n")[0].rstrip())
    if not match:
        return None
    return Command.NOT_UNDERSTOOD if match["words"] else Command.REVIEW
