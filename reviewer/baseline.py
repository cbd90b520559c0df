"""A baseline: the findings that a project has already, and lives with for now.

A file of JSON, always written the same way for the same findings: so that it can stand in
the repository, and a pull request shows what it changes. It holds no code.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from checks.model import Assessment
from reviewer.local import UNUSABLE, UsageError
from reviewer.targets import Selected

VERSION = 1

NOT_A_BASELINE = (
    "{path} is no baseline ({problem}). Write one with --write-baseline, or name another file."
)
NEWER = (
    "{path} was written by another version of secreview (format {version}, this one reads "
    "{known}). Write it again with --write-baseline."
)
TOO_LARGE = "it is larger than {limit} MiB"
NO_JSON = "it is not JSON"
UNMATCHED = (
    "{entries} of the baseline {match} no finding any more: {named}. Write it again with "
    "--write-baseline."
)
ONE_UNMATCHED, UNMATCHED_NUMBER = ("1 entry", "matches"), ("{number:,} entries", "match")
WRITTEN = "{findings} now {stand} in the baseline {path}."
ONE_WRITTEN, WRITTEN_NUMBER = ("1 finding", "stands"), ("{number:,} findings", "stand")
MORE = "and {number:,} more"

_MAX_MIB = 32
_NAMED = 5


class Entry(BaseModel):
    """A finding of the baseline: who it is, for the tool; what and where, for people."""

    model_config = ConfigDict(frozen=True, strict=True)

    path: str
    rule: str
    fingerprint: str = Field(pattern=r"^[0-9a-f]{24}$")


class _File(BaseModel):
    model_config = ConfigDict(strict=True)

    version: Literal[1]
    findings: list[Entry]


@dataclass(frozen=True, slots=True)
class Compared:
    """``rest``: the assessments without the findings that stand in the baseline.

    ``matched`` counts those; ``unmatched`` are the entries that match nothing any more.
    """

    rest: tuple[Assessment, ...]
    matched: int
    unmatched: tuple[Entry, ...]


def read(path: Path) -> tuple[Entry, ...]:
    """The entries of the baseline *path*.

    Raises:
        UsageError: it cannot be read, or is no baseline.
    """
    try:
        with path.open("rb") as file:
            content = file.read((_MAX_MIB << 20) + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(UNUSABLE.format(path=path, reason=reason)) from None
    if len(content) > _MAX_MIB << 20:
        raise _no_baseline(path, TOO_LARGE.format(limit=_MAX_MIB))
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        raise _no_baseline(path, NO_JSON) from None
    version = said.get("version") if isinstance(said, dict) else None
    if isinstance(version, int) and version != VERSION:
        raise UsageError(NEWER.format(path=path, version=version, known=VERSION))
    try:
        return tuple(_File.model_validate(said).findings)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole of it"
        raise _no_baseline(path, f"{place}: {first['msg']}") from None


def text(entries: Iterable[Entry]) -> str:
    """The file that holds *entries*: the same for the same ones, in any order."""
    unique = {entry.fingerprint: entry for entry in entries}.values()
    inside = sorted(unique, key=lambda entry: (entry.path, entry.rule, entry.fingerprint))
    made = {"version": VERSION, "findings": [entry.model_dump() for entry in inside]}
    return json.dumps(made, indent=2) + "\n"


def entries(assessments: Iterable[Assessment], selected: Selected) -> tuple[Entry, ...]:
    """An entry for each finding that counts."""
    return tuple(
        Entry(
            path=selected.from_home(finding.place.path),
            rule=finding.rule,
            fingerprint=finding.fingerprint,
        )
        for assessment in assessments
        for finding in assessment.findings
        if not finding.suppressed
    )


def compare(
    assessments: Sequence[Assessment], known: Sequence[Entry], selected: Selected
) -> Compared:
    """What is beyond the baseline *known*, and what of it is no more.

    An entry is said to match nothing only where that is known: its file was assessed whole,
    or is gone from the working tree.
    """
    left = {entry.fingerprint: entry for entry in known}
    matched = {entry.fingerprint for entry in entries(assessments, selected)} & left.keys()
    rest = tuple(
        replace(
            each,
            findings=tuple(
                f for f in each.findings if f.suppressed or f.fingerprint not in matched
            ),
        )
        for each in assessments
    )
    whole = {selected.from_home(each.path) for each in assessments if not each.not_assessed}
    return Compared(
        rest,
        len(matched),
        tuple(
            entry
            for key, entry in left.items()
            if key not in matched
            and (entry.path in whole or (not selected.head_sha and _is_gone(entry, selected)))
        ),
    )


def written(inside: Sequence[Entry], path: Path) -> str:
    """A sentence about a baseline that has just been written."""
    findings, stand = ONE_WRITTEN if len(inside) == 1 else WRITTEN_NUMBER
    return WRITTEN.format(findings=findings.format(number=len(inside)), stand=stand, path=path)


def unmatched(left: Sequence[Entry]) -> str:
    """A sentence about entries that match nothing any more."""
    number, match = ONE_UNMATCHED if len(left) == 1 else UNMATCHED_NUMBER
    named = [f"{entry.path} ({entry.rule})" for entry in left[:_NAMED]]
    named += [MORE.format(number=len(left) - _NAMED)] if len(left) > _NAMED else []
    return UNMATCHED.format(
        entries=number.format(number=len(left)), match=match, named=", ".join(named)
    )


def _is_gone(entry: Entry, selected: Selected) -> bool:
    try:
        return not (selected.home / entry.path).exists()
    except (OSError, ValueError):
        return True


def _no_baseline(path: Path, problem: str) -> UsageError:
    return UsageError(NOT_A_BASELINE.format(path=path, problem=problem))
