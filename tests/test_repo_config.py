"""The project's configuration: understood wholly, or refused with its line and column."""

import contextlib
import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from checks.model import Profile, Severity
from reviewer.repo_config import ConfigError, Problem, RepoConfig, merged, read, schema

SCHEMA = Path(__file__).parent.parent / "docs/schemas/secreview.schema.json"


def refused(text: str | bytes) -> tuple[Problem, ...]:
    """The problems of a configuration."""
    with pytest.raises(ConfigError) as caught:
        read(text.encode() if isinstance(text, str) else text)
    return caught.value.problems


def test_everything_that_can_be_said() -> None:
    """All settings, and ``off`` is a word here, not a truth value."""
    found = read(
        b"profile: strict\nfail_on: never\ninclude: [lib/checks/*.py]\nexclude:\n  - tests/data/\n"
        b"rules:\n  policy-opened: off\n  bind-all: high\nrestoring_bases: [nova.test.TestCase]\n"
    )
    assert found == RepoConfig(
        profile=Profile.STRICT,
        fail_on="never",
        include=("lib/checks/*.py",),
        exclude=("tests/data/",),
        rules={"policy-opened": "off", "bind-all": Severity.HIGH},
        restoring_bases=("nova.test.TestCase",),
    )
    assert found.threshold is None


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "{}"])
def test_an_empty_file_is_the_default(text: str) -> None:
    """Comments alone change nothing."""
    assert read(text.encode()) == RepoConfig()
    assert read(text.encode()).threshold is Severity.MEDIUM


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("profile: strickt\n", 1, 10, "allowed: tests, strict"),
        ("\nfail_on: 3\n", 2, 10, "allowed: high, medium, low, never"),
        ("profil: tests\n", 1, 1, "`profil` is not a setting; did you mean `profile`?"),
        ("colour: red\n", 1, 1, "`colour` is not a setting; there are `profile`, `fail_on`"),
        ("scope: all\n", 1, 8, "`all` is not a value of `scope`; allowed: introduced, files"),
        ("drafts: no\n", 1, 9, "`no` is not a value of `drafts`; allowed: review, skip"),
        (
            "ignores:\n  require_write: maybe\n",
            2,
            18,
            "`maybe` is not a value of `require_write`; allowed: true, false",
        ),
        ("ignores:\n  rite: true\n", 2, 3, "`rite` is not a setting; "),
        ("overrides:\n  - fail_on: low\n", 2, 5, "`overrides.0.paths`: Field required"),
        (
            "overrides:\n  - paths: [a/]\n    profile: strict\n",
            3,
            5,
            "`profile` is not a setting; there are `paths`, `fail_on`, `comment_on`, `rules`",
        ),
        (
            "overrides:\n  - paths: [a/]\n    fail_on: often\n",
            3,
            14,
            "`often` is not a value of `fail_on`; allowed: high, medium, low, never",
        ),
        ("locked: [rules]\n", 1, 1, "`locked` counts only in the organisation's .github"),
        ("rules:\n  weak-hsh: off\n", 2, 3, "`weak-hsh` is not a rule"),
        ("rules:\n  bind-all: maybe\n", 2, 13, "allowed: off, high, medium, low"),
        ("restoring_bases: [TestCase]\n", 1, 19, "qualified name"),
        ("include: tests\n", 1, 10, "`include`"),
        ("a: &x 1\nb: *x\n", 1, 4, "anchors"),
        ("- a\n", 1, 1, "a mapping is expected"),
        ("profile: tests\nprofile: strict\n", 2, 1, "given twice"),
        ("profile: [tests\n", 2, 1, "expected"),
        ("? [a]\n: b\n", 1, 3, "plain word"),
        ("include: [[[[[[[[a]]]]]]]]\n", 1, 15, "nested too deeply"),
    ],
)
def test_a_problem_has_its_place_and_what_is_allowed(
    text: str, line: int, column: int, said: str
) -> None:
    """One look is enough to mend it."""
    (problem,) = refused(text)
    assert (problem.line, problem.column) == (line, column)
    assert said in problem.message


def test_all_problems_are_told_at_once() -> None:
    """Nobody mends a file line by line."""
    problems = refused("profile: x\nrules:\n  nothing: off\nfail_on: y\n")
    assert [problem.line for problem in problems] == [1, 3, 4]


