"""Accepting deliveries: the web's side of the queue, which also runs inside the worker."""

from dataclasses import asdict, dataclass
from functools import cached_property, partial
from typing import Any
from uuid import uuid4

import structlog
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from reviewer import store
from reviewer.model import Target
from reviewer.settings import Settings
from reviewer.webhook import (
    Commanded,
    Event,
    HeadRequested,
    Ignored,
    InstallationChanged,
    ReviewRequested,
    SweepRequested,
    TargetClosed,
)
from reviewer.work.ids import ASKS, REVIEWS, VERSION, first_of, following, review_of, workflow_of

APPLICATION = "secreview"
SERIALIZER = DBOSPortableJSONSerializer()
NOTHING = "nothing"
CLOSED = "closed"
GIVE_UP = "give up:"
UNFINISHED = ("ENQUEUED", "DELAYED", "PENDING")
FAILED_FOR_GOOD = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED")

NO_FILE = (
    "the database {shown} cannot be prepared ({reason}): give the user that runs secreview the "
    "right to write to the file and its folder, or set SECREVIEW_DATA or DATABASE_URL to another"
)
NO_SERVER = (
    "the database {shown} cannot be prepared ({reason}): is it up, and are host, name, user and "
    "password in DATABASE_URL right?"
)

log = structlog.get_logger()


class Unavailable(Exception):  # noqa: N818 - it names the state of the database
    """The database did not do what was asked, and nothing was changed."""


class Refused(Exception):  # noqa: N818 - it names what happened
    """This process may not be a worker; ``str()`` is one line that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a delivery.

    ``new`` is False for a repeated one whose work goes on or is done; ``workflow`` is the
    id of the work, or "nothing" where there was none to do.
    """

    new: bool
    workflow: str

    @property
    def generation(self) -> int:
        """The number of the review; 0 where the work is none."""
        return review_of(self.workflow)[1] if self.workflow.startswith("review:") else 0


@dataclass(frozen=True, slots=True)
class Order:
    """Why a review runs; travels as JSON.

    ``comment`` is the command's comment, 0 for none; ``full`` and ``by`` are those of
    ReviewRequested.
    """

    delivery: str
    reason: str
    forced: bool = False
    comment: int = 0
    full: bool = False
    by: str = ""


def table(tx: Connection) -> str:
    """The name of the queue's own table of workflows."""
    return "workflow_status" if tx.dialect.name == "sqlite" else "dbos.workflow_status"


def migrate(settings: Settings) -> None:
    """Bring our tables and the queue's to this version; any number of starters at once.

    Raises:
        Unavailable: the database cannot be reached or changed.
    """
    url = settings.database_url
    try:
        store.migrate(settings)
        DBOS.migrate(url.render_as_string(hide_password=False))
    except (SQLAlchemyError, OSError) as error:
        why = getattr(error, "orig", None) or getattr(error, "strerror", None) or error
        reason = str(why).partition("\n")[0]
        shown = url.set(query={})  # its str() hides the password, but not one among the parameters
        words = NO_FILE if settings.is_sqlite else NO_SERVER
        raise Unavailable(words.format(shown=shown, reason=reason)) from error


