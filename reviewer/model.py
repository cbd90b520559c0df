"""The words of a review: its target, its state and its verdict. Plain values, no I/O."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from checks.model import Assessment, Evidence, Finding, NotAssessed, Profile, Severity, Suppression


@dataclass(frozen=True, slots=True)
class Target:
    """What is reviewed: a pull request of a repository, in one installation of the App.

    Or a merge group: then ``number`` is 0 and ``group_head`` the SHA of its head; ``group_base``
    is the SHA it was made on ("" where that must be looked up), ``group_branch`` the branch that
    it is to be merged into.
    """

    installation: int
    repository: int
    owner: str
    name: str
    number: int
    group_head: str = ""
    group_base: str = ""
    group_branch: str = ""

    @property
    def key(self) -> str:
        """The target's identity in queue and store; survives a renamed repository."""
        return f"{self.repository}#{self.number}{'@' * bool(self.group_head)}{self.group_head}"

    @property
    def full_name(self) -> str:
        """``owner/name``, as GitHub's paths want it."""
        return f"{self.owner}/{self.name}"


class ReviewId(NamedTuple):
    """Which review a check run belongs to: repository id, pull request, head and generation."""

    repository: int
    number: int
    sha: str
    generation: int


_REVIEW_ID = re.compile(r"([0-9]{1,19})#([0-9]{1,10})@([0-9a-f]{40}|[0-9a-f]{64}):([0-9]{1,18})")


def external_id(target: Target, head_sha: str, generation: int) -> str:
    """The ``external_id`` of a review's check run: ``<repository id>#number@sha:generation``."""
    return f"{target.repository}#{target.number}@{head_sha}:{generation}"


def parse_external_id(text: str) -> ReviewId | None:
    """What ``external_id`` was made of, or None where *text* is not one of ours."""
    match = _REVIEW_ID.fullmatch(text)
    if match is None:
        return None
    repository, number, sha, generation = match.groups()
    return ReviewId(int(repository), int(number), sha, int(generation))


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request as GitHub tells it at the start of a review.

    A merge group is one too, with number 0.
    """

    number: int
    author: str
    state: str
    draft: bool
    head_sha: str
    base_sha: str
    base_ref: str
    changed_files: int
    html_url: str


class FileStatus(StrEnum):
    """How a pull request changes a file, in GitHub's words."""

    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"
    RENAMED = "renamed"
    COPIED = "copied"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One changed file. ``patch`` is None where GitHub left it out (binary, too large).

    ``changes`` counts the changed lines; None where nobody counted.
    """

    path: str
    previous_path: str | None
    status: FileStatus
    blob_sha: str
    patch: str | None
    changes: int | None = None


@dataclass(frozen=True, slots=True)
class CheckRun:
    """A check run of ours on a commit.

    ``conclusion`` is "" until it is completed; ``annotations`` counts those it carries.
    """

    id: int
    external_id: str
    conclusion: str
    title: str
    annotations: int


@dataclass(frozen=True, slots=True)
class ReviewComment:
    """An inline comment on a pull request.

    ``commit_sha`` is the commit it was written for; ``outdated`` says that its line is gone;
    ``in_reply_to`` is the first comment of its thread, 0 for that one itself.
    """

    id: int
    author_id: int
    path: str
    commit_sha: str
    outdated: bool
    body: str
    in_reply_to: int = 0


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread of inline comments: GraphQL's id, whether it is resolved, and by people."""

    id: str
    resolved: bool
    resolved_by_people: bool


@dataclass(frozen=True, slots=True)
class NewComment:
    """An inline comment to be made, on lines ``line..end_line`` of one hunk's new side."""

    path: str
    line: int
    end_line: int
    body: str


