"""The hook for pre-commit: the files that it is given, and what it runs."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from reviewer.selection import Layout, is_test_file

HOUSE = Path(__file__).parents[1]
(HOOK,) = yaml.safe_load((HOUSE / ".pre-commit-hooks.yaml").read_text())
PARTS = st.sampled_from(["test", "tests", "testing", "src", "contest", "test_a", "a_test", "b"])
NAMES = st.sampled_from(["test_a", "a_test", "tests", "conftest", "a", "latest", "testing"])


@given(st.lists(PARTS, max_size=3), NAMES)
@example([], "conftest")
@example(["tests"], "a")
def test_the_hook_is_given_what_is_a_test(folders: list[str], name: str) -> None:
    """As without configuration anywhere else."""
    path = "/".join([*folders, f"{name}.py"])
    assert bool(re.search(HOOK["files"], path)) == is_test_file(path, Layout())


def test_the_hook_runs_a_command_that_is_there(tmp_path: Path) -> None:
    """The script that the package installs, with options that it has: it finds what is there."""
    command, *words = HOOK["entry"].split()
    scripts = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]["scripts"]
    assert command in scripts
    bad = tmp_path / "test_a.py"
    bad.write_text('import requests\n\nrequests.get("https://a.test", verify=False)\n')
    ended = subprocess.run(
        [sys.executable, "-m", "reviewer", *words, str(bad)],
        capture_output=True, text=True, cwd=tmp_path, check=False,
        env={"PYTHONPATH": str(HOUSE), "HOME": str(tmp_path)},
    )  # fmt: skip
    assert ended.returncode == 1, ended.stderr
    assert "tls-verify-off" in ended.stdout
    assert "Evidence" not in ended.stdout


def test_the_guide_s_example_names_the_hook() -> None:
    """What people copy is valid, and called as the hook is."""
    guide = (HOUSE / "docs" / "pre-commit.md").read_text()
    (copied,) = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    (repository,) = yaml.safe_load(copied)["repos"]
    assert [hook["id"] for hook in repository["hooks"]] == [HOOK["id"]]
