"""Hostile files: what strangers may send, made here, with the answer that each must get."""

from tests.hostile.encodings import ENCODINGS
from tests.hostile.shapes import Hostile
from tests.hostile.sizes import SIZES
from tests.hostile.structures import STRUCTURES
from tests.hostile.versions import VERSIONS

ALL: tuple[Hostile, ...] = (*STRUCTURES, *SIZES, *ENCODINGS, *VERSIONS)

__all__ = ["ALL", "Hostile"]
