"""Strange pull requests: links, submodules, odd names, forks that are gone, history replaced."""

from collections.abc import Callable
from typing import Any

import pytest

from checks.model import Profile
from tests.standin.objects import Submodule, Symlink
from tests.test_review import BAD, FILES, GOOD, Desk, in_process, open_desk

__all__ = ["open_desk"]  # the fixture

Opens = Callable[..., Desk]


def summary(desk: Desk) -> str:
    """The summary of the newest check run."""
    return str(desk.runs()[-1].output["summary"])


@pytest.mark.parametrize("thing", [Symlink("../src/app.py"), Submodule("5" * 40)])
def test_what_is_no_file_is_not_covered(open_desk: Opens, thing: Symlink | Submodule) -> None:
    """A link and a submodule with the name of a test: named, and nothing is missing."""
    desk = open_desk({"tests/test_good.py": GOOD, "tests/test_odd.py": thing})
    assert desk.review() == "clean"
    assert "Scope: 1 of 1 Python test file assessed" in summary(desk)
    assert "no Python files: `tests/test_odd.py`" in summary(desk)


def test_a_file_of_one_line_without_an_end_is_a_file(open_desk: Opens) -> None:
    """It looks like a link's path, and the tree says that it is none."""
    desk = open_desk({"tests/test_one.py": "import requests; requests.get('u', verify=False)"})
    assert desk.review() == "findings"


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_ü\u2028.py",
        "tests/test a b.py",
        "tests/test_%2e%2e.py",
        "tests/test_#1?ref=x.py",
        "tests/[x]/test_{y}.py",
        "tests/test_:a\\b.py",
    ],
)
def test_odd_paths_are_read_and_commented_on(open_desk: Opens, path: str) -> None:
    """On the head and, where its patch is undone, on the base."""
    desk = open_desk({path: BAD + "\n\nX = 1\n"}, {path: BAD})
    assert desk.review() == "findings"
    assert desk.run().output["title"] == "No security defects introduced; 1 existing"
    desk.standin.push(desk.pull, {path: BAD + BAD.replace("test_get", "test_more")})
    desk.review(2)
    assert [path for path, _ in desk.comments()] == [path]


def test_a_fork_that_is_gone_is_reviewed_all_the_same(open_desk: Opens) -> None:
    """Its commits are the base repository's, too."""
    desk = open_desk(FILES, fork=True)
    desk.standin.delete_fork(desk.pull)
    assert desk.review() == "findings"
    assert desk.comments() == [("tests/test_bad.py", 5)]


def test_a_force_push_in_mid_review_ends_the_old_one(open_desk: Opens) -> None:
    """The files that GitHub lists are another head's: nothing is said of the old one."""
    desk = open_desk(FILES)
    old = desk.pull.head_sha

    def assess(files: Any, profile: Profile, go_on: Any) -> Any:
        desk.standin.force_push(desk.pull, {"tests/test_bad.py": GOOD})
        return in_process(files, profile, go_on)

    newest = iter([True, True])
    services = desk.services(assess=assess, is_newest=lambda: next(newest, False))
    assert desk.review(services=services) == "superseded"
    (run,) = desk.standin.check_runs(desk.repository, old)
    assert run.conclusion == "cancelled"
    assert desk.comments() == []
    assert desk.review(2) == "clean"


def test_a_rebase_says_nothing_twice_though_every_commit_is_another(open_desk: Opens) -> None:
    """The finding moved with its lines; its comment is the one that it has."""
    desk = open_desk(FILES, {"tests/test_other.py": GOOD})
    desk.review()
    desk.standin.push_base(desk.repository, {"tests/test_other.py": GOOD + "\nX = 1\n"})
    desk.standin.rebase(desk.pull)
    assert desk.review(2) == "findings"
    assert len(desk.pull.review_comments) == 1
    assert len(desk.pull.reviews) == 1


def test_a_file_is_renamed_with_its_defect(open_desk: Opens) -> None:
    """One comment, whatever the file is called, and however often."""
    desk = open_desk(FILES)
    desk.review()
    desk.standin.rename_file(desk.pull, "tests/test_bad.py", "tests/unit/test_worse.py")
    desk.review(2)
    desk.standin.rename_file(desk.pull, "tests/unit/test_worse.py", "tests/test_bad.py")
    assert desk.review(3) == "findings"
    assert len(desk.pull.review_comments) == 1


def test_a_pull_request_beyond_github_s_list_says_so(open_desk: Opens) -> None:
    """3,000 files are listed; what is behind them is named as not assessed, and the check fails."""
    many: dict[str, Any] = {f"docs/{n:04}.md": f"{n}\n" for n in range(3_000)}
    desk = open_desk({**many, "tests/test_bad.py": BAD})
    assert desk.review() == "incomplete"
    assert "GitHub lists only the first 3,000 of the 3,001 files" in summary(desk)