@pytest.mark.parametrize(
    "content",
    [b"\xff", b"a: \x00", b"#" * 70_000, b"[" * 5_000, b"a: !!python/name:os.system x\n"],
)
def test_what_is_no_configuration_is_refused(content: bytes) -> None:
    """Bombs and garbage are a problem with a sentence, not a crash."""
    assert all(problem.message for problem in refused(content))


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_understood_or_refused(content: bytes) -> None:
    """Nothing else is ever raised."""
    with contextlib.suppress(ConfigError):
        assert isinstance(read(content), RepoConfig)


def test_the_published_schema_is_that_of_the_settings() -> None:
    """``make docs`` writes it."""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == schema()


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("profile: strict\nrules: {bind-all: 'off', tls-verify-off: low}\n", True),
        ("fail_on: never\ninclude: [a/*.py]\nrestoring_bases: [app.test.Base]\n", True),
        ("rules: {bind-al: low}\n", False),
        ("rules: {bind-all: maybe}\n", False),
        ("fail_on: always\n", False),
        ("restoring_bases: [Base]\n", False),
        ("profil: tests\n", False),
    ],
)
def test_an_editor_with_the_schema_says_what_a_review_would(text: str, *, fits: bool) -> None:
    """What one accepts, the other does."""
    assert Draft202012Validator(schema()).is_valid(yaml.safe_load(text)) is fits
    with contextlib.nullcontext() if fits else pytest.raises(ConfigError):
        read(text.encode())


def test_the_example_of_the_readme_can_be_used() -> None:
    """It is what people copy."""
    text = (SCHEMA.parents[2] / "README.md").read_text(encoding="utf-8")
    example = text.partition("```yaml\n")[2].partition("```")[0]
    assert read(example.encode()).model_fields_set == {*RepoConfig.model_fields} - {"locked"}


def test_an_organisation_s_file_may_lock_and_a_wrong_lock_is_told() -> None:
    """Only there, and only settings that exist."""
    assert read(b"locked: [rules]\n", organisation=True).locked == ("rules",)
    with pytest.raises(ConfigError, match="`rule` is no setting that can be locked") as caught:
        read(b"locked: [rule]\n", organisation=True)
    assert (caught.value.problems[0].line, caught.value.problems[0].column) == (1, 10)


def test_a_repository_s_settings_go_before_its_organisation_s() -> None:
    """Key by key, those that are said; what is locked stays, said or not."""
    above = read(b"fail_on: high\nscope: files\nlocked: [fail_on, drafts]\n", organisation=True)
    here = read(b"fail_on: low\ndrafts: skip\nprofile: strict\n")
    both = merged(above, here)
    assert (both.fail_on, both.scope, both.drafts, both.profile) == (
        "high",
        "files",
        "review",
        "strict",
    )
    assert merged(None, here) == here
    assert merged(above, None).fail_on == "high"
    assert merged(None, None) == RepoConfig()


def test_overrides_hold_for_their_files_and_the_last_one_wins() -> None:
    """Thresholds and rules, file by file."""
    config = read(
        b"fail_on: medium\nrules: {bind-all: low}\noverrides:\n"
        b"  - {paths: [tests/], fail_on: high, rules: {weak-hash: 'off'}}\n"
        b"  - {paths: [tests/old/], fail_on: never, comment_on: high}\n"
    )
    assert config.threshold_for("tests/test_a.py") == "high"
    assert config.threshold_for("tests/old/test_a.py") is None
    assert config.threshold_for("checks/a.py") == "medium"
    assert config.comment_threshold_for("tests/test_a.py") == "low"
    assert config.comment_threshold_for("tests/old/test_a.py") == "high"
    assert config.rules_for("tests/old/test_a.py") == {"bind-all": "low", "weak-hash": "off"}
    assert config.rules_for("checks/a.py") == {"bind-all": "low"}


def test_every_setting_is_explained_with_its_default() -> None:
    """The page is read by people, and kept in step by this."""
    page = (SCHEMA.parents[1] / "configuration.md").read_text(encoding="utf-8")
    for name, field in RepoConfig.model_fields.items():
        assert f"`{name}`" in page or f"`{name}." in page, name
        if isinstance(field.default, str):
            assert f"`{name}` | `{field.default}` |" in page, name
