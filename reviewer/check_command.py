"""``secreview check``: find the files, review them in the sandbox, report, and an exit code."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from checks import SourceFile, suppressions
from checks.model import Assessment, NotAssessed, Profile, Severity, Side
from reviewer import formats, sandbox
from reviewer.formats import Format
from reviewer.local import NOT_READ, Candidate
from reviewer.local_config import configuration
from reviewer.model import Review, Scope, Verdict
from reviewer.repo_config import RepoConfig
from reviewer.supporting import Read, Supported
from reviewer.targets import Selected, in_range, in_tree

REVIEWING = "Reviewing"

_WORTH_A_BAR = 20


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asked for. ``jobs`` is how many children run at a time.

    What is None is left to the configuration: the file ``config``, or the project's own,
    unless ``configured`` is False.
    """

    paths: tuple[str, ...] = ()
    diff: str = ""
    config: Path | None = None
    configured: bool = True
    profile: Profile | None = None
    format: Format = Format.TERMINAL
    output: Path | None = None
    fail_on: Severity | Literal["never"] | None = None
    evidence: bool = True
    exit_zero: bool = False
    jobs: int = 1


def check(request: Request, folder: Path) -> int:
    """Review what *request* names, seen from the absolute *folder*; the exit code.

    Raises:
        UsageError: a path, a range, an output or a configuration that cannot be used.
        SandboxError: no child process can be started.
    """
    if request.output:
        formats.refuse_unwritable(folder / request.output)
    config, limit = _configured(request, folder), sandbox.COMMAND_LINE.file_bytes
    if request.diff:
        selected = in_range(request.diff, request.paths, folder, limit, config)
    else:
        selected = in_tree(request.paths or (".",), folder, limit, config)
    sources = _Sources(selected, config)
    review = _review(sources, selected, config, request.jobs)
    if request.output:
        formats.write(
            *(review, request.format, selected.root, folder / request.output),
            evidence=request.evidence,
            load=sources.load,
        )
    else:
        formats.show(
            *(review, request.format, selected.root), evidence=request.evidence, load=sources.load
        )
    return exit_code(review, exit_zero=request.exit_zero)


def exit_code(review: Review, *, exit_zero: bool = False) -> int:
    """3 for an incomplete review, 1 for a failing one, else 0; always 0 with *exit_zero*."""
    if exit_zero:
        return 0
    return 3 if review.verdict is Verdict.INCOMPLETE else int(review.failing)


def _configured(request: Request, folder: Path) -> RepoConfig:
    """The configuration, overruled by what the command line says."""
    config = configuration(folder, request.config) if request.configured else RepoConfig()
    given = {"profile": request.profile, "fail_on": request.fail_on}
    said: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    if request.fail_on is not None:
        said["overrides"] = tuple(
            each.model_copy(update={"fail_on": None}) for each in config.overrides
        )
    return config.model_copy(update=said)


def _review(sources: "_Sources", selected: Selected, config: RepoConfig, jobs: int) -> Review:
    made = _assessed(sources, config.profile, jobs)
    today = date.today()  # noqa: DTZ011  # an ignore ends at midnight where it is read
    current = [
        suppressions.apply(config.applied(assessment), today) for assessment in made.assessments
    ]
    scope = Scope(
        selected=len(selected.candidates) - len(selected.others) + len(selected.gaps),
        profile=config.profile,
        fail_on=config.threshold,
        head_sha=selected.head_sha,
        not_covered=selected.not_covered,
        others=tuple(sorted(selected.others)),
        rules_off=config.rules_off,
    )
    suggested = _with_suggestions(current, sources, made, config.profile)
    failing = config.failing(suggested) if config.overrides else None
    gaps = (*selected.gaps, *sources.gaps)
    return Review(scope, suggested, gaps, failing_findings=failing)


class _Sources:
    """The files of a selection with their bytes; those that cannot be read are in ``gaps``."""

    def __init__(self, selected: Selected, config: RepoConfig) -> None:
        self.beside = Read(selected.beside)
        self.gaps: list[NotAssessed] = []
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
                yield self._read(candidate)
            except OSError as error:
                reason = NOT_READ.format(reason=error.strerror or str(error))
                self.gaps.append(NotAssessed(candidate.path, reason))

    def load(self, path: str) -> SourceFile:
        """One of the files again; it raises OSError where it is gone."""
        return self._read(self._candidates[path])

    def _read(self, candidate: Candidate) -> SourceFile:
        side = Side.PRODUCTION if candidate.path in self._others else Side.TEST
        path, content = candidate.path, candidate.load()
        return SourceFile(path, content, side, restoring_bases=self._known)


def _assessed(sources: _Sources, profile: Profile, jobs: int) -> Supported:
    """The files, assessed with the base classes and fixtures that stand elsewhere."""
    with _progress(len(sources)) as step:
        supported = Supported(sources.each(step), sources.load, sources.beside)
        sandbox.assess(
            supported,
            profile,
            limits=sandbox.COMMAND_LINE,
            jobs=max(1, min(jobs, len(sources))),
            on_done=supported.heard,
        )
    return supported


def _with_suggestions(
    assessments: Sequence[Assessment], sources: _Sources, made: Supported, profile: Profile
) -> tuple[Assessment, ...]:
    """The assessments, their findings with a suggestion where one could be proved."""
    wanted = [a for a in assessments if any(f.edit and not f.suppressed for f in a.findings)]
    if not wanted:
        return tuple(assessments)
    work = []
    for assessment in wanted:
        try:
            work.append((made.with_sources(sources.load(assessment.path)), assessment))
        except OSError:  # It was there a moment ago; its findings stand without suggestions.
            continue
    answers = sandbox.suggest(
        [(file, a.findings) for file, a in work], profile, assessed=made.assessments
    )
    found = {a.path: tuple(findings) for (_, a), findings in zip(work, answers, strict=True)}
    return tuple(replace(a, findings=found.get(a.path, a.findings)) for a in assessments)


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
