"""Durable steps: what :class:`reviewer.review.Step` is inside a workflow.

A step's outcome is checkpointed as JSON, an exception included, so that a workflow that
goes on after a crash sees exactly what it saw before it.
"""

import time
from collections.abc import Callable
from itertools import count
from typing import Any, TypeVar, cast

import structlog
from dbos import DBOS

from reviewer.github import GitHubRefused, Gone, RetryLater
from reviewer.limits import Stopped

T = TypeVar("T")

LATER_SECONDS = 3600.0
# A newer review of the same target waits behind a pause; GitHub itself may ask for longer ones.
LONGEST_PAUSE = 300.0
# Errors that a flow tells apart; each is made again from its arguments.
_KINDS: tuple[type[Exception], ...] = (Gone, GitHubRefused, Stopped)
_NO_TROUBLE = (Gone, Stopped)
_KNOWN = {kind.__name__: kind for kind in _KINDS}

log = structlog.get_logger()


class StepFailed(Exception):  # noqa: N818 - it names what happened
    """A step raised something unforeseen; ``str()`` is safe to show, details are in the log."""


class Steps:
    """Runs the steps of one workflow; the calls come in the same order whenever it is run.

    ``begun`` are the names of its steps so far; ``trouble`` is whom the first failure of one
    lies with (see RetryLater; "" as long as there is none) and what it was, safe to show.
    """

    def __init__(self) -> None:
        self._inside = False
        self.begun: set[str] = set()
        self.trouble = ("", "")

    def __call__(self, name: str, action: Callable[[], T]) -> T:
        """Run *action* once, or return what it came to before; its result is plain JSON.

        Asked by GitHub to come back later, it sleeps durably, longer each time, and runs the
        action again; it gives up after an hour.

        Raises:
            StepFailed: the action raised, or was put off for too long.
            Gone, GitHubRefused, Stopped: as the action did.
        """
        slept = 0.0
        self.begun.add(name)
        for attempt in count(1):
            outcome = DBOS.run_step({"name": name}, self._outcome, name, action)
            if "value" in outcome:
                return cast("T", outcome["value"])
            if "error" in outcome:
                error = _error(outcome)
                if not isinstance(error, _NO_TROUBLE):
                    self._note("github" if outcome["error"] else "ours", str(error))
                raise error
            asked, reason = outcome["later"], outcome["reason"]
            wait = max(asked, min(asked * 2 ** (attempt - 1), LONGEST_PAUSE))
            if slept + wait > LATER_SECONDS:
                told = f"{reason}; gave up at attempt {attempt}"
                # What an earlier version of us has checkpointed says no cause.
                self._note(outcome.get("cause", "github"), told)
                raise StepFailed(told)
            log.warning("step put off", step=name, seconds=wait, reason=reason)
            DBOS.sleep(wait)
            slept += wait
        raise AssertionError("unreachable")

    def read(self, name: str, action: Callable[[], T]) -> T:
        """Look at the world: as a step of its own, or directly inside a running step.

        A look that is not checkpointed may differ when the workflow is run again, and would
        send it down another road than the one that its checkpoints were made on.
        """
        return action() if self._inside else self(name, action)

    def _note(self, cause: str, told: str) -> None:
        if not self.trouble[0]:
            self.trouble = (cause, told)

    def _outcome(self, name: str, action: Callable[[], Any]) -> dict[str, Any]:
        """What *action* came to, as JSON."""
        started = time.monotonic()
        self._inside = True
        try:
            value = action()
        except RetryLater as later:
            wait = max(1.0, float(later.seconds))
            return {"later": wait, "reason": str(later.reason), "cause": later.cause}
        except _KINDS as error:
            return {"error": type(error).__name__, "arguments": list(error.args)}
        except Exception as error:
            log.exception("step failed", step=name)
            # Our own errors are written for people; another's text may hold anything.
            ours = type(error).__module__.startswith("reviewer.")
            told = str(error) if ours else f"{type(error).__name__} in step '{name}'"
            return {"error": "", "arguments": [told]}
        else:
            log.debug("step done", step=name, seconds=round(time.monotonic() - started, 3))
            return {"value": value}
        finally:
            self._inside = False


def _error(outcome: dict[str, Any]) -> Exception:
    """The exception behind a checkpointed error."""
    return _KNOWN.get(outcome["error"], StepFailed)(*outcome["arguments"])
