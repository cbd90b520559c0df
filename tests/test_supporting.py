"""Base classes and fixtures in other files are looked up in the sources handed in."""

from dataclasses import replace

import pytest

import checks
from checks.engine import Engine
from checks.model import Assessment, Profile
from checks.source import SourceFile

HEADER = "import os\nimport pytest\nfrom app import base\nfrom app.base import Base as Renamed\n"
IN_CLASS = (
    HEADER
    + """
class TestIt({base}):
    def test_a(self):
        os.environ["ANSWER"] = "42"
"""
)
IN_FUNCTION = (
    HEADER
    + """
def test_a({parameter}):
    os.environ["ANSWER"] = "42"
"""
)
PUTS_BACK = """
import os, unittest
class Base(unittest.TestCase):
    def setUp(self):
        self.saved = dict(os.environ)
    def tearDown(self):
        os.environ.clear()
        os.environ.update(self.saved)
"""
PLAIN = "import unittest\nclass Base(unittest.TestCase):\n    pass\n"
FIXTURE = """
import os, pytest
@pytest.fixture{arguments}
def own_environment():
    saved = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(saved)
"""


def assessed(
    code: str, supporting: dict[str, str] | None = None, bases: frozenset[str] = frozenset()
) -> Assessment:
    """The assessment of a test file two folders deep, with supporting sources."""
    sources = {path: text.encode() for path, text in (supporting or {}).items()}
    file = SourceFile(
        "tests/unit/test_a.py", code.encode(), supporting=sources, restoring_bases=bases
    )
    return Engine(checks.RULES, {}).assess(file)


def found(assessment: Assessment) -> list[tuple[str, str]]:
    """The findings, by rule and severity."""
    assert not assessment.not_assessed
    return [(finding.rule, finding.severity) for finding in assessment.findings]


LEFT = [("environ-not-restored", "low")]


@pytest.mark.parametrize("base", ["base.Base", "Renamed"])
def test_a_base_that_puts_back_silences_and_one_that_does_not_is_no_excuse(base: str) -> None:
    """The base class decides, and it stands in another file."""
    code = IN_CLASS.format(base=base)
    assert found(assessed(code, {"app/base.py": PUTS_BACK})) == []
    assert found(assessed(code, {"src/app/base.py": PUTS_BACK})) == []
    assert found(assessed(code, {"app/base.py": PLAIN})) == LEFT


def test_a_base_is_followed_through_packages_and_further_files() -> None:
    """A package hands on what a relative import brought into it; so does an alias."""
    code = IN_CLASS.format(base="base.Base")
    handed_on = {
        "app/base/__init__.py": "from .deep import Other\nBase = Other\n",
        "app/base/deep.py": PUTS_BACK.replace("class Base", "class Other"),
    }
    assert found(assessed(code, handed_on)) == []
    derived = {
        "app/base.py": "from app import other\nclass Base(other.Base):\n    pass\n",
        "app/other.py": PUTS_BACK,
    }
    assert found(assessed(code, derived)) == []


def test_what_would_tell_more_is_asked_for_and_not_again() -> None:
    """An unknown base names the files that could define it; one that is there does not."""
    code = IN_CLASS.format(base="base.Base")
    asked = assessed(code).wanted
    assert asked[:2] == ("app/base.py", "app/base/__init__.py")
    assert {"conftest.py", "tests/conftest.py", "tests/unit/conftest.py"} <= set(asked)
    again = assessed(code, {"app/base.py": PLAIN}).wanted
    assert not [path for path in again if "base" in path]


def test_a_file_without_anything_to_put_back_wants_nothing() -> None:
    """Fetching costs requests: only what a rule really missed is asked for."""
    assert assessed(HEADER + "class TestIt(base.Base):\n    pass\n").wanted == ()


def test_the_standard_library_and_known_frameworks_are_not_asked_for() -> None:
    """Their sources are not in the project."""
    code = "import os, unittest\n" + IN_CLASS.format(base="unittest.TestCase")
    assert not [path for path in assessed(code).wanted if "unittest" in path]


@pytest.mark.parametrize(
    ("parameter", "arguments", "expected"),
    [("", "(autouse=True)", []), ("own_environment", "", []), ("", "", LEFT)],
)
def test_a_conftest_puts_back(
    parameter: str, arguments: str, expected: list[tuple[str, str]]
) -> None:
    """An autouse fixture of a conftest.py counts, and one that the test asks for."""
    code = IN_FUNCTION.format(parameter=parameter)
    supporting = {"tests/conftest.py": FIXTURE.format(arguments=arguments)}
    assert found(assessed(code, supporting)) == expected


def test_a_conftest_of_another_folder_does_not_count() -> None:
    """Pytest reads those of the folders above the file alone."""
    supporting = {"other/conftest.py": FIXTURE.format(arguments="(autouse=True)")}
    assert found(assessed(IN_FUNCTION.format(parameter=""), supporting)) == LEFT


def test_a_base_that_the_project_names_restores_everything() -> None:
    """``restoring_bases`` is believed, whether its source is at hand or not."""
    code = IN_CLASS.format(base="base.Base")
    named = frozenset({"app.base.Base"})
    assert found(assessed(code, bases=named)) == []
    assert found(assessed(code, {"app/base.py": PLAIN}, named)) == []


@pytest.mark.parametrize("broken", ["class Base(:\n", "x\0", "(" * 300, "class Base(Base): pass\n"])
def test_a_supporting_source_that_cannot_be_read_stays_unknown(broken: str) -> None:
    """A broken or circular base is no finding's proof and no error of the file."""
    assessment = assessed(IN_CLASS.format(base="base.Base"), {"app/base.py": broken})
    assert not assessment.not_assessed
    assert not [f for f in assessment.findings if f.severity != "low"]


def test_places_are_those_of_the_file_itself() -> None:
    """What stands in a supporting source is neither found nor counted."""
    bad = "import yaml\nyaml.load(open('x'), Loader=yaml.Loader)\n" + PLAIN
    assessment = assessed(IN_CLASS.format(base="base.Base"), {"app/base.py": bad})
    assert {finding.rule for finding in assessment.findings} == {"environ-not-restored"}
    assert assessment.lines == 8


def test_a_second_look_keeps_the_tree_and_says_the_same_as_a_first_one() -> None:
    """What supporting sources tell does not depend on whether the file was seen without them."""
    alone = SourceFile("tests/test_a.py", IN_CLASS.format(base="Renamed").encode())
    sources = {"app/base.py": PUTS_BACK.encode()}
    given = replace(alone, supporting=sources)
    more = replace(alone, supporting={**sources, "app/__init__.py": b""})
    engine = Engine(checks.RULES, checks.CATEGORIES, Profile.STRICT)
    asked = (alone, given, more, given, alone)
    looks = [engine.assess(file) for file in asked]
    fresh = [Engine(checks.RULES, checks.CATEGORIES, Profile.STRICT).assess(f) for f in asked]
    assert looks == fresh
    assert [len(look.findings) for look in looks] == [1, 0, 0, 0, 1]
