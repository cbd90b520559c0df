"""Heals what was missed: deliveries that failed, and heads that nobody reviewed.

GitHub never delivers twice by itself. A round asks for the deliveries that failed once more,
and then goes through the open pull requests for heads without a completed run of ours. It is
bounded in requests; what it does not get to, the next round begins with.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from reviewer import store
from reviewer.github import AppGateway, GitHubRefused, Gone, OpenHead
from reviewer.model import Target, parse_external_id
from reviewer.webhook import ReviewRequested
from reviewer.work.queue import Queue

REQUESTS = 300
PAGES = 10
WINDOW = timedelta(days=3)
# An attempt may still be on its way, and one of its guid may have been made since.
SETTLED = timedelta(minutes=1)
OVERLAP = timedelta(minutes=10)

_MARK, _CURSOR, _START, _SWEPT = (
    "reconcile:mark",
    "reconcile:cursor",
    "reconcile:start",
    "reconcile:swept",
)

log = structlog.get_logger()


@dataclass(slots=True)
class Healed:
    """What a round did: deliveries asked for again, reviews requested, requests made."""

    redelivered: int = 0
    requested: int = 0
    requests: int = 0


class Reconciler:
    """One round at a time.

    Args:
        queue: where reviews are requested; its database keeps how far we came.
        github: GitHub, as the App.
        requests: how many requests a round may make.
    """

    def __init__(self, queue: Queue, github: AppGateway, requests: int = REQUESTS) -> None:
        self._queue = queue
        self._github = github
        self._budget = requests
        self._healed = Healed()

    def round(self) -> Healed:
        """Ask for failed deliveries again, then look for heads without a review.

        Raises:
            RetryLater: GitHub limits us or is away; what was done is noted.
            GitHubRefused, sqlalchemy.exc.SQLAlchemyError: likewise.
        """
        self._redeliver(datetime.now(UTC))
        self.sweep(self._all_repositories())
        self._healed.requests = self._github.requests
        return self._healed

    def sweep(self, repositories: Iterable[Target]) -> Healed:
        """Request reviews for the heads in *repositories* that have none.

        Raises:
            as ``round`` does.
        """
        for somewhere in repositories:
            try:
                for head in self._github.open_heads(somewhere):
                    self._look_at(head)
            except (Gone, GitHubRefused) as error:
                log.info("not swept", repository=somewhere.full_name, reason=str(error))
        self._healed.requests = self._github.requests
        return self._healed

    def _redeliver(self, now: datetime) -> None:
        """Walk through the attempts, newest first, back to where the last walk began."""
        cursor = self._noted(_CURSOR)
        if not cursor:
            self._note(_START, now.isoformat())
        oldest = max(self._mark(), now - WINDOW)
        seen: set[str] = set()
        for _ in range(PAGES):
            attempts, cursor = self._github.attempts(cursor)
            for attempt in attempts:
                at = datetime.fromisoformat(attempt.at)
                if attempt.ok:
                    seen.add(attempt.guid)
                elif attempt.guid not in seen and oldest <= at <= now - SETTLED:
                    seen.add(attempt.guid)
                    self._again(attempt.id, attempt.guid)
            last = attempts[-1].at if attempts else ""
            if not cursor or not last or datetime.fromisoformat(last) < oldest:
                self._note(_MARK, self._noted(_START) or now.isoformat())
                self._note(_CURSOR, "")
                return
            self._note(_CURSOR, cursor)

    def _again(self, attempt: int, guid: str) -> None:
        """Have a delivery made again, once for each guid, unless we have taken it in since."""
        key = f"redelivered:{guid}"
        with self._queue.engine.begin() as tx:
            if store.is_delivered(tx, guid) or store.noted(tx, key) is not None:
                return
        try:
            self._github.redeliver(attempt)
        except GitHubRefused as refused:
            log.warning("not redelivered", delivery=guid, reason=str(refused))
        else:
            self._healed.redelivered += 1
            log.info("redelivered", delivery=guid)
        self._note(key, "asked")

    def _all_repositories(self) -> Iterator[Target]:
        """All repositories, from behind where the last round stopped, as the budget lasts."""
        behind = self._noted(_SWEPT)
        for installation in sorted(self._github.installations()):
            if behind and installation < int(behind.partition("/")[0]):
                continue
            if self._github.requests >= self._budget:
                return
            try:
                found = self._github.repositories(installation)
            except (Gone, GitHubRefused) as error:
                log.info("not swept", installation=installation, reason=str(error))
                continue
            for somewhere in sorted(found, key=lambda each: each.repository):
                place = f"{installation}/{somewhere.repository}"
                if behind and _place(place) <= _place(behind):
                    continue
                if self._github.requests >= self._budget:
                    return
                yield somewhere
                self._note(_SWEPT, place)
        self._note(_SWEPT, "")

    def _look_at(self, head: OpenHead) -> None:
        key = head.target.key
        with self._queue.engine.connect() as tx:
            if store.reviewed(tx, key) == head.head_sha or self._queue.is_busy(tx, key):
                return
            generation = store.generation(tx, key)
        if self._is_completed(head):
            with self._queue.engine.begin() as tx:
                generation = generation or store.raise_generation(tx, head.target)
                store.set_reviewed(tx, key, generation, head.head_sha)
            return
        # The same head and generation are requested once: a review that fails says so itself.
        delivery = f"reconcile:{key}@{head.head_sha}:{generation}"
        accepted = self._queue.accept(delivery, ReviewRequested(head.target, "missed"))
        self._healed.requested += accepted.new

    def _is_completed(self, head: OpenHead) -> bool:
        """Whether a run of ours for this pull request says what came of this head."""
        for run in self._github.check_runs(head):
            of = parse_external_id(run.external_id)
            if of and (of.repository, of.number) == (head.target.repository, head.target.number):
                return run.conclusion in ("success", "failure")
        return False

    def _mark(self) -> datetime:
        """The attempts before this time are done with."""
        noted = self._noted(_MARK)
        return (
            datetime.fromisoformat(noted) - OVERLAP if noted else datetime.min.replace(tzinfo=UTC)
        )

    def _noted(self, key: str) -> str:
        with self._queue.engine.connect() as tx:
            return store.noted(tx, key) or ""

    def _note(self, key: str, value: str) -> None:
        with self._queue.engine.begin() as tx:
            store.note(tx, key, value)


def _place(text: str) -> tuple[int, int]:
    installation, _, repository = text.partition("/")
    return int(installation), int(repository)
