"""What a hostile file is: how it is made, and what must be said of it."""

from collections.abc import Callable
from dataclasses import dataclass

TOO_DEEP = r"nested too deeply or too large for Python \d\.\d+'s parser"
CANNOT_PARSE = r"Python \d\.\d+ cannot parse it: "
TOO_BIG = r"larger than 2 MiB, the limit for a file"
TOO_MUCH = r"more to say about it than a report can hold"
MEMORY = r"takes more than 512 MiB of memory"

BAD = "requests.get(u, verify=False)"
"""A line with one finding, in a file that has imported requests."""


@dataclass(frozen=True, slots=True)
class Hostile:
    """A hostile file and its answer.

    ``make`` gives the bytes. ``refused`` is a pattern of the sentence that says why it is
    not assessed; None where it has to be assessed. ``findings`` are the lines (git's) of
    the findings by ``tls-verify-off`` that an assessed file must have.
    """

    name: str
    make: Callable[[], bytes]
    refused: str | None = None
    findings: tuple[int, ...] = ()


def text(name: str, code: str, refused: str | None = None, *findings: int) -> Hostile:
    """A hostile file of ordinary UTF-8."""
    return Hostile(name, code.encode, refused, findings)
