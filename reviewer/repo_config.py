"""``.github/secreview.yml`` -> RepoConfig: what a project says of its own reviews. Pure.

Whatever cannot be understood is a problem with its line, column and the allowed values;
nothing falls back silently to a default.
"""

import difflib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any, Literal

import yaml
from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.base import GitIgnorePatternError
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

import checks
from checks.model import Assessment, Profile, Severity

PATH = ".github/secreview.yml"
MAX_BYTES = 64 * 1024
SCHEMA_ID = "urn:secreview:config:1"

NOT_TEXT = "it is not valid UTF-8"
TOO_LARGE = f"it is larger than {MAX_BYTES // 1024} KiB"
TOO_DEEP = "it is nested too deeply"
NO_ANCHORS = "anchors and aliases are not allowed here; write the value out"
NOT_A_MAPPING = "a mapping is expected here, such as `profile: tests`"
TWICE = "`{key}` is given twice"
UNKNOWN_KEY = "`{key}` is not a setting; there are {keys}"
NEAREST_KEY = "`{key}` is not a setting; did you mean `{near}`?"
NOT_HERE = "`locked` counts only in the organisation's .github repository"
NOT_LOCKABLE = "`{name}` is no setting that can be locked; there are {names}"
UNKNOWN_RULE = "`{rule}` is not a rule; `secreview explain` lists them"

_DEPTH = 6
_QUALIFIED = r"[^\W\d]\w*(\.[^\W\d]\w*)+"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; line and column are 1-based."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        """As editors and compilers write it, without the file's name."""
        return f"{self.line}:{self.column}: {self.message}"


class ConfigError(Exception):
    """The configuration cannot be used; ``problems`` says why, in the order of the file.

    ``where`` is the repository that it stands in; "" for the one under review.
    """

    def __init__(self, problems: tuple[Problem, ...], where: str = "") -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems
        self.where = where


def _pattern(text: str) -> str:
    try:
        GitIgnoreSpec.from_lines([text])
    except (GitIgnorePatternError, ValueError):
        raise ValueError("is no pattern that git would understand") from None
    return text


def _rule(text: str) -> str:
    if text not in checks.RULES:
        raise ValueError(UNKNOWN_RULE.format(rule=text))
    return text


def _lockable(name: str) -> str:
    if name not in LOCKABLE:
        names = ", ".join(f"`{each}`" for each in LOCKABLE)
        raise ValueError(NOT_LOCKABLE.format(name=name, names=names))
    return name


Pattern = Annotated[str, AfterValidator(_pattern)]
RuleId = Annotated[str, AfterValidator(_rule)]
QualifiedName = Annotated[str, StringConstraints(pattern=f"^{_QUALIFIED}$")]


Rules = Annotated[
    dict[RuleId, Severity | Literal["off"]],
    Field(json_schema_extra=lambda schema: schema.update(propertyNames={"enum": [*checks.RULES]})),
]
Threshold = Severity | Literal["never"]


class Ignores(BaseModel):
    """Which inline ignores count."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    require_write: bool = Field(
        default=True,
        description="An ignore that a pull request adds counts only if its author may write.",
    )


class Override(BaseModel):
    """What is different for some files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    paths: tuple[Pattern, ...] = Field(
        min_length=1, description="Patterns, as in .gitignore, of the files that this is about."
    )
    fail_on: Threshold | None = Field(default=None, description="As above, for these files.")
    comment_on: Threshold | None = Field(default=None, description="As above, for these files.")
    rules: Rules = Field(default={}, description="As above, for these files.")


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
    include: tuple[Pattern, ...] = Field(
        default=(), description="Patterns, as in .gitignore, of Python files that are tests too."
    )
    exclude: tuple[Pattern, ...] = Field(
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
        default=(), description="What is different for some files; the last that matches wins."
    )
    locked: tuple[Annotated[str, AfterValidator(_lockable)], ...] = Field(
        default=(),
        description="Settings that no repository may change; in the organisation's .github "
        "repository only.",
    )

    @property
    def threshold(self) -> Severity | None:
        """The severity from which on a finding fails the check; None for never."""
        return _severity(self.fail_on)

    @property
    def rules_off(self) -> tuple[str, ...]:
        """The rules that are turned off, in order."""
        return tuple(sorted(rule for rule, said in self.rules.items() if said == "off"))

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
        return (each for each in self.overrides if _spec(each.paths).match_file(path))


LOCKABLE = [name for name in RepoConfig.model_fields if name != "locked"]


def _severity(said: Threshold) -> Severity | None:
    return None if said == "never" else Severity(said)


@lru_cache(maxsize=64)
def _spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    return GitIgnoreSpec.from_lines(patterns)


def merged(organisation: RepoConfig | None, repository: RepoConfig | None) -> RepoConfig:
    """What holds for a repository: its own settings, behind them its organisation's.

    Each setting counts as a whole. Those that the organisation locks are the organisation's
    alone, or the default where it does not say them.
    """
    above, here = organisation or RepoConfig(), repository or RepoConfig()
    mine = {name: getattr(here, name) for name in here.model_fields_set if name not in above.locked}
    return above.model_copy(update=mine)


