"""The parts of a configuration: patterns, rules, names, and the settings inside a setting. Pure."""

from typing import Annotated, Literal

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.base import GitIgnorePatternError
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic.json_schema import SkipJsonSchema

import checks
from checks.model import Severity
from reviewer.config_problems import nearest
from reviewer.config_text import shown

UNKNOWN_RULE = "`{rule}` is not a rule; `secreview explain` lists them"
NEAREST_RULE = "`{rule}` is not a rule; did you mean `{near}`?"
NO_PATTERN = "`{text}` is no pattern that git would understand"
NO_MATCH = "`{text}` matches nothing"
FROM_ROOT = "`{text}` matches nothing: patterns start at the repository's root, leave out `./`"
TOO_WILD = "`{text}` has too many wildcards; at most {most} `*` between two `/`, and {most} `**`"

_QUALIFIED = r"[^\W\d]\w*(\.[^\W\d]\w*)+"
# Each wildcard multiplies the time that a long path takes: with five, one can take hours.
_WILDCARDS = 3


def _pattern(text: str) -> str:
    try:
        made = [each.include for each in GitIgnoreSpec.from_lines([text]).patterns]
    except (GitIgnorePatternError, ValueError):
        raise ValueError(NO_PATTERN.format(text=shown(text))) from None
    if text.removeprefix("!").startswith(("./", "../")):
        raise ValueError(FROM_ROOT.format(text=shown(text)))
    if made in ([], [None]):
        raise ValueError(NO_MATCH.format(text=shown(text)))
    parts = text.split("/")
    if max(part.count("*") for part in parts) > _WILDCARDS or parts.count("**") > _WILDCARDS:
        raise ValueError(TOO_WILD.format(text=shown(text), most=_WILDCARDS))
    return text


def _rule(text: str) -> str:
    if text not in checks.RULES:
        near = nearest(text, checks.RULES)
        raise ValueError(
            (NEAREST_RULE if near else UNKNOWN_RULE).format(rule=shown(text), near=near)
        )
    return text


def _truth(value: object) -> object:
    """What YAML calls a truth value; pydantic alone would take ``1`` and ``on``, too."""
    return {"true": True, "false": False}.get(str(value).lower(), value)


Pattern = Annotated[str, AfterValidator(_pattern)]
RuleId = Annotated[str, AfterValidator(_rule)]
QualifiedName = Annotated[str, StringConstraints(pattern=f"^{_QUALIFIED}$")]


Rules = Annotated[
    dict[RuleId, Severity | Literal["off"]],
    Field(json_schema_extra=lambda schema: schema.update(propertyNames={"enum": [*checks.RULES]})),
]
Threshold = Severity | Literal["never"]
Truth = Annotated[bool, BeforeValidator(_truth), Field(strict=True)]


class Ignores(BaseModel):
    """Which inline ignores count."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    require_write: Truth = Field(
        default=True,
        description="An ignore that a pull request adds counts only if its author may write.",
    )


class Override(BaseModel):
    """What is different for some files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    paths: tuple[Pattern, ...] = Field(
        min_length=1, description="Patterns, as in .gitignore, of the files that this is about."
    )
    fail_on: Threshold | SkipJsonSchema[None] = Field(
        default=None, description="As above, for these files."
    )
    comment_on: Threshold | SkipJsonSchema[None] = Field(
        default=None, description="As above, for these files."
    )
    rules: Rules = Field(default={}, description="As above, for these files.")
