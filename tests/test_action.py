"""The GitHub Action: what its review does in a job, on a real merge of a pull request."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

HOUSE = Path(__file__).parents[1]
ACTION = yaml.safe_load((HOUSE / "action.yml").read_text())
INSTALL, REVIEW = ACTION["runs"]["steps"]
OLD = "import requests\n\nrequests.get('https://old.test', verify=False)\n"
BAD = "import requests\n\n\ndef test_get():\n    requests.get('https://a.test', verify=False)\n"


def git(folder: Path, *words: str) -> None:
    """Run git as nobody in particular."""
    who = ["-c", "user.name=mira", "-c", "user.email=mira@acme.example"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The merge of a pull request that adds one defect beside an old one."""
    folder = tmp_path / "work"
    (folder / "tests").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / "tests/test_old.py").write_text(OLD)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "base")
    git(folder, "checkout", "-q", "-b", "change")
    (folder / "tests/test_new.py").write_text(BAD)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "change")
    git(folder, "checkout", "-q", "main")
    git(folder, "merge", "-q", "--no-ff", "-m", "merge", "change")
    return folder


def review(checkout: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Run the action's own step as a runner does, with its inputs' defaults."""
    temporary = checkout.parent / "temp"
    script = temporary / "secreview" / "bin" / "secreview"
    if not script.exists():
        script.parent.mkdir(parents=True)
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m reviewer "$@"\n')
        script.chmod(0o755)
    inputs = {name: about["default"] for name, about in ACTION["inputs"].items()}
    expression = re.compile(r"\$\{\{ inputs\.([a-z-]+) \}\}")
    environment = {
        name: expression.sub(lambda found: inputs[found[1]], value)
        for name, value in REVIEW["env"].items()
    }
    return subprocess.run(
        ["bash", "-e", "-c", REVIEW["run"]],
        cwd=checkout, capture_output=True, text=True, check=False,
        env={
            "PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": str(HOUSE),
            "HOME": str(checkout.parent), "RUNNER_TEMP": str(temporary),
            "GITHUB_ACTION_PATH": str(HOUSE), "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_OUTPUT": str(checkout.parent / "output"),
            "GITHUB_STEP_SUMMARY": str(checkout.parent / "summary"),
            **environment, **given,
        },
    )  # fmt: skip


def test_a_pull_request_is_annotated_reported_and_summed_up(checkout: Path) -> None:
    """What it adds, and nothing else; SARIF without evidence."""
    ended = review(checkout)
    assert ended.returncode == 1, ended.stderr
    assert "::error " in ended.stdout
    assert "file=tests/test_new.py" in ended.stdout
    assert "test_old" not in ended.stdout
    report = json.loads((checkout / "secreview.sarif").read_text())
    (run,) = report["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["tls-verify-off"]
    assert (checkout.parent / "output").read_text() == "sarif=secreview.sarif\n"
    assert "tests/test_new.py" in (checkout.parent / "summary").read_text()


def test_paths_and_a_threshold_may_be_named(checkout: Path) -> None:
    """One path a line; what is found there is shown and fails nothing."""
    ended = review(checkout, PATHS="tests/test_old.py\n", FAIL_ON="never")
    assert ended.returncode == 0, ended.stderr
    assert "test_old" in ended.stdout
    assert "test_new" not in ended.stdout


def test_a_checkout_without_a_base_is_told(checkout: Path) -> None:
    """A sentence that says what to write, and no report that looks like a clean one."""
    git(checkout, "checkout", "-q", "HEAD^2")
    ended = review(checkout)
    assert ended.returncode == 2
    assert "fetch-depth: 2" in ended.stdout
    assert not (checkout / "secreview.sarif").exists()


def test_a_wrong_input_is_no_clean_review(checkout: Path) -> None:
    """Exit 2 and the sentence of the command line."""
    ended = review(checkout, PROFILE="stern")
    assert ended.returncode == 2
    assert "stern" in ended.stderr
    assert not (checkout / "secreview.sarif").exists()


def test_no_word_of_a_stranger_reaches_a_shell() -> None:
    """Expressions stand in environments alone, and only inputs are used."""
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
    assert all(value.startswith("${{ inputs.") for value in REVIEW["env"].values())
    assert "--require-hashes" in INSTALL["run"]


def test_the_guide_s_example_fits_the_action() -> None:
    """What people copy is valid, and gives inputs that there are."""
    guide = (HOUSE / "docs" / "action.md").read_text()
    copied = re.search(r"```yaml\n(.*?)```", guide, re.DOTALL)
    assert copied
    (job,) = yaml.safe_load(copied[1])["jobs"].values()
    (step,) = (step for step in job["steps"] if step.get("id") == "secreview")
    assert step.get("with", {}).keys() <= ACTION["inputs"].keys()
    assert "outputs.sarif" in copied[1]
