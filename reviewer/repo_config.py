"""``.github/secreview.yml`` -> RepoConfig: what a project says of its own reviews. Pure.

Whatever cannot be understood is a problem with its line, column and the allowed values;
nothing falls back silently to a default.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
    """The configuration cannot be used; ``problems`` says why, in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


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


Pattern = Annotated[str, AfterValidator(_pattern)]
RuleId = Annotated[str, AfterValidator(_rule)]
QualifiedName = Annotated[str, StringConstraints(pattern=f"^{_QUALIFIED}$")]


class RepoConfig(BaseModel):
    """What a project says of its own reviews."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: Profile = Field(
        default=Profile.TESTS,
        description="tests: what is a defect in a test. strict: all that scanners report.",
    )
    fail_on: Severity | Literal["never"] = Field(
        default=Severity.MEDIUM, description="The least severity that makes the check fail."
    )
    include: tuple[Pattern, ...] = Field(
        default=(), description="Patterns, as in .gitignore, of Python files that are tests too."
    )
    exclude: tuple[Pattern, ...] = Field(
        default=(), description="Patterns, as in .gitignore, of files that are not looked at."
    )
    rules: dict[RuleId, Severity | Literal["off"]] = Field(
        default={},
        description="Rules that are turned off, or that have another severity here.",
        json_schema_extra=lambda schema: schema.update(propertyNames={"enum": [*checks.RULES]}),
    )
    restoring_bases: tuple[QualifiedName, ...] = Field(
        default=(),
        description="Qualified names of base classes that put back what a test changes in the "
        "process: environment variables, module attributes, the working directory.",
    )

    @property
    def threshold(self) -> Severity | None:
        """The severity from which on a finding fails the check; None for never."""
        return None if self.fail_on == "never" else Severity(self.fail_on)

    @property
    def rules_off(self) -> tuple[str, ...]:
        """The rules that are turned off, in order."""
        return tuple(sorted(rule for rule, said in self.rules.items() if said == "off"))

    def applied(self, assessment: Assessment) -> Assessment:
        """The assessment without the rules that are off, the others as severe as is said here."""
        findings = tuple(
            replace(finding, severity=Severity(self.rules.get(finding.rule, finding.severity)))
            for finding in assessment.findings
            if self.rules.get(finding.rule) != "off"
        )
        return replace(assessment, findings=findings) if self.rules else assessment


def schema() -> dict[str, Any]:
    """The JSON Schema of a configuration, for editors."""
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID}
    return {**about, **RepoConfig.model_json_schema(), "title": f"secreview: {PATH}"}


def read(content: bytes) -> RepoConfig:
    """The configuration in *content*; an empty one is the default.

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
    try:
        return RepoConfig.model_validate_json(json.dumps(value))
    except ValidationError as error:
        raise ConfigError(tuple(sorted(_problems(error, places), key=_order))) from None


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
        keys = ", ".join(f"`{name}`" for name in RepoConfig.model_fields)
        return UNKNOWN_KEY.format(key=where[-1] if where else "", keys=keys)
    name = str(where[0]) if where else ""
    if name in _ALLOWED and found["type"] in ("enum", "literal_error"):
        allowed = ", ".join(_ALLOWED[name])
        return f"`{found['input']}` is not a value of `{name}`; allowed: {allowed}"
    if found["type"] == "string_pattern_mismatch":
        return f"`{found['input']}` is not a qualified name such as `project.test.TestCase`"
    said = str(found["msg"]).removeprefix("Value error, ")
    return said if found["type"] == "value_error" else f"`{name}`: {said}"


_ALLOWED = {
    "profile": [*Profile],
    "fail_on": [*Severity, "never"],
    "rules": ["off", *Severity],
}
