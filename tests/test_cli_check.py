"""``secreview check`` on a working tree: what is looked at, what is said, which exit code."""

import json
import os
from pathlib import Path

import pytest

from checks.model import Severity
from reviewer.check_command import Request, check
from reviewer.formats import Format
from reviewer.local import UsageError

CLEAN = "def test_nothing():\n    assert sum([1]) == 1\n"
BAD = "import requests\n\n\ndef test_it(url):\n    requests.get(url, verify=False)\n"
SENTENCE = "No security defects are detected."


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one clean test file beside code that is none."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_clean.py").write_text(CLEAN)
    (tmp_path / "app.py").write_text(BAD)
    return tmp_path


def document(project: Path, capsys: pytest.CaptureFixture[str], *paths: str) -> dict[str, object]:
    """The JSON report on *paths*."""
    check(Request(paths=paths, format=Format.JSON), project)
    made = json.loads(capsys.readouterr().out)
    assert isinstance(made, dict)
    return made


def test_a_clean_project_is_said_to_be_clean(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a path the current folder is searched; exit 0; the sentence comes first."""
    assert check(Request(), project) == 0
    assert capsys.readouterr().out.startswith(f"{SENTENCE}\nScope: 1 of 1 Python test file")


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (Request(), 1),
        (Request(fail_on=Severity.HIGH), 1),
        (Request(fail_on="never"), 0),
        (Request(exit_zero=True), 0),
    ],
)
def test_a_finding_decides_the_exit_code(
    project: Path, request_: Request, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """1 at or above the threshold; 0 below it, without one, or with --exit-zero."""
    (project / "tests/test_bad.py").write_text(BAD)
    assert check(request_, project) == code
    assert "tests/test_bad.py:5" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"def test_(:\n", "cannot parse it"),
        (b"x = 1\0\n", "NUL bytes"),
        (b"# coding: no-such-encoding\n", ""),
        (b"x = '\xff'\n", "encoding"),
        (b"#" * (2 * 1024 * 1024 + 1), "larger than 2 MiB"),
        (b"x = " + b"(" * 500 + b")" * 500, "cannot parse it"),
    ],
)
def test_what_cannot_be_analysed_makes_the_review_incomplete(
    project: Path, content: bytes, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 3, the reason, and everything else still reviewed; --exit-zero turns it into 0."""
    (project / "tests/test_broken.py").write_bytes(content)
    (project / "tests/test_bad.py").write_text(BAD)
    assert check(Request(), project) == 3
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("Review incomplete: 1 of 3 test files not assessed.")
    assert reason in said
    assert "tests/test_bad.py:5" in said
    assert SENTENCE not in said
    assert check(Request(exit_zero=True), project) == 0


def test_a_path_given_by_name_is_always_checked(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that no folder search would pick is checked when somebody names it."""
    assert check(Request(paths=("app.py",)), project) == 1
    assert "app.py:5" in capsys.readouterr().out


def test_a_file_named_twice_is_reviewed_once(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By folder, by name and by a roundabout name it is the same file."""
    made = document(project, capsys, ".", "tests/test_clean.py", "tests/../tests", "./tests/")
    assert made["files"] == [{"path": "tests/test_clean.py", "lines": 2}]


def test_a_folder_without_tests_is_clean_and_says_that_there_are_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing to review is no defect, but the reader is told."""
    assert check(Request(), tmp_path) == 0
    assert f"{SENTENCE} No Python test files found." in capsys.readouterr().out


def test_files_below_a_folder_are_found_by_the_project_not_by_the_command(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Inside ``tests`` a helper counts, although the path given no longer says ``tests``."""
    (project / "tests/unit").mkdir()
    (project / "tests/unit/helper.py").write_text(CLEAN)
    assert document(project / "tests/unit", capsys)["files"] == [{"path": "helper.py", "lines": 2}]


def test_the_project_s_own_configuration_says_where_tests_are(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``python_files`` of the project's pytest configuration is respected."""
    (project / "pyproject.toml").write_text("[tool.pytest.ini_options]\npython_files = 'app.py'\n")
    files = document(project, capsys)["files"]
    assert {"path": "app.py", "lines": 5} in files


def test_hidden_folders_environments_and_caches_are_left_out(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody's dependencies are reviewed as if they were the project's tests."""
    for folder in (".tox/tests", "env/tests", "node_modules/tests", "__pycache__"):
        (project / folder).mkdir(parents=True)
        (project / folder / "test_other.py").write_text(BAD)
    (project / "env/pyvenv.cfg").touch()
    assert document(project, capsys)["files"] == [{"path": "tests/test_clean.py", "lines": 2}]


def test_links_that_lead_nowhere_or_in_circles_are_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A loop of folders ends, a link to a file is read, a broken one is not assessed."""
    (project / "tests/again").symlink_to(project, target_is_directory=True)
    (project / "tests/test_linked.py").symlink_to(project / "app.py")
    (project / "tests/test_gone.py").symlink_to("nowhere.py")
    (project / "tests/test_loop.py").symlink_to("test_loop.py")
    made = document(project, capsys)
    assert [file["path"] for file in made["files"]] == [
        "tests/test_clean.py",
        "tests/test_linked.py",
    ]
    assert [(gap["path"], gap["reason"]) for gap in made["not_assessed"]] == [
        ("tests/test_gone.py", "it is a symbolic link that leads nowhere"),
        ("tests/test_loop.py", "it is a symbolic link that leads nowhere"),
    ]


def test_a_pipe_that_is_called_like_a_test_is_not_waited_for(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no regular file is never opened."""
    os.mkfifo(project / "tests/test_pipe.py")
    made = document(project, capsys)
    assert made["not_assessed"] == [
        {"path": "tests/test_pipe.py", "line": None, "reason": "it is not a regular file"}
    ]


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("nope.py", "nope.py: there is no such file or folder. Check the spelling"),
        ("loop.py", "loop.py cannot be read: Too many levels of symbolic links"),
        ("app.py/x", "app.py/x cannot be read: Not a directory"),
        ("pipe", "pipe is neither a file nor a folder."),
    ],
)
def test_a_path_that_cannot_be_used_is_refused_with_a_sentence(
    project: Path, path: str, sentence: str
) -> None:
    """Before anything is reviewed."""
    (project / "loop.py").symlink_to("loop.py")
    os.mkfifo(project / "pipe")
    with pytest.raises(UsageError) as refused:
        check(Request(paths=("tests", path)), project)
    assert str(refused.value).startswith(sentence)


def test_an_inline_ignore_silences_its_finding_and_is_listed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a reason it counts; without one the finding stands and the reader is told why."""
    file = project / "tests/test_bad.py"
    bad, ignore = BAD.rstrip("\n"), "  # secreview: ignore[tls-verify-off]"
    file.write_text(f"{bad}{ignore} -- a server of our own\n")
    assert check(Request(), project) == 0
    said = capsys.readouterr().out
    assert said.startswith(SENTENCE)
    assert "a server of our own" in said
    file.write_text(f"{bad}{ignore}\n")
    assert check(Request(), project) == 1
    assert "does not count: it gives no reason" in capsys.readouterr().out


def test_findings_come_with_their_proved_suggestion(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rewrite that was proved in the sandbox is part of the report."""
    (project / "tests/test_bad.py").write_text(BAD)
    (finding,) = document(project, capsys)["findings"]
    assert finding["suggestion"]["lines"] == ["    requests.get(url, verify=True)"]


def test_many_files_in_several_processes_come_in_order(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """However many work on it, the report is the same."""
    for number in range(40):
        (project / f"tests/test_{number:02}.py").write_text(BAD if number % 2 else CLEAN)
    reports = []
    for jobs in (1, 3):
        assert check(Request(format=Format.JSON, jobs=jobs), project) == 1
        reports.append(capsys.readouterr().out)
    assert reports[0] == reports[1]
    assert len(json.loads(reports[0])["files"]) == 41
