"""``.github/secreview.yml`` -> RepoConfig: what a project says of its own reviews. Pure.

Whatever cannot be understood is a problem with its line, column and the allowed values;
nothing falls back silently to a default.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

import checks
from checks.model import Assessment, Profile, Severity
from reviewer.config_problems import Grammar, listed, problems
from reviewer.config_text import (
    MAX_BYTES,
    TOO_LARGE,
    ConfigError,
    Problem,
    in_order,
    located,
    shown,
)
from reviewer.config_values import Ignores, Override, Patterns, QualifiedName, Rules, Threshold
from reviewer.patterns import matcher

__all__ = ["MAX_BYTES", "PATH", "TOO_LARGE", "ConfigError", "Problem", "RepoConfig"]

PATH = ".github/secreview.yml"
SCHEMA_ID = "urn:secreview:config:1"

NOT_A_MAPPING = "a mapping is expected here, such as `profile: tests`"
NOT_HERE = "`locked` counts only in the organisation's .github repository"
NOT_LOCKABLE = "`{name}` is no setting that can be locked; there are {names}"


def _lockable(name: str) -> str:
    if name not in LOCKABLE:
        raise ValueError(NOT_LOCKABLE.format(name=shown(name), names=listed(LOCKABLE)))
    return name


class RepoConfig(BaseModel):
    """What a project says of its own reviews."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: Profile = Field(
        default=Profile.TESTS,
        description="tests: what is a defect in a test. strict: all that scanners report.",
    )
    fail_on: Threshold = Field(
        default=Severity.MEDIUM, description="The least severity that makes the check fail."
    )
    comment_on: Threshold = Field(
        default=Severity.LOW,
        description="The least severity that is commented on its line; the check lists all.",
    )
    scope: Literal["introduced", "files"] = Field(
        default="introduced",
        description="introduced: only findings that the pull request brings in fail the check "
        "and are commented on. files: all findings in the files that it changes.",
    )
    drafts: Literal["review", "skip"] = Field(
        default="review",
        description="skip: drafts pass unreviewed, and are reviewed once they are ready.",
    )
    include: Patterns = Field(
        default=(), description="Patterns, as in .gitignore, of Python files that are tests too."
    )
    exclude: Patterns = Field(
        default=(), description="Patterns, as in .gitignore, of files that are not looked at."
    )
    rules: Rules = Field(
        default={}, description="Rules that are turned off, or that have another severity here."
    )
    restoring_bases: tuple[QualifiedName, ...] = Field(
        default=(),
        description="Qualified names of base classes that put back what a test changes in the "
        "process: environment variables, module attributes, the working directory.",
    )
    ignores: Ignores = Field(default=Ignores(), description="Which inline ignores count.")
    overrides: tuple[Override, ...] = Field(
        default=(),
        max_length=50,
        description="What is different for some files; the last that matches wins.",
    )
    locked: tuple[Annotated[str, AfterValidator(_lockable)], ...] = Field(
        default=(),
        description="Settings that no repository may change; in the organisation's .github "
        "repository only.",
    )

    _ignored: tuple[str, ...] = PrivateAttr(default=())

    @property
    def ignored(self) -> tuple[str, ...]:
        """What the repository says and the organisation's locks leave without effect."""
        return self._ignored

    @property
    def threshold(self) -> Severity | None:
        """The severity from which on a finding fails the check; None for never."""
        return _severity(self.fail_on)

    @property
    def rules_off(self) -> tuple[str, ...]:
        """The rules that are turned off, everywhere or for some files, in order."""
        all_said = (self.rules, *(each.rules for each in self.overrides))
        return tuple(
            sorted({r for rules in all_said for r, said in rules.items() if said == "off"})
        )

    def threshold_for(self, path: str) -> Severity | None:
        """The severity from which on a finding in this file fails the check; None for never."""
        said = [each.fail_on for each in self._matching(path) if each.fail_on is not None]
        return _severity(said[-1] if said else self.fail_on)

    def comment_threshold_for(self, path: str) -> Severity | None:
        """The severity from which on a finding in this file is commented on; None for never."""
        said = [each.comment_on for each in self._matching(path) if each.comment_on is not None]
        return _severity(said[-1] if said else self.comment_on)

    def failing(self, assessments: Iterable[Assessment]) -> frozenset[str]:
        """The fingerprints of the findings at or above the threshold of their file."""
        return frozenset(
            finding.fingerprint
            for assessment in assessments
            for finding in assessment.findings
            if (threshold := self.threshold_for(assessment.path))
            and finding.severity.at_least(threshold)
        )

    def rules_for(self, path: str) -> dict[str, Severity | Literal["off"]]:
        """What is said of rules in this file."""
        rules = dict(self.rules)
        for each in self._matching(path):
            rules |= each.rules
        return rules

    def applied(self, assessment: Assessment) -> Assessment:
        """The assessment without the rules that are off, the others as severe as is said here."""
        rules = self.rules_for(assessment.path)
        findings = tuple(
            replace(finding, severity=Severity(rules.get(finding.rule, finding.severity)))
            for finding in assessment.findings
            if rules.get(finding.rule) != "off"
        )
        return replace(assessment, findings=findings) if rules else assessment

    def _matching(self, path: str) -> Iterator[Override]:
        return (each for each in self.overrides if matcher(each.paths).match_file(path))


