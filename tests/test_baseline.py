"""``--baseline``: what a project lives with for now is counted, and not reported."""

import json
import subprocess
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer import baseline
from reviewer.baseline import Entry
from reviewer.check_command import Request, check
from reviewer.formats import Format
from reviewer.local import UsageError

BAD = "import requests\n\n\ndef test_it(url):\n    requests.get(url, verify=False)\n"
KNOWN = Path("known.json")
SENTENCE = "No security defects are detected."


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with one finding."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_old.py").write_text(BAD)
    return tmp_path


def test_what_stands_there_is_counted_and_does_not_fail(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where it has moved to another line; the clean sentence is not said."""
    assert check(Request(write_baseline=KNOWN), project) == 0
    (project / "tests/test_old.py").write_text("# moved\n\n" + BAD)
    capsys.readouterr()
    assert check(Request(baseline=KNOWN), project) == 0
    said = capsys.readouterr()
    assert said.out.startswith("No security defects beyond the baseline; 1 in it.\n")
    assert "verify=False" not in said.out
    assert SENTENCE not in said.out
    assert said.err == ""


@pytest.mark.parametrize("wanted", Format)
def test_no_format_reports_what_stands_there(
    project: Path, wanted: Format, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is new is reported beside the count."""
    check(Request(write_baseline=KNOWN), project)
    (project / "tests/test_new.py").write_text(BAD)
    capsys.readouterr()
    assert check(Request(baseline=KNOWN, format=wanted), project) == 1
    out = capsys.readouterr().out
    assert "test_new.py" in out
    assert "verify=False" in out
    if wanted is Format.JSON:
        made = json.loads(out)
        assert [f["place"]["path"] for f in made["findings"]] == ["tests/test_new.py"]
        assert made["scope"]["baselined"] == 1
    elif wanted is not Format.SARIF:
        assert "1 more is in the baseline." in out


def test_the_file_is_the_same_every_time_and_holds_no_code(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From any folder, in any order: a diff of it shows what changed."""
    (project / "tests/a").mkdir()
    (project / "tests/a/test_a.py").write_text(BAD)
    check(Request(write_baseline=KNOWN, jobs=2), project)
    written = (project / KNOWN).read_text()
    assert "2 findings now stand in the baseline" in capsys.readouterr().err
    check(Request(write_baseline=Path("../known.json")), project / "tests")
    assert (project / KNOWN).read_text() == written
    assert "requests" not in written
    assert [each["path"] for each in json.loads(written)["findings"]] == [
        "tests/a/test_a.py",
        "tests/test_old.py",
    ]
    assert check(Request(baseline=Path("../../known.json")), project / "tests/a") == 0


def test_the_command_line_and_a_range_of_commits_agree(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A finding has one fingerprint: in the tree, in a folder of it, and in a commit."""
    (project / ".git").rmdir()
    mine = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for command in (
        ("init", "-q"),
        (*mine, "commit", "-q", "--allow-empty", "-m", "1"),
        ("add", "."),
        (*mine, "commit", "-q", "-m", "2"),
    ):
        subprocess.run(["git", *command], cwd=project, check=True)
    made = []
    for folder, request in (
        (project, Request(format=Format.JSON)),
        (project / "tests", Request(format=Format.JSON)),
        (project, Request(format=Format.JSON, diff="HEAD~1...HEAD")),
    ):
        check(request, folder)
        made.append(json.loads(capsys.readouterr().out)["findings"][0]["fingerprint"])
    assert len(set(made)) == 1


def test_entries_that_match_nothing_any_more_are_told(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mended or gone; what was not looked at this time is not spoken of."""
    for name in ("gone", "mended", "beside"):
        (project / f"tests/test_{name}.py").write_text(BAD)
    check(Request(write_baseline=KNOWN), project)
    (project / "tests/test_gone.py").unlink()
    (project / "tests/test_mended.py").write_text("")
    capsys.readouterr()
    paths = ("tests/test_mended.py", "tests/test_old.py")
    assert check(Request(paths=paths, baseline=KNOWN), project) == 0
    assert capsys.readouterr().err == (
        "2 entries of the baseline match no finding any more: tests/test_gone.py "
        "(tls-verify-off), tests/test_mended.py (tls-verify-off). Write it again with "
        "--write-baseline.\n"
    )


def test_what_is_missing_stays_missing(project: Path) -> None:
    """A baseline excuses findings, not files that cannot be assessed."""
    (project / "tests/test_broken.py").write_text("def test_(:\n")
    assert check(Request(write_baseline=KNOWN), project) == 3
    assert check(Request(baseline=KNOWN), project) == 3


ENTRY = {"path": "a.py", "rule": "b", "fingerprint": "0" * 24}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is not JSON"),
        (b"\xff\xfe", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", "the whole of it: "),
        (b"{}", "version: "),
        (b'{"version": 2, "findings": []}', "format 2, this one reads 1"),
        (b'{"version": "1", "findings": []}', "version: "),
        (b'{"version": 1}', "findings: "),
        (b'{"version": 1, "findings": {}}', "findings: "),
        (b'{"version": 1, "findings": [{"path": "a.py"}]}', "findings.0.rule: "),
        (json.dumps({"version": 1, "findings": [ENTRY | {"fingerprint": "x"}]}).encode(), "0.fing"),
    ],
)
def test_a_malformed_file_is_refused_with_a_sentence(
    project: Path, content: bytes, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is reviewed: what is wrong, and what to do."""
    (project / KNOWN).write_bytes(content)
    with pytest.raises(UsageError) as refused:
        check(Request(baseline=KNOWN), project)
    said = str(refused.value)
    assert said.startswith(f"{project / KNOWN} ")
    assert words in said
    assert "--write-baseline" in said
    assert "\n" not in said
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request(baseline=Path("none.json")), "none.json cannot be read: No such file"),
        (Request(baseline=Path("tests")), "cannot be read: Is a directory"),
        (Request(write_baseline=Path("gone/known.json")), "there is no folder"),
        (Request(write_baseline=KNOWN, baseline=KNOWN), "exclude each other"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(
    project: Path, request_: Request, words: str
) -> None:
    """Nothing is half-written."""
    with pytest.raises(UsageError, match=words):
        check(request_, project)
    assert sorted(each.name for each in project.iterdir()) == [".git", "tests"]


entries = st.builds(
    Entry,
    path=st.text(max_size=9),
    rule=st.sampled_from(["a", "b"]),
    fingerprint=st.text("0123456789abcdef", min_size=24, max_size=24),
)


@given(st.lists(entries, unique_by=lambda entry: entry.fingerprint), st.randoms())
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, inside: list[Entry], random: Random
) -> None:
    """Whatever the names of files are; in any order the same bytes."""
    path = tmp_path_factory.getbasetemp() / "round-trip.json"
    made = baseline.text(inside)
    path.write_text(made)
    assert {*baseline.read(path)} == {*inside}
    random.shuffle(inside)
    assert baseline.text(inside) == made
