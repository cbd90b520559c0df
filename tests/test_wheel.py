"""The wheel, as pipx and pre-commit install it: everything that is read when it runs is inside."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

HOUSE = Path(__file__).parents[1]
SHIPPED = ("checks", "reviewer")


def test_the_wheel_holds_what_is_read_at_run_time(tmp_path: Path) -> None:
    """Every file of our packages, no test and nothing else of the repository."""
    source, made = tmp_path / "source", tmp_path / "made"
    for name in SHIPPED:
        shutil.copytree(
            HOUSE / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    for name in ("app.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(HOUSE / name, source / name)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "wheel"),
            *("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", made, source),
        ],
        check=True,
        capture_output=True,
    )
    (wheel,) = made.glob("secreview-*.whl")
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = [path for name in SHIPPED for path in (source / name).rglob("*") if path.is_file()]
    wanted = {path.relative_to(source).as_posix() for path in files}
    assert any(name.endswith(".jinja") for name in wanted)
    assert wanted <= inside
    assert {name.partition("/")[0] for name in inside - wanted} <= {"app.py"}
