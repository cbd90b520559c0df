"""``secreview check``: find the files, review them in the sandbox, report, and an exit code."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from checks.model import Profile, Severity
from reviewer import baseline, formats, sandbox, show_fixes
from reviewer.baseline import Entry
from reviewer.fixing import Fix, Fixed, plan, write
from reviewer.formats import Format
from reviewer.local import UsageError
from reviewer.local_config import configuration
from reviewer.local_review import Looked, look, scope, with_suggestions
from reviewer.local_write import put
from reviewer.model import Review, Verdict
from reviewer.repo_config import RepoConfig
from reviewer.targets import Selected, in_range, in_tree, rewritten

FIX_OR_DIFF = (
    "--fix changes files of the working tree, and --diff looks at commits. Leave one of them out."
)
DRY_RUN_OF_WHAT = "--dry-run shows what --fix would change. Add --fix, or leave --dry-run out."
ONE_BASELINE = (
    "--baseline and --write-baseline exclude each other. To write it again, leave --baseline out."
)


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asked for. ``jobs`` is how many children run at a time.

    What is None is left to the configuration: the file ``config``, or the project's own,
    unless ``configured`` is False. ``evidence`` None: as the format has it.
    """

    paths: tuple[str, ...] = ()
    diff: str = ""
    config: Path | None = None
    configured: bool = True
    profile: Profile | None = None
    format: Format = Format.TERMINAL
    output: Path | None = None
    fail_on: Severity | Literal["never"] | None = None
    evidence: bool | None = None
    exit_zero: bool = False
    jobs: int = 1
    fix: Fix | None = None
    dry_run: bool = False
    baseline: Path | None = None
    write_baseline: Path | None = None


def check(request: Request, folder: Path) -> int:
    """Review what *request* names, seen from the absolute *folder*; the exit code.

    Raises:
        UsageError: options that exclude each other, or a path, a range, an output, a
            baseline or a configuration that cannot be used.
        SandboxError: no child process can be started.
    """
    _refuse(request, folder)
    known = baseline.read(folder / request.baseline) if request.baseline else ()
    return _Check(request, folder, known).run()


def exit_code(review: Review, *, exit_zero: bool = False) -> int:
    """3 for an incomplete review, 1 for a failing one, else 0; always 0 with *exit_zero*."""
    if exit_zero:
        return 0
    return 3 if review.verdict is Verdict.INCOMPLETE else int(review.failing)


class _Check:
    """One run of the command."""

    def __init__(self, request: Request, folder: Path, known: tuple[Entry, ...]) -> None:
        self._request = request
        self._folder = folder
        self._known = known
        self._config = _configured(request, folder)
        self._selected = _selected(request, folder, self._config)

    def run(self) -> int:
        """Review, mend, remember and report, as far as that is asked for."""
        request = self._request
        looked = self._look({})
        fixed = self._fixed(looked) if request.fix else None
        looked = fixed.looked if fixed and not request.dry_run else looked
        if request.write_baseline:
            self._known = baseline.entries(looked.assessments, self._selected)
        review = self._review(looked)
        if request.write_baseline:
            self._remember(self._folder / request.write_baseline)
        self._report(review, looked)
        if fixed and fixed.failed:
            return 2
        return exit_code(review, exit_zero=request.exit_zero)

    def _look(self, instead: Mapping[Path, bytes]) -> Looked:
        selected = rewritten(self._selected, instead) if instead else self._selected
        wanted = formats.has_evidence(self._request.format, self._request.evidence)
        return look(selected, self._config, self._request.jobs, evidence=wanted)

    def _fixed(self, looked: Looked) -> Fixed:
        request = self._request
        assert request.fix
        rest = baseline.compare(looked.assessments, self._known, self._selected).rest
        suggested = with_suggestions(rest, looked, self._config.profile)
        fixed = plan(suggested, looked, self._selected, request.fix, self._look)
        if not request.dry_run:
            fixed = write(fixed, self._look)
        show_fixes.show(fixed, request.format, request.output, dry_run=request.dry_run)
        return fixed

    def _review(self, looked: Looked) -> Review:
        compared = baseline.compare(looked.assessments, self._known, self._selected)
        suggested = with_suggestions(compared.rest, looked, self._config.profile)
        failing = self._config.failing(suggested) if self._config.overrides else None
        if compared.unmatched:
            _say(baseline.unmatched(compared.unmatched))
        return Review(
            scope(self._selected, self._config, baselined=compared.matched),
            suggested,
            (*self._selected.gaps, *looked.sources.gaps),
            failing_findings=failing,
        )

    def _remember(self, path: Path) -> None:
        try:
            put(path, baseline.text(self._known).encode())
        except OSError as error:
            reason = formats.CANNOT_WRITE.format(path=path, reason=error.strerror)
            raise UsageError(reason) from None
        _say(baseline.written(self._known, path))

    def _report(self, review: Review, looked: Looked) -> None:
        request = self._request
        made = formats.Report(review, self._selected.root, request.evidence, looked.sources.load)
        if request.output:
            formats.write(made, request.format, self._folder / request.output)
        else:
            formats.show(made, request.format)


def _refuse(request: Request, folder: Path) -> None:
    """Find out before a long review what could not be carried out behind it."""
    if request.fix and request.diff:
        raise UsageError(FIX_OR_DIFF)
    if request.dry_run and not request.fix:
        raise UsageError(DRY_RUN_OF_WHAT)
    if request.baseline and request.write_baseline:
        raise UsageError(ONE_BASELINE)
    for output in (request.output, request.write_baseline):
        if output:
            formats.refuse_unwritable(folder / output)


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


def _selected(request: Request, folder: Path, config: RepoConfig) -> Selected:
    limit = sandbox.COMMAND_LINE.file_bytes
    if request.diff:
        return in_range(request.diff, request.paths, folder, limit, config)
    return in_tree(request.paths or (".",), folder, limit, config)


def _say(sentence: str) -> None:
    shown = sentence.encode(errors="backslashreplace").decode()
    print(shown, file=sys.stderr)  # noqa: T201  # the command line speaks
