"""Assessments that were made before: the same bytes need no second look."""

import hashlib
from collections.abc import Callable, Sequence
from threading import Lock

from cachetools import LRUCache

from checks.model import Assessment, Profile
from checks.source import SourceFile

Assess = Callable[[Sequence[SourceFile], Profile, Callable[[], bool]], list[Assessment]]

# Findings, evidence and the like: up to a kilobyte each. Two very large pull requests have as many.
_FACTS = 10_000


class Remembering:
    """Asks *assess* only for what it was not asked before; everything that decides is the key.

    Files that were not assessed whole are asked for again: the reason may have been the moment.
    """

    def __init__(self, assess: Assess) -> None:
        self._assess = assess
        self._lock = Lock()
        self._known: LRUCache[bytes, Assessment] = LRUCache(_FACTS, getsizeof=_size)

    def __call__(
        self, files: Sequence[SourceFile], profile: Profile, go_on: Callable[[], bool]
    ) -> list[Assessment]:
        """The assessments of *files*, in order; raises what *assess* does."""
        keys = [_key(file, profile) for file in files]
        with self._lock:
            known = {key: found for key in keys if (found := self._known.get(key))}
        unknown = [n for n, key in enumerate(keys) if key not in known]
        asked = self._assess([files[n] for n in unknown], profile, go_on) if unknown else []
        made = dict(zip(unknown, asked, strict=True))
        with self._lock:
            for n, answer in made.items():
                if not answer.not_assessed and _size(answer) <= _FACTS:
                    self._known[keys[n]] = answer
        return [made[n] if n in made else known[key] for n, key in enumerate(keys)]


def _size(assessment: Assessment) -> int:
    return 1 + len(assessment.findings) + len(assessment.evidence) + len(assessment.wanted)


def _key(file: SourceFile, profile: Profile) -> bytes:
    parts: list[str | bytes] = [file.path, file.content, file.side, profile]
    for path, content in sorted(file.supporting.items()):
        parts += [path, content]
    parts += sorted(file.restoring_bases)
    digest = hashlib.sha256()
    for part in parts:
        octets = part if isinstance(part, bytes) else part.encode(errors="surrogatepass")
        digest.update(len(octets).to_bytes(8) + octets)
    return digest.digest()
