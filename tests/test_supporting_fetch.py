"""Base classes and fixtures are fetched from the head: few requests, bounded, cached."""

from collections.abc import Sequence

import pytest

import checks
from checks.model import Assessment
from checks.source import SourceFile
from reviewer import supporting
from reviewer.github import Gateway
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


def ask(files: Sequence[SourceFile]) -> list[Assessment]:
    """Assess in this process."""
    return list(checks.assess(files))


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
    """One request for the tree and one a file; another review of the commit needs the tree."""
    head = standin.push_base(repository, {"app/base.py": BASE, "app/deep.py": DEEP})
    assert of(ask(files)) == ["environ-not-restored"]
    gateway.tree(head, 1_000_000)  # so that the token is there
    before = len(standin.requests)
    assert of(supporting.assess(files, ask, supporting.OfCommit(gateway, head))) == []
    assert len(standin.requests) == before + 3
    assert of(supporting.assess(files, ask, supporting.OfCommit(gateway, head))) == []
    assert len(standin.requests) == before + 4


def test_what_the_commit_does_not_have_stays_unknown(
    standin: StandIn, repository: Repository, gateway: Gateway, files: list[SourceFile]
) -> None:
    """The answer is the first one, and GitHub is asked for nothing but the tree."""
    head = standin.push_base(repository, {"other.py": "x = 1\n"})
    find = supporting.OfCommit(gateway, head)
    assert supporting.assess(files, ask, find) == ask(files)


def test_a_large_base_is_left_out(
    standin: StandIn, repository: Repository, gateway: Gateway, files: list[SourceFile]
) -> None:
    """Nobody's base class has a megabyte; what is that large costs no memory here."""
    head = standin.push_base(repository, {"app/base.py": BASE + "#" * supporting.FILE_BYTES})
    find = supporting.OfCommit(gateway, head)
    assert of(supporting.assess(files, ask, find)) == ["environ-not-restored"]


def test_there_is_a_limit_of_files(
    monkeypatch: pytest.MonkeyPatch, standin: StandIn, repository: Repository, gateway: Gateway
) -> None:
    """A review fetches a bounded number of supporting files."""
    monkeypatch.setattr(supporting, "MAX_FILES", 2)
    paths = [f"app/m{n}.py" for n in range(5)]
    head = standin.push_base(repository, dict.fromkeys(paths, "x = 1\n"))
    assert len(supporting.OfCommit(gateway, head)(paths)) == 2


def test_no_files_need_no_request(gateway: Gateway) -> None:
    """Nothing to assess, nothing to ask."""
    assert supporting.assess([], ask, supporting.OfCommit(gateway, "0" * 40)) == []
