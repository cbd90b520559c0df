"""Introduced, existing, fixed: what of a pull request's findings is its own."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import checks
from checks.model import Assessment, Finding, NotAssessed, Profile
from checks.source import SourceFile
from reviewer.compare import Comparison, compare
from tests import report_reviews as reviews

CALL = '    requests.get("https://{0}.test/", verify=False)\n'
HEAD = "import requests\n\n\ndef test_{0}():\n"


def assessed(path: str, *calls: str, prefix: str = "") -> Assessment:
    """A file with one defect for each of *calls*, each in a test of its name."""
    text = prefix + "".join(f"{HEAD.format(name)}{CALL.format(name)}\n\n" for name in calls)
    (found,) = checks.assess([SourceFile(path, text.encode())], Profile.TESTS)
    assert len(found.findings) == len(calls)
    return found


def compared(head: list[Assessment], base: list[Assessment]) -> tuple[list[str], list[str]]:
    """The codes of what is introduced, and of what is fixed."""
    found = compare(head, base, {})
    new = [f.code for a in head for f in a.findings if f.fingerprint not in found.existing]
    return new, [finding.code for finding in found.fixed]


def test_what_the_base_has_is_existing_however_far_it_moved() -> None:
    """Lines do not count: only where in the code it is, and what it is."""
    head = [assessed("tests/a.py", "one", "two", prefix="# More.\n" * 90)]
    new, fixed = compared(head, [assessed("tests/a.py", "one")])
    assert (len(new), fixed) == (1, [])
    assert "two" in new[0]


def test_what_only_the_base_has_is_fixed() -> None:
    """It was mended, and the pull request is thanked for it."""
    new, fixed = compared([assessed("tests/a.py", "one")], [assessed("tests/a.py", "one", "two")])
    assert new == []
    assert len(fixed) == 1


def test_a_test_that_moved_to_another_file_takes_its_finding_along() -> None:
    """Neither new there nor mended here."""
    head = [assessed("tests/a.py"), assessed("tests/b.py", "one")]
    base = [assessed("tests/a.py", "one"), assessed("tests/b.py")]
    assert compared(head, base) == ([], [])


def test_a_copy_is_new() -> None:
    """One stays, one more is there: the second one is introduced."""
    head = [assessed("tests/a.py", "one"), assessed("tests/b.py", "one")]
    new, fixed = compared(head, [assessed("tests/a.py", "one"), assessed("tests/b.py")])
    assert (len(new), fixed) == (1, [])


def test_a_renamed_file_is_compared_with_what_it_was() -> None:
    """The caller says what its path was."""
    head, base = assessed("tests/new.py", "one"), assessed("tests/old.py", "one", "two")
    found = compare([head], [base], {"tests/new.py": "tests/old.py"})
    assert found.existing == {head.findings[0].fingerprint}
    assert len(found.fixed) == 1


def test_a_base_that_cannot_be_had_makes_everything_new() -> None:
    """What nobody knows does not excuse."""
    assert len(compared([assessed("tests/a.py", "one")], [])[0]) == 1


def test_nothing_is_fixed_in_a_file_that_was_not_assessed() -> None:
    """A syntax error mends nothing."""
    broken = Assessment("tests/a.py", 1, not_assessed=(NotAssessed("tests/a.py", "no"),))
    assert compared([broken], [assessed("tests/a.py", "one")]) == ([], [])


def test_a_suppression_that_is_taken_away_introduces_its_finding() -> None:
    """And one that is added neither introduces nor mends anything."""
    plain = assessed("tests/a.py", "one")
    silenced = replace(
        plain, findings=tuple(replace(f, suppressed=reviews.suppression()) for f in plain.findings)
    )
    assert len(compared([plain], [silenced])[0]) == 1
    assert compare([silenced], [plain], {}).fixed == ()


FINDINGS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), max_size=8)


def made(found: list[tuple[str, str]], side: str) -> list[Assessment]:
    """Assessments of two files with findings of these contents."""
    by_path: dict[str, list[Finding]] = {"a": [], "b": []}
    for number, (path, content) in enumerate(found):
        one = reviews.finding(path=path)
        by_path[path].append(replace(one, content=content, fingerprint=f"{side}{number}"))
    return [replace(reviews.assessment(path=p), findings=tuple(f)) for p, f in by_path.items()]


@given(FINDINGS, FINDINGS)
def test_every_finding_is_accounted_for_once(
    head: list[tuple[str, str]], base: list[tuple[str, str]]
) -> None:
    """As many are existing as are not fixed, never more than are of one content on each side."""
    found = compare(made(head, "h"), made(base, "b"), {})
    assert len(found.existing) + len(found.fixed) == len(base)
    for content in "xyz":
        both = min(sum(c == content for _, c in side) for side in (head, base))
        existing = [head[int(name[1:])] for name in found.existing]
        assert sum(c == content for _, c in existing) == both


@pytest.mark.parametrize("names", [(), ("one",), ("one", "two", "three")])
def test_against_itself_nothing_is_new(names: tuple[str, ...]) -> None:
    """The same file on both sides."""
    file = assessed("tests/a.py", *names)
    existing = frozenset(finding.fingerprint for finding in file.findings)
    assert compare([file], [file], {}) == Comparison(existing, ())
