"""Base classes and fixtures are fetched from the head: few requests, bounded, cached."""

from collections.abc import Callable, Iterable, Sequence

import pytest

import checks
from checks.model import Assessment, NotAssessed, Profile
from checks.source import SourceFile
from reviewer import commit_sources, supporting
from reviewer.commit_sources import OfCommit
from reviewer.github import Gateway
from reviewer.supporting import Supported
from tests.standin import StandIn
from tests.standin.state import Repository
from tests.test_github import gateway, repository, standin

__all__ = ["gateway", "repository", "standin"]

TEST = """
import os
from app.base import Base
class TestIt(Base):
    def test_a(self):
        os.environ["ANSWER"] = "42"
"""
BASE = "from app.deep import Deep\nclass Base(Deep):\n    pass\n"
DEEP = """
import os, unittest
class Deep(unittest.TestCase):
    def setUp(self):
        self.saved = dict(os.environ)
        self.addCleanup(os.environ.update, self.saved)
        self.addCleanup(os.environ.clear)
"""


def ask(files: Iterable[SourceFile]) -> list[Assessment]:
    """Assess in this process; the strict profile finds what an unknown base could put back."""
    return list(checks.assess(files, Profile.STRICT))


def assessed(
    files: Sequence[SourceFile],
    find: supporting.Find,
    ask: Callable[[Iterable[SourceFile]], list[Assessment]] = ask,
) -> Supported:
    """The files, assessed with what *find* has."""
    by_path = {file.path: file for file in files}
    supported = Supported(files, by_path.__getitem__, find)
    while again := list(supported):
        for answer in ask(again):
            supported.heard(answer)
    return supported


def of(assessments: Sequence[Assessment]) -> list[str]:
    """The rules that found something."""
    return [finding.rule for each in assessments for finding in each.findings]


@pytest.fixture
def files() -> list[SourceFile]:
    """A test file whose base class stands two files away, and one that needs nothing."""
    return [SourceFile("tests/test_a.py", TEST.encode()), SourceFile("tests/test_b.py", b"x = 1\n")]


def test_a_base_class_two_files_away_is_fetched(
    standin: StandIn, repository: Repository, gateway: Gateway, files: list[SourceFile]
) -> None:
    """One request for the tree and one a file; another review of the commit needs neither."""
    head = standin.push_base(repository, {"app/base.py": BASE, "app/deep.py": DEEP})
    assert of(ask(files)) == ["environ-not-restored"]
    gateway.tree(head, 1_000_000)  # so that the token is there
    before = len(standin.requests)
    assert of(assessed(files, OfCommit(gateway, head)).assessments) == []
    assert len(standin.requests) == before + 3
    assert of(assessed(files, OfCommit(gateway, head)).assessments) == []
    assert len(standin.requests) == before + 3


def test_what_the_commit_does_not_have_stays_unknown(
    standin: StandIn, repository: Repository, gateway: Gateway, files: list[SourceFile]
) -> None:
    """The answer is the first one, and GitHub is asked for nothing but the tree."""
    head = standin.push_base(repository, {"other.py": "x = 1\n"})
    find = OfCommit(gateway, head)
    assert list(assessed(files, find).assessments) == ask(files)


def test_a_large_base_is_left_out(
    standin: StandIn, repository: Repository, gateway: Gateway, files: list[SourceFile]
) -> None:
    """Nobody's base class has a megabyte; what is that large costs no memory here."""
    large = {"app/base.py": BASE + "#" * supporting.FILE_BYTES, "app/deep.py": DEEP}
    find = OfCommit(gateway, standin.push_base(repository, large))
    assert of(assessed(files, find).assessments) == ["environ-not-restored"]


def test_there_is_a_limit_of_files(
    monkeypatch: pytest.MonkeyPatch, standin: StandIn, repository: Repository, gateway: Gateway
) -> None:
    """A review fetches a bounded number of supporting files."""
    monkeypatch.setattr(commit_sources, "MAX_FILES", 2)
    paths = [f"app/m{n}.py" for n in range(5)]
    head = standin.push_base(repository, dict.fromkeys(paths, "x = 1\n"))
    assert len(OfCommit(gateway, head)(paths)) == 2


