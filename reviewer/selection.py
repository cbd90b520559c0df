"""Which files are test files. Pure: paths and the project's own configuration, no disk.

``is_test_file(path, layout)`` is the whole question, for a pull request and for a folder
alike. ``Layout()`` is the default; ``read_layout(contents)`` makes one from the contents of
those of ``CONFIGURATION_FILES`` that the project has at its root. What the project's own
``include`` and ``exclude`` say goes before everything else.
"""

import configparser
import re
import shlex
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import PurePosixPath

from reviewer.model import ChangedFile, FileStatus
from reviewer.patterns import matcher

CONFIGURATION_FILES = ("pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")

_SECTIONS = {"tox.ini": "pytest", "setup.cfg": "tool:pytest"}
_FOLDERS = frozenset({"test", "tests", "testing"})
_NAMES = ("test_*.py", "*_test.py", "tests.py", "conftest.py")
_LITERAL, _ESCAPED = re.compile(r"([\\\[\] ])"), r"\\\1"
# Nobody's configuration is larger, and none of it is read in the sandbox.
_MAX_BYTES = {"pyproject.toml": 128 * 1024}
_MAX_INI, _MAX_LINES, _MAX_OPTION, _MAX_WORDS = 64 * 1024, 2_000, 16 * 1024, 200
# tomllib keeps every beginning of a dotted key: one with 100,000 dots takes all memory.
_KEY = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+"""
_DOTTED = re.compile(rf"(?<![\w-]){_KEY}(?:\.[ \t]*+{_KEY}){{10}}")

_CODE = r"ipynb|js|jsx|ts|tsx|mjs|cjs|go|rs|java|kt|scala|rb|php|cs|cc|cpp|c|swift|sh|bats|robot"
_OTHER_LANGUAGE = re.compile(rf".+\.(?:{_CODE})")
_OTHER_TEST = re.compile(
    r"(?i:test_.*|.*[_.](?:test|spec)s?\.[a-z]+)|.*(?:Test|Tests|Spec)\.[a-z]+"
)
_DELETED = (FileStatus.REMOVED, FileStatus.UNCHANGED)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a project keeps its tests, in pytest's own terms, beside the usual places.

    ``include`` and ``exclude`` are gitignore patterns: what is excluded is not looked at.
    """

    testpaths: tuple[str, ...] = ()
    python_files: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a pull request is reviewed, and changed tests that cannot be: their paths.

    ``production_files`` are the other Python files: looked at for test doubles and test
    switches alone.
    """

    test_files: tuple[ChangedFile, ...]
    not_covered: tuple[str, ...]
    production_files: tuple[ChangedFile, ...] = ()

    def without(self, paths: Collection[str]) -> "Selection":
        """The same without these test and production files, which are not covered then."""
        return Selection(
            tuple(file for file in self.test_files if file.path not in paths),
            (*self.not_covered, *sorted(paths)),
            tuple(file for file in self.production_files if file.path not in paths),
        )


def select(changed: Iterable[ChangedFile], layout: Layout) -> Selection:
    """Pick the test files out of what a pull request changes; deleted files do not count."""
    present = [file for file in changed if file.status not in _DELETED]
    return Selection(
        test_files=tuple(file for file in present if is_test_file(file.path, layout)),
        not_covered=tuple(file.path for file in present if is_other_test(file.path, layout)),
        production_files=tuple(f for f in present if is_production_file(f.path, layout)),
    )


def is_test_file(path: str, layout: Layout | None = None) -> bool:
    """Whether the file at *path* (from the project's root, with slashes) is a Python test file.

    Helpers and fixtures in a folder of tests count.
    """
    place = PurePosixPath(path)
    if place.suffix != ".py":
        return False
    said = said_of(path, layout) if layout else None
    if said is not None:
        return said
    if _FOLDERS.intersection(place.parts[:-1]):
        return True
    if any(fnmatchcase(place.name, pattern) for pattern in _NAMES):
        return True
    return layout is not None and _is_configured(place, layout)


def is_production_file(path: str, layout: Layout | None = None) -> bool:
    """Whether the file at *path* is a Python file that is no test."""
    if PurePosixPath(path).suffix != ".py" or is_test_file(path, layout):
        return False
    return layout is None or said_of(path, layout) is not False


def is_other_test(path: str, layout: Layout | None = None) -> bool:
    """Whether *path* looks like a test that is not a Python file: a notebook, another language."""
    place = PurePosixPath(path)
    if not _OTHER_LANGUAGE.fullmatch(place.name):
        return False
    if layout is not None and said_of(path, layout) is False:
        return False
    return bool(_FOLDERS.intersection(place.parts[:-1]) or _OTHER_TEST.fullmatch(place.name))


def said_of(path: str, layout: Layout) -> bool | None:
    """Whether the file at *path* is included or excluded; None where nothing is said of it."""
    if layout.exclude and matcher(layout.exclude).match_file(path):
        return False
    if layout.include and matcher(layout.include).match_file(path):
        return True
    return None


def read_layout(contents: Mapping[str, bytes]) -> Layout:
    """The layout that pytest would see in *contents*: file name -> bytes, from the root.

    As in pytest, the first file that configures it wins. A file that cannot be parsed, or
    that is larger than anybody's, configures nothing.
    """
    for name in CONFIGURATION_FILES:
        content = contents.get(name)
        if content is None or len(content) > _MAX_BYTES.get(name, _MAX_INI):
            continue
        options = _options(name, content)
        if options is not None:
            return Layout(
                testpaths=tuple(filter(None, map(_folder, _words(options.get("testpaths"))))),
                python_files=tuple(
                    # A pattern for every file says nothing about which ones are tests.
                    p
                    for p in _words(options.get("python_files"))
                    if p not in ("*", "*.py")
                ),
            )
    return Layout()


def _is_configured(place: PurePosixPath, layout: Layout) -> bool:
    if layout.testpaths and matcher(_folders(layout.testpaths)).match_file(str(place)):
        return True
    return any(
        fnmatchcase(str(place) if "/" in pattern else place.name, pattern)
        for pattern in _patterns(layout)
    )


@lru_cache(maxsize=64)
def _folders(testpaths: tuple[str, ...]) -> tuple[str, ...]:
    # Wildcards are meant, character sets are not: a broken one would raise.
    return tuple(f"/{_LITERAL.sub(_ESCAPED, folder)}" for folder in testpaths)


def _patterns(layout: Layout) -> Iterator[str]:
    for pattern in layout.python_files:
        yield pattern
        if "/" in pattern:
            yield f"*/{pattern}"


def _options(name: str, content: bytes) -> Mapping[str, object] | None:
    """What the file *name* configures for pytest, or None where it says nothing of it."""
    try:
        text = content.decode("utf-8-sig")
        return _toml(text) if name == "pyproject.toml" else _ini(name, text)
    except (ValueError, configparser.Error, RecursionError):
        return None


def _toml(text: str) -> Mapping[str, object] | None:
    found: object = None if _DOTTED.search(text) else tomllib.loads(text)
    for key in ("tool", "pytest"):
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, dict):
        found = found.get("ini_options", found)
    return found if isinstance(found, dict) and found else None


def _ini(name: str, text: str) -> Mapping[str, object] | None:
    if text.count("\n") > _MAX_LINES:
        return None  # Each line that is wrong is written behind all those before it.
    parser = configparser.RawConfigParser(strict=False)
    parser.read_string(text)
    section = _SECTIONS.get(name, "pytest")
    if parser.has_section(section):
        return dict(parser.items(section))
    return None if name in _SECTIONS else {}  # A pytest.ini counts even when it is empty.


def _words(value: object) -> list[str]:
    """An option's words: a list, or one string as a shell would split it; none of very many."""
    if isinstance(value, str):
        try:
            value = shlex.split(value, comments=True) if len(value) <= _MAX_OPTION else []
        except ValueError:
            return []
    words = [word for word in value if isinstance(word, str)] if isinstance(value, list) else []
    return words if len(words) <= _MAX_WORDS and len("".join(words)) <= _MAX_OPTION else []


def _folder(path: str) -> str:
    """A folder from ``testpaths``; "" where it is the whole project or outside of it."""
    place = PurePosixPath(path)
    return "" if place.is_absolute() or ".." in place.parts or not place.parts else str(place)
