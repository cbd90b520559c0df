"""The benches: what decides a figure is tested; downloads and timing are for `make bench`."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

HOUSE = Path(__file__).parent.parent
NAMES = ("corpora", "noise", "recall_bandit", "scaling", "check_speed")


@pytest.fixture(scope="module")
def bench() -> Iterator[dict[str, Any]]:
    """The scripts of bench/, which are no package, as modules."""
    sys.path.insert(0, str(HOUSE / "bench"))
    try:
        yield {name: importlib.import_module(name) for name in NAMES}
    finally:
        sys.path.remove(str(HOUSE / "bench"))
        for name in NAMES:
            sys.modules.pop(name, None)


def result(bench: dict[str, Any], number: int) -> Any:
    """A corpus of 10,000 lines with *number* findings."""
    noise, corpora = bench["noise"], bench["corpora"]
    findings = [
        noise.Found("nova", "nova/tests/a.py", line, "private-key", "high", "because")
        for line in range(1, number + 1)
    ]
    return noise.Result(corpora.NOVA, HOUSE, files=3, lines=10_000, findings=findings)


def test_few_findings_are_all_judged_and_many_are_sampled(bench: dict[str, Any]) -> None:
    """Up to sixty all of them; then sixty, always the same, whatever else is found."""
    assert len(result(bench, 60).sample) == 60
    sampled = result(bench, 500).sample
    assert len(sampled) == 60
    assert sampled == result(bench, 500).sample
    earlier = [found for found in result(bench, 400).sample if found in sampled]
    assert [found for found in sampled if found.line <= 400] == earlier


def test_precision_counts_what_is_judged_and_names_what_is_not(bench: dict[str, Any]) -> None:
    """What nobody has judged counts neither way, and is seen."""
    noise = bench["noise"]
    found = result(bench, 5)
    given = {
        f.key: noise.Verdict("real" if f.line < 3 else "not real", "a | b")
        for f in found.findings[:3]
    }
    page = noise.page([found], given)
    assert "| 5 | **0.500** | 0.10 | 5 | 2 | 1 | 2 | **66.7 %** | 0 |" in page
    assert "3 are judged, 2 of them real (66.7 %); 2 in the samples are not judged yet." in page
    assert r"| real | a \| b |" in page
    assert page.count("| not judged yet |  |") == 2
    assert "`nova/tests/a.py:1`, `nova/tests/a.py:2`, `nova/tests/a.py:3` and 2 more" in page
    assert "**not found**" in page


def test_the_verdicts_that_are_committed_can_be_read(bench: dict[str, Any]) -> None:
    """Each row has its corpus, a rule's id, a verdict and a reason."""
    from checks import RULES

    names = {corpus.name for corpus in bench["corpora"].CORPORA}
    for corpus, path, _, rule in bench["noise"].verdicts():
        assert corpus in names
        assert path.endswith(".py")
        assert rule in RULES


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("nova,a.py,1,private-key,perhaps,why", ":2: the verdict is 'real' or 'not real'"),
        ("nova,a.py,1,private-key,real,", ":2: six columns"),
        ("nova,a.py,one,private-key,real,why", ":2: six columns"),
        ("nova,a.py,1,private-key,real,why,and", ":2: six columns"),
    ],
)
def test_a_malformed_verdict_is_named(
    bench: dict[str, Any], tmp_path: Path, row: str, said: str
) -> None:
    """A slip in the file is not a silent gap in the figures."""
    file = tmp_path / "verdicts.csv"
    file.write_text(f"{','.join(bench['noise'].COLUMNS)}\n{row}\n")
    with pytest.raises(SystemExit, match=said):
        bench["noise"].verdicts(file)


def test_a_worklist_shows_the_code_and_the_row_to_fill_in(
    bench: dict[str, Any], tmp_path: Path
) -> None:
    """A person can judge from it alone."""
    noise = bench["noise"]
    (tmp_path / "nova/tests").mkdir(parents=True)
    (tmp_path / "nova/tests/a.py").write_text("KEY = '...'\nprint(KEY)\n")
    found = result(bench, 2)
    found.root = tmp_path
    first = found.findings[0]
    text = noise.worklist([found], {first.key: noise.Verdict("real", "why")})
    assert text.startswith("# Findings to judge: 1")
    assert "\nnova,nova/tests/a.py,2,private-key,,\n" in text
    assert "     2> print(KEY)" in text


def test_a_line_counts_as_found_only_in_its_place_and_category(bench: dict[str, Any]) -> None:
    """Recall asks for the file, the lines and the category."""
    recall = bench["recall_bandit"]
    issue = recall.Issue("B506", "yaml_load", "a.py", range(3, 6))
    for lines, category, met in (
        (range(3, 4), "inputs", True),
        (range(5, 9), "inputs", True),
        (range(1, 3), "inputs", False),
        (range(6, 7), "inputs", False),
        (range(3, 4), "network", False),
    ):
        assert recall.meets(issue, recall.Ours("yaml-load", category, lines)) is met


def test_every_kind_that_is_kept_names_rules_of_its_category(bench: dict[str, Any]) -> None:
    """The table of recall and the catalogue agree; each kind is kept or left out with a reason."""
    from checks import RULES

    recall = bench["recall_bandit"]
    for kept in recall.KEPT.values():
        assert any(rule in RULES for rule in kept.rules), kept
        assert all(RULES[r].category == kept.category for r in kept.rules if r in RULES), kept
    assert not {*recall.KEPT} & {*recall.LEFT_OUT}
    assert all(recall.left_out(test) for test in [*recall.LEFT_OUT, "B404"])


def test_generated_files_have_their_size_and_are_python(bench: dict[str, Any]) -> None:
    """Sizes differ by a few lines at most, and the same size is the same file."""
    scaling = bench["scaling"]
    for size in (100, 1_000, 3_300):
        content = scaling.generated(size)
        compile(content, "generated", "exec")
        assert size <= content.count(b"\n") < size + 20
        assert content == scaling.generated(size)


def test_the_exponent_tells_linear_from_quadratic(bench: dict[str, Any]) -> None:
    """1 for linear, 2 for quadratic, whatever the factor."""
    scaling = bench["scaling"]
    for power in (1, 2):
        points = [scaling.Point("x", n, 3e-6 * n**power, 0) for n in (10, 1_000, 5_000, 30_000)]
        assert scaling.exponent(points) == pytest.approx(power)
        root = ET.fromstring(scaling.picture(points[1:], points[1:], power))
        assert len(root.findall(".//{*}circle")) == 2 * 3 + 3


def test_targets_of_speed_are_held_or_missed(bench: dict[str, Any]) -> None:
    """Four times as fast, three parses and two seconds, 300 MB."""
    speed = bench["check_speed"]

    def took(wall: float, cpu: float, memory: float) -> list[bool]:
        runs = {
            speed.TWO: speed.Run(wall, cpu, memory),
            speed.ONE: speed.Run(cpu, cpu, memory),
            speed.FINDINGS: speed.Run(1, 1, memory),  # shown, and held against nothing
            speed.PARSER: speed.Run(4, 4, 90),
            speed.BANDIT: speed.Run(60, 60, 180),
        }
        assert "0." in speed.figures(runs)
        return [held for held, _ in speed.targets(runs)]

    assert took(10, 14, 200) == [True, True, True]
    assert took(16, 15, 301) == [False, False, False]
