"""``secreview check``: find the files, review them in the sandbox, report, and an exit code."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from checks import SourceFile, suppressions
from checks.model import Assessment, NotAssessed, Profile, Severity, Side
from reviewer import formats, sandbox
from reviewer.formats import Format
from reviewer.local import NOT_READ, Candidate
from reviewer.model import Review, Scope, Verdict
from reviewer.targets import Selected, in_range, in_tree

REVIEWING = "Reviewing"

_WORTH_A_BAR = 20


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asked for. ``jobs`` is how many children run at a time."""

    paths: tuple[str, ...] = ()
    diff: str = ""
    profile: Profile = Profile.TESTS
    format: Format = Format.TERMINAL
    output: Path | None = None
    fail_on: Severity | None = Severity.MEDIUM
    evidence: bool = True
    exit_zero: bool = False
    jobs: int = 1


def check(request: Request, folder: Path) -> int:
    """Review what *request* names, seen from the absolute *folder*; the exit code.

    Raises:
        UsageError: a path, a range or an output that cannot be used.
        SandboxError: no child process can be started.
    """
    if request.output:
        formats.refuse_unwritable(folder / request.output)
    if request.diff:
        selected = in_range(request.diff, request.paths, folder, sandbox.COMMAND_LINE.file_bytes)
    else:
        selected = in_tree(request.paths or (".",), folder, sandbox.COMMAND_LINE.file_bytes)
    review = _review(request, selected)
    if request.output:
        formats.write(
            *(review, request.format, selected.root, folder / request.output),
            evidence=request.evidence,
        )
    else:
        formats.show(review, request.format, selected.root, evidence=request.evidence)
    return exit_code(review, exit_zero=request.exit_zero)


def exit_code(review: Review, *, exit_zero: bool = False) -> int:
    """3 for an incomplete review, 1 for a failing one, else 0; always 0 with *exit_zero*."""
    if exit_zero:
        return 0
    return 3 if review.verdict is Verdict.INCOMPLETE else int(review.failing)


def _review(request: Request, selected: Selected) -> Review:
    gaps = list(selected.gaps)
    with _progress(len(selected.candidates)) as step:
        assessments = sandbox.assess(
            _read(selected, gaps, step),
            request.profile,
            limits=sandbox.COMMAND_LINE,
            jobs=max(1, min(request.jobs, len(selected.candidates))),
            on_done=lambda _: step(),
        )
    today = date.today()  # noqa: DTZ011  # an ignore ends at midnight where it is read
    current = [suppressions.apply(assessment, today) for assessment in assessments]
    scope = Scope(
        selected=len(selected.candidates) - len(selected.others) + len(selected.gaps),
        profile=request.profile,
        fail_on=request.fail_on,
        head_sha=selected.head_sha,
        not_covered=selected.not_covered,
        others=tuple(sorted(selected.others)),
    )
    return Review(scope, _with_suggestions(current, selected, request.profile), tuple(gaps))


def _read(
    selected: Selected, gaps: list[NotAssessed], step: Callable[[], None]
) -> Iterator[SourceFile]:
    """The candidates one by one with their bytes; what cannot be read goes to *gaps*."""
    for candidate in selected.candidates:
        try:
            yield _source(candidate, selected)
        except OSError as error:
            reason = NOT_READ.format(reason=error.strerror or str(error))
            gaps.append(NotAssessed(candidate.path, reason))
            step()


def _source(candidate: Candidate, selected: Selected) -> SourceFile:
    side = Side.PRODUCTION if candidate.path in selected.others else Side.TEST
    return SourceFile(candidate.path, candidate.load(), side)


def _with_suggestions(
    assessments: Sequence[Assessment], selected: Selected, profile: Profile
) -> tuple[Assessment, ...]:
    """The assessments, their findings with a suggestion where one could be proved."""
    candidates = {candidate.path: candidate for candidate in selected.candidates}
    wanted = [a for a in assessments if any(f.edit and not f.suppressed for f in a.findings)]
    if not wanted:
        return tuple(assessments)
    work = []
    for assessment in wanted:
        try:
            work.append((_source(candidates[assessment.path], selected), assessment))
        except OSError:  # It was there a moment ago; its findings stand without suggestions.
            continue
    answers = sandbox.suggest([(file, a.findings) for file, a in work], profile)
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
