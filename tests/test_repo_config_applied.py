"""Whose settings hold, and for which files: organisation, repository, overrides."""

import pytest

from checks.model import Severity
from reviewer.repo_config import ConfigError, RepoConfig, merged, read
from tests.cpu import cpu_seconds


def test_a_pattern_that_is_let_through_is_quick_on_a_long_path() -> None:
    """The worst that the limits allow, on the longest names a file system has."""
    config = read(b"overrides: [{paths: ['*a*a*ab', '**/a/**/a/**/a/b'], fail_on: low}]\n")
    for path in ("a" * 255, "a/" * 127 + "c"):
        assert config.threshold_for(path) is Severity.MEDIUM
        assert cpu_seconds(lambda path=path: config.threshold_for(path), 2.5) < 2.5


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


def test_an_override_does_not_open_a_lock() -> None:
    """Neither by a repository's own, nor by replacing the organisation's; both are told."""
    above = read(
        b"fail_on: medium\noverrides: [{paths: [tests/pay/], fail_on: low, comment_on: high}]\n"
        b"locked: [fail_on]\n",
        organisation=True,
    )
    here = read(b"overrides: [{paths: ['*'], fail_on: never, comment_on: never}]\nfail_on: high\n")
    both = merged(above, here)
    assert both.threshold_for("tests/a.py") is Severity.MEDIUM
    assert both.threshold_for("tests/pay/a.py") is Severity.LOW
    assert both.comment_threshold_for("tests/pay/a.py") is None
    assert both.ignored == ("fail_on", "overrides.fail_on")
    assert merged(above, read(b"scope: files\n")).ignored == ()


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


def test_a_rule_that_is_off_for_some_files_counts_as_off() -> None:
    """Reports name it: nothing is turned off in silence."""
    config = read(
        b"rules: {bind-all: 'off'}\noverrides: [{paths: [a/], rules: {weak-hash: 'off'}}]\n"
    )
    assert config.rules_off == ("bind-all", "weak-hash")
