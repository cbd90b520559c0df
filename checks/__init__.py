"""Security checks for Python test code: bytes in, assessments out.

Pure: no network, no disk, no clock, and nothing that is checked is ever run.
"""

from collections.abc import Iterable, Iterator

from checks import engine
from checks.catalogue import Lazy, categories, rules, rules_version
from checks.model import Assessment, Profile
from checks.source import SourceFile

RULES = Lazy(rules)
CATEGORIES = Lazy(categories)
RULES_VERSION = rules_version()


def assess(files: Iterable[SourceFile], profile: Profile = Profile.TESTS) -> Iterator[Assessment]:
    """Assess *files* one by one, in order; each gets exactly one assessment. Never raises."""
    return engine.assess(files, profile, RULES, CATEGORIES)


__all__ = ["CATEGORIES", "RULES", "RULES_VERSION", "SourceFile", "assess"]
