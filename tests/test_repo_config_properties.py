"""Configurations of every kind: bytes, settings that are dumped and read, locks and overrides."""

import json
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pathspec import GitIgnoreSpec

from checks.model import Profile, Severity
from reviewer.repo_config import ConfigError, Problem, RepoConfig, merged, read, schema

WORDS = st.sampled_from(
    [
        *RepoConfig.model_fields,
        *("paths", "require_write", "tests", "strict", "medium", "off", "never", "true"),
        *("weak-hash", "a/*.py", "!", "*x", "&x ", "!!str ", "<<", "\\ud800", "\\U00110000", "é"),
        *(
            ": ",
            ":\n",
            "\n",
            "\r",
            "\n  ",
            "- ",
            "\n  - ",
            "? ",
            ", ",
            "#",
            "|\n",
            "---\n",
            "%YAML 1.",
        ),
        *("{", "}", "[", "]", "'", '"', "\t", "\u2028", "\x85", "\ufeff"),
    ]
)
TEXTS = st.lists(WORDS | st.text(max_size=3), max_size=30).map("".join)


@settings(max_examples=500)
@given(st.binary(max_size=200) | (TEXTS | st.text(max_size=200)).map(str.encode), st.booleans())
def test_any_bytes_are_understood_or_refused_at_places_inside_them(
    content: bytes, organisation: bool
) -> None:
    """Nothing else is ever raised; problems stand in order, and say something."""
    lines = content.decode("utf-8-sig", errors="surrogateescape").split("\n")
    problems: tuple[Problem, ...] = ()
    try:
        assert isinstance(read(content, organisation=organisation), RepoConfig)
    except ConfigError as error:
        problems = error.problems
        event(f"refused for {min(len(problems), 3)} reasons")
    if problems:
        assert [*problems] == sorted(problems, key=lambda p: (p.line, p.column))
        for problem in problems:
            assert 1 <= problem.line <= len(lines)
            assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
            assert problem.message.strip()
            assert "\x1b" not in problem.message
            problem.message.encode()


PATTERNS = st.sampled_from(["tests/", "*.py", "/a/", "tests/old/", "**/a.py"])
LEVELS = st.sampled_from([*Severity])
SPOKEN = {
    "fail_on": LEVELS | st.just("never"),
    "comment_on": LEVELS | st.just("never"),
    "rules": st.dictionaries(st.sampled_from(["weak-hash", "bind-all"]), LEVELS | st.just("off")),
}
OVERRIDES = st.fixed_dictionaries(
    {"paths": st.lists(PATTERNS, min_size=1, max_size=2)}, optional=SPOKEN
)
SETTINGS = {
    **SPOKEN,
    "profile": st.sampled_from([*Profile]),
    "scope": st.sampled_from(["introduced", "files"]),
    "drafts": st.sampled_from(["review", "skip"]),
    "include": st.lists(PATTERNS, max_size=2),
    "exclude": st.lists(PATTERNS, max_size=2),
    "restoring_bases": st.lists(st.sampled_from(["a.B", "a.b.C"]), max_size=2),
    "ignores": st.fixed_dictionaries({}, optional={"require_write": st.booleans()}),
    "overrides": st.lists(OVERRIDES, max_size=3),
}
SAID = st.fixed_dictionaries({}, optional=SETTINGS)
LOCKING = st.fixed_dictionaries(
    {"locked": st.lists(st.sampled_from([*SETTINGS]), unique=True)}, optional=SETTINGS
)
PATHS = ["tests/a.py", "tests/old/test_b.py", "a/c.txt", "a.py"]


def configured(said: dict[str, Any], *, organisation: bool = False) -> RepoConfig:
    """The configuration that is written so."""
    return read(json.dumps(said).encode(), organisation=organisation)


@given(SAID)
def test_what_is_said_is_what_is_understood(said: dict[str, Any]) -> None:
    """Every setting, alone and with others; the schema takes it; what was set is known."""
    found = configured(said)
    assert found.model_fields_set == said.keys()
    assert found.model_dump(mode="json", exclude_unset=True) == json.loads(json.dumps(said))
    assert Draft202012Validator(schema()).is_valid(json.loads(json.dumps(said)))


@given(SAID)
def test_the_last_override_that_matches_wins(said: dict[str, Any]) -> None:
    """Setting by setting and, of rules, rule by rule."""
    config = configured(said)
    for path in PATHS:
        fail_on, comment_on = config.fail_on, config.comment_on
        rules = {**config.rules}
        for each in said.get("overrides", []):
            if GitIgnoreSpec.from_lines(each["paths"]).match_file(path):
                fail_on = each.get("fail_on", fail_on)
                comment_on = each.get("comment_on", comment_on)
                rules |= each.get("rules", {})
        assert (config.threshold_for(path) or "never") == fail_on
        assert (config.comment_threshold_for(path) or "never") == comment_on
        assert config.rules_for(path) == rules
        assert {rule for rule, level in rules.items() if level == "off"} <= {*config.rules_off}


@given(LOCKING, SAID)
def test_what_is_locked_is_the_organisation_s_in_every_file(
    above: dict[str, Any], here: dict[str, Any]
) -> None:
    """All else is the repository's where it says so; what a lock leaves without effect is named."""
    over, own = configured(above, organisation=True), configured(here)
    both, locked = merged(over, own), above["locked"]
    assert both.locked == tuple(locked)
    for name in SETTINGS.keys() - {"overrides"}:
        assert getattr(both, name) == getattr(
            over if name in locked or name not in here else own, name
        )
    for path in PATHS:
        if "fail_on" in locked:
            assert both.threshold_for(path) == over.threshold_for(path)
        if "comment_on" in locked:
            assert both.comment_threshold_for(path) == over.comment_threshold_for(path)
        if "rules" in locked:
            assert both.rules_for(path) == over.rules_for(path)
    assert {name.removeprefix("overrides.") for name in both.ignored} <= {*locked}
    for name in {*locked} & here.keys():
        assert (name in both.ignored) is (getattr(over, name) != getattr(own, name))
