"""What was assessed before is remembered, up to a limit."""

from collections.abc import Callable, Sequence

from checks.model import Assessment, Category, Evidence, NotAssessed, Place, Profile
from checks.source import SourceFile
from reviewer.assessed import Remembering

PATH = "tests/test_a.py"


def said(facts: int) -> tuple[Evidence, ...]:
    """So many pieces of evidence."""
    return tuple(
        Evidence(Category.MOCKS, Place(PATH, n + 1, 1, n + 1, 2, ""), "is there")
        for n in range(facts)
    )


class Counting:
    """Assesses everything alike, and notes what it was asked for."""

    def __init__(self, assessment: Assessment) -> None:
        self.assessment = assessment
        self.asked: list[bytes] = []

    def __call__(
        self, files: Sequence[SourceFile], _profile: Profile, _go_on: Callable[[], bool]
    ) -> list[Assessment]:
        """One assessment for each file."""
        self.asked += [file.content for file in files]
        return [self.assessment] * len(files)


def ask(remembering: Remembering, *contents: bytes) -> list[Assessment]:
    """The assessments of files with these contents."""
    files = [SourceFile(PATH, content) for content in contents]
    return remembering(files, Profile.TESTS, lambda: True)


def test_the_same_bytes_are_assessed_once() -> None:
    """Only what is new is asked for; the answers keep their order."""
    assess = Counting(Assessment(PATH, 1, evidence=said(3)))
    remembering = Remembering(assess)
    ask(remembering, b"a", b"b")
    assert len(ask(remembering, b"c", b"b", b"a")) == 3
    assert assess.asked == [b"a", b"b", b"c"]


def test_what_was_not_assessed_whole_is_asked_for_again() -> None:
    """The reason may have been the moment."""
    assess = Counting(Assessment(PATH, 1, not_assessed=(NotAssessed(PATH, "no time"),)))
    remembering = Remembering(assess)
    for _ in range(2):
        ask(remembering, b"a")
    assert assess.asked == [b"a", b"a"]


def test_more_than_can_be_remembered_is_assessed_all_the_same() -> None:
    """A file with more facts than the limit is answered, and not kept."""
    assess = Counting(Assessment(PATH, 1, evidence=said(10_001)))
    remembering = Remembering(assess)
    for _ in range(2):
        assert len(ask(remembering, b"a")[0].evidence) == 10_001
    assert assess.asked == [b"a", b"a"]


def test_what_was_asked_for_long_ago_is_forgotten() -> None:
    """However many files there are, what is kept of them is bounded."""
    assess = Counting(Assessment(PATH, 1, evidence=said(999)))
    remembering = Remembering(assess)
    for number in range(11):
        ask(remembering, b"%d" % number)
    ask(remembering, b"10")
    assert len(assess.asked) == 11
    ask(remembering, b"0")
    assert len(assess.asked) == 12
