"""The durable queue, and the only place that knows DBOS.

The web process owns a :class:`Queue`: one transaction records the delivery, raises the
target's generation and enqueues the workflow. The worker process (:func:`run_worker`) runs
workflows step by step; what was checkpointed survives any crash. A step may run again after
one, so every step finds its own earlier effect, and only the newest generation posts.

========== =============================================================================
name       workflow
========== =============================================================================
review     one review of one target (``queue`` reviews: one at a time for each target)
lookup     the open pull request behind a head, then its review (queue asks, like the rest)
command    may this person ask? then a review
give up    ends the check run of a review that killed its worker again and again
forget     deletes the stored work of repositories that we lost access to
sweep      requests reviews where the App has got access to open pull requests
========== =============================================================================
"""

from reviewer.settings import Settings
from reviewer.work.queue import Accepted, Queue, Refused, Unavailable, migrate


def run_worker(settings: Settings) -> None:
    """Be the worker process until SIGTERM or SIGINT; then the process ends, within 10 seconds.

    Raises:
        Refused: SQLite, and another worker runs on this data folder.
        Unavailable: the database cannot be reached at the start.
    """
    # The web process imports this package too, and needs neither the checks nor GitHub.
    from reviewer.work.worker import run_worker as run

    run(settings)


__all__ = ["Accepted", "Queue", "Refused", "Unavailable", "migrate", "run_worker"]