class Verdict(StrEnum):
    """What a review comes to."""

    CLEAN = "clean"
    FINDINGS = "findings"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class ConfigSource:
    """Which configuration decided: its blob SHA, and in whose words it stands where."""

    blob_sha: str
    where: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What was looked at, for the words of a report.

    ``head_sha`` is "" on the command line outside a commit; ``blob_url`` is the
    prefix that a path and a line anchor are put behind ("" where there is none);
    ``not_covered`` names changed tests that are not Python, ``others`` the other changed
    Python files, which are looked at for test doubles and test switches alone;
    ``rules_off`` are the rules that the project's configuration turns off; ``pages`` is
    the address below which the rules' pages are ("" where nobody serves them).
    ``introduced_only``: findings that the base has too neither fail the check nor are
    commented on. ``reason`` is what led to the review, ``by`` the login of who asked for it
    ("" for nobody); ``group``: it is a merge group's. ``baselined`` counts the findings that
    stand in a baseline, and are left out.
    """

    selected: int
    profile: Profile
    fail_on: Severity | None
    head_sha: str = ""
    blob_url: str = ""
    not_covered: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    rules_off: tuple[str, ...] = ()
    pages: str = ""
    introduced_only: bool = False
    config: ConfigSource | None = None
    base_sha: str = ""
    reason: str = ""
    by: str = ""
    group: bool = False
    baselined: int = 0


@dataclass(frozen=True, slots=True)
class Review:
    """One completed look at a target: assessments after suppression, and the scope.

    ``unread`` holds what never reached the checks (a blob that could not be fetched, a
    file over a limit); the assessments carry their own. ``existing`` are the fingerprints
    of findings that the base has too, ``fixed`` what only the base has.
    ``failing_findings`` are the fingerprints of those at or above the threshold of their
    file; None where one threshold holds for all. ``added_suppressions`` (path, line) are
    those that the pull request adds; ``proposal`` are the problems of the configuration
    that it proposes, None where it proposes none.
    """

    scope: Scope
    assessments: tuple[Assessment, ...]
    unread: tuple[NotAssessed, ...] = ()
    existing: frozenset[str] = frozenset()
    fixed: tuple[Finding, ...] = ()
    failing_findings: frozenset[str] | None = None
    added_suppressions: frozenset[tuple[str, int]] = frozenset()
    unused_suppressions: tuple[Suppression, ...] = ()
    proposal: tuple[str, ...] | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Unsuppressed findings, worst first, then by path and line."""
        found = (f for a in self.assessments for f in a.findings if not f.suppressed)
        return tuple(sorted(found, key=lambda f: (f.severity.rank, f.place.path, f.place.line)))

    @property
    def introduced(self) -> tuple[Finding, ...]:
        """Those of ``findings`` that the base does not have."""
        return tuple(f for f in self.findings if f.fingerprint not in self.existing)

    @property
    def existing_findings(self) -> tuple[Finding, ...]:
        """Those of ``findings`` that the base has too."""
        return tuple(f for f in self.findings if f.fingerprint in self.existing)

    @property
    def decisive(self) -> tuple[Finding, ...]:
        """The findings that decide whether the check fails."""
        return self.introduced if self.scope.introduced_only else self.findings

    @property
    def suppressed(self) -> tuple[Finding, ...]:
        """Findings that a valid suppression silences, by path and line."""
        found = (f for a in self.assessments for f in a.findings if f.suppressed)
        return tuple(sorted(found, key=lambda f: (f.place.path, f.place.line)))

    @property
    def invalid_suppressions(self) -> tuple[Suppression, ...]:
        """Suppressions that do not count, because of their ``problem``."""
        return tuple(s for a in self.assessments for s in a.suppressions if s.problem)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """All evidence, by path and line."""
        facts = (e for a in self.assessments for e in a.evidence)
        return tuple(sorted(facts, key=lambda e: (e.place.path, e.place.line)))

    @property
    def not_assessed(self) -> tuple[NotAssessed, ...]:
        """Everything that was selected and could not be analysed."""
        return self.unread + tuple(n for a in self.assessments for n in a.not_assessed)

    @property
    def assessed(self) -> int:
        """How many of the selected test files were analysed whole."""
        missing = {n.path for n in self.not_assessed}
        return self.scope.selected - len(missing.difference(self.scope.others))

    @property
    def verdict(self) -> Verdict:
        """Incomplete when anything is missing, else findings when there is one, else clean."""
        if self.not_assessed:
            return Verdict.INCOMPLETE
        return Verdict.FINDINGS if self.findings else Verdict.CLEAN

    @property
    def failing(self) -> bool:
        """Whether the check fails: incomplete, or a finding at or above its threshold."""
        return self.verdict is Verdict.INCOMPLETE or any(map(self._fails, self.decisive))

    def _fails(self, finding: Finding) -> bool:
        if self.failing_findings is not None:
            return finding.fingerprint in self.failing_findings
        threshold = self.scope.fail_on
        return bool(threshold and finding.severity.at_least(threshold))
