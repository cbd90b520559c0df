"""The worker process: launches DBOS, beats, takes over, prunes, and ends within seconds."""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import structlog
from dbos import DBOS
from sqlalchemy.exc import SQLAlchemyError

from reviewer import log as logs
from reviewer import metrics, metrics_rows, store
from reviewer.settings import Settings
from reviewer.work import upkeep
from reviewer.work.flows import Flows, Parts
from reviewer.work.ids import ASKS, REVIEWS, VERSION, executor_of
from reviewer.work.queue import APPLICATION, SERIALIZER, Queue, Refused, migrate

BEAT_SECONDS = 1.5
DEAD_SECONDS = 8.0
KILLERS_BEATS = 5
ADOPT_SECONDS = 10.0
# A worker of the other version may just be restarting.
STRANDED_SECONDS = 120.0
# A thread begins soon with what was taken from the queue, and its end is soon noted.
IDLE_SECONDS = 20.0
PRUNE_SECONDS = 3600.0
# Of the 10 seconds that a platform grants; what is not done by then is done by the next worker.
DRAIN_SECONDS = 6.0
# GitHub waits 10 seconds for an answer to a delivery, and people longer for a review.
NICENESS = 10
AUTOGROUP = Path("/proc/self/autogroup")
ASKS_AT_ONCE = 8
ASKS_OF_ONE = 4

log = structlog.get_logger()


