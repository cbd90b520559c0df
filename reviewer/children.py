"""Child processes, one after the other: asked, and restarted behind a request that kills."""

import json
import signal
import time
from types import TracebackType
from typing import Any, Self

from checks.child import ANSWER, MEMORY
from checks.model import Profile
from reviewer.child import Child
from reviewer.limits import MIB, Limits, Watch

NO_TIME = "it takes more than {limit} seconds to analyse, the limit for a file"
NO_TIME_LEFT = "the time for one review ({cpu} s of CPU, {wall} s in all) was used up"
NO_MEMORY = "it takes more than {limit} MiB of memory to analyse"
NO_ROOM = "there is more to say about it than a report can hold"
NO_ROOM_LEFT = "the report is full with what was said about the files before it"
KILLED = "the system ended its analysis, probably because memory was short"
BROKEN = "the analysis broke on it ({cause}); please report this"

NOT_STARTED = "the sandboxed child did not start ({reason})"

_START_TIME = 60.0
_PATIENCE = 5.0


class SandboxError(Exception):
    """No child can be started here: a fault of the installation, not of any file."""


class UnansweredError(Exception):
    """A request has no answer; the text says why, and speaks of the file as "it"."""


class Children:
    """One child after the other, within the limits of a run; a context manager."""

    def __init__(
        self,
        profile: Profile,
        limits: Limits,
        watch: Watch,
        *,
        suggesting: bool = False,
        evidence: bool = True,
    ) -> None:
        self._limits = limits
        self._watch = watch
        self._kind = {"profile": profile, "suggest": suggesting, "evidence": evidence}
        self._child: Child | None = None
        self._used = 0.0  # CPU of the children that are gone
        self._using = 0.0  # CPU of the child that lives
        self._said = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end(0)

    def ask(self, request: bytes) -> dict[str, Any]:
        """The child's answer to *request*.

        Raises:
            UnansweredError: a limit was reached, or the child died of the request.
            Stopped: ``go_on`` said no.
            SandboxError: no child can be started.
        """
        self._watch.check()
        if time.monotonic() >= self._watch.deadline or self._cpu_left < 1:
            raise UnansweredError(self._no_time_left)
        child = self._child = self._child or self._started()
        begun = time.monotonic()
        until = min(begun + self._limits.file_wall, self._watch.deadline)
        try:
            said = child.exchange(request, until, self._watch.check)
            answer: dict[str, Any] = json.loads(said)
        except (EOFError, TimeoutError, ValueError) as error:
            raise UnansweredError(self._buried(child, begun, error)) from None
        self._using = answer.get("cpu", self._using)
        if "problem" in answer:
            raise UnansweredError(self._problem(answer["problem"]))
        self._said += len(said)
        if self._limits.answers and self._said > self._limits.answers:
            raise UnansweredError(NO_ROOM_LEFT)
        return answer

    @property
    def _cpu_left(self) -> float:
        cpu = self._limits.cpu
        return float("inf") if cpu is None else cpu - self._used

    @property
    def _no_time_left(self) -> str:
        return NO_TIME_LEFT.format(cpu=self._limits.cpu, wall=self._limits.wall)

    def _started(self) -> Child:
        options = {
            "memory": self._limits.memory,
            "answer": self._limits.answer,
            "file_cpu": self._limits.file_cpu,
            "cpu": None if self._limits.cpu is None else int(self._cpu_left),
        }
        try:
            child = Child(self._kind, options)
        except OSError as error:
            raise SandboxError(NOT_STARTED.format(reason=error)) from error
        try:
            child.exchange(b"", time.monotonic() + _START_TIME, self._watch.check)
        except (EOFError, TimeoutError) as error:
            raise SandboxError(NOT_STARTED.format(reason=child.last_words())) from error
        except BaseException:
            child.end()
            raise
        return child

    def _buried(self, child: Child, begun: float, error: Exception) -> str:
        """End the child that did not answer; why it did not."""
        spent = time.monotonic() - begun
        left = self._cpu_left - self._using
        code = child.end(_PATIENCE if isinstance(error, EOFError) else 0)
        self._end(min(spent, self._limits.file_cpu + 1))
        if isinstance(error, TimeoutError) or code == -signal.SIGXCPU:
            whole = time.monotonic() >= self._watch.deadline or left <= self._limits.file_cpu
            return self._no_time_left if whole else NO_TIME.format(limit=self._limits.file_cpu)
        if code == -signal.SIGKILL:
            return KILLED
        names = {-number: number.name for number in signal.Signals}
        return BROKEN.format(cause=names.get(code, f"exit code {code}"))

    def _problem(self, word: str) -> str:
        if word == MEMORY:
            return NO_MEMORY.format(limit=self._limits.memory // MIB)
        return NO_ROOM if word == ANSWER else BROKEN.format(cause=word)

    def _end(self, spent: float) -> None:
        if self._child:
            self._child.end()
            self._child = None
        self._used += self._using + spent
        self._using = 0.0