def test_what_is_too_large_is_asked_for_once(
    standin: StandIn, repository: Repository, gateway: Gateway, files: list[SourceFile]
) -> None:
    """However many files have it as their base."""
    head = standin.push_base(repository, {"app/base.py": "#" * supporting.FILE_BYTES * 2})
    find = OfCommit(gateway, head)
    assert [find(["app/base.py"]), find(["app/base.py"])] == [{}, {}]
    assert len(standin.called("GET", "/blobs/")) == 1


def test_files_that_want_nothing_need_no_request(gateway: Gateway) -> None:
    """Nothing is asked of GitHub, not even for the tree: this commit does not exist."""
    find = OfCommit(gateway, "0" * 40)
    assert assessed([], find).assessments == ()
    assert len(assessed([SourceFile("tests/test_b.py", b"x = 1\n")], find).assessments) == 1


SOURCES = {"app/base.py": BASE.encode(), "app/deep.py": DEEP.encode()}


def load(path: str) -> bytes:
    """A supporting source, as a folder would have it."""
    try:
        return SOURCES[path]
    except KeyError:
        raise FileNotFoundError(path) from None


def test_each_path_is_read_once_and_each_file_knows_its_sources(files: list[SourceFile]) -> None:
    """However many files want it; a suggestion is proved with the same sources."""
    asked: list[str] = []

    def noting(path: str) -> bytes:
        asked.append(path)
        return load(path)

    twin = SourceFile("tests/test_c.py", TEST.encode())
    done = assessed([*files, twin], supporting.Read(noting))
    assert of(done.assessments) == []
    assert [answer.path for answer in done.assessments] == [f.path for f in [*files, twin]]
    assert len(asked) == len(set(asked))
    assert [dict(done.with_sources(file).supporting) for file in files] == [SOURCES, {}]


def test_the_answer_without_them_stands_where_they_are_too_much(files: list[SourceFile]) -> None:
    """A killer in a base class does not hide what is known of the file itself."""

    def dying(files: Iterable[SourceFile]) -> list[Assessment]:
        gap = (NotAssessed("x", "it takes too much memory"),)
        files = list(files)
        each = zip(files, ask(files), strict=True)
        return [Assessment(f.path, 1, not_assessed=gap) if f.supporting else a for f, a in each]

    done = assessed(files, supporting.Read(load), dying)
    assert of(done.assessments) == ["environ-not-restored"]
    assert not done.with_sources(files[0]).supporting


def test_a_file_that_is_gone_keeps_its_first_answer(files: list[SourceFile]) -> None:
    """It was read a moment ago."""

    def gone(path: str) -> SourceFile:
        raise FileNotFoundError(path)

    supported = Supported(files, gone, supporting.Read(load))
    for answer in ask(supported):
        supported.heard(answer)
    assert list(supported) == []
    assert list(supported.assessments) == ask(files)


def test_an_answer_is_followed_at_once(files: list[SourceFile]) -> None:
    """What is wanted again comes before the rest, and behind the end: no second start."""
    supported = Supported(iter(files), lambda _: files[0], supporting.Read(load))
    first = next(supported)
    supported.heard(*ask([first]))
    again = next(supported)
    assert (again.path, list(again.supporting)) == (first.path, ["app/base.py"])
    assert next(supported) == files[1]
    assert list(supported) == []
    supported.heard(*ask([again]))
    assert [list(file.supporting) for file in supported] == [["app/base.py", "app/deep.py"]]


def test_the_sources_of_one_file_have_a_limit(
    monkeypatch: pytest.MonkeyPatch, files: list[SourceFile]
) -> None:
    """The likeliest come first; what does not fit stays unknown."""
    monkeypatch.setattr(supporting, "MAX_BYTES", len(BASE))
    done = assessed(files, supporting.Read(load))
    assert list(done.with_sources(files[0]).supporting) == ["app/base.py"]
    assert of(done.assessments) == ["environ-not-restored"]
