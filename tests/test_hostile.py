"""Hostile files through the real sandbox: each gets its one answer, and the next is reviewed.

The files are made in ``tests/hostile/``, each with the answer that it must get. One child
reads them all, a good file behind every one of them.
"""

import re
import resource
from dataclasses import dataclass, replace

import pytest

from checks import SourceFile
from checks.model import Assessment, Profile
from reviewer import sandbox
from tests.hostile import ALL, Hostile

GOOD = SourceFile("tests/test_good.py", b'import requests\nrequests.get("u", verify=False)\n')
LIMITS = replace(sandbox.COMMAND_LINE, file_cpu=10)
CPU = 40
"""Seconds of CPU for all of them together: a file that is slow, though answered, shows here."""


@dataclass(frozen=True)
class Answers:
    """What was said of each hostile file, and of the good file behind it."""

    hostile: dict[str, Assessment]
    behind: dict[str, Assessment]
    cpu: float


@pytest.fixture(scope="module")
def answers() -> Answers:
    """Every hostile file and a good one behind it, through the sandbox."""
    files = []
    for case in ALL:
        files += [SourceFile(f"tests/test_{case.name}.py", case.make())]
        files += [replace(GOOD, path=f"tests/behind {case.name}.py")]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = sandbox.assess(iter(files), Profile.TESTS, limits=LIMITS)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert [assessment.path for assessment in found] == [file.path for file in files]
    return Answers(
        hostile={case.name: found[2 * n] for n, case in enumerate(ALL)},
        behind={case.name: found[2 * n + 1] for n, case in enumerate(ALL)},
        cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    )


def test_every_hostile_file_has_a_name_of_its_own() -> None:
    """So that an answer belongs to one file."""
    assert len({case.name for case in ALL}) == len(ALL)


@pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])
def test_a_hostile_file_gets_the_answer_that_is_stated(case: Hostile, answers: Answers) -> None:
    """Assessed, with the finding that is in it, or refused with the reason; never both or none."""
    said = answers.hostile[case.name]
    reasons = [gap.reason for gap in said.not_assessed]
    if case.refused:
        (reason,) = reasons
        assert re.search(case.refused, reason)
        assert not said.findings
        assert not said.evidence
    else:
        assert reasons == []
        found = [f.place.line for f in said.findings if f.rule == "tls-verify-off"]
        assert found == list(case.findings)


@pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])
def test_a_refusal_is_a_sentence_for_people(case: Hostile, answers: Answers) -> None:
    """It speaks of the file, in printable words, briefly, and never calls it our fault."""
    for gap in answers.hostile[case.name].not_assessed:
        assert gap.path == f"tests/test_{case.name}.py"
        assert gap.reason.startswith(("it ", "its ", "line ", "Python ", "there is "))
        assert "report this" not in gap.reason
        assert len(gap.reason) < 300


@pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])
def test_the_file_behind_it_is_still_reviewed(case: Hostile, answers: Answers) -> None:
    """Whatever became of the child, the next file gets a whole one."""
    behind = answers.behind[case.name]
    assert behind.not_assessed == ()
    assert [finding.rule for finding in behind.findings] == ["tls-verify-off"]


def test_all_of_them_take_little_time(answers: Answers) -> None:
    """No file is answered only because a limit was generous."""
    assert answers.cpu < CPU
