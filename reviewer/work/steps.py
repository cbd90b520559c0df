"""Durable steps: what :class:`reviewer.review.Step` is inside a workflow.

A step's outcome is checkpointed as JSON, an exception included, so that a workflow that
goes on after a crash sees exactly what it saw before it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import structlog
from dbos import DBOS, DBOSClient
from sqlalchemy import exc

from reviewer.github import GitHubRefused, Gone, RetryLater
from reviewer.limits import Stopped
from reviewer.work.ids import first_of, following

T = TypeVar("T")

# GitHub itself may ask for longer ones.
LONGEST_PAUSE = 300.0
# Of what was waited in all. Much of that may have been for something that went well since.
GROWTH = 0.25
# A longer pause gives the workflow's place to others: a following workflow begins behind it.
HELD_SECONDS = 20.0
# Without these a check would stay in progress for ever: they are worth a day of patience.
LAST_WORDS = ("fail", "supersede", "refuse")
LAST_SECONDS = 86_400.0
# The database is away, locked, full, or has no connection for us.
AWAY_ERRORS = (exc.InterfaceError, exc.OperationalError, exc.TimeoutError)
AWAY = "the database is away"
AWAY_SECONDS = 5.0
TOO_LONG = "{reason}; after {waited:.0f} s of waiting, {wait:.0f} more are too many"
# Errors that a flow tells apart; each is made again from its arguments.
_KINDS: tuple[type[Exception], ...] = (Gone, GitHubRefused, Stopped)
_NO_TROUBLE = (Gone, Stopped)
_KNOWN = {kind.__name__: kind for kind in _KINDS}

log = structlog.get_logger()


class StepFailed(Exception):  # noqa: N818 - it names what happened
    """A step raised something unforeseen; ``str()`` is safe to show, details are in the log."""


class PutOff(RetryLater):
    """This workflow ends; one that follows goes on. ``waited``: seconds it was put off in all."""

    def __init__(self, seconds: float, reason: str, waited: float) -> None:
        super().__init__(seconds, reason)
        self.waited = waited


class Away(RetryLater):
    """The database did not take how a step went: nothing of this workflow can be noted now."""


class Steps:
    """Runs the steps of one workflow; the calls come in the same order whenever it is run.

    ``patience`` is how many seconds it waits for GitHub in all before it gives up, ``waited``
    how many of them the workflows before it have. ``begun`` are the names of its steps so far;
    ``trouble`` is whom the first failure of one lies with (see RetryLater; "" as long as there
    is none) and what it was, safe to show.
    """

    def __init__(self, patience: float, waited: float = 0.0) -> None:
        self._patience = patience
        self._waited = waited
        self._inside = False
        self.begun: set[str] = set()
        self.trouble = ("", "")

    def __call__(self, name: str, action: Callable[[], T]) -> T:
        """Run *action* once, or return what it came to before; its result is plain JSON.

        Asked by GitHub to come back later, it sleeps durably, longer each time, and runs the
        action again, until its patience ends.

        Raises:
            StepFailed: the action raised, or was put off for too long.
            Away: the database does not take its outcome.
        PutOff: it has to wait for so long that its place is better given to others.
            Gone, GitHubRefused, Stopped: as the action did.
        """
        self.begun.add(name)
        patience = LAST_SECONDS if name in LAST_WORDS else self._patience
        while True:
            with _noting():
                outcome = DBOS.run_step({"name": name}, self._outcome, name, action)
            if "value" in outcome:
                return cast("T", outcome["value"])
            if "error" in outcome:
                error = _error(outcome)
                if not isinstance(error, _NO_TROUBLE):
                    self._note("github" if outcome["error"] else "ours", str(error))
                raise error
            asked, reason = outcome["later"], outcome["reason"]
            wait = max(asked, min(self._waited * GROWTH, LONGEST_PAUSE))
            if self._waited + wait > patience:
                told = TOO_LONG.format(reason=reason, waited=self._waited, wait=wait)
                # What an earlier version of us has checkpointed says no cause.
                self._note(outcome.get("cause", "github"), told)
                raise StepFailed(told)
            log.warning("step put off", step=name, seconds=round(wait, 1), reason=reason)
            self._waited += wait
            if wait > HELD_SECONDS:
                raise PutOff(wait, reason, self._waited)
            with _noting():
                DBOS.sleep(wait)

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
        except AWAY_ERRORS:
            log.warning("the database is away", step=name, exc_info=True)
            return {"later": AWAY_SECONDS, "reason": AWAY, "cause": "ours"}
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


@contextmanager
def _noting() -> Iterator[None]:
    try:
        yield
    except AWAY_ERRORS as error:
        raise Away(AWAY_SECONDS, AWAY, "ours") from error


def earlier(client: DBOSClient, workflow: str, name: str) -> list[Any]:
    """What the steps of that name came to in a piece of work, up to its part *workflow*."""
    found, part = [], first_of(workflow)
    while True:
        for step in client.list_workflow_steps(part):
            output = step["output"]
            if step["function_name"] == name and isinstance(output, dict) and "value" in output:
                found.append(output["value"])
        if part == workflow:
            return found
        part = following(part)
