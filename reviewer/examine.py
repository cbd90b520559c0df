"""The changed test files of a pull request, read and assessed: all a review has to say."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock
from typing import Any

from pydantic import TypeAdapter

from checks.model import Assessment, Finding, NotAssessed, Profile, Side
from checks.source import SourceFile
from reviewer import base_ref, hunks, sandbox
from reviewer.base_version import base_versions
from reviewer.commit_sources import OfCommit
from reviewer.github import Gateway, GitHubRefused, TooLarge
from reviewer.judged import Judged
from reviewer.limits import MIB, Watch
from reviewer.model import ChangedFile, FileStatus, PullRequest, Review, Scope
from reviewer.repo_config import RepoConfig
from reviewer.selection import Selection, select
from reviewer.supporting import Supported

UNLISTED = "GitHub lists only the first {listed:,} of the {changed:,} files that are changed"
REST = "(the other files)"
NOT_FETCHED = "GitHub did not hand out its content ({status})"
TOO_MUCH = "the files before it fill the {limit} MiB that a review reads"

THREADS = 8
TOTAL_BYTES = 64 * MIB
_LINK = 1024


@dataclass(frozen=True, slots=True)
class Examined:
    """A review and where its findings can be commented on.

    ``places`` are by fingerprint: the first and last line of a comment, within one hunk.
    ``paths`` are those of all changed files that are still there, ``commented`` the
    fingerprints of the findings that are to be said on their lines.
    """

    review: Review
    places: dict[str, tuple[int, int]]
    paths: tuple[str, ...]
    commented: frozenset[str] = frozenset()


_EXAMINED = TypeAdapter(Examined)


def as_json(examined: Examined) -> dict[str, Any]:
    """*examined* in terms of JSON, to be kept between two steps."""
    kept: dict[str, Any] = _EXAMINED.dump_python(examined, mode="json")
    return kept


def from_json(kept: dict[str, Any]) -> Examined:
    """What ``as_json`` was given."""
    return _EXAMINED.validate_python(kept)


class DraftSkipped(Exception):  # noqa: N818 - it names what was decided
    """It is a draft, and the project's configuration has drafts skipped."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: ``full`` comments on findings of the base too.

    ``reason`` is what led to it and ``by`` the login of who asked, for whom no draft is
    skipped; ``today`` is what suppressions expire against, ``pages`` the address below
    which the rules' pages are ("" where nobody serves them).
    """

    today: date
    pages: str = ""
    full: bool = False
    reason: str = ""
    by: str = ""


class Examiner:
    """Reads and assesses one pull request at its head; made anew for each review.

    Args:
        gateway: GitHub.
        assess: the sandbox.
        suggest: the sandbox's second kind.
        go_on: asked every 0.3 seconds; the work ends with Stopped when it says no.
        request: what is asked for.
    """

    def __init__(
        self,
        gateway: Gateway,
        assess: "Assess",
        suggest: "Suggest",
        go_on: Callable[[], bool],
        request: Request,
    ) -> None:
        self._gateway = gateway
        self._assess = assess
        self._suggest = suggest
        self._go_on = go_on
        self._watch = Watch(go_on, None)
        self._request = request
        self._lock = Lock()
        self._bytes = 0

    def examine(self, pull: PullRequest, changed: Sequence[ChangedFile]) -> Examined:
        """Assess the test files among *changed*, and look at the other Python files.

        Raises:
            ConfigError: the base's configuration cannot be used.
            DraftSkipped: nothing is to be looked at.
            Stopped: ``go_on`` said no. SandboxError, RetryLater, Gone: see there.
        """
        base = base_ref.read(self._gateway, pull, changed)
        if pull.draft and base.config.drafts == "skip" and not self._request.by:
            raise DraftSkipped
        config = base.config
        self._elsewhere = OfCommit(self._gateway, pull.head_sha)
        selection, files, unread = self._read(select(changed, base.layout), config)
        looked_at = (*selection.test_files, *selection.production_files)
        if pull.changed_files > len(changed):
            said = UNLISTED.format(listed=len(changed), changed=pull.changed_files)
            unread.append(NotAssessed(REST, said))
        before = self._before(pull, looked_at, files)
        head, base_found = self._both(files, before, config)
        shown = {file.path: hunks.hunks(file.patch) for file in looked_at}
        judged = Judged(self._gateway, pull, config, looked_at, before, self._request.today)
        found = [judged.head(assessment) for assessment in head.assessments]
        existing, fixed = judged.compared(found, base_found)
        files = [head.with_sources(file) for file in files]
        if pull.number:
            suggested = tuple(self._suggested(files, found, shown, config.profile))
        else:
            suggested = tuple(found)  # Nothing is commented on a merge group.
        review = Review(
            self._scope(pull, selection, base),
            suggested,
            tuple(unread),
            existing=existing,
            fixed=fixed,
            failing_findings=config.failing(suggested),
            added_suppressions=judged.added,
            unused_suppressions=judged.unused(suggested),
            proposal=judged.proposal(changed),
        )
        return Examined(
            review=review,
            places=_places(review.findings, shown),
            paths=tuple(f.path for f in changed if f.status is not FileStatus.REMOVED),
            commented=judged.commented(review, full=self._request.full),
        )

    def _read(
        self, selection: Selection, config: RepoConfig
    ) -> tuple[Selection, list[SourceFile], list[NotAssessed]]:
        """What of *selection* are files, their contents, and what could not be had."""
        with ThreadPoolExecutor(THREADS, thread_name_prefix="fetch") as pool:
            fetched = list(pool.map(self._fetched, *_numbered(selection)))
        known = frozenset(config.restoring_bases)
        files = [replace(f, restoring_bases=known) for f in fetched if isinstance(f, SourceFile)]
        unread = [found for found in fetched if isinstance(found, NotAssessed)]
        others = {found for found in fetched if isinstance(found, str)}
        return selection.without(others), files, unread

    def _before(
        self, pull: PullRequest, looked_at: Sequence[ChangedFile], files: Sequence[SourceFile]
    ) -> dict[str, bytes]:
        """The base's version of the files, by their path on the head."""
        heads = {file.path: file for file in files}
        limit = sandbox.REVIEW.file_bytes
        return base_versions(self._gateway, pull, looked_at, heads, limit)

    def _both(
        self,
        files: Sequence[SourceFile],
        before: Mapping[str, bytes],
        config: RepoConfig,
    ) -> tuple[Supported, list[Assessment]]:
        """The head's files and the base's versions of them, assessed side by side."""
        earlier = [replace(f, content=before[f.path]) for f in files if f.path in before]
        with ThreadPoolExecutor(1, thread_name_prefix="base") as pool:
            base = pool.submit(self._assessed, earlier, config.profile)
            try:
                head = self._assessed(files, config.profile)
            finally:
                wait([base])
        return head, list(base.result().assessments)

    def _scope(self, pull: PullRequest, selection: Selection, base: base_ref.Base) -> Scope:
        config, request = base.config, self._request
        # A merge group's files are at its commit; it has no page of its own.
        repository = pull.html_url.rpartition("/pull/" if pull.number else "/commit/")[0]
        return Scope(
            selected=len(selection.test_files),
            profile=config.profile,
            fail_on=config.threshold,
            head_sha=pull.head_sha,
            blob_url=f"{repository}/blob/{pull.head_sha}",
            not_covered=selection.not_covered,
            others=tuple(file.path for file in selection.production_files),
            pages=request.pages,
            rules_off=config.rules_off,
            introduced_only=config.scope == "introduced",
            config=base.source,
            base_sha=pull.base_sha,
            reason=request.reason,
            by=request.by,
            group=not pull.number,
        )

    def _fetched(
        self, number: int, file: ChangedFile, side: Side
    ) -> SourceFile | NotAssessed | str:
        """A file, why there is none, or the path of what is a link or a submodule."""
        self._watch.check()
        limits = sandbox.REVIEW
        if sandbox.is_too_many(number, side, limits):
            said = sandbox.TOO_MANY.format(limit=limits.files)
            return NotAssessed(file.path, said)
        if self._bytes >= TOTAL_BYTES:
            return NotAssessed(file.path, TOO_MUCH.format(limit=TOTAL_BYTES // MIB))
        try:
            content = self._gateway.blob(file.blob_sha, limits.file_bytes)
        except TooLarge:
            limit = limits.file_bytes // MIB
            return NotAssessed(file.path, sandbox.TOO_BIG.format(limit=limit))
        except GitHubRefused as refused:
            if self._is_no_file(file.path):
                return file.path
            return NotAssessed(file.path, NOT_FETCHED.format(status=refused.status))
        # What a link holds is a path: who lists the changed files does not say that it is one.
        if 0 < len(content) < _LINK and b"\n" not in content and self._is_no_file(file.path):
            return file.path
        with self._lock:
            self._bytes += len(content)
        return SourceFile(file.path, content, side)

    def _is_no_file(self, path: str) -> bool:
        """Whether the head has a link or a submodule at *path*."""
        with self._lock:
            return self._elsewhere.has(path) is False

    def _assessed(self, files: Sequence[SourceFile], profile: Profile) -> Supported:
        """The files, assessed with the base classes and fixtures that stand elsewhere."""
        by_path = {file.path: file for file in files}
        elsewhere = self._elsewhere

        def find(paths: Sequence[str]) -> Mapping[str, bytes]:
            self._watch.check()
            return elsewhere(paths)

        supported = Supported(files, by_path.__getitem__, find)
        while asked := list(supported):
            for answer in self._assess(asked, profile, self._go_on):
                supported.heard(answer)
        return supported

    def _suggested(
        self,
        files: Sequence[SourceFile],
        assessments: Sequence[Assessment],
        shown: "Hunks",
        profile: Profile,
    ) -> Iterator[Assessment]:
        """The assessments, with suggestions on the findings that can carry one."""
        wanted = [
            (file, [f for f in assessment.findings if _can_be_suggested(f, shown)])
            for file, assessment in zip(files, assessments, strict=True)
        ]
        asked = [(file, findings) for file, findings in wanted if findings]
        made = {
            finding.fingerprint: finding
            for findings in (self._suggest(asked, profile, self._go_on) if asked else [])
            for finding in findings
            if _is_applicable(finding, shown)
        }
        for assessment in assessments:
            findings = tuple(made.get(f.fingerprint, f) for f in assessment.findings)
            yield replace(assessment, findings=findings)


Assess = Callable[[Sequence[SourceFile], Profile, Callable[[], bool]], list[Assessment]]
Suggest = Callable[
    [Sequence[tuple[SourceFile, Sequence[Finding]]], Profile, Callable[[], bool]],
    list[list[Finding]],
]
Hunks = dict[str, tuple[hunks.Hunk, ...]]


def _numbered(selection: Selection) -> tuple[list[int], list[ChangedFile], list[Side]]:
    """What is to be fetched, as three columns: number within its side, file, side."""
    tests, others = selection.test_files, selection.production_files
    return (
        [*range(len(tests)), *range(len(others))],
        [*tests, *others],
        [Side.TEST] * len(tests) + [Side.PRODUCTION] * len(others),
    )


def _can_be_suggested(finding: Finding, shown: Hunks) -> bool:
    place = finding.place
    found = shown[place.path]
    commented = hunks.anchor(found, place.line, place.end_line)
    return bool(finding.edit and not finding.suppressed and commented)


def _is_applicable(finding: Finding, shown: Hunks) -> bool:
    """Whether GitHub would take the suggestion: all its lines stand in one hunk."""
    made = finding.suggestion
    found = shown[finding.place.path]
    return made is not None and hunks.in_one_hunk(found, made.line, made.end_line)


def _places(findings: Iterable[Finding], shown: Hunks) -> dict[str, tuple[int, int]]:
    places = {}
    for finding in findings:
        at = finding.suggestion or finding.place
        place = hunks.anchor(shown[finding.place.path], at.line, at.end_line)
        if place:
            places[finding.fingerprint] = place
    return places
