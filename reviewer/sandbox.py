"""One limited child process between us and what strangers wrote.

``assess`` hands files to a child that can open nothing, start nothing and has little memory
and time; a file that kills it is "not assessed, because ...", and a new child goes on behind
it. ``suggest`` does the same with a second kind of child, which has libcst imported.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

from pydantic import TypeAdapter, ValidationError

from checks.child import request
from checks.model import Assessment, Finding, NotAssessed, Profile, Side, Suggestion
from checks.source import SourceFile
from reviewer.children import Children, SandboxError, UnansweredError
from reviewer.limits import MIB, Limits, Stopped, Watch

__all__ = ["COMMAND_LINE", "REVIEW", "Limits", "SandboxError", "Stopped", "assess", "suggest"]

TOO_BIG = "it is larger than {limit} MiB, the limit for a file"
TOO_MANY = "it comes after the first {limit:,} test files, the limit of a review"

_ASSESSMENT = TypeAdapter(Assessment)
_SUGGESTIONS = TypeAdapter(list[Suggestion | None])


REVIEW = Limits()
COMMAND_LINE = Limits(answers=None, cpu=None, wall=None, files=None)
SUGGESTIONS = Limits(file_cpu=5, cpu=5, wall=20)


def always() -> bool:
    """Never stop."""
    return True


def assess(
    files: Iterable[SourceFile],
    profile: Profile,
    go_on: Callable[[], bool] = always,
    *,
    limits: Limits = REVIEW,
    jobs: int = 1,
    evidence: bool = True,
    on_done: Callable[[Assessment], None] | None = None,
) -> list[Assessment]:
    """Assess *files* in *jobs* children at a time; the answers, one for each file, in order.

    *files* is read one by one, as children become free. *go_on* is asked every 0.3 seconds.
    Without *evidence* the answers hold findings alone. *on_done* hears of each as it is made,
    never of two at once.

    Raises:
        Stopped: *go_on* returned False.
        SandboxError: no child can be started.
    """
    watch = Watch(go_on, limits.wall)
    queue = _Queue(files)
    answers: dict[int, Assessment] = {}

    def work() -> None:
        with Children(profile, limits, watch, evidence=evidence) as children:
            for number, before, file in queue:
                assessment = _assessed(before, file, children, limits)
                with queue.lock:
                    answers[number] = assessment
                    if on_done:
                        on_done(assessment)

    if jobs == 1:
        work()
    else:
        _in_parallel(work, jobs, watch)
    return [answers[number] for number in sorted(answers)]


def suggest(
    work: Sequence[tuple[SourceFile, Sequence[Finding]]],
    profile: Profile,
    go_on: Callable[[], bool] = always,
    *,
    limits: Limits = SUGGESTIONS,
    assessed: Iterable[Assessment] = (),
) -> list[list[Finding]]:
    """The findings of each file, those with an edit now with a suggestion that was proved.

    Whatever goes wrong with a suggestion means that there is none. A file that is among
    those *assessed*, whole and with the same sources beside it, need not be again.

    Raises:
        Stopped: *go_on* returned False.
    """
    watch = Watch(go_on, limits.wall)
    with Children(profile, limits, watch, suggesting=True) as children:
        known = {each.path: dict(Counter(f.rule for f in each.findings)) for each in assessed}
        return [_suggested(file, found, known.get(file.path), children) for file, found in work]


def _in_parallel(work: Callable[[], None], jobs: int, watch: Watch) -> None:
    with ThreadPoolExecutor(jobs, thread_name_prefix="sandbox") as pool:
        running = [pool.submit(work) for _ in range(jobs)]
        try:
            for future in running:
                future.result()
        except BaseException:
            watch.stop()  # Ctrl-C among them: the others end within a poll.
            raise


def is_too_many(before: int, side: Side, limits: Limits) -> bool:
    """Whether a file behind so many of its side is beyond the limit: only tests have one."""
    return limits.files is not None and side is Side.TEST and before >= limits.files


def _assessed(before: int, file: SourceFile, children: Children, limits: Limits) -> Assessment:
    if is_too_many(before, file.side, limits):
        return _gap(file, TOO_MANY.format(limit=limits.files))
    if len(file.content) > limits.file_bytes:
        return _gap(file, TOO_BIG.format(limit=limits.file_bytes // MIB))
    try:
        return _ASSESSMENT.validate_python(children.ask(request(file))["assessment"])
    except UnansweredError as error:
        return _gap(file, str(error))


def _gap(file: SourceFile, reason: str) -> Assessment:
    gap = NotAssessed(file.path, reason)
    return Assessment(file.path, file.content.count(b"\n"), not_assessed=(gap,))


def _suggested(
    file: SourceFile,
    findings: Sequence[Finding],
    assessed: dict[str, int] | None,
    children: Children,
) -> list[Finding]:
    editable = [asdict(finding) for finding in findings if finding.edit]
    if not editable:
        return list(findings)
    try:
        answer = children.ask(request(file, {"findings": editable, "assessed": assessed}))
        made = iter(_SUGGESTIONS.validate_python(answer["suggestions"]))
        return [replace(f, suggestion=next(made)) if f.edit else f for f in findings]
    except (UnansweredError, SandboxError, ValidationError, StopIteration):
        return list(findings)


class _Queue:
    """An iterable that several threads share.

    Its items are numbered from 0, and come with the number of files of their side before.
    """

    def __init__(self, files: Iterable[SourceFile]) -> None:
        self.lock = threading.Lock()
        self._files = enumerate(files)
        self._before = Counter[Side]()

    def __iter__(self) -> Iterator[tuple[int, int, SourceFile]]:
        while item := self._next():
            yield item

    def _next(self) -> tuple[int, int, SourceFile] | None:
        with self.lock:
            item = next(self._files, None)
            if item is None:
                return None
            number, file = item
            self._before[file.side] += 1
            return number, self._before[file.side] - 1, file
