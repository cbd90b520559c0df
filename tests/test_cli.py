"""The command line as a person meets it: in a process of its own."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reviewer.cli import SPOKEN

ROOT = Path(__file__).parent.parent
BAD = "import requests\n\n\ndef test_it(url):\n    requests.get(url, verify=False)\n"


def secreview(
    *arguments: str, folder: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line in *folder*."""
    return subprocess.run(
        [sys.executable, "-m", "reviewer", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        check=False,
        timeout=60,
    )


def test_the_version_names_rules_and_python() -> None:
    """What a bug report needs, on one line."""
    done = secreview("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("secreview ")
    assert "rules " in done.stdout
    assert "Python 3." in done.stdout


def test_check_ends_with_the_exit_code_of_the_verdict(tmp_path: Path) -> None:
    """From any working directory: 1 for a finding, and the report on standard output."""
    (tmp_path / "test_bad.py").write_text(BAD)
    done = secreview("check", folder=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("1 finding: 1 high.")
    assert done.stderr == ""
    assert secreview("check", "--fail-on", "never", folder=tmp_path).returncode == 0


def test_explain_prints_the_page_of_a_rule() -> None:
    """Title, why, example."""
    done = secreview("explain", "tls-verify-off")
    assert done.returncode == 0
    assert done.stdout.startswith("TLS certificate verification is turned off.")


@pytest.mark.parametrize(
    ("rule", "hint"),
    [("tls-verify-of", "Did you mean tls-verify-off?"), ("\u202e", "The rules are: ")],
)
def test_an_unknown_rule_is_answered_with_the_nearest(rule: str, hint: str) -> None:
    """Exit 2 and what to type instead."""
    done = secreview("explain", rule)
    assert done.returncode == 2
    assert hint in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "nope.py"),
        ("check", "--diff", "main...HEAD"),
        ("check", "--fail-on", "sometimes"),
        ("check", "--format", "pdf"),
        ("check", "--jobs", "0"),
        ("check", "--output", "gone/report.json"),
        ("check", "--fix", "--diff", "main...HEAD"),
        ("check", "--dry-run"),
        ("check", "--baseline", "none.json"),
        ("check", "--config", "none.yml", "--no-config"),
        ("completion", "tcsh"),
        ("no-such-command",),
        ("serve",),
        ("worker",),
    ],
)
def test_what_cannot_be_done_is_exit_2_and_a_sentence(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    """Bad input is normal input: no traceback, nothing on standard output."""
    done = secreview(*arguments, folder=tmp_path, GITHUB_APP_ID="?", GIT_CEILING_DIRECTORIES="/")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr
    assert [*tmp_path.iterdir()] == []


LOST = """
import os
from reviewer.cli import main
os.mkdir("x")
os.chdir("x")
os.rmdir("../x")
main()
"""


def test_a_fault_of_our_own_is_one_sentence_and_details_on_request(tmp_path: Path) -> None:
    """A working directory that is gone: nobody thought of it, and still no traceback."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", LOST, "check"]
    runs = [
        subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=e, check=False)
        for e in (environment, {**environment, "SECREVIEW_DEBUG": "1"})
    ]
    assert [run.returncode for run in runs] == [2, 2]
    assert runs[0].stderr.startswith("secreview stopped because of a fault of its own (File")
    assert runs[0].stderr.count("\n") == 1
    assert "Traceback" in runs[1].stderr


def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    """``secreview check | head``: the pipe closes, and nothing is said about it."""
    for number in range(30):
        (tmp_path / f"test_{number}.py").write_text(BAD * 20)
    command = [sys.executable, "-m", "reviewer", "check", "--format", "json"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""


def test_check_starts_without_the_server_s_libraries() -> None:
    """The command line on a laptop pays for nothing that only the App needs."""
    heavy = {"dbos", "github", "sqlalchemy", "flask", "gunicorn", "libcst", "cryptography"}
    code = f"import sys, reviewer.check_command; print({heavy} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=True)
    assert done.stdout == b"set()\n"


@pytest.mark.parametrize(("module", "name"), sorted(SPOKEN))
def test_errors_that_speak_for_themselves_exist(module: str, name: str) -> None:
    """They are listed by name; a renamed one would lose its sentence."""
    assert issubclass(getattr(importlib.import_module(module), name), Exception)