LOCKABLE = [name for name in RepoConfig.model_fields if name != "locked"]
PER_FILE = [name for name in Override.model_fields if name != "paths"]


def _severity(said: Threshold) -> Severity | None:
    return None if said == "never" else Severity(said)


def merged(organisation: RepoConfig | None, repository: RepoConfig | None) -> RepoConfig:
    """What holds for a repository: its own settings, behind them its organisation's.

    Each setting counts as a whole. Those that the organisation locks are the organisation's
    alone, or the default where it does not say them: in overrides, too. ``ignored`` names
    what the repository says otherwise.
    """
    above, here = organisation or RepoConfig(), repository or RepoConfig()
    said = [name for name in LOCKABLE if name in here.model_fields_set]
    mine = {name: getattr(here, name) for name in said if name not in above.locked}
    ignored = [
        name for name in said if name not in mine and getattr(here, name) != getattr(above, name)
    ]
    locked = [name for name in PER_FILE if name in above.locked]
    if locked and "overrides" in mine:
        ignored += [
            f"overrides.{name}"
            for name in locked
            if any(name in each.model_fields_set for each in here.overrides)
        ]
        free = [name for name in PER_FILE if name not in locked]
        mine["overrides"] = (*_only(free, here.overrides), *_only(locked, above.overrides))
    both = above.model_copy(update=mine)
    both._ignored = tuple(ignored)
    return both


def _only(names: Iterable[str], overrides: Iterable[Override]) -> Iterator[Override]:
    """The overrides, with no other settings than these."""
    for each in overrides:
        if kept := {name: getattr(each, name) for name in names if name in each.model_fields_set}:
            yield Override.model_construct({"paths", *kept}, paths=each.paths, **kept)


def schema() -> dict[str, Any]:
    """The JSON Schema of a configuration, for editors."""
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID}
    return {**about, **RepoConfig.model_json_schema(), "title": f"secreview: {PATH}"}


def read(content: bytes, *, organisation: bool = False) -> RepoConfig:
    """The configuration in *content*; an empty one is the default.

    With *organisation* it is that of an organisation's ".github" repository.

    Raises:
        ConfigError: with every problem found, at most a hundred.
    """
    text = located(content)
    found, config = list(text.problems), RepoConfig()
    if isinstance(text.value, dict):
        if "locked" in text.value and not organisation:
            found.append(Problem(*text.keys["locked",], NOT_HERE))
        try:
            config = RepoConfig.model_validate(text.value)
        except ValidationError as error:
            found += problems(error, text, _GRAMMAR)
    elif text.value:
        found.append(Problem(*text.values[()], NOT_A_MAPPING))
    if found:
        raise ConfigError(in_order(found))
    return config


_GRAMMAR = Grammar(
    keys={
        "": tuple(RepoConfig.model_fields),
        "ignores": tuple(Ignores.model_fields),
        "overrides": tuple(Override.model_fields),
    },
    allowed={
        "profile": [*Profile],
        "fail_on": [*Severity, "never"],
        "comment_on": [*Severity, "never"],
        "scope": ["introduced", "files"],
        "drafts": ["review", "skip"],
        "rules": ["off", *Severity],
        "require_write": ["true", "false"],
    },
    rules=checks.RULES,
)
