"""``secreview check --diff``: the test files that a range of commits changes."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from reviewer.check_command import Request, check
from reviewer.formats import Format
from reviewer.local import UsageError

CLEAN = "def test_nothing():\n    assert sum([1]) == 1\n"
BAD = "import requests\n\n\ndef test_it(url):\n    requests.get(url, verify=False)\n"


def git(folder: Path, *arguments: str) -> str:
    """Run git in *folder*, as nobody in particular."""
    nobody = ("-c", "user.name=n", "-c", "user.email=n@example.invalid", "-c", "commit.gpgsign=no")
    done = subprocess.run(
        ["git", "-C", str(folder), *nobody, *arguments], capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def commit(folder: Path, name: str, content: str | bytes) -> None:
    """Write a file and commit it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", f"write {name!a}")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository on ``main`` with two test files, and a branch ``topic`` at the same commit."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    commit(tmp_path, "tests/test_old.py", BAD)
    commit(tmp_path, "tests/test_other.py", CLEAN)
    git(tmp_path, "switch", "--quiet", "--create", "topic")
    return tmp_path


def reviewed(
    repository: Path, capsys: pytest.CaptureFixture[str], diff: str = "main...HEAD", *paths: str
) -> dict[str, list[str]]:
    """Paths of the files reviewed and rules found in a range."""
    check(Request(diff=diff, paths=paths, format=Format.JSON), repository)
    made = json.loads(capsys.readouterr().out)
    return {
        "files": [file["path"] for file in made["files"]],
        "rules": [finding["rule"] for finding in made["findings"]],
        "not_covered": made["scope"]["not_covered"],
        "sha": made["scope"]["head_sha"],
    }


