"""``secreview check`` with the project's configuration and with base classes elsewhere."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from checks.model import Profile, Severity
from reviewer.check_command import Request, check
from reviewer.formats import Format
from reviewer.local import UsageError
from tests.test_cli import secreview
from tests.test_cli_check import CLEAN, project
from tests.test_cli_diff import commit, git
from tests.test_review_config import LEAKS, PLAIN, RESTORING

__all__ = ["project"]

LEAK = "import os\n\n\ndef test_a():\n    os.environ['A'] = '1'\n"
CONFIG = ".github/secreview.yml"


def configure(folder: Path, text: str, name: str = CONFIG) -> None:
    """Write the configuration of a project."""
    write(folder, {name: text})


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files below *folder*."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def report(capsys: pytest.CaptureFixture[str], folder: Path, **asked: Any) -> dict[str, Any]:
    """The JSON report of a check."""
    check(Request(format=Format.JSON, **asked), folder)
    made: dict[str, Any] = json.loads(capsys.readouterr().out)
    return made


def rules(made: dict[str, Any]) -> list[str]:
    """The rules that found something."""
    return [finding["rule"] for finding in made["findings"]]


def files(made: dict[str, Any]) -> list[str]:
    """The files that were looked at."""
    return [file["path"] for file in made["files"]]


def test_the_project_s_configuration_is_obeyed_from_every_folder_of_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rule is off or of another severity; the scope says so."""
    write(project, {"tests/test_bad.py": LEAK})
    configure(project, "profile: strict\nfail_on: low\nrules: {environ-not-restored: off}\n")
    made = report(capsys, project / "tests")
    assert rules(made) == []
    assert made["scope"]["rules_off"] == ["environ-not-restored"]
    assert (made["scope"]["profile"], made["scope"]["fail_on"]) == ("strict", "low")
    assert check(Request(), project) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Turned off by the project's configuration: environ-not-restored." in said
    configure(project, "rules: {environ-not-restored: high}\n")
    assert [f["severity"] for f in report(capsys, project)["findings"]] == ["high"]


