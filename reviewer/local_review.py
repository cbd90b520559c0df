"""Files of this machine, reviewed in the sandbox: what ``secreview check`` does before it reports.

Fingerprints are made with the paths that the project has for its files: they are the same
as the App's, and the same from every folder.
"""

import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

from checks import SourceFile, suppressions
from checks.engine import fingerprint
from checks.model import Assessment, Finding, NotAssessed, Profile, Side
from reviewer import sandbox
from reviewer.local import NOT_READ, Candidate
from reviewer.model import Scope
from reviewer.repo_config import RepoConfig
from reviewer.supporting import Read, Supported
from reviewer.targets import Selected

REVIEWING = "Reviewing"

_WORTH_A_BAR = 20


class Sources:
    """The files of a selection with their bytes; those that cannot be read are in ``gaps``.

    ``digests`` are of the bytes that were read of each at first.
    """

    def __init__(self, selected: Selected, config: RepoConfig) -> None:
        self.beside = Read(selected.beside)
        self.gaps: list[NotAssessed] = []
        self.digests: dict[str, bytes] = {}
        self._others = selected.others
        self._known = frozenset(config.restoring_bases)
        self._candidates = {candidate.path: candidate for candidate in selected.candidates}

    def __len__(self) -> int:
        return len(self._candidates)

    def each(self, step: Callable[[], None]) -> Iterator[SourceFile]:
        """The files one by one: only one of them is held."""
        for candidate in self._candidates.values():
            step()
            try:
                file = self._read(candidate)
            except OSError as error:
                reason = NOT_READ.format(reason=error.strerror or str(error))
                self.gaps.append(NotAssessed(candidate.path, reason))
                continue
            self.digests[file.path] = digest(file.content)
            yield file

    def load(self, path: str) -> SourceFile:
        """One of the files again; it raises OSError where it is gone."""
        return self._read(self._candidates[path])

    def _read(self, candidate: Candidate) -> SourceFile:
        side = Side.PRODUCTION if candidate.path in self._others else Side.TEST
        path, content = candidate.path, candidate.load()
        return SourceFile(path, content, side, restoring_bases=self._known)


@dataclass(frozen=True, slots=True)
class Looked:
    """One look at files: what is said of each, the configuration and the ignores applied.

    ``sources`` and ``made`` are where more of a file is to be had: its bytes, and with what
    beside it it was assessed.
    """

    assessments: tuple[Assessment, ...]
    sources: Sources
    made: Supported


def look(selected: Selected, config: RepoConfig, jobs: int, *, evidence: bool = True) -> Looked:
    """Assess the files in *jobs* processes at a time, for findings and, if wanted, *evidence*.

    Raises:
        SandboxError: no child process can be started.
    """
    sources = Sources(selected, config)
    made = _assessed(sources, config.profile, jobs, evidence=evidence)
    today = date.today()  # noqa: DTZ011  # an ignore ends at midnight where it is read
    applied = (suppressions.apply(config.applied(each), today) for each in made.assessments)
    return Looked(tuple(_identified(each, selected) for each in applied), sources, made)


def scope(selected: Selected, config: RepoConfig, *, baselined: int = 0) -> Scope:
    """What was looked at; *baselined* findings are left out because of a baseline."""
    return Scope(
        selected=len(selected.candidates) - len(selected.others) + len(selected.gaps),
        profile=config.profile,
        fail_on=config.threshold,
        head_sha=selected.head_sha,
        not_covered=selected.not_covered,
        others=tuple(sorted(selected.others)),
        rules_off=config.rules_off,
        baselined=baselined,
    )


def with_suggestions(
    assessments: Sequence[Assessment], looked: Looked, profile: Profile
) -> tuple[Assessment, ...]:
    """The assessments, their findings with a suggestion where one could be proved."""
    wanted = [a for a in assessments if any(f.edit and not f.suppressed for f in a.findings)]
    if not wanted:
        return tuple(assessments)
    work = []
    for assessment in wanted:
        try:
            file = looked.made.with_sources(looked.sources.load(assessment.path))
        except OSError:  # It was there a moment ago; its findings stand without suggestions.
            continue
        work.append((file, assessment))
    answers = sandbox.suggest(
        [(file, a.findings) for file, a in work], profile, assessed=looked.made.assessments
    )
    found = {a.path: tuple(findings) for (_, a), findings in zip(work, answers, strict=True)}
    return tuple(replace(a, findings=found.get(a.path, a.findings)) for a in assessments)


def digest(content: bytes) -> bytes:
    """What tells whether a file is still the one that was reviewed."""
    return hashlib.sha256(content).digest()


def _identified(assessment: Assessment, selected: Selected) -> Assessment:
    path = selected.from_home(assessment.path)
    if path == assessment.path:
        return assessment

    def identified(finding: Finding) -> Finding:
        return replace(finding, fingerprint=fingerprint(finding.content, path))

    return replace(assessment, findings=tuple(map(identified, assessment.findings)))


def _assessed(sources: Sources, profile: Profile, jobs: int, *, evidence: bool) -> Supported:
    """The files, assessed with the base classes and fixtures that stand elsewhere."""
    with _progress(len(sources)) as step:
        supported = Supported(sources.each(step), sources.load, sources.beside)
        sandbox.assess(
            supported,
            profile,
            limits=sandbox.COMMAND_LINE,
            jobs=max(1, min(jobs, len(sources))),
            evidence=evidence,
            on_done=supported.heard,
        )
    return supported


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar on standard error, where that is a terminal and the work is long enough."""
    if total < _WORTH_A_BAR or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn(REVIEWING), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(REVIEWING, total=total)
        yield lambda: bar.advance(task)
