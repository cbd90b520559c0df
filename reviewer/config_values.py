"""The parts of a configuration: patterns, rules, names, and the settings inside a setting. Pure."""

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

import checks
from checks.model import Severity
from reviewer.config_problems import UNKNOWN_RULE
from reviewer.config_text import shown
from reviewer.patterns import matcher

NO_PATTERN = "`{text}` is no pattern that git would understand"
NO_MATCH = "`{text}` matches nothing"
FROM_ROOT = "`{text}` matches nothing: patterns start at the repository's root, leave out `./`"
TOO_LONG = "`{text}` is too long for a pattern: it may have {most} characters"

_QUALIFIED = r"[^\W\d]\w*(\.[^\W\d]\w*)+"
# Every changed file is held against every pattern.
_LONGEST = 200
_PATTERNS = 100


def _pattern(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(TOO_LONG.format(text=shown(text), most=_LONGEST))
    try:
        made = [each.include for each in matcher((text,)).patterns]
    except ValueError:
        raise ValueError(NO_PATTERN.format(text=shown(text))) from None
    if text.removeprefix("!").startswith(("./", "../")):
        raise ValueError(FROM_ROOT.format(text=shown(text)))
    if made in ([], [None]):
        raise ValueError(NO_MATCH.format(text=shown(text)))
    return text


def _rule(text: str) -> str:
    if text not in checks.RULES:
        raise PydanticCustomError(UNKNOWN_RULE, "there is no such rule")
    return text


def _truth(value: object) -> object:
    """What YAML calls a truth value; pydantic alone would take ``1`` and ``on``, too."""
    return {"true": True, "false": False}.get(str(value).lower(), value)


Pattern = Annotated[str, AfterValidator(_pattern)]
Patterns = Annotated[tuple[Pattern, ...], Field(max_length=_PATTERNS)]
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

    paths: Patterns = Field(
        min_length=1, description="Patterns, as in .gitignore, of the files that this is about."
    )
    fail_on: Threshold | SkipJsonSchema[None] = Field(
        default=None, description="As above, for these files."
    )
    comment_on: Threshold | SkipJsonSchema[None] = Field(
        default=None, description="As above, for these files."
    )
    rules: Rules = Field(default={}, description="As above, for these files.")
