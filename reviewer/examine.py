"""The changed test files of a pull request, read and assessed: all a review has to say."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock
from typing import Any

from pydantic import TypeAdapter

from checks import suppressions
from checks.model import Assessment, Finding, NotAssessed, Profile, Severity, Side
from checks.source import SourceFile
from reviewer import hunks, sandbox
from reviewer.github import Gateway, GitHubRefused, TooLarge
from reviewer.limits import MIB, Watch
from reviewer.model import ChangedFile, FileStatus, PullRequest, Review, Scope
from reviewer.selection import (
    CONFIGURATION_FILES,
    Layout,
    Selection,
    is_test_file,
    read_layout,
    select,
)

UNLISTED = "GitHub lists only the first {listed:,} of the {changed:,} files that are changed"
REST = "(the other files)"
NOT_FETCHED = "GitHub did not hand out its content ({status})"
TOO_MUCH = "the files before it fill the {limit} MiB that a review reads"

PROFILE = Profile.TESTS
FAIL_ON = Severity.MEDIUM
THREADS = 8
TOTAL_BYTES = 64 * MIB
_CONFIGURATION_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Examined:
    """A review and where its findings can be commented on.

    ``places`` are by fingerprint: the first and last line of a comment, within one hunk.
    ``paths`` are those of all changed files that are still there.
    """

    review: Review
    places: dict[str, tuple[int, int]]
    paths: tuple[str, ...]


_EXAMINED = TypeAdapter(Examined)


def as_json(examined: Examined) -> dict[str, Any]:
    """*examined* in terms of JSON, to be kept between two steps."""
    kept: dict[str, Any] = _EXAMINED.dump_python(examined, mode="json")
    return kept


def from_json(kept: dict[str, Any]) -> Examined:
    """What ``as_json`` was given."""
    return _EXAMINED.validate_python(kept)


class Examiner:
    """Reads and assesses one pull request at its head; made anew for each review.

    Args:
        gateway: GitHub.
        assess: the sandbox.
        suggest: the sandbox's second kind.
        go_on: asked every 0.3 seconds; the work ends with Stopped when it says no.
        today: what suppressions expire against.
    """

    def __init__(
        self,
        gateway: Gateway,
        assess: "Assess",
        suggest: "Suggest",
        go_on: Callable[[], bool],
        today: date,
    ) -> None:
        self._gateway = gateway
        self._assess = assess
        self._suggest = suggest
        self._go_on = go_on
        self._watch = Watch(go_on, None)
        self._today = today
        self._lock = Lock()
        self._bytes = 0

    def examine(self, pull: PullRequest, changed: Sequence[ChangedFile]) -> Examined:
        """Assess the test files among *changed*, and look at the other Python files.

        Raises:
            Stopped: ``go_on`` said no. SandboxError, RetryLater, Gone: see there.
        """
        with ThreadPoolExecutor(THREADS, thread_name_prefix="fetch") as pool:
            layout = self._layout(pull, pool) if _depends_on_layout(changed) else Layout()
            selection = select(changed, layout)
            fetched = list(pool.map(self._fetched, *_numbered(selection)))
        files = [found for found in fetched if isinstance(found, SourceFile)]
        unread = [found for found in fetched if isinstance(found, NotAssessed)]
        if pull.changed_files > len(changed):
            said = UNLISTED.format(listed=len(changed), changed=pull.changed_files)
            unread.append(NotAssessed(REST, said))
        assessed = self._assess(files, PROFILE, self._go_on) if files else []
        found = [suppressions.apply(assessment, self._today) for assessment in assessed]
        looked_at = (*selection.test_files, *selection.production_files)
        shown = {file.path: hunks.hunks(file.patch) for file in looked_at}
        suggested = list(self._suggested(files, found, shown))
        review = Review(_scope(pull, selection), tuple(suggested), tuple(unread))
        return Examined(
            review=review,
            places=_places(review.findings, shown),
            paths=tuple(f.path for f in changed if f.status is not FileStatus.REMOVED),
        )

    def _layout(self, pull: PullRequest, pool: ThreadPoolExecutor) -> Layout:
        """Where the base keeps its tests: the head may not say what is reviewed of it."""

        def content(name: str) -> bytes | None:
            try:
                return self._gateway.file(name, pull.base_sha, _CONFIGURATION_BYTES)
            except TooLarge:
                return None

        contents = zip(CONFIGURATION_FILES, pool.map(content, CONFIGURATION_FILES), strict=True)
        return read_layout({name: found for name, found in contents if found is not None})

    def _fetched(self, number: int, file: ChangedFile, side: Side) -> SourceFile | NotAssessed:
        self._watch.check()
        limits = sandbox.REVIEW
        if limits.files is not None and number >= limits.files:
            said = sandbox.TOO_MANY.format(limit=limits.files, kind=sandbox.KINDS[side])
            return NotAssessed(file.path, said)
        if self._bytes >= TOTAL_BYTES:
            return NotAssessed(file.path, TOO_MUCH.format(limit=TOTAL_BYTES // MIB))
        try:
            content = self._gateway.blob(file.blob_sha, limits.file_bytes)
        except TooLarge:
            limit = limits.file_bytes // MIB
            return NotAssessed(file.path, sandbox.TOO_BIG.format(limit=limit))
        except GitHubRefused as refused:
            return NotAssessed(file.path, NOT_FETCHED.format(status=refused.status))
        with self._lock:
            self._bytes += len(content)
        return SourceFile(file.path, content, side)

    def _suggested(
        self,
        files: Sequence[SourceFile],
        assessments: Sequence[Assessment],
        shown: "Hunks",
    ) -> Iterator[Assessment]:
        """The assessments, with suggestions on the findings that can carry one."""
        wanted = [
            (file, [f for f in assessment.findings if _can_be_suggested(f, shown)])
            for file, assessment in zip(files, assessments, strict=True)
        ]
        asked = [(file, findings) for file, findings in wanted if findings]
        made = {
            finding.fingerprint: finding
            for findings in (self._suggest(asked, PROFILE, self._go_on) if asked else [])
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


def _depends_on_layout(changed: Iterable[ChangedFile]) -> bool:
    """Whether there is a Python file that is not known to be a test by its place or name."""
    return any(f.path.endswith(".py") and not is_test_file(f.path) for f in changed)


def _numbered(selection: Selection) -> tuple[list[int], list[ChangedFile], list[Side]]:
    """What is to be fetched, as three columns: number within its side, file, side."""
    tests, others = selection.test_files, selection.production_files
    return (
        [*range(len(tests)), *range(len(others))],
        [*tests, *others],
        [Side.TEST] * len(tests) + [Side.PRODUCTION] * len(others),
    )


def _scope(pull: PullRequest, selection: Selection) -> Scope:
    return Scope(
        selected=len(selection.test_files),
        profile=PROFILE,
        fail_on=FAIL_ON,
        head_sha=pull.head_sha,
        blob_url=f"{pull.html_url.rpartition('/pull/')[0]}/blob/{pull.head_sha}",
        not_covered=selection.not_covered,
        others=tuple(file.path for file in selection.production_files),
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
