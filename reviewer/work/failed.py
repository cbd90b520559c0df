"""Reviews that failed for good, and another try at them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from reviewer import store
from reviewer.metrics import FAILURES
from reviewer.model import Target
from reviewer.webhook import ReviewRequested
from reviewer.work.ids import following
from reviewer.work.queue import CLOSED, FAILED_FOR_GOOD, Accepted, Order, Queue, Unavailable

REASON = "redrive"
CRASHED = "crash: the review ended its worker again and again"
CANCELLED = "ours: it was cancelled"
TOLD = ("StepFailed", "GitHubRefused")
UNKNOWN = "ours: {kind}; the log has its details"
UNPREPARED = (
    "the list of failed reviews cannot be read ({kind}): is the database up, and was "
    "`secreview migrate` run?"
)


@dataclass(frozen=True, slots=True)
class Failed:
    """A review that will not be tried again by itself.

    ``reason`` is safe to show; ``superseded``: a newer review of the target was asked for
    since, or the target was forgotten.
    """

    workflow: str
    target: Target
    generation: int
    at: datetime
    reason: str
    superseded: bool
    order: Order

    @property
    def name(self) -> str:
        """``OWNER/REPO#N``; of a merge group its head stands in place of the number."""
        target = self.target
        which = f"@{target.group_head}" if target.group_head else f"#{target.number}"
        return target.full_name + which


def failed(queue: Queue) -> list[Failed]:
    """All of them, the one that failed last first.

    Raises:
        Unavailable: the database is away, or was never prepared.
    """
    try:
        listed = queue.client.list_workflows(status=list(FAILED_FOR_GOOD), name="review")
        # What another version of us had begun was cancelled, and goes on in a part that follows.
        next_parts = [following(workflow.workflow_id) for workflow in listed]
        going_on = {
            workflow.workflow_id
            for workflow in queue.client.list_workflows(workflow_ids=next_parts, load_input=False)
        }
        with queue.engine.connect() as tx:
            found = [
                _failed(workflow, store.generation(tx, Target(**workflow.input["args"][0]).key))
                for workflow in listed
                if workflow.input and following(workflow.workflow_id) not in going_on
            ]
    except SQLAlchemyError as error:
        kind = type(getattr(error, "orig", None) or error).__name__
        raise Unavailable(UNPREPARED.format(kind=kind)) from error
    # The embedded database knows seconds; a generation begins as milliseconds.
    return sorted(found, key=lambda each: (each.at, each.generation), reverse=True)


def redrive(queue: Queue, one: Failed) -> Accepted:
    """Ask for the review again, as it was asked for; once for each that failed.

    Raises:
        Unavailable: the database is away; nothing was changed.
    """
    order = one.order
    # Of a merge group that is no more, nobody but the order knows it.
    reason = CLOSED if order.reason == CLOSED else REASON
    event = ReviewRequested(one.target, reason, forced=True, full=order.full, by=order.by)
    return queue.accept(f"{REASON}:{one.workflow}", event, order.comment)


def _failed(workflow: Any, newest: int) -> Failed:
    where, generation, order = workflow.input["args"]
    ended = workflow.completed_at or workflow.updated_at or workflow.created_at
    return Failed(
        workflow=workflow.workflow_id,
        target=Target(**where),
        generation=generation,
        at=datetime.fromtimestamp(ended / 1000, UTC),
        reason=_reason(workflow),
        superseded=newest != generation,
        order=Order(**order),
    )


def _reason(workflow: Any) -> str:
    """Why, in words that are safe to show: another's error text may hold anything."""
    if workflow.status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED":
        return CRASHED
    if workflow.status == "CANCELLED":
        return CANCELLED
    kind, told = getattr(workflow.error, "name", "Exception"), str(workflow.error)
    # What an earlier version of us has left says no more than its target's key.
    is_told = kind in TOLD or (kind == "ReviewFailed" and told.partition(": ")[0] in FAILURES)
    return told if is_told else UNKNOWN.format(kind=kind)
