"""What keeps the queue healthy: retention, the work of the dead, reviews that kill workers."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial

import structlog
from dbos import DBOS
from sqlalchemy.exc import SQLAlchemyError

from reviewer import insights_rows, metrics_rows, registered, store
from reviewer.github import AppGateway, GitHubRefused, Gone, RetryLater
from reviewer.pacing import Pace
from reviewer.reconcile import Reconciler
from reviewer.settings import Settings
from reviewer.work.ids import review_of, version_of_executor, version_of_queue
from reviewer.work.queue import FAILED_FOR_GOOD, Queue, Unavailable

DAY = 86400
BATCH = 500
FINISHED = ["SUCCESS", *FAILED_FOR_GOOD]
WAITING = ["ENQUEUED", "DELAYED"]

log = structlog.get_logger()


def prune(queue: Queue, keep_days: int) -> int:
    """Delete deliveries and finished workflows older than that.

    Returns how many workflows went; as many as ``BATCH`` when there may be more.
    """
    with queue.engine.begin() as tx:
        before = store.now(tx) - keep_days * DAY
        store.prune(tx, before)
        metrics_rows.prune(tx, before)
    old = queue.client.list_workflows(
        status=FINISHED,
        completed_before=datetime.fromtimestamp(before, UTC).isoformat(),
        limit=BATCH,
        load_input=False,
        load_output=False,
    )
    if old:
        queue.client.delete_workflows([workflow.workflow_id for workflow in old])
    return len(old)


def forget_trends(queue: Queue, keep_days: int) -> None:
    """Delete what is kept for trends and is older than that."""
    with queue.engine.begin() as tx:
        insights_rows.prune(tx, store.now(tx) - keep_days * DAY)


def clear_away(queue: Queue, repositories: Sequence[int]) -> int:
    """Cancel what waits for these repositories, delete what is done; how many workflows went.

    What runs finds itself forgotten and ends. What was asked for since, because access came
    back, is left alone.
    """
    gone = 0
    for repository in repositories:
        found = queue.client.list_workflows(
            workflow_id_prefix=f"review:{repository}#", load_input=False, load_output=False
        )
        with queue.engine.connect() as tx:
            stale = [w for w in found if not store.is_newest(tx, *review_of(w.workflow_id))]
        waiting = [w.workflow_id for w in stale if w.status in WAITING]
        done = [w.workflow_id for w in stale if w.status in FINISHED]
        if waiting:
            queue.client.cancel_workflows(waiting)
        if waiting or done:
            queue.client.delete_workflows(waiting + done)
        gone += len(waiting) + len(done)
    return gone


def give_up_on_killers(queue: Queue) -> None:
    """For each review that was running at too many crashes: have its check run ended, once."""
    killers = queue.client.list_workflows(
        status="MAX_RECOVERY_ATTEMPTS_EXCEEDED", name="review", load_output=False
    )
    for killer in killers:
        if killer.input:
            target, generation, _order = killer.input["args"]
            queue.give_up(killer.workflow_id, target, generation)


def reconcile(queue: Queue, settings: Settings, *, audits: bool = True) -> None:
    """Heal what was missed, if no worker did so within the interval.

    *audits*: and note what GitHub has registered of us, for ``/readyz``.
    """
    with queue.engine.begin() as tx:
        # A little less than the interval: of several workers' clocks, one is always early.
        if not store.claim(tx, "reconcile", settings.reconcile_seconds * 0.9):
            return
    try:
        github = AppGateway(settings, partial(Pace, queue.engine))
        healed = Reconciler(queue, github).round()
    except (RetryLater, GitHubRefused, Gone, Unavailable, SQLAlchemyError) as error:
        log.warning("not reconciled", reason=str(error))
    else:
        log.info("reconciled", **asdict(healed))
        if audits:
            registered.remember(queue.engine, settings)


def take_over(queue: Queue, me: str, dead_after: float) -> None:
    """Put the running workflows of workers that are not heard of any more back into the queue.

    Any number of workers may do it at once; each workflow is put back once.
    """
    running = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    owners = {workflow.executor_id for workflow in running if workflow.executor_id}
    # In this order: a worker beats before it owns anything.
    with queue.engine.connect() as tx:
        dead = owners - store.alive(tx, dead_after) - {me}
    if dead:
        log.warning("taking over from dead workers", executors=sorted(dead))
        # The underscore: the public way to this is a hosted service.
        DBOS._recover_pending_workflows(sorted(dead))


def idle(executor: str, running: Collection[str]) -> set[str]:
    """Workflows that this worker has begun and no thread of it is at."""
    mine = DBOS.list_workflows(
        status="PENDING", executor_id=executor, load_input=False, load_output=False
    )
    return {workflow.workflow_id for workflow in mine}.difference(running)


def begin_again(queue: Queue, workflow: str) -> None:
    """Have the work of *workflow*, which nobody is at, done by one that follows."""
    following = queue.go_on(workflow)
    queue.client.cancel_workflow(workflow)
    log.warning("work that was left lying goes on", workflow=following)


def adopt(queue: Queue, dead_after: float, stranded_after: float) -> int:
    """Go on with work of another version that no worker serves any more; how much that was.

    After an upgrade, or after the way back, what the other version had begun or had in its
    queue is begun again by this one, which finds what was posted.
    """
    with queue.engine.connect() as tx:
        served = {version_of_executor(each) for each in store.alive(tx, dead_after)}
        found = queue.others(tx, stranded_after)
    stranded = [w for w, its_queue in found.items() if version_of_queue(its_queue) not in served]
    for workflow in stranded:
        begin_again(queue, workflow)
    return len(stranded)
