"""Selection: which files are test files, by name, by folder and by the project's configuration."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.model import ChangedFile, FileStatus
from reviewer.selection import (
    CONFIGURATION_FILES,
    Layout,
    is_other_test,
    is_production_file,
    is_test_file,
    read_layout,
    select,
)

TOML = 'testpaths = ["checks", "more checks"]\npython_files = "check_*.py"'


def changed(path: str, status: FileStatus = FileStatus.MODIFIED) -> ChangedFile:
    return ChangedFile(path, None, status, "0" * 40, None)


@pytest.mark.parametrize(
    "path",
    ["test_a.py", "src/a_test.py", "a/tests.py", "conftest.py", "tests/helper.py",
     "nova/tests/unit/fakes.py", "pkg/test/x.py", "lib/testing/base.py", "tests/a b/é.py"],
)  # fmt: skip
def test_names_and_folders_of_tests(path: str) -> None:
    """Test modules by name, and every Python file in a folder of tests."""
    assert is_test_file(path)


@pytest.mark.parametrize(
    "path",
    ["a.py", "test.py", "contest.py", "latest/a.py", "src/testing.py", "tests.pyi", "tests/a.txt",
     "test_a.pyc", "mytests/a.py", "tests", "", "tests/test_a.ipynb"],
)  # fmt: skip
def test_other_files_are_no_tests(path: str) -> None:
    """Names that merely resemble those of tests, and files that are not Python."""
    assert not is_test_file(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pytest.ini", "[pytest]\ntestpaths = checks 'more checks'\npython_files = check_*.py\n"),
        (
            ".pytest.ini",
            "[pytest]\ntestpaths =\n  checks\n  'more checks'\npython_files=check_*.py",
        ),
        (
            "tox.ini",
            "[tox]\nx=1\n[pytest]\ntestpaths = checks 'more checks'\npython_files=check_*.py",
        ),
        ("setup.cfg", "[tool:pytest]\ntestpaths=checks 'more checks'\npython_files=check_*.py"),
        ("pyproject.toml", f"[tool.pytest.ini_options]\n{TOML}"),
        ("pyproject.toml", f"[tool.pytest]\n{TOML}"),
    ],
)
def test_pytest_configuration_adds_places(name: str, content: str) -> None:
    """Each of pytest's configuration files adds its folders and patterns."""
    layout = read_layout({name: content.encode()})
    assert layout == Layout(("checks", "more checks"), ("check_*.py",))
    for path in ("checks/deep/a.py", "more checks/a.py", "src/check_a.py", "tests/a.py"):
        assert is_test_file(path, layout), path
    for path in ("src/a.py", "checks.py", "x/checks/a.py", "checks/a.txt"):
        assert not is_test_file(path, layout), path


def test_the_first_configuration_wins() -> None:
    """An empty pytest.ini hides pyproject.toml; the sections of other tools hide nothing."""
    tool = b'[tool.pytest.ini_options]\ntestpaths = ["checks"]'
    assert read_layout({"pytest.ini": b"", "pyproject.toml": tool}) == Layout()
    given_first = read_layout(
        {"pyproject.toml": b"[tool.ruff]\n", "tox.ini": b"[pytest]\ntestpaths=a"}
    )
    assert given_first == Layout(testpaths=("a",))


def test_patterns_with_folders_and_wildcards() -> None:
    """A glob in testpaths and a folder in python_files mean what they mean to pytest."""
    layout = Layout(("src/**/checks", "pkg?"), ("specs/*.py",))
    for path in (
        "src/a/b/checks/x.py",
        "src/checks/x.py",
        "pkg1/x.py",
        "specs/x.py",
        "deep/specs/x.py",
    ):
        assert is_test_file(path, layout), path
    for path in ("src/a/b/x.py", "pkg10/x.py", "myspecs/x.py"):
        assert not is_test_file(path, layout), path


@pytest.mark.parametrize("value", [".", "..", "/tmp", "../other", "", "./"])
def test_a_testpath_never_takes_in_the_whole_project(value: str) -> None:
    """The project itself and places outside of it say nothing about which files are tests."""
    layout = read_layout(
        {"pytest.ini": f"[pytest]\ntestpaths = {value}\npython_files=*.py".encode()}
    )
    assert layout == Layout()


@pytest.mark.parametrize("name", CONFIGURATION_FILES)
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_configuration_is_read_without_an_error(name: str, content: bytes) -> None:
    """What cannot be parsed configures nothing."""
    assert isinstance(read_layout({name: content}), Layout)


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=8), max_size=3))
def test_any_pattern_can_be_asked(words: list[str]) -> None:
    """No word in testpaths or python_files makes the question fail."""
    listed = json.dumps(words, ensure_ascii=False)
    table = f"[tool.pytest.ini_options]\ntestpaths = {listed}\npython_files = {listed}"
    layout = read_layout({"pyproject.toml": table.encode()})
    assert is_test_file("pkg/a.py", layout) in (True, False)


@pytest.mark.parametrize(
    "content",
    [b"x = " + b"[" * 100_000, b"tool = 1", b"tool.pytest = 1", b"tool.pytest.ini_options = []",
     b"[tool.pytest.ini_options]\ntestpaths = 1", b"#" * 300_000, b"\xff"],
)  # fmt: skip
def test_hostile_configuration_is_read_without_an_error(content: bytes) -> None:
    """Deep nesting, other types, huge files and broken text."""
    assert read_layout({"pyproject.toml": content}) == Layout()


def test_selection_of_a_pull_request() -> None:
    """Deleted files do not count, renamed ones do; tests in other languages are named."""
    files = [
        changed("tests/test_new.py", FileStatus.ADDED),
        changed("tests/test_moved.py", FileStatus.RENAMED),
        changed("tests/test_gone.py", FileStatus.REMOVED),
        changed("src/a.py"),
        changed("src/gone.py", FileStatus.REMOVED),
        changed("tests/flow.ipynb"),
        changed("web/app.spec.ts"),
        changed("web/gone.test.js", FileStatus.REMOVED),
        changed("tests/data.json"),
    ]
    found = select(files, Layout())
    assert [f.path for f in found.test_files] == ["tests/test_new.py", "tests/test_moved.py"]
    assert found.not_covered == ("tests/flow.ipynb", "web/app.spec.ts")
    assert [f.path for f in found.production_files] == ["src/a.py"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [("app.py", True), ("src/a.py", True), ("tests/helper.py", False), ("checks/a.py", False),
     ("a.pyi", False), ("app.js", False), ("flow.ipynb", False), ("py", False)],
)  # fmt: skip
def test_other_python_files_are_what_the_tests_are_about(path: str, expected: bool) -> None:
    """Every Python file is on one side: a test by name, folder or configuration, or not."""
    assert is_production_file(path, Layout(testpaths=("checks",))) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a/test_x.sh", True), ("x_test.go", True), ("src/AppTest.java", True), ("x.test.js", True),
     ("tests/run.sh", True), ("latest.js", False), ("src/app.js", False), ("tests/a.md", False),
     ("analysis.ipynb", False), ("test_x.py", False)],
)  # fmt: skip
def test_tests_that_are_not_python(path: str, expected: bool) -> None:
    """Notebooks and other languages are recognised by the names that their tests carry."""
    assert is_other_test(path) is expected
