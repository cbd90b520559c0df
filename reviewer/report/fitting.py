"""A page of blocks within a limit: what matters least is shortened first, counts stay."""

from collections.abc import Sequence
from dataclasses import dataclass

from reviewer.report.counting import counted

MORE = "- and {more}"
END = "</details>"
"""Closes a folded block."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a page: a head and a foot that always stand, and items that may be dropped.

    ``rank`` is 0 for what matters most. ``noun`` names a dropped item in the singular.
    """

    head: str
    items: tuple[str, ...] = ()
    foot: str = ""
    rank: int = 0
    noun: str = "line"

    def render(self, shown: int) -> str:
        """The block with its first *shown* items, and the number of the others."""
        dropped = len(self.items) - shown
        more = MORE.format(more=counted(dropped, f"more {self.noun}"))
        lines = [*self.items[:shown], *([more] if dropped else [])]
        return "\n\n".join(part for part in (self.head, "\n".join(lines), self.foot) if part)


def page(blocks: Sequence[Block], limit: int | None) -> str:
    """The blocks, one after the other, in at most *limit* bytes of UTF-8 (None: all of it).

    GitHub counts characters; bytes are never fewer, whichever it means. Blocks of one
    rank share what room is left, the smaller ones first.
    """
    if limit is None:
        return "\n\n".join(block.render(len(block.items)) for block in blocks) + "\n"
    room = limit - sum(_size(block.render(0)) + 2 for block in blocks)
    shown = {}
    for rank in sorted({block.rank for block in blocks}):
        peers = [index for index, block in enumerate(blocks) if block.rank == rank]
        peers.sort(key=lambda index: sum(map(_size, blocks[index].items)))
        for waiting, index in zip(range(len(peers), 0, -1), peers, strict=True):
            shown[index], used = _fitting(blocks[index].items, room // waiting)
            room -= used
    return "\n\n".join(block.render(shown[i]) for i, block in enumerate(blocks)) + "\n"


def _fitting(items: Sequence[str], room: int) -> tuple[int, int]:
    """How many of the first *items* fit into *room*, and what they take of it."""
    used = 0
    for number, item in enumerate(items):
        size = _size(item) + 1
        if used + size > room:
            return number, used
        used += size
    return len(items), used


def _size(text: str) -> int:
    return len(text.encode())
