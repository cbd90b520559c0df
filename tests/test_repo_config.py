"""The project's configuration: understood wholly, or refused with its line and column."""

import contextlib
import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from checks.model import Profile, Severity
from reviewer.repo_config import ConfigError, Problem, RepoConfig, read, schema

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
        ("overrides:\n  - fail_on: low\n", 2, 5, "`paths` is missing here"),
        (
            "overrides:\n  - paths: [a/]\n    profile: strict\n",
            3,
            5,
            "`profile` cannot differ from file to file; an override has `paths`, `fail_on`, `comm",
        ),
        (
            "overrides:\n  - paths: [a/]\n    fail_on: often\n",
            3,
            14,
            "`often` is not a value of `fail_on`; allowed: high, medium, low, never",
        ),
        ("locked: [rules]\n", 1, 1, "`locked` counts only in the organisation's .github"),
        ("overrides:\n  - paths: []\n", 2, 12, "`paths` must not be empty"),
        ("overrides: [tests/]\n", 1, 13, "a mapping is expected for `overrides`"),
        ("overrides:\n  - {paths: [a], fail: low}\n", 2, 18, "did you mean `fail_on`?"),
        ("rules:\n  weak-hsh: off\n", 2, 3, "is not a rule; did you mean `weak-hash`?"),
        ("rules:\n  '[key]': off\n", 2, 3, "`[key]` is not a rule; `secreview explain` lists"),
        ("rules:\n", 1, 7, "a mapping is expected for `rules`"),
        ("include: [[a]]\n", 1, 11, "a text is expected in `include`"),
        ("include: [./tests/]\n", 1, 11, "`./tests/` matches nothing: patterns start at"),
        ("include: ['#tests/']\n", 1, 11, "`#tests/` matches nothing"),
        ("include: ['!']\n", 1, 11, "`!` is no pattern"),
        ("include: ['[z-a]']\n", 1, 11, "`[z-a]` matches nothing"),
        (f"include: [a, {'a*' * 101}]\n", 1, 14, "is too long for a pattern: it may have 200"),
        (f"exclude: [{'a, ' * 101}]\n", 1, 10, "too many entries in `exclude`: it may have 100"),
        (f"overrides: [{'{paths: [a]}, ' * 51}]\n", 1, 12, "`overrides`: it may have 50"),
        ("ignores: {require_write: 1}\n", 1, 26, "allowed: true, false"),
        ('"pro\\e[2J\\u202E": x\n', 1, 1, r"`pro\x1b[2J\u202e` is not a setting"),
        (f"fail_on: {'9' * 9_999}\n", 1, 10, f"`{'9' * 60}…` is not a value"),
        ("rules:\n  bind-all: maybe\n", 2, 13, "allowed: off, high, medium, low"),
        ("restoring_bases: [TestCase]\n", 1, 19, "qualified name"),
        ("include: tests\n", 1, 10, "`include`"),
        ("profile: &x strict\n", 1, 10, "anchors"),
        ("profile: *x\n", 1, 10, "anchors"),
        ("include: [*x]\n", 1, 11, "anchors"),
        ("profile: !!str strict\n", 1, 10, "tags such as"),
        ("!empty\n", 1, 1, "tags such as"),
        ("profile: tests\n---\nprofile: strict\n", 2, 1, "a second document begins here"),
        ('profile: "\\ud800"\n', 1, 10, "an escape stands here that is no character"),
        ('profile: "\\U00110000"\n', 1, 13, "out of range"),
        (f"%YAML {'1' * 5_000}.1\n---\n", 1, 7, "out of range"),
        ("profile: tests\nfail_on: \x07\n", 2, 10, "characters that YAML forbids"),
        # A break for YAML and not for git, whose lines a person sees.
        ("#\u2028profile: x\n", 1, 12, "is not a value of `profile`"),
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


def test_form_and_content_are_told_together() -> None:
    """A key that is given twice hides nothing; nor does an alias, or what breaks the text off."""
    problems = refused("profile: x\nfail_on: *y\nprofile: strict\n? [a]\n: b\nscope: all\n")
    assert [problem.line for problem in problems] == [1, 2, 3, 4, 6]
    problems = refused("profile: tests\nprofile: strict\nrules: [\n")
    assert [problem.line for problem in problems] == [2, 4]


def test_very_many_problems_are_counted() -> None:
    """A hundred with their words; the last one says how many more there are, and from where."""
    for text in ("key-{}: x\n", "profile: x # {}\n"):
        problems = refused("".join(map(text.format, range(300))))
        assert len(problems) == 101
        assert str(problems[-1]) == "101:1: from here on there are 200 more problems"


def test_bytes_that_are_no_text_have_a_place_too() -> None:
    """Counted in characters, as an editor does."""
    assert str(refused("profile: tests\n# é".encode() + b"\xff")[0]).startswith("2:4: ")


@pytest.mark.parametrize(
    "content",
    [b"\xff", b"a: \x00", b"#" * 70_000, b"[" * 5_000, b"a: !!python/name:os.system x\n"],
)
def test_what_is_no_configuration_is_refused(content: bytes) -> None:
    """Bombs and garbage are a problem with a sentence, not a crash."""
    assert all(problem.message for problem in refused(content))


def test_the_published_schema_is_that_of_the_settings() -> None:
    """``make pages`` writes it."""
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
        ("ignores: {require_write: true}\n", True),
        ("ignores: {require_write: 1}\n", False),
        ("overrides: [{paths: [a/], fail_on: low}]\n", True),
        ("overrides: [{paths: []}]\n", False),
        ("overrides: [{fail_on: low}]\n", False),
        ("overrides: [{paths: [a/], fail_on: null}]\n", False),
        ("overrides: [{paths: [a/], profile: tests}]\n", False),
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


def test_the_examples_of_the_page_can_be_used() -> None:
    """One with every setting that a repository has, and one of an organisation."""
    page = (SCHEMA.parents[1] / "configuration.md").read_text(encoding="utf-8")
    full, owners = (part.partition("```")[0].encode() for part in page.split("```yaml\n")[1:])
    found = read(full)
    assert found.model_fields_set == {*RepoConfig.model_fields} - {"locked"}
    for name in ("profile", "fail_on", "comment_on", "scope", "drafts", "ignores"):
        assert getattr(found, name) == getattr(RepoConfig(), name), "defaults are shown"
    assert read(owners, organisation=True).locked == ("fail_on", "rules", "exclude")


def test_every_setting_is_explained_with_its_default() -> None:
    """The page is read by people, and kept in step by this."""
    page = (SCHEMA.parents[1] / "configuration.md").read_text(encoding="utf-8")
    for name, field in RepoConfig.model_fields.items():
        assert f"`{name}`" in page or f"`{name}." in page, name
        if isinstance(field.default, str):
            assert f"`{name}` | `{field.default}` |" in page, name