def test_only_what_the_range_changes_is_reviewed(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An old finding in a file that nobody touched is not part of it.

    The rules for tests have nothing to say about other Python files.
    """
    commit(repository, "tests/test_new.py", CLEAN)
    commit(repository, "app.py", BAD)
    commit(repository, "web/login.spec.ts", "x")
    assert reviewed(repository, capsys) == {
        "files": ["tests/test_new.py", "app.py"],
        "rules": [],
        "not_covered": ["web/login.spec.ts"],
        "sha": git(repository, "rev-parse", "HEAD"),
    }


def test_a_double_that_the_range_puts_into_the_product_is_found(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Other Python files are looked at for it, without being counted as test files."""
    commit(repository, "app.py", "from unittest import mock\n")
    assert reviewed(repository, capsys)["rules"] == ["double-in-production"]
    assert check(Request(diff="main...HEAD"), repository) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("1 finding: 1 medium.")
    assert "Scope: 0 of 0 Python test files" in said
    assert "Other changed Python files were looked at only for test doubles" in said


def test_a_range_without_test_files_says_so_though_other_files_change(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing found in them leaves the sentence as it is."""
    commit(repository, "app.py", BAD)
    assert check(Request(diff="main...HEAD"), repository) == 0
    assert "No Python test files changed." in " ".join(capsys.readouterr().out.split())


def test_contents_come_from_the_commit_not_from_the_working_tree(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was committed is what will be merged."""
    commit(repository, "tests/test_new.py", BAD)
    (repository / "tests/test_new.py").write_text(CLEAN)
    assert reviewed(repository, capsys)["rules"] == ["tls-verify-off"]


def test_what_main_changed_meanwhile_does_not_count(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The range starts at the merge base, as a pull request does."""
    commit(repository, "tests/test_new.py", CLEAN)
    git(repository, "switch", "--quiet", "main")
    commit(repository, "tests/test_mains.py", BAD)
    assert reviewed(repository, capsys, "main...topic")["files"] == ["tests/test_new.py"]
    assert reviewed(repository, capsys, "main..topic")["files"] == ["tests/test_new.py"]


def test_renamed_files_count_and_deleted_ones_do_not(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rename is reviewed under its new name."""
    git(repository, "mv", "tests/test_old.py", "tests/test_renamed.py")
    git(repository, "rm", "--quiet", "tests/test_other.py")
    git(repository, "commit", "--quiet", "--message", "move and delete")
    assert reviewed(repository, capsys)["files"] == ["tests/test_renamed.py"]


def test_names_with_anything_in_them_come_through(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Spaces, quotes, line feeds, and bytes that are no text."""
    names = ["tests/a b\n'\"\\.py", os.fsdecode(b"tests/\xff.py"), "tests/é.py", "tests/-x.py"]
    for name in names:
        commit(repository, name, CLEAN)
    assert sorted(reviewed(repository, capsys)["files"]) == sorted(names)


def test_links_and_submodules_are_left_out(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their blobs are no source code."""
    (repository / "tests/test_link.py").symlink_to("test_old.py")
    head = git(repository, "rev-parse", "HEAD")
    git(repository, "add", "--all")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},tests/sub.py")
    git(repository, "commit", "--quiet", "--message", "link")
    assert reviewed(repository, capsys)["files"] == []


def test_a_large_blob_is_not_assessed_and_not_read_whole(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The limit for a file holds here too."""
    commit(repository, "tests/test_big.py", b"#" * (5 * 1024 * 1024))
    assert check(Request(diff="main...HEAD"), repository) == 3
    assert "larger than 2 MiB" in capsys.readouterr().out


def test_from_a_folder_inside_paths_are_still_the_repository_s(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reports speak of files as the repository does; paths narrow a range from where one is."""
    commit(repository, "tests/unit/test_a.py", CLEAN)
    commit(repository, "tests/unit/test_b.py", CLEAN)
    commit(repository, "tests/test_c.py", CLEAN)
    unit = repository / "tests/unit"
    assert len(reviewed(unit, capsys)["files"]) == 3
    assert reviewed(unit, capsys, "main...HEAD", "test_a.py")["files"] == ["tests/unit/test_a.py"]
    assert len(reviewed(unit, capsys, "main...HEAD", ".")["files"]) == 2
    assert len(reviewed(repository, capsys, "main...HEAD", ".")["files"]) == 3


def test_the_base_decides_what_a_test_file_is(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A branch cannot configure itself out of the review, nor others into it."""
    git(repository, "switch", "--quiet", "main")
    commit(repository, "pytest.ini", "[pytest]\npython_files = check_*.py\n")
    git(repository, "switch", "--quiet", "--create", "other")
    commit(repository, "check_new.py", CLEAN)
    commit(repository, "pytest.ini", "[pytest]\npython_files = nothing.py\n")
    assert reviewed(repository, capsys)["files"] == ["check_new.py"]


@pytest.mark.parametrize(
    ("diff", "sentence"),
    [
        ("--output=x...HEAD", "is not a range of commits"),
        ("main...--all", "is not a range of commits"),
        ("-h", "is not a range of commits"),
        ("...HEAD", "is not a range of commits"),
        ("gone...HEAD", "gone names no commit here"),
        ("main...gone", "gone names no commit here"),
        ("main:tests...HEAD", "main:tests names no commit here"),
    ],
)
def test_a_range_that_names_no_commits_is_refused(
    repository: Path, diff: str, sentence: str
) -> None:
    """A sentence that says what to write; nothing that looks like an option reaches git."""
    with pytest.raises(UsageError, match=sentence):
        check(Request(diff=diff), repository)


def test_two_histories_without_a_common_ancestor_are_refused(repository: Path) -> None:
    """As in a shallow clone: the remedy is to fetch more."""
    git(repository, "switch", "--quiet", "--orphan", "alone")
    commit(repository, "tests/test_x.py", CLEAN)
    with pytest.raises(UsageError, match="no common ancestor"):
        check(Request(diff="main...HEAD"), repository)


def test_outside_a_repository_a_range_is_refused(tmp_path: Path) -> None:
    """A sentence, not git's own words."""
    with pytest.raises(UsageError, match="needs a git repository"):
        check(Request(diff="main...HEAD"), tmp_path)


def test_without_git_a_range_is_refused(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody may have the sources and no git."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="there is no git"):
        check(Request(diff="main...HEAD"), repository)
