"""The words of an assessment: what the checks say about one file.

Everything here is a frozen dataclass of plain values, so that an assessment
crosses a process boundary as one line of JSON (see ``dataclasses.asdict``).
"""

from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """The eight categories every review reports on, in the order of a summary."""

    MOCKS = "mocks"
    ERRORS = "errors"
    INPUTS = "inputs"
    CLEANUP = "cleanup"
    ACCESS = "access"
    SECRETS = "secrets"
    DATABASE = "database"
    NETWORK = "network"


class Severity(StrEnum):
    """How bad a finding is; ``rank`` is 0 for the worst, so that sorting puts it first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for high, 1 for medium, 2 for low."""
        return list(Severity).index(self)

    def at_least(self, threshold: "Severity") -> bool:
        """Whether this severity is as bad as *threshold*, or worse."""
        return self.rank <= threshold.rank


class Profile(StrEnum):
    """Which rules speak: what is a defect in a test, or all that scanners report."""

    TESTS = "tests"
    STRICT = "strict"


class Side(StrEnum):
    """Which side of a pull request a file is on: its tests, or what they test."""

    TEST = "test"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Place:
    """A range of one file.

    Lines are git's (1-based, counted by line feeds alone), columns are 1-based
    code points; ``end_column`` is the column behind the last character.
    ``symbol`` is the qualified name of the enclosing definition ("" at module level).
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    symbol: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proved replacement of whole lines: ``lines`` stand in place of ``line..end_line``.

    ``safe`` is true where the behaviour of a correct test cannot change; otherwise
    a person should look before applying it.
    """

    line: int
    end_line: int
    lines: tuple[str, ...]
    safe: bool


@dataclass(frozen=True, slots=True)
class Edit:
    """What a rule would like to write: *text* in place of an expression or simple statement.

    The range is the node's in Python's own coordinates: ``line`` is
    1-based, ``column`` a 0-based offset in UTF-8 bytes, as in :mod:`ast`.
    ``statement`` is the first and the last line of the smallest statement around it, and whether
    that is the header of a block; None where there is none.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    safe: bool
    statement: tuple[int, int, bool] | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """An inline ``# secreview: ignore[rule-id] -- reason`` that stands at ``line``.

    ``covers`` is the line it speaks for: its own, or the next one where the comment
    stands alone. ``until`` is an ISO date or ""; ``problem`` says why the
    suppression is not valid ("" when it is).
    """

    path: str
    line: int
    covers: int
    rules: tuple[str, ...]
    reason: str
    until: str
    problem: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A security defect or weakness at a place.

    ``title`` is the rule's first line, ``reason`` says what is wrong here and why it
    matters, ``remedy`` what to write instead. ``code`` is the cited source (at most
    a few lines) with every secret masked. ``fingerprint`` identifies the finding
    across rebases: rule, path, symbol, normalised code, ordinal; ``content`` is the
    same without the path, to follow a renamed file. ``suppressed`` is the
    suppression that silences it.
    """

    rule: str
    category: Category
    severity: Severity
    cwe: int
    place: Place
    title: str
    reason: str
    remedy: str
    code: str
    fingerprint: str
    content: str
    edit: Edit | None = None
    suggestion: Suggestion | None = None
    suppressed: Suppression | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact a careful reviewer would cite, in one sentence. Never changes a verdict."""

    category: Category
    place: Place
    sentence: str


@dataclass(frozen=True, slots=True)
class NotAssessed:
    """A file, or a rule's view of it, that could not be analysed, and why.

    ``line`` is a git line, 0 when the reason has none.
    """

    path: str
    reason: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Assessment:
    """All that the checks say about one file. ``lines`` is its length in git lines.

    ``wanted`` are paths, likeliest first, of files that would tell more about its base
    classes and fixtures if they exist: assess it again with those as ``supporting``.
    """

    path: str
    lines: int
    findings: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    not_assessed: tuple[NotAssessed, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    wanted: tuple[str, ...] = ()
