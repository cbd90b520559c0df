"""What ``secreview check`` writes: every format, on the screen and to a file."""

import json
import os
from pathlib import Path

import pytest

from reviewer.check_command import Request, check
from reviewer.formats import Format
from reviewer.local import UsageError

BAD = "import requests\n\n\ndef test_it(url):\n    requests.get(url, verify=False)\n"
SENTENCE = "No security defects are detected."


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one clean test file beside code that is none."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_clean.py").write_text("def test_it():\n    assert sum([1]) == 1\n")
    (tmp_path / "app.py").write_text(BAD)
    return tmp_path


def test_a_name_that_is_no_text_is_shown_and_written(
    project: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Bytes that are no UTF-8 in a file's name break no format."""
    (project / os.fsdecode(b"tests/test_\xff.py")).write_text(BAD)
    for wanted in Format:
        assert check(Request(format=wanted), project) == 1
        out = capsysbinary.readouterr().out.decode()
        assert "\\udcff" in out or "%FF" in out
        if wanted in (Format.JSON, Format.SARIF):
            json.loads(out)


@pytest.mark.parametrize("wanted", Format)
def test_a_report_can_be_written_to_a_file(
    project: Path, wanted: Format, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file has what the screen would have had; standard output stays empty."""
    request = Request(format=wanted, output=Path("report.out"))
    assert check(request, project) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"{SENTENCE} The report is in {project}/report.out.\n"
    text = (project / "report.out").read_text()
    assert SENTENCE in text or wanted in (Format.JSON, Format.SARIF)
    assert text.endswith("\n")


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("tests", "it is a folder"),
        ("gone/report.json", "there is no folder"),
        ("app.py/report.json", "there is no folder"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused_before_the_review(
    project: Path, output: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No long run whose report is then lost."""
    with pytest.raises(UsageError, match=sentence):
        check(Request(output=Path(output)), project)
    assert capsys.readouterr().out == ""


def test_evidence_can_be_left_out_of_every_format(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--no-evidence`` leaves findings and verdict alone."""
    code = (
        "from unittest import mock\n\n\n@mock.patch('time.sleep')\ndef test_it(s):\n    assert s\n"
    )
    (project / "tests/test_mock.py").write_text(code)
    for wanted in Format:
        check(Request(format=wanted, evidence=False), project)
        said = capsys.readouterr().out
        assert "time.sleep" not in said
        assert "Mocks and stubs  " not in said


def test_sarif_has_evidence_only_on_request(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its readers take each result for a defect; other formats have it unless told otherwise."""
    kinds = []
    for wanted in (None, True, False):
        check(Request(paths=("app.py",), format=Format.SARIF, evidence=wanted), project)
        results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
        kinds.append({result["kind"] for result in results})
    assert kinds == [{"fail"}, {"fail", "informational"}, {"fail"}]
    check(Request(paths=("app.py",), format=Format.JSON), project)
    assert json.loads(capsys.readouterr().out)["evidence"]