def test_what_the_command_line_says_wins(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Profile and threshold; and --no-config reads nothing, not even what is broken."""
    write(project, {"tests/test_bad.py": LEAK})
    configure(project, "profile: strict\nfail_on: never\n")
    made = report(capsys, project)
    assert (made["failing"], made["scope"]["profile"]) == (False, "strict")
    made = report(capsys, project, fail_on=Severity.LOW, profile=Profile.TESTS)
    assert (made["failing"], made["scope"]["profile"]) == (True, "tests")
    assert report(capsys, project, fail_on="never")["scope"]["fail_on"] is None
    configure(project, "nonsense: 1\n")
    assert report(capsys, project, configured=False)["scope"]["fail_on"] == "medium"
    configure(project, "fail_on: low\n", "other.yml")
    assert check(Request(config=Path("other.yml")), project) == 1


def test_patterns_add_to_and_take_from_what_a_folder_holds(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are about the project's paths wherever one stands; a file given by name is checked."""
    write(project, {f"tests/data/{name}": LEAK for name in ("test_b.py", "keep.py")})
    write(project, {"checks/own.py": CLEAN, "checks/readme.md": "x"})
    configure(project, "include: [/checks/]\nexclude: [tests/data/*, '!tests/data/keep.py']\n")
    found = ["checks/own.py", "tests/test_clean.py", "tests/data/keep.py"]
    assert files(report(capsys, project)) == found
    assert files(report(capsys, project / "tests")) == ["test_clean.py", "data/keep.py"]
    assert rules(report(capsys, project, paths=("tests/data/test_b.py",))) == [
        "environ-not-restored"
    ]


def test_a_base_class_is_read_from_the_tree(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From its root, from a folder inside, and by absolute paths from somewhere else."""
    write(project, {"tests/unit/test_a.py": LEAKS, "app/base.py": RESTORING})
    for folder, path in ((project, "."), (project / "tests/unit", "."), (Path("/"), str(project))):
        assert rules(report(capsys, folder, paths=(path,))) == []
    write(project, {"app/base.py": PLAIN})
    assert rules(report(capsys, project)) == ["environ-not-restored"]


def test_a_pipe_in_the_place_of_a_base_class_is_not_waited_for(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no regular file is never opened."""
    write(project, {"tests/test_a.py": LEAKS, "app/__init__.py": ""})
    os.mkfifo(project / "app/base.py")
    made = report(capsys, project, profile=Profile.STRICT)
    assert rules(made) == ["environ-not-restored"]


def test_restoring_bases_are_believed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A class whose source is not here is known by its name."""
    write(project, {"tests/test_a.py": LEAKS})
    configure(project, "profile: strict\n")
    assert rules(report(capsys, project)) == ["environ-not-restored"]
    configure(project, "profile: strict\nrestoring_bases: [app.base.Base]\n")
    assert rules(report(capsys, project)) == []


def test_what_an_unknown_base_may_put_back_is_evidence(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The default profile does not guess; a base that is known is not guessed about."""
    write(project, {"tests/test_a.py": LEAKS})
    made = report(capsys, project)
    assert rules(made) == []
    (said,) = [said for said in made["evidence"] if said["category"] == "cleanup"]
    assert "`ANSWER` stays set unless a base class that is not at hand" in said["sentence"]
    assert said["place"]["line"] == 6


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a base class on main, and a branch whose new test uses it."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    commit(tmp_path, "app/base.py", RESTORING)
    git(tmp_path, "switch", "--quiet", "--create", "topic")
    commit(tmp_path, "tests/test_a.py", LEAKS)
    return tmp_path


def test_a_base_class_of_a_range_is_that_of_its_head(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From git, not from the working tree."""
    (repository / "app/base.py").write_text(PLAIN)
    assert rules(report(capsys, repository, diff="main...HEAD")) == []
    commit(repository, "app/base.py", PLAIN)
    (repository / "app/base.py").write_text(RESTORING)
    made = report(capsys, repository / "tests", diff="main...HEAD")
    assert rules(made) == ["environ-not-restored"]


def test_a_range_is_read_with_the_working_tree_s_configuration(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Patterns add, and take out of all that is looked at."""
    write(repository, {CONFIG: "include: [own.py]\nexclude: [data/, test_*.py]\n"})
    for name in ("own.py", "other.py", "data/test_b.py", "data/more.py", "data/b.spec.ts"):
        commit(repository, name, LEAK)
    made = report(capsys, repository, diff="main...HEAD")
    assert files(made) == ["own.py", "other.py"]
    assert rules(made) == ["environ-not-restored"]
    assert made["scope"]["not_covered"] == []


def test_a_broken_configuration_is_refused_with_every_place(project: Path) -> None:
    """Exit 2, one line for each problem, as an editor understands it; nothing is reviewed."""
    configure(project, "profile: strickt\nrules:\n  bind-al: off\n")
    done = secreview("check", folder=project)
    assert (done.returncode, done.stdout) == (2, "")
    first, second = done.stderr.splitlines()
    assert first.startswith(f"{CONFIG}:1:10: `strickt` is not a value of `profile`")
    assert second.startswith(f"{CONFIG}:3:3: `bind-al` is not a rule")


@pytest.mark.parametrize(
    ("given", "said"), [("gone.yml", "No such file"), ("tests", "Is a directory")]
)
def test_a_configuration_that_is_named_must_be_there(project: Path, given: str, said: str) -> None:
    """The project's own may be missing; one that somebody asks for may not."""
    with pytest.raises(UsageError, match=f"{given} cannot be read: {said}"):
        check(Request(config=Path(given)), project)


def test_config_check_says_ok_or_what_is_wrong(project: Path) -> None:
    """The project's own file without an argument."""
    configure(project, "profile: strict\n")
    configure(project, "profile: x\nfail_on: y\n", "other.yml")
    done = secreview("config", "check", folder=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"{CONFIG}: ok\n")
    done = secreview("config", "check", "other.yml", folder=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert [line[:14] for line in done.stderr.splitlines()] == ["other.yml:1:10", "other.yml:2:10"]


def test_config_check_reads_an_organisation_s_file_as_one(project: Path) -> None:
    """Only with the option may it lock."""
    configure(project, "locked: [rules]\n")
    done = secreview("config", "check", "--organisation", folder=project)
    assert (done.returncode, done.stderr) == (0, "")
    done = secreview("config", "check", folder=project)
    assert done.returncode == 2
    assert f"{CONFIG}:1:1: `locked` counts only in the organisation" in done.stderr


def test_config_and_no_config_exclude_each_other(project: Path) -> None:
    """A sentence, exit 2."""
    done = secreview("check", "--config", "x.yml", "--no-config", folder=project)
    assert done.returncode == 2
    assert "exclude each other" in done.stderr


def test_overrides_hold_on_the_command_line_and_yield_to_its_option(project: Path) -> None:
    """A folder may pass with what fails elsewhere; ``--fail-on`` is about everything."""
    write(project, {"tests/old/test_bad.py": LEAK, "tests/new/test_bad.py": LEAK})
    configure(project, "fail_on: low\noverrides:\n  - {paths: [tests/old/], fail_on: never}\n")
    assert check(Request(paths=("tests/old",)), project) == 0
    assert check(Request(paths=("tests/new",)), project) == 1
    assert check(Request(paths=("tests/old",), fail_on=Severity.LOW), project) == 1
