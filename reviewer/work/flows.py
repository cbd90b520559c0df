"""The workflows: what a worker runs. Arguments and results are plain JSON."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from dbos import DBOS
from sqlalchemy.exc import SQLAlchemyError
from structlog.contextvars import bind_contextvars, clear_contextvars

from checks.model import Assessment, Profile
from checks.source import SourceFile
from reviewer import insights_rows, metrics, sandbox, store
from reviewer import review as flow
from reviewer.assessed import Remembering
from reviewer.commands import CommandKind
from reviewer.examine import Assess
from reviewer.github import AppGateway, Gateway, GitHubRefused, Gone, RetryLater
from reviewer.github.gate import Gates
from reviewer.limits import Stopped
from reviewer.model import Review, Target
from reviewer.pacing import Pace
from reviewer.publish import Resolver
from reviewer.reconcile import Reconciler
from reviewer.report.replies import explain_reply, help_reply, reply_marker
from reviewer.settings import Settings
from reviewer.webhook import HeadRequested, ReviewRequested
from reviewer.work.census import age
from reviewer.work.ids import workflow_of
from reviewer.work.queue import CLOSED, GIVE_UP, Order, Queue
from reviewer.work.steps import AWAY_ERRORS, Away, PutOff, StepFailed, Steps, earlier
from reviewer.work.upkeep import clear_away

# A workflow that was running at so many crashes is taken for their cause.
MAX_RECOVERIES = 5
MAY_COMMAND = ("admin", "maintain", "write")
SEEN, DONE, REFUSED = "eyes", "rocket", "confused"
# What a command is answered with when its review has ended; a superseded one is not answered.
ANSWERS = {
    "clean": DONE,
    "findings": DONE,
    "incomplete": DONE,
    "failed": REFUSED,
    "skipped": DONE,
    "closed": REFUSED,
}
POSTING = "another review of the same pull request is posting"
UNUSABLE = "the project's configuration cannot be used; the check names its lines"
UNFORESEEN = "a fault of our own; the log has its details"
CRASHED = "the review ended its worker again and again"

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

D = TypeVar("D", bound="DataclassInstance")
log = structlog.get_logger()


class ReviewFailed(Exception):  # noqa: N818 - it names what happened
    """The review ended as failed: the queue lists it as an error, a redelivery repeats it."""


@dataclass(frozen=True)
class Parts:
    """What the workflows are made of; a test may put in others."""

    review: Callable[..., str] = flow.review
    fail: Callable[..., None] = flow.fail
    gateway: Callable[[Settings, Target, Gates], Gateway] = Gateway.for_target
    assess: Assess = sandbox.assess


class Flows:
    """The workflows of one worker process."""

    def __init__(self, settings: Settings, queue: Queue, parts: Parts) -> None:
        self._settings = settings
        self._queue = queue
        self._parts = parts
        self._slots = threading.BoundedSemaphore(settings.jobs)
        self._assess = Remembering(self._assess_now)
        self._gates = partial(Pace, queue.engine)
        # The workflows that a thread of this process is at.
        self.running: set[str] = set()

    def register(self) -> None:
        """Make the workflows known to DBOS; once a process, before it is launched."""
        workflows: dict[str, Callable[..., str]] = {
            "review": self._review,
            "lookup": self._look_up,
            "command": self._command,
            "give up": self._give_up,
            "forget": self._forget,
            "sweep": self._sweep,
        }
        for name, workflow in workflows.items():
            self._register(name, workflow)

    def _register(self, name: str, workflow: Callable[..., str]) -> None:
        @DBOS.workflow(name=name, max_recovery_attempts=MAX_RECOVERIES)
        def run(*arguments: Any, waited: float = 0.0) -> str:
            clear_contextvars()
            steps = Steps(self._settings.patience_seconds, waited)
            self.running.add(str(DBOS.workflow_id))
            try:
                # It was taken to another worker, or again to this one, in its last moment.
                if self._is_followed(str(DBOS.workflow_id)):
                    return "put off"
                return workflow(steps, *arguments)
            except PutOff as later:
                log.info("put off", workflow=name, seconds=round(later.seconds))
                return self._put_off(steps, later)
            except Away as away:
                log.warning("begun again when it can be", workflow=name, reason=away.reason)
                return self._begin_again(away)
            except Gone as gone:
                log.info("no access any more", workflow=name, reason=str(gone))
                return "gone"
            except ReviewFailed:
                raise
            except Exception:
                log.exception("workflow failed", workflow=name)
                raise
            finally:
                self.running.discard(str(DBOS.workflow_id))

    def _put_off(self, steps: Steps, later: PutOff) -> str:
        """Have a workflow that follows go on when GitHub wants to hear of us again."""
        workflow = str(DBOS.workflow_id)

        def go_on() -> str:
            return self._queue.go_on(workflow, delay=later.seconds, waited=later.waited)

        steps("put off", go_on)
        return "put off"

    def _is_followed(self, workflow: str) -> bool:
        with suppress(SQLAlchemyError), self._queue.engine.connect() as tx:
            return self._queue.is_followed(tx, workflow)
        return False

    def _begin_again(self, away: Away) -> str:
        """Have a workflow that follows go on, as soon as the database takes it."""
        while True:
            time.sleep(away.seconds)
            try:
                self._queue.go_on(str(DBOS.workflow_id))
            except SQLAlchemyError:
                continue
            return "begun again"

    def _review(
        self, steps: Steps, where: dict[str, Any], generation: int, order: dict[str, Any]
    ) -> str:
        target, ordered = _made(Target, where), _made(Order, order)
        _about(target, delivery=ordered.delivery, generation=generation)
        try:
            outcome = self._reviewed(target, generation, ordered, steps)
        except RetryLater:
            raise
        except Gone:
            self._count(target, generation, "gone")
            raise
        except Exception:
            self._count(target, generation, "failed", _why(steps)[0])
            raise
        why, told = _why(steps)
        self._count(target, generation, outcome, why)
        if outcome == "failed":
            raise ReviewFailed(f"{why}: {told}")
        return outcome

    def _reviewed(self, target: Target, generation: int, ordered: Order, steps: Steps) -> str:
        services = self._services(target, generation, steps)
        # Of a burst of pushes only the last is worth a question to GitHub. One that began
        # before may have a check run to end.
        begins = DBOS.workflow_id == workflow_of(target.key, generation)
        if begins and not services.is_newest():
            log.info("review ended", outcome="superseded", reason=ordered.reason, requests=0)
            return "superseded"
        asked = flow.Asked(
            heads=() if begins else self._heads(steps, str(DBOS.workflow_id)),
            reason=ordered.reason,
            forced=ordered.forced,
            full=ordered.full,
            by=ordered.by,
            closed=ordered.reason == CLOSED,
        )
        outcome = self._parts.review(target, generation, asked, services=services, step=steps)
        told = {"reason": ordered.reason, "requests": services.gateway.requests}
        log.info("review ended", outcome=outcome, **told)
        if ordered.comment and outcome in ANSWERS:
            _react(steps, services.gateway, ordered.comment, ANSWERS[outcome])
        return outcome

    def _heads(self, steps: Steps, workflow: str) -> tuple[str, ...]:
        """The heads that a review has looked at, in its parts up to *workflow*."""
        looked = steps("heads", lambda: earlier(self._queue.client, workflow, "look"))
        return tuple(dict.fromkeys(look["head_sha"] for look in looked if "head_sha" in look))

    def _count(self, target: Target, generation: int, outcome: str, why: str = "") -> None:
        """Count the review; that its age cannot be asked for loses no more than that."""
        seconds = None
        with suppress(SQLAlchemyError), self._queue.engine.connect() as tx:
            seconds = age(tx, workflow_of(target.key, generation))
        metrics.review_ended(outcome, why, seconds)

    def _look_up(self, steps: Steps, asked: dict[str, Any], delivery: str) -> str:
        head = _made(HeadRequested, asked)
        somewhere = Target(head.installation, head.repository, head.owner, head.name, 0)
        _about(somewhere, delivery=delivery)
        gateway = self._gateway(somewhere)
        found = steps("look up", lambda: _open_numbers(gateway, head.head_sha))
        if len(found) != 1:
            log.info("no single open pull request", head=head.head_sha, found=found)
            return "ignored"
        target = replace(somewhere, number=found[0])
        event = ReviewRequested(target, "Re-run", forced=True, full=head.full, by=head.by)
        self._request(steps, delivery, event)
        return "requested"

    def _command(self, steps: Steps, asked: dict[str, Any], delivery: str) -> str:
        target, comment = _made(Target, asked["target"]), int(asked["comment_id"])
        kind = CommandKind(asked["command"]["kind"])
        _about(target, delivery=delivery)
        gateway = self._gateway(target)
        understood = kind is not CommandKind.NOT_UNDERSTOOD
        if not (understood and steps("may", lambda: _may(gateway, target, asked["author"]))):
            log.info("command refused", understood=understood)
            _react(steps, gateway, comment, REFUSED)
            return "refused"
        _react(steps, gateway, comment, SEEN)
        if kind in (CommandKind.EXPLAIN, CommandKind.HELP):
            said = self._reply(kind, asked["command"]["rule"])
            _answer(steps, gateway, target, comment, said)
            return "answered"
        full = kind is CommandKind.FULL
        event = ReviewRequested(target, "command", forced=True, full=full, by=asked["author"])
        self._request(steps, delivery, event, comment)
        return "requested"

    def _reply(self, kind: CommandKind, rule: str) -> str:
        return explain_reply(rule, self._pages) if kind is CommandKind.EXPLAIN else help_reply()

    def _give_up(self, steps: Steps, where: dict[str, Any], generation: int, delivery: str) -> str:
        target = _made(Target, where)
        _about(target, delivery=delivery, generation=generation)
        services = self._services(target, generation, steps)
        heads = self._heads(steps, delivery.removeprefix(GIVE_UP))
        self._parts.fail(target, generation, CRASHED, services=services, step=steps, heads=heads)
        log.error("review given up", reason=CRASHED)
        metrics.review_ended("failed", "crash")
        return "given up"

    def _forget(self, steps: Steps, repositories: list[int]) -> str:
        gone = steps("forget", lambda: clear_away(self._queue, repositories))
        log.info("repositories forgotten", repositories=repositories, workflows=gone)
        return "forgotten"

    def _sweep(self, steps: Steps, installation: int, repositories: list[int]) -> str:
        def sweep() -> int:
            github = AppGateway(self._settings, self._gates)
            found = github.repositories(installation)
            chosen = [t for t in found if not repositories or t.repository in repositories]
            return Reconciler(self._queue, github).sweep(chosen).requested

        requested = steps("sweep", sweep)
        log.info("swept", installation=installation, requested=requested)
        return "swept"

    def _request(
        self, steps: Steps, delivery: str, event: ReviewRequested, comment: int = 0
    ) -> None:
        """Ask for a review; exactly once, however often the workflow is recovered."""

        def accept() -> str:
            return self._queue.accept(f"{delivery}:review", event, comment).workflow

        steps("request", accept)

    def _services(self, target: Target, generation: int, steps: Steps) -> flow.Services:
        def newest() -> bool:
            with self._queue.engine.connect() as tx:
                return store.is_newest(tx, target.key, generation)

        def reviewed(head_sha: str) -> None:
            # Only spares the reconciler a look: it is no loss if it cannot be noted.
            with suppress(SQLAlchemyError), self._queue.engine.begin() as tx:
                store.set_reviewed(tx, target.key, generation, head_sha)

        return flow.Services(
            gateway=self._gateway(target),
            is_newest=lambda: steps.read("is newest", newest),
            turn=partial(self._turn, target.key, str(DBOS.workflow_id)),
            assess=self._assess,
            today=lambda: date.fromisoformat(steps.read("today", _today)),
            pages=self._pages,
            resolver=Resolver(self._queue.engine, target.installation),
            reviewed=reviewed,
            concluded=partial(self._keep, target, generation),
        )

    def _keep(self, target: Target, generation: int, found: Review) -> None:
        """Keep for trends what the review came to; that fails no check that is posted."""
        try:
            with self._queue.engine.begin() as tx:
                seconds = age(tx, workflow_of(target.key, generation))
                insights_rows.record(tx, target, generation, found, seconds)
        except AWAY_ERRORS:
            raise  # The step is done again when the database is back, and so is this.
        except Exception:
            log.exception("the review is in no trend")

    @contextmanager
    def _turn(self, key: str, workflow: str) -> Iterator[None]:
        """Post to a target as the only one; what others have posted can be seen then."""
        if not self._queue.has_turn(key, workflow):
            raise RetryLater(1, POSTING, "ours")
        try:
            yield
        finally:
            # If this cannot be noted, or is never reached: who has ended has no turn any more.
            with suppress(SQLAlchemyError):
                self._queue.end_turn(key, workflow)

    @property
    def _pages(self) -> str:
        return f"{self._settings.url}/rules" if self._settings.url else ""

    def _gateway(self, target: Target) -> Gateway:
        return self._parts.gateway(self._settings, target, self._gates)

    def _assess_now(
        self, files: Sequence[SourceFile], profile: Profile, go_on: Callable[[], bool]
    ) -> list[Assessment]:
        """Assess when one of the worker's slots is free: each may take 512 MB and a whole core."""
        while not self._slots.acquire(timeout=0.3):
            if not go_on():
                raise Stopped
        try:
            started = time.monotonic()
            assessed = self._parts.assess(files, profile, go_on)
            metrics.analysed(time.monotonic() - started)
            return assessed
        finally:
            self._slots.release()


