"""``secreview simulate``: the App's verdict on a real pull request, and not a single write."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.standin import StandIn

ROOT = Path(__file__).parent.parent
BAD = 'import requests\n\n\ndef test_get():\n    requests.get("https://x.test/", verify=False)\n'
CONFIG = ".github/secreview.yml"


def simulate(standin: StandIn, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as its user does."""
    return subprocess.run(
        [sys.executable, "-m", "reviewer", "simulate", *arguments],
        capture_output=True, text=True, check=False, timeout=60, cwd=folder,
        env={"PYTHONPATH": str(ROOT), **standin.environment()},
    )  # fmt: skip


def test_the_verdict_is_the_app_s_and_nothing_is_written(standin: StandIn, tmp_path: Path) -> None:
    """The report, the conclusion, and what would be said."""
    repository = standin.repository("acme/widgets", {"tests/test_old.py": BAD})
    standin.open_pull_request(repository, {"tests/test_bad.py": BAD})
    done = simulate(standin, tmp_path, "acme/widgets#1")
    assert done.returncode == 1
    assert done.stdout.startswith("1 finding: 1 high.")
    assert "The check would be `failure`: 1 finding: 1 high." in done.stderr
    assert "Comments: 1 new, 0 edited, 0 threads resolved" in done.stderr
    writes = [r for r in standin.requests if r.method != "GET" and "/repos/" in r.path]
    assert writes == []
    minted = [r.body["permissions"] for r in standin.called("POST", "access_tokens")]
    assert all(level == "read" for permissions in minted for level in permissions.values())


def test_markdown_is_the_check_run_s_summary(standin: StandIn, tmp_path: Path) -> None:
    """For a page or a pipe."""
    repository = standin.repository("acme/widgets")
    standin.open_pull_request(repository, {"tests/test_a.py": "x = 1\n"})
    done = simulate(standin, tmp_path, "acme/widgets#1", "--format", "markdown")
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        0,
        "No security defects are detected.",
    )


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("acme/widgets", "is no pull request; write it as OWNER/REPO#NUMBER"),
        ("acme/widgets#0", "is no pull request"),
        ("acme/widgets#9", "acme/widgets#9 cannot be read: "),
        ("acme/other#1", "Is the App installed there?"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(
    standin: StandIn, tmp_path: Path, asked: str, sentence: str
) -> None:
    """Exit code 2, and what to do."""
    standin.repository("acme/widgets")
    done = simulate(standin, tmp_path, asked)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("config", "code", "sentence"),
    [
        ("profile: x\n", 2, "line 1, column 10: `x` is not a value of `profile`"),
        ("drafts: skip\n", 0, "Draft: not reviewed"),
    ],
)
def test_the_project_s_configuration_is_obeyed(
    standin: StandIn, tmp_path: Path, config: str, code: int, sentence: str
) -> None:
    """As in a review: a broken one is told, a draft may be skipped."""
    repository = standin.repository("acme/widgets", {CONFIG: config})
    standin.open_pull_request(repository, {"tests/test_bad.py": BAD}, draft=True)
    done = simulate(standin, tmp_path, "acme/widgets#1")
    assert done.returncode == code
    assert sentence in done.stderr
