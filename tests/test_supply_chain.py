"""What we are made of: locked by hash and declared; and the tests that documents name are there."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.supply import HOUSE, LOCKS, SHIPPED, Locked, locked, statements

PYPROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text())
# What only `make lock` does: it chooses what is locked, and people look at what it chose.
UNLOCKED = ["$(PIP) install uv"]
# What the sources of this house are installed with: no file is fetched for it.
OURSELVES = ("--no-deps", "--no-build-isolation", "--editable .")
# Not declared itself, because it is the other half of what is: that one's interface speaks of it.
BROUGHT = {
    "pydantic-core": "pydantic",
    "python-dotenv": "pydantic-settings",
    "requests": "PyGithub",
    "werkzeug": "flask",
}
INSTALLS = re.compile(r"\b(pip|pipx|uv)\b.* (install|sync|download|wheel)\b", re.IGNORECASE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
each_lock = pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)


def documents() -> list[Path]:
    """Those that say which test shows what they say."""
    return [
        path for path in (HOUSE / "SECURITY.md", HOUSE / "docs" / "reliability.md") if path.exists()
    ]


def functions(path: Path) -> set[str]:
    """The names of the tests that a module has."""
    return {
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_every_test_that_a_document_names_exists(path: Path) -> None:
    """What is said to be shown is shown; and each mention is of this form, so that it is found."""
    text = path.read_text()
    named = NAMED.findall(text)
    assert named
    assert len(named) == text.count("::test_"), "a test is named in a form that is not checked"
    missing = [
        f"{module}::{name}"
        for module, name in named
        if not (HOUSE / module).exists() or name not in functions(HOUSE / module)
    ]
    assert not missing


def test_every_attacker_s_row_names_a_test() -> None:
    """Each line of what somebody cannot do ends in what shows it."""
    text = (HOUSE / "SECURITY.md").read_text()
    tables = re.findall(
        r"^\| cannot \| shown by \|\n\|---\|---\|\n((?:\|.*\n)+)", text, re.MULTILINE
    )
    assert len(tables) == text.count("\n| cannot |")
    unshown = [row for table in tables for row in table.splitlines() if not NAMED.search(row)]
    assert not unshown


@each_lock
def test_every_locked_package_has_hashes(path: Path) -> None:
    """One exact version each, with the SHA-256 of its files."""
    packages = locked(path)
    assert packages
    assert [package.name for package in packages if not package.hashes] == []


@each_lock
def test_no_lock_file_names_a_place_to_install_from(path: Path) -> None:
    """Neither an index nor an address nor a folder: each line is a package and its version."""
    for line in statements(path):
        assert not line.startswith("-"), line
        assert "://" not in line, line
        assert " @ " not in line, line


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://elsewhere.example/simple",
        "flask>=3",
        "flask @ https://elsewhere.example/flask.whl",
        f"flask==3 --hash=md5:{'a' * 32}",
        "./flask.whl",
        "git+https://elsewhere.example/flask",
    ],
)
def test_a_line_that_locks_nothing_is_noticed(tmp_path: Path, line: str) -> None:
    """A range, an address or a weak hash is no lock."""
    path = tmp_path / "requirements.txt"
    flask = Locked("flask", "3.1.2", frozenset({"a" * 64}))
    path.write_text(f"{flask.line}\n{line}\n")
    with pytest.raises(ValueError, match="this locks nothing"):
        locked(path)


digests = st.frozensets(st.text("0123456789abcdef", min_size=64, max_size=64), max_size=3)


@given(
    st.lists(
        st.builds(
            Locked,
            st.from_regex(r"[a-z]{1,9}", fullmatch=True),
            st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}", fullmatch=True),
            digests,
        )
    )
)
def test_what_is_written_down_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, packages: list[Locked]
) -> None:
    """However many hashes, on one line or on several."""
    path = tmp_path_factory.mktemp("lock") / "requirements.txt"
    for space in (" ", " \\\n    "):
        path.write_text("".join(p.line.replace(" ", space) + "\n" for p in packages))
        assert locked(path) == packages


def test_lock_files_agree() -> None:
    """A package that stands in several has one version and the same hashes in all of them."""
    known: dict[str, Locked] = {}
    for path in LOCKS:
        for package in locked(path):
            assert known.setdefault(package.name, package) == package, path.name


def test_what_is_shipped_is_tested() -> None:
    """The developers' lock file holds all of the shipped one's packages."""
    assert set(locked(SHIPPED)) <= set(locked(HOUSE / "requirements-dev.txt"))


def declared() -> dict[str, list[Requirement]]:
    """What pyproject asks for, by the lock file that it ends in."""
    groups = PYPROJECT["dependency-groups"]
    shipped, dev, tools, docs = (
        [Requirement(line) for line in lines]
        for lines in (
            PYPROJECT["project"]["dependencies"],
            groups["dev"],
            groups["tools"],
            groups["docs"],
        )
    )
    asked = (shipped, shipped + dev, tools, docs)
    return dict(zip((path.name for path in LOCKS), asked, strict=True))


@each_lock
def test_what_is_declared_is_locked(path: Path) -> None:
    """Each at a version that pyproject allows."""
    versions = {package.name: package.version for package in locked(path)}
    for wanted in declared()[path.name]:
        assert wanted.specifier.contains(versions[canonicalize_name(wanted.name)]), wanted


def test_what_is_imported_is_declared() -> None:
    """Nothing that runs leans on what something else happens to bring along."""
    of = packages_distributions()
    allowed = {canonicalize_name(wanted.name) for wanted in declared()[SHIPPED.name]} | {*BROUGHT}
    ours = {*sys.stdlib_module_names, "app", "checks", "reviewer"}
    undeclared = {
        (path.relative_to(HOUSE).as_posix(), name)
        for path in (
            HOUSE / "app.py",
            *HOUSE.glob("checks/**/*.py"),
            *HOUSE.glob("reviewer/**/*.py"),
        )
        for name in imported(path) - ours
        if not {canonicalize_name(each) for each in of.get(name, [name])} & allowed
    }
    assert not undeclared


@pytest.mark.parametrize(("package", "owner"), BROUGHT.items())
def test_what_is_brought_along_is_always_brought_along(package: str, owner: str) -> None:
    """By something that is declared, whatever the system and the Python."""
    assert canonicalize_name(owner) in {
        canonicalize_name(wanted.name) for wanted in declared()[SHIPPED.name]
    }
    asked = [Requirement(line) for line in requires(owner) or ()]
    assert [w for w in asked if canonicalize_name(w.name) == package and not w.marker]
    assert package in {each.name for each in locked(SHIPPED)}


def imported(path: Path) -> set[str]:
    """The top-level names of what a module imports when it runs."""
    tree = ast.parse(path.read_text())
    found: set[str] = set()
    left: list[ast.AST] = [*tree.body]
    while left:
        node = left.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            left += node.orelse
        elif isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
        else:
            left += ast.iter_child_nodes(node)
    return found


def test_what_is_installed_is_installed_by_hash() -> None:
    """Every installation of the Makefile and of .ci; those that are not are named above."""
    files = [HOUSE / "Makefile", *(each for each in (HOUSE / ".ci").rglob("*") if each.is_file())]
    text = "\n".join(path.read_text().replace("\\\n", " ") for path in files)
    lines = [line.strip().lstrip("@") for line in text.splitlines()]
    installs = [line for line in lines if INSTALLS.search(line)]
    locks = [f"$(PIP) install --no-deps --require-hashes -r {path.name}" for path in LOCKS[1:]]
    others = [line for line in installs if not all(word in line for word in OURSELVES)]
    assert sorted(others) == sorted(locks + UNLOCKED)
    assert not [line for line in lines if "curl" in line or "wget" in line]