class Worker:
    """One worker process.

    ``beat``, ``dead``, ``drain``, ``stranded`` and ``idle`` are seconds, for tests to shorten;
    ``reconciles``: whether it looks for what was missed.
    """

    def __init__(
        self,
        settings: Settings,
        parts: Parts | None = None,
        *,
        beat: float = BEAT_SECONDS,
        dead: float = DEAD_SECONDS,
        drain: float = DRAIN_SECONDS,
        stranded: float = STRANDED_SECONDS,
        idle: float = IDLE_SECONDS,
        reconciles: bool = True,
    ) -> None:
        self._settings = settings
        self._beat = beat
        self._dead = dead
        self._drain_seconds = drain
        self._stranded = stranded
        self._idle_after = idle
        self._reconciles = reconciles
        self._queue = Queue(settings)
        self._flows = Flows(settings, self._queue, parts or Parts())
        self._executor = executor_of(
            # A restarted worker finds its own work again by the name; the lock keeps it single.
            "sqlite-0"
            if settings.is_sqlite
            else f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        )
        self._due = {"killers": 0.0, "idle": 0.0, "adopt": 0.0, "prune": 0.0}
        self._idle: dict[str, float] = {}

    def run(self, stop: threading.Event) -> None:
        """Work until *stop* is set, then drain for a few seconds.

        What still runs when this returns has to be ended by ending the process.

        Raises:
            Refused: SQLite, and another worker runs on this data folder.
            Unavailable: the database cannot be reached or changed.
        """
        # First: it says where the place for the lock below cannot be had.
        migrate(self._settings)
        with self._alone():
            self._alive()
            self._launch()
            log.info("worker started", executor=self._executor)
            self._reconcile_beside(stop)
            while not stop.wait(self._beat):
                self._tend()
            self._drain()
            log.info("worker ended", executor=self._executor)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the one place of a worker on SQLite; PostgreSQL has room for many."""
        if not self._settings.is_sqlite:
            yield
            return
        path = Path(f"{self._settings.database_url.database}.worker.lock")
        # A worker that was told to end just now still drains.
        patience = time.monotonic() + self._drain_seconds + 1
        while True:
            with store.file_lock(path, wait=False) as alone:
                if alone:
                    yield
                    return
            if time.monotonic() > patience:
                raise Refused(
                    f"another worker already runs on {path.parent}; the embedded database takes "
                    "one: end it, or set DATABASE_URL to a PostgreSQL database"
                )
            time.sleep(0.2)

    def _launch(self) -> None:
        DBOS(
            config={
                "name": APPLICATION,
                "system_database_url": self._settings.database_url.render_as_string(
                    hide_password=False
                ),
                "application_version": VERSION,
                "executor_id": self._executor,
                "serializer": SERIALIZER,
                "sys_db_pool_size": 8,
                "max_executor_threads": self._settings.reviews + ASKS_AT_ONCE + 8,
                "log_level": "WARNING",
            }
        )
        # Of a failed workflow our own log line tells, with what it is about.
        logging.getLogger("dbos").addFilter(_is_news)
        self._flows.register()
        DBOS.launch()
        # A partition is an installation: free places go to them by lot, not by who has most.
        settings = self._settings
        for name, most, of_one in (
            (REVIEWS, settings.reviews, min(settings.reviews, settings.reviews_per_installation)),
            (ASKS, ASKS_AT_ONCE, ASKS_OF_ONE),
        ):
            DBOS.register_queue(
                name,
                worker_concurrency=most,
                partition_worker_concurrency=of_one,
                polling_interval_sec=0.25,
            )

    def _reconcile_beside(self, stop: threading.Event) -> None:
        """At the start and every few minutes, in a thread of its own: GitHub may be slow."""

        def reconcile() -> None:
            # A start has its requests for reviews; the registration waits for the next round.
            audits = False
            while True:
                try:
                    upkeep.reconcile(self._queue, self._settings, audits=audits)
                except Exception:
                    log.exception("reconciling failed; trying again")
                if stop.wait(self._settings.reconcile_seconds):
                    return
                audits = True

        if self._reconciles:
            threading.Thread(target=reconcile, name="reconcile", daemon=True).start()

    def _alive(self) -> None:
        # With the beat, so that counting costs no commit of its own.
        with metrics.COUNTS.taken() as counted, self._queue.engine.begin() as tx:
            store.beat(tx, self._executor)
            metrics_rows.save(tx, *counted)

    def _tend(self) -> None:
        """One round of what keeps the queue healthy; a database that is away ends nothing."""
        try:
            self._alive()
            if not self._settings.is_sqlite:
                upkeep.take_over(self._queue, self._executor, self._dead)
            if self._is_due("killers", KILLERS_BEATS * self._beat):
                upkeep.give_up_on_killers(self._queue)
            if self._is_due("idle", self._idle_after / 4):
                self._pick_up()
            if self._is_due("adopt", ADOPT_SECONDS):
                upkeep.adopt(self._queue, self._dead, self._stranded)
            if self._is_due("prune", PRUNE_SECONDS):
                upkeep.forget_trends(self._queue, self._settings.insights_days)
                while upkeep.prune(self._queue, self._settings.keep_days) == upkeep.BATCH:
                    self._alive()
        except Exception:
            log.exception("upkeep failed; trying again")

    def _pick_up(self) -> None:
        """Go on with what no thread is at any more: the database failed when it had to end."""
        now = time.monotonic()
        found = upkeep.idle(self._executor, self._flows.running)
        self._idle = {workflow: self._idle.get(workflow, now) for workflow in found}
        for workflow, since in self._idle.items():
            if now - since > self._idle_after:
                upkeep.begin_again(self._queue, workflow)

    def _is_due(self, what: str, every: float) -> bool:
        now = time.monotonic()
        if now < self._due[what]:
            return False
        self._due[what] = now + every
        return True

    def _drain(self) -> None:
        """Take no new work; wait a little for what runs; leave the rest to the next worker."""
        # destroy() stops the queues at once and tears the engine down when nothing runs. While
        # something does, nothing may be torn down under it: it would fail, and be posted so.
        done = threading.Thread(
            target=DBOS.destroy, kwargs={"workflow_completion_timeout_sec": 3600}, daemon=True
        )
        done.start()
        deadline = time.monotonic() + self._drain_seconds
        with suppress(SQLAlchemyError):
            while done.is_alive() and time.monotonic() < deadline:
                self._alive()
                done.join(min(self._beat, deadline - time.monotonic()))
            with metrics.COUNTS.taken() as counted, self._queue.engine.begin() as tx:
                store.leave(tx, self._executor)
                metrics_rows.save(tx, *counted)


def _is_news(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Exception encountered in background workflow")


def _be_nice() -> None:
    """Leave the processor to those who answer GitHub."""
    os.nice(NICENESS)
    # Where Linux weighs sessions, as it does on many hosts, it weighs ours by this.
    with suppress(OSError):
        AUTOGROUP.write_text(str(NICENESS))


def run_worker(settings: Settings) -> None:
    """Be the worker process until SIGTERM or SIGINT; then the process ends, within 10 seconds.

    Raises:
        Refused: SQLite, and another worker runs on this data folder.
        Unavailable: the database cannot be reached at the start.
    """
    logs.configure()
    _be_nice()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Worker(settings).run(stop)
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: that waits for threads, and a review that runs on is for the next worker.
    os._exit(0)
