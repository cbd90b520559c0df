"""The arrows of the house: app -> reviewer -> checks, and who may import what."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
OURS = ("app", "checks", "reviewer", "tests")
PURE = ("webhook", "hunks", "selection", "compare", "commands", "model", "report")


def modules(*folders: str) -> list[Path]:
    """All Python files below the given top-level names."""
    found = []
    for folder in folders:
        path = HOUSE / folder
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    return found


def imports(path: Path) -> Iterator[str]:
    """The full names a module imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are absolute"
            yield node.module or ""


def top(name: str) -> str:
    return name.partition(".")[0]


@pytest.mark.parametrize("path", modules("checks"), ids=lambda p: str(p.relative_to(HOUSE)))
def test_checks_know_the_standard_library_alone(path: Path) -> None:
    """checks/ imports the standard library and itself; libcst only where suggestions are made."""
    allowed = {*sys.stdlib_module_names, "checks"}
    if path.name == "suggestions.py":
        allowed.add("libcst")
    assert {top(name) for name in imports(path)} <= allowed


@pytest.mark.parametrize("path", modules("checks"), ids=lambda p: str(p.relative_to(HOUSE)))
def test_checks_touch_no_network_disk_clock_or_process(path: Path) -> None:
    """Only the sandboxed child's entry may ask the operating system for anything."""
    outside = {"socket", "urllib", "http", "time", "subprocess", "os", "shutil", "random"}
    if path.name != "child.py":
        assert not outside & {top(name) for name in imports(path)}


def test_nothing_imports_upwards() -> None:
    """reviewer/ does not import app or tests; tests alone may import everything."""
    for path in modules("reviewer"):
        assert not {"app", "tests"} & {top(name) for name in imports(path)}, path


@pytest.mark.parametrize(("package", "module"), [("github", "github"), ("dbos", "work")])
def test_one_module_alone_speaks_to_a_library(package: str, module: str) -> None:
    """PyGithub is imported by the gateway alone, dbos by the work engine alone."""
    for path in modules("app", "reviewer"):
        within = path.relative_to(HOUSE).with_suffix("").parts
        if within[:2] != ("reviewer", module):
            assert package not in {top(name) for name in imports(path)}, path


def test_pure_modules_do_no_io() -> None:
    """What DESIGN calls pure imports neither the gateway, the queue, the store nor I/O."""
    outside = {"requests", "socket", "subprocess", "sqlalchemy", "flask", "github", "dbos"}
    inside = {f"reviewer.{m}" for m in ("github", "work", "store", "sandbox", "receiver")}
    for path in modules("reviewer"):
        parts = path.relative_to(HOUSE / "reviewer").with_suffix("").parts
        if parts[0] in PURE:
            names = set(imports(path))
            assert not outside & {top(name) for name in names}, path
            assert not inside & names, path


def test_app_is_wiring() -> None:
    """app.py reads like a table of contents: under 60 lines."""
    assert len((HOUSE / "app.py").read_text().splitlines()) < 60


def test_every_dependency_says_why_and_is_used() -> None:
    """Each line of pyproject's dependencies has a reason; each package is imported somewhere."""
    text = (HOUSE / "pyproject.toml").read_text()
    listed = re.search(r"^dependencies = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert listed
    imported = {
        top(name) for path in modules("app", "checks", "reviewer") for name in imports(path)
    }
    imported |= {"gunicorn", "psycopg"}  # started as a program; loaded by SQLAlchemy from the URL
    other = {
        "pygithub": "github",
        "pyyaml": "yaml",
        "pydantic-core": "pydantic_core",
        "pydantic-settings": "pydantic_settings",
        "markdown-it-py": "markdown_it",
        "python-dotenv": "dotenv",
        "prometheus-client": "prometheus_client",
    }
    for line in listed[1].splitlines():
        match = re.match(r'\s+"([\w-]+)(\[\w+\])?[^"]*",\s+# \S+', line)
        assert match, f"no reason: {line}"
        name = match[1].lower()
        assert other.get(name, name) in imported, f"never imported: {name}"
