"""One file in, one assessment out, whatever the file is."""

import ast
from collections.abc import Iterator
from dataclasses import replace

import pytest

import checks
from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.engine import Engine
from checks.model import Assessment, Finding, Profile, Side
from checks.source import SourceFile

CALL = "import requests\n\n\ndef test_a():\n    requests.get(url, verify=False)\n"


def assessed(content: bytes | str, path: str = "tests/test_a.py") -> Assessment:
    raw = content if isinstance(content, bytes) else content.encode()
    (result,) = checks.assess([SourceFile(path, raw)])
    return result


def only(content: str, path: str = "tests/test_a.py") -> Finding:
    (finding,) = assessed(content, path).findings
    return finding


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"def test_a(:\n", "line 1"),
        (b"print 'python 2'\n", "cannot parse"),
        (b"x = 1\0\n", "NUL"),
        (b"# coding: utf-7\n", "utf-7"),
        (b"x = " + b"(" * 300 + b")" * 300, "parenthes"),
        (b"x = " + b"-" * 100_000 + b"1", "nested too deeply"),
        (b"x = a" + b".b" * 60_000, "nested too deeply"),
        (b"x = " + b"9" * 5000, "cannot parse"),
    ],
)
def test_what_cannot_be_parsed_is_not_assessed_because(content: bytes, reason: str) -> None:
    """Hostile and broken files get a stated reason; nothing is raised and nothing dropped."""
    result = assessed(content)
    assert not result.findings
    (gap,) = result.not_assessed
    assert reason in gap.reason
    assert gap.path == "tests/test_a.py"


def test_a_rule_that_raises_is_reported_by_name() -> None:
    """A broken rule makes the file incomplete instead of passing for silence."""
    broken = Rule(id="broken", severity="low", cwe=1, bad=[Bad("")], good=[])

    @broken.on(ast.Name)
    def visit(node: ast.Name, ctx: Context) -> Iterator[Outcome]:
        raise KeyError(node.id)
        yield

    engine = Engine({**checks.RULES, "broken": broken}, checks.CATEGORIES)
    result = engine.assess(SourceFile("tests/test_a.py", CALL.encode()))
    assert [gap.reason for gap in result.not_assessed] == [
        "rule broken failed on it (KeyError); please report this"
    ]
    assert [f.rule for f in result.findings] == ["tls-verify-off"]


def test_a_finding_says_where_it_stands() -> None:
    """Line, columns, symbol and code are those of the cited expression."""
    finding = only(CALL)
    place = finding.place
    assert (place.line, place.end_line, place.symbol) == (5, 5, "test_a")
    assert CALL.split("\n")[4][place.column - 1 : place.end_column - 1] == "verify=False"
    assert finding.code == "    requests.get(url, verify=False)"


def test_fingerprint_survives_moves_and_formatting() -> None:
    """No line number and no white space is part of a finding's identity."""
    moved = CALL.replace("def test_a", "X = 1\n\n\ndef test_a").replace("url, ", "url,  ")
    assert only(moved).fingerprint == only(CALL).fingerprint


def test_fingerprint_follows_the_content_of_a_renamed_file() -> None:
    """The path is part of the fingerprint and not of the content."""
    here, there = only(CALL), only(CALL, "tests/test_b.py")
    assert here.fingerprint != there.fingerprint
    assert here.content == there.content


def test_equal_findings_in_one_symbol_are_told_apart() -> None:
    """The ordinal keeps two equal lines two findings."""
    twice = CALL + "    requests.get(url, verify=False)\n"
    first, second = assessed(twice).findings
    assert first.fingerprint != second.fingerprint
    assert first.fingerprint == only(CALL).fingerprint


def test_places_are_git_lines() -> None:
    """Behind a lone carriage return the place is the line a reader sees."""
    hidden = "import requests\n# harmless\rrequests.get(url, verify=False)\n"
    assert [f.place.line for f in assessed(hidden).findings if f.rule == "tls-verify-off"] == [2]


def test_a_rule_is_spared_a_file_without_its_words_but_not_fooled_by_letters() -> None:
    """An identifier in mathematical letters is the word that Python makes of it."""
    hidden = "\U0001d41e\U0001d42f\U0001d41a\U0001d425"
    assert only(f"def test_a():\n    {hidden}(input())\n").rule == "eval"


def test_without_evidence_the_findings_are_the_same() -> None:
    """Whether evidence is asked for changes no finding, and shows no more of a secret."""
    alone = {p: Engine(checks.RULES, checks.CATEGORIES, p, evidence=False) for p in Profile}
    with_evidence = {p: Engine(checks.RULES, checks.CATEGORIES, p) for p in Profile}
    for rule in checks.RULES.values():
        for number, bad in enumerate(rule.bad):
            file = SourceFile(bad.path, bad.code.encode(), Side(bad.side))
            profile = Profile(bad.profile)
            expected = with_evidence[profile].assess(file)
            assert alone[profile].assess(file) == replace(expected, evidence=()), (rule.id, number)


def test_without_evidence_a_credential_is_masked_as_it_is_with_it() -> None:
    """What only evidence takes for a secret is not shown in a finding beside it either."""
    line = "    requests.get(url, verify=False)"
    source = CALL.replace(line, '    password = "s7-kG2vQ"; requests.get(url, verify=False)')
    file = SourceFile("tests/test_a.py", source.encode())
    engines = [Engine(checks.RULES, checks.CATEGORIES, evidence=wanted) for wanted in (True, False)]
    for engine in engines:
        (finding,) = engine.assess(file).findings
        assert "verify=False" in finding.code
        assert "s7-kG2vQ" not in finding.code


SKIPPED = """\
import mail
import pytest
import unittest
from unittest import mock


{decorator}
class TestMail(unittest.TestCase):
    def test_a(self):
        mail.send = mock.Mock()
        self.assertTrue(1 == 1, "a constant")
"""


@pytest.mark.parametrize("decorator", ["@unittest.skip('broken')", "@pytest.mark.skip"])
def test_nothing_is_left_behind_by_what_never_runs(decorator: str) -> None:
    """A leak in a skipped test is told as evidence; what else is wrong with it stays wrong."""
    skipped = assessed(SKIPPED.format(decorator=decorator))
    assert [f.rule for f in skipped.findings] == ["assert-tautology"]
    assert "skipped: `mail.send` is replaced" in " ".join(e.sentence for e in skipped.evidence)


@pytest.mark.parametrize("decorator", ["", "@unittest.skipIf(late, 'slow')", "@mail.skip"])
def test_what_may_run_may_leave_something_behind(decorator: str) -> None:
    """A condition, and somebody else's decorator of that name, silence nothing."""
    found = assessed(SKIPPED.format(decorator=decorator)).findings
    assert [f.rule for f in found] == ["module-attr-mock-leak", "assert-tautology"]