class Queue:
    """Takes deliveries in; connects when first used, so it may be made before a fork."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def engine(self) -> Engine:
        """The connections that our tables and the queue's are reached by."""
        return store.open_engine(self._settings)

    @cached_property
    def client(self) -> DBOSClient:
        """The queue's own client, on the same connections."""
        return DBOSClient(
            system_database_engine=self.engine,
            application_name=APPLICATION,
            serializer=SERIALIZER,
            retry_connection_errors=False,
            lazy=True,
        )

    def accept(self, delivery: str, event: Event, comment: int = 0) -> Accepted:
        """Take in what *delivery* asks for, exactly once, in one transaction.

        A repeated delivery starts work again only where its earlier work failed for good.
        *comment* is the id of the command's comment that a review is to answer.

        Raises:
            Unavailable: the database is away or busy; deliver again.
        """
        try:
            with self.engine.begin() as tx:
                return self._accept(tx, delivery, event, comment)
        except SQLAlchemyError as error:
            log.exception("the database did not take the delivery")
            raise Unavailable(type(error).__name__) from error

    def is_busy(self, tx: Connection, key: str) -> bool:
        """Whether the newest review of the target waits or runs."""
        workflow = workflow_of(key, store.generation(tx, key))
        return self._status(tx, workflow) in UNFINISHED

    def give_up(self, workflow: str, target: dict[str, Any], generation: int) -> None:
        """Have the check run of a review ended that will never end by itself; once for each."""
        with self.engine.begin() as tx:
            claim = f"{GIVE_UP}{workflow}"
            if not store.claim_delivery(tx, claim, target["installation"], target["repository"]):
                start = partial(self._ask, tx, target["installation"], "give up")
                store.start_workflow(tx, claim, start(target, generation, claim))

    def go_on(self, workflow: str, *, delay: float = 0.0, waited: float = 0.0) -> str:
        """Have the work of *workflow* done by a following one, in *delay* seconds; its id.

        However often it is called, there is one that follows. ``waited`` are the seconds
        that the work was put off for already.
        """
        (now,) = self.client.list_workflows(workflow_ids=[workflow], load_output=False)
        arguments = now.input["args"] if now.input else ()
        is_review = now.name == "review"
        # Another version's partitions may have been something else than installations.
        partition = str(arguments[0]["installation"]) if is_review else now.queue_partition_key
        options: EnqueueOptions = {
            "workflow_name": now.name,
            "queue_name": REVIEWS if is_review else ASKS,
            "workflow_id": following(workflow),
            "queue_partition_key": partition or "0",
            "app_version": VERSION,
        }
        if delay:
            options["delay_seconds"] = delay
        with self.engine.begin() as tx:
            self.client.enqueue_in_transaction(tx, options, *arguments, waited=waited)
        return options["workflow_id"]

    def is_followed(self, tx: Connection, workflow: str) -> bool:
        """Whether there is a part that goes on with the work of this one."""
        return self._status(tx, following(workflow)) is not None

    def others(self, tx: Connection, unchanged: float) -> dict[str, str]:
        """Unfinished work in the queues of other versions: workflow id -> queue.

        *unchanged*: only what nothing happened to for so many seconds.
        """
        query = (
            f"select workflow_uuid, queue_name from {table(tx)}"  # noqa: S608 - constants
            " where status in ('ENQUEUED', 'DELAYED', 'PENDING') and updated_at < :before"
            " and queue_name not in (:reviews, :asks)"
        )
        before = (store.now(tx) - unchanged) * 1000
        row = {"reviews": REVIEWS, "asks": ASKS, "before": before}
        return {each.workflow_uuid: each.queue_name for each in tx.execute(text(query), row)}

    def has_turn(self, key: str, workflow: str) -> bool:
        """Whether *workflow* may post to the target now: no other one is at it.

        A workflow that was at it and has ended, or was cancelled, is so no more. One whose
        worker died still is: it will be taken over, and finds what it has posted.
        """
        with self.engine.begin() as tx:
            holder = store.claim_turn(tx, key)
            # A part that follows goes on with the turn of the one before it.
            mine = first_of(holder) == first_of(workflow)
            if holder and not mine and self._status(tx, first_of(holder)) in UNFINISHED:
                return False
            store.set_turn(tx, key, workflow)
            return True

    def end_turn(self, key: str, workflow: str) -> None:
        """The workflow has posted what there was."""
        with self.engine.begin() as tx:
            if store.claim_turn(tx, key) == workflow:
                store.set_turn(tx, key, "")

    def _accept(self, tx: Connection, delivery: str, event: Event, comment: int) -> Accepted:
        earlier = store.claim_delivery(tx, delivery, *_where(event))
        if earlier and not self._failed_for_good(tx, earlier):
            return Accepted(new=False, workflow=earlier)
        workflow = self._start(tx, delivery, event, comment)
        store.start_workflow(tx, delivery, workflow)
        return Accepted(new=True, workflow=workflow)

    def _start(self, tx: Connection, delivery: str, event: Event, comment: int) -> str:
        """Enqueue the work behind *event*; its workflow id."""
        ask = partial(self._ask, tx, _where(event)[0])
        match event:
            case ReviewRequested(target, reason, forced, full, by):
                order = Order(delivery, reason, forced, comment, full, by)
                return self._review(tx, target, order)
            case TargetClosed(target):
                # Raising the generation ends a running review. The new one finds the pull
                # request closed and ends too, or, if this came late, open again: and reviews.
                known = store.is_known(tx, target.key)
                return self._review(tx, target, Order(delivery, CLOSED)) if known else NOTHING
            case HeadRequested():
                return ask("lookup", asdict(event), delivery)
            case Commanded():
                return ask("command", asdict(event), delivery)
            case SweepRequested(installation, repositories):
                return ask("sweep", installation, list(repositories))
            case InstallationChanged(installation, gone, repositories):
                held = store.forget(tx, installation, None if gone else repositories)
                return ask("forget", held) if held else NOTHING
            case Ignored():
                return NOTHING

    def _review(self, tx: Connection, target: Target, order: Order) -> str:
        generation = store.raise_generation(tx, target)
        options: EnqueueOptions = {
            "workflow_name": "review",
            "queue_name": REVIEWS,
            "workflow_id": workflow_of(target.key, generation),
            "queue_partition_key": str(target.installation),
            "app_version": VERSION,
        }
        self.client.enqueue_in_transaction(tx, options, asdict(target), generation, asdict(order))
        return options["workflow_id"]

    def _ask(self, tx: Connection, installation: int, name: str, *arguments: Any) -> str:
        options: EnqueueOptions = {
            "workflow_name": name,
            "queue_name": ASKS,
            "workflow_id": f"{name}:{uuid4().hex}",
            "queue_partition_key": str(installation),
            "app_version": VERSION,
        }
        self.client.enqueue_in_transaction(tx, options, *arguments)
        return options["workflow_id"]

    def _failed_for_good(self, tx: Connection, workflow: str) -> bool:
        """Whether that workflow ended without doing its work; False once it was cleared away."""
        return self._status(tx, workflow) in FAILED_FOR_GOOD

    def _status(self, tx: Connection, workflow: str) -> str | None:
        """The status of a piece of work: that of its last part. None: there is none."""
        query = f"select status from {table(tx)} where workflow_uuid = :id"  # noqa: S608 - constants
        last: str | None = None
        while (found := tx.execute(text(query), {"id": workflow}).scalar()) is not None:
            last, workflow = str(found), following(workflow)
        return last

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def _where(event: Event) -> tuple[int, int]:
    """The installation and the repository an event is about; 0 where it has none."""
    match event:
        case ReviewRequested(target) | TargetClosed(target) | Commanded(target):
            return target.installation, target.repository
        case HeadRequested(installation, repository):
            return installation, repository
        case InstallationChanged(installation) | SweepRequested(installation):
            return installation, 0
        case Ignored():
            return 0, 0