def _made(kind: type[D], given: dict[str, Any]) -> D:
    """A dataclass from JSON; what only another version of ours knows of it is left out."""
    known = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in given.items() if name in known})


def _about(target: Target, **more: Any) -> None:
    """Every log line of this workflow from now on says what it is about."""
    group = {"merge_group": target.group_head} if target.group_head else {}
    number = {"pull_request": target.number} if target.number or group else {}
    bind_contextvars(repository=target.full_name, **number, **group, **more)


def _why(steps: Steps) -> tuple[str, str]:
    """Why a review failed: one of ``metrics.FAILURES``, and in words that are safe to show."""
    if "refuse" in steps.begun:
        return "configuration", UNUSABLE
    cause, told = steps.trouble
    return cause or "ours", told or UNFORESEEN


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _open_numbers(gateway: Gateway, head_sha: str) -> list[int]:
    return [pull.number for pull in gateway.pull_requests_of(head_sha) if pull.state == "open"]


def _may(gateway: Gateway, target: Target, login: str) -> bool:
    """Whether *login* may command: the pull request's author, or anybody who may write."""
    if gateway.permission(login) in MAY_COMMAND:
        return True
    return gateway.pull_request(target.number).author == login


def _answer(steps: Steps, gateway: Gateway, target: Target, comment: int, said: str) -> None:
    """Answer a command in the conversation, once; then it is done."""
    marker = reply_marker(comment)

    def reply() -> None:
        own = gateway.own_user_id()
        texts = (text for author, text in gateway.comments(target.number) if author == own)
        if not any(marker in text for text in texts):
            gateway.reply(target.number, f"{said}\n\n{marker}")

    try:
        steps("reply", reply)
    except (Gone, GitHubRefused, StepFailed) as error:
        log.warning("no reply", reason=str(error))
        _react(steps, gateway, comment, REFUSED)
    else:
        _react(steps, gateway, comment, DONE)


def _react(steps: Steps, gateway: Gateway, comment: int, content: str) -> None:
    """React to the command's comment; that it cannot be done (deleted, locked) ends nothing."""
    try:
        steps(f"react {content}", lambda: gateway.react(comment, content))
    except (Gone, GitHubRefused, StepFailed) as error:
        log.warning("no reaction", content=content, reason=str(error))