def schema() -> dict[str, Any]:
    """The JSON Schema of a configuration, for editors."""
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID}
    return {**about, **RepoConfig.model_json_schema(), "title": f"secreview: {PATH}"}


def read(content: bytes, *, organisation: bool = False) -> RepoConfig:
    """The configuration in *content*; an empty one is the default.

    With *organisation* it is that of an organisation's ".github" repository.

    Raises:
        ConfigError: with every problem found.
    """
    root = _composed(content)
    if root is None or root.value == "":
        return RepoConfig()
    places: dict[tuple[str | int, ...], yaml.Mark] = {}
    value = _value(root, (), places)
    if not isinstance(value, dict):
        raise ConfigError((_at(root.start_mark, NOT_A_MAPPING),))
    problems: list[Problem] = []
    if "locked" in value and not organisation:
        problems.append(_at(places["locked", "[key]"], NOT_HERE))
    try:
        config = RepoConfig.model_validate_json(json.dumps(value))
    except ValidationError as error:
        problems += _problems(error, places)
    if problems:
        raise ConfigError(tuple(sorted(problems, key=_order)))
    return config


def _order(problem: Problem) -> tuple[int, int]:
    return problem.line, problem.column


def _at(mark: Any, message: str) -> Problem:
    """A problem at a place of the YAML reader, which may know none."""
    return Problem(mark.line + 1, mark.column + 1, message) if mark else Problem(1, 1, message)


def _composed(content: bytes) -> yaml.Node | None:
    """The document as nodes with their places: every scalar is a text, ``off`` too."""
    if len(content) > MAX_BYTES:
        raise ConfigError((Problem(1, 1, TOO_LARGE),))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError((Problem(line, 1, NOT_TEXT),)) from None
    try:
        depth = 0
        for event in yaml.parse(text, yaml.BaseLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise ConfigError((_at(event.start_mark, NO_ANCHORS),))
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEPTH:
                raise ConfigError((_at(event.start_mark, TOO_DEEP),))
        return yaml.compose(text, yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        said = error.problem or "it is not YAML"
        raise ConfigError((_at(error.problem_mark or error.context_mark, said),)) from None
    except yaml.YAMLError:
        raise ConfigError((Problem(1, 1, "it holds characters that YAML forbids"),)) from None


def _value(node: yaml.Node, path: tuple[str | int, ...], places: dict[Any, yaml.Mark]) -> object:
    """The plain value of a node; the place of each value is noted under its path."""
    places.setdefault(path, node.start_mark)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, number), places) for number, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return node.value
    found: dict[str, object] = {}
    for key, item in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise ConfigError((_at(key.start_mark, "a key must be a plain word"),))
        if key.value in found:
            raise ConfigError((_at(key.start_mark, TWICE.format(key=key.value)),))
        places[(*path, key.value, "[key]")] = key.start_mark
        found[key.value] = _value(item, (*path, key.value), places)
    return found


def _problems(error: ValidationError, places: dict[Any, yaml.Mark]) -> Iterator[Problem]:
    seen = set()
    for found in error.errors():
        # Of a value that fits none of several kinds, each kind complains: once is enough.
        where = _nearest(found["loc"], places)
        key = (*where, "[key]") if found["type"] == "extra_forbidden" else where
        problem = _at(places[key], _said(found, where))
        if (problem.line, problem.column) not in seen:
            seen.add((problem.line, problem.column))
            yield problem


def _nearest(loc: tuple[Any, ...], places: dict[Any, yaml.Mark]) -> tuple[Any, ...]:
    while loc not in places:
        loc = loc[:-1]
    return loc


def _said(found: Any, where: tuple[Any, ...]) -> str:
    if found["type"] == "extra_forbidden":
        return _unknown(str(where[-1]), where[0])
    name = next((part for part in reversed(where) if part in _ALLOWED), "")
    if name and found["type"] in ("enum", "literal_error", "bool_parsing", "bool_type"):
        allowed = ", ".join(_ALLOWED[name])
        return f"`{found['input']}` is not a value of `{name}`; allowed: {allowed}"
    if found["type"] == "string_pattern_mismatch":
        return f"`{found['input']}` is not a qualified name such as `project.test.TestCase`"
    said = str(found["msg"]).removeprefix("Value error, ")
    shown = ".".join(str(part) for part in (found["loc"] if found["type"] == "missing" else where))
    return said if found["type"] == "value_error" else f"`{shown}`: {said}"


def _unknown(key: str, setting: str) -> str:
    """There is no such key; what there is, and what may have been meant."""
    models: dict[str, type[BaseModel]] = {"ignores": Ignores, "overrides": Override}
    model = models.get(setting, RepoConfig)
    near = difflib.get_close_matches(key, model.model_fields, n=1)
    if near and near[0] != key:
        return NEAREST_KEY.format(key=key, near=near[0])
    keys = ", ".join(f"`{name}`" for name in model.model_fields)
    return UNKNOWN_KEY.format(key=key, keys=keys)


_ALLOWED = {
    "profile": [*Profile],
    "fail_on": [*Severity, "never"],
    "comment_on": [*Severity, "never"],
    "scope": ["introduced", "files"],
    "drafts": ["review", "skip"],
    "rules": ["off", *Severity],
    "require_write": ["true", "false"],
}
