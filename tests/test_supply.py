"""``make audit`` and ``make sbom``: what they say, and what they do not pretend."""

import importlib.util
import json
from pathlib import Path

import pytest

from tests import supply
from tests.supply import SHIPPED, Locked, locked

TOOLS = pytest.mark.skipif(
    importlib.util.find_spec("cyclonedx_py") is None, reason="the tools come with `make sbom`"
)

ONE = Locked("flask", "3.1.2", frozenset({"a" * 64}))
OTHER = Locked("rich", "14.1.0", frozenset({"b" * 64}))
CLEAN = [{"name": p.name, "version": p.version, "vulns": []} for p in (ONE, OTHER)]
HOLE = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["3.1.3"], "description": "bad"}


def test_nothing_known_is_said_only_of_what_was_looked_at() -> None:
    """All of it, or it is no good news."""
    code, said = supply.audited(json.dumps({"dependencies": CLEAN}), "", [ONE, OTHER])
    assert (code, said) == (0, ["No known vulnerability in 2 locked packages."])


@pytest.mark.parametrize(
    "second", [[], [{"name": "rich", "skip_reason": "Dependency not found on PyPI"}]]
)
def test_what_was_not_looked_at_is_named(second: list[dict[str, str]]) -> None:
    """A mirror that knows no vulnerabilities is not asked in vain without a word."""
    answer = json.dumps({"dependencies": CLEAN[:1] + second})
    code, (said,) = supply.audited(answer, "No known vulnerabilities found", [ONE, OTHER])
    assert code == 2
    assert said.startswith("Not checked: 1 of 2 locked packages, rich;")


def test_a_known_vulnerability_is_told_with_what_to_do() -> None:
    """Its names, the version that mends it, and the way there; a gap beside it does not hide."""
    answer = json.dumps({"dependencies": [CLEAN[0] | {"vulns": [HOLE]}]})
    code, (hole, todo, gap) = supply.audited(answer, "", [ONE, OTHER])
    assert code == 1
    assert hole == "flask 3.1.2: PYSEC-1, CVE-1; mended in 3.1.3"
    assert "make lock" in todo
    assert "rich" in gap


@pytest.mark.parametrize("answer", ["", "Traceback", "[]", "{}", "null", '{"dependencies": '])
def test_a_service_that_is_out_of_reach_is_said_to_be(answer: str) -> None:
    """One sentence with the reason, and an exit code that stops a script."""
    code, (said,) = supply.audited(answer, "Traceback\nConnectionError: no route\n", [ONE])
    assert code == 2
    assert said.startswith("Nothing was checked")
    assert said.endswith("It said: ConnectionError: no route")


@TOOLS
def test_the_audit_does_not_pretend(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real tool, and a network that leads nowhere."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    code, (said,) = supply.audit()
    assert code == 2
    assert said.startswith("Nothing was checked")


@TOOLS
def test_the_sbom_describes_what_is_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Name, version and every hash of each package; the same bytes at another time."""
    first, second = tmp_path / "a" / "sbom.json", tmp_path / "b" / "sbom.json"
    assert supply.sbom(first)[0] == 0
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    assert supply.sbom(second)[0] == 0
    assert first.read_bytes() == second.read_bytes()
    found = json.loads(first.read_text())
    assert (found["bomFormat"], found["metadata"]["component"]["name"]) == (
        "CycloneDX",
        "secreview",
    )
    assert sorted(supply.described(first.read_text()), key=str) == sorted(locked(SHIPPED), key=str)
