"""The one flow of a review: look -> announce -> assess -> publish -> conclude -> mend.

Each step may be repeated after a crash, and looks for its own earlier effect first: the
check run by its external id, comments by their markers. Whatever breaks ends as a failed
check with the reason, never green.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, astuple, dataclass, field, replace
from datetime import date
from typing import Any, Protocol, TypeVar

import structlog

from reviewer import metrics, sandbox
from reviewer.examine import (
    Assess,
    DraftSkipped,
    Examiner,
    Request,
    Suggest,
    as_json,
    from_json,
)
from reviewer.github import Gateway, GitHubRefused, Gone, RetryLater
from reviewer.limits import Stopped
from reviewer.model import (
    ChangedFile,
    CheckRun,
    PullRequest,
    Review,
    Target,
    external_id,
    parse_external_id,
)
from reviewer.publish import Resolver, conclude, converse, mend
from reviewer.repo_config import ConfigError, Problem
from reviewer.report import summary as words
from reviewer.report.actions import ACTIONS

REVIEWING = "Reviewing the test files"
REVIEWING_SUMMARY = "The changed test files are being read. This takes a few seconds."
SUPERSEDED = "Superseded by {sha}"
SUPERSEDED_SUMMARY = "There is a newer commit or a newer request, and its review takes over."
CLOSED = "Pull request closed"
CLOSED_SUMMARY = "The pull request was closed while it was being reviewed."
DESTROYED = "Merge group dissolved"
DESTROYED_SUMMARY = "The merge queue has dissolved the group; nothing is merged from it."
DRAFT = "Draft: not reviewed"
DRAFT_SUMMARY = """\
The project's configuration has drafts skipped. Mark the pull request as ready for review, or \
comment `/secreview`, to have it reviewed."""
UNFORESEEN = "{kind} in the review"

T = TypeVar("T")
log = structlog.get_logger()


class Step(Protocol):
    """Runs a step of the flow; what comes back is what the step returned, plain JSON."""

    def __call__(self, name: str, action: Callable[[], T]) -> T:
        """Run *action*, or return what it came to when it was run before."""


def _unheard(_told: object) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Services:
    """What a review needs of the world.

    ``is_newest`` says whether this is still the target's newest generation, ``today`` what
    suppressions expire against, ``pages`` the address below which the rules' pages are.
    ``reviewed`` is told the head SHA of a complete review, ``concluded`` what it came to; both
    may be told again. Within ``turn`` no other review posts to the target.
    """

    gateway: Gateway
    is_newest: Callable[[], bool]
    assess: Assess
    today: Callable[[], date]
    suggest: Suggest = sandbox.suggest
    pages: str = ""
    resolver: Resolver = field(default_factory=Resolver)
    reviewed: Callable[[str], None] = _unheard
    concluded: Callable[[Review], None] = _unheard
    turn: Callable[[], AbstractContextManager[None]] = nullcontext


@dataclass(frozen=True, slots=True)
class Asked:
    """Why a review runs: see ReviewRequested. ``closed``: the target is said to be closed.

    ``heads``: where this same review, which was interrupted, may have a check run already.
    """

    reason: str
    forced: bool = False
    full: bool = False
    by: str = ""
    closed: bool = False
    heads: tuple[str, ...] = ()


def review(target: Target, generation: int, asked: Asked, *, services: Services, step: Step) -> str:
    """Review *target* once; what it came to, in a word or two.

    "clean", "findings", "incomplete": posted. "superseded", "closed", "already reviewed":
    nothing new is said. "failed": the check says why.

    Args:
        target: the pull request.
        generation: the counter of its reviews; a newer one supersedes this.
        asked: what led to it.
        services: what it needs of the world.
        step: runs each step, durably or directly.

    Raises:
        Gone: there is no access to the repository any more.
        RetryLater: only if *step* lets it through.
    """
    flow = _Flow(target, generation, services, asked)
    try:
        return _stepped(flow, step)
    except (Gone, RetryLater):
        raise
    except Exception as error:
        log.exception("review failed", reason=asked.reason, head=flow.head_sha)
        told = _told(error)
        step("fail", lambda: flow.fail(told))
        return "failed"


def fail(
    target: Target,
    generation: int,
    reason: str,
    *,
    services: Services,
    step: Step,
    heads: Sequence[str] = (),
) -> None:
    """End the check run of a review that cannot go on, as failed because of *reason*.

    *heads*: see ``Asked``; the last one is that of its check run.

    Raises:
        Gone, RetryLater: as ``review`` does.
    """
    flow = _Flow(target, generation, services, Asked("given up"))
    flow.head_sha = heads[-1] if heads else ""
    step("fail", lambda: flow.fail(reason))


def _stepped(flow: "_Flow", step: Step) -> str:
    looked = step("look", flow.look)
    others = [head for head in flow.heads if head != looked.get("head_sha")]
    if others:
        step("leave", lambda: flow.leave(others))
    if "end" in looked:
        return str(looked["end"])
    pull = PullRequest(**looked)
    flow.head_sha = pull.head_sha
    if not step("announce", flow.announce):
        return "superseded"
    examined = step("assess", lambda: flow.assess(pull))
    if examined is None:
        return step("supersede", flow.supersede)
    if "problems" in examined:
        step("refuse", lambda: flow.refuse(pull, examined))
        return "failed"
    if "draft" in examined:
        return step("skip", flow.skip)
    left = step("publish", lambda: flow.publish(pull, examined))
    if left is None:
        return step("supersede", flow.supersede)
    outcome = step("conclude", lambda: flow.conclude(examined, left["shown"]))
    # One edit a second is all that GitHub likes to see: nobody's merge waits for that.
    if left["edits"]:
        step("mend", lambda: flow.mend(pull, left))
    return outcome


class _Flow:
    """The steps of one review. What they return is plain JSON; None: it is superseded."""

    def __init__(self, target: Target, generation: int, services: Services, asked: Asked) -> None:
        self._target = target
        self._generation = generation
        self._services = services
        self._gateway = services.gateway
        self._asked = asked
        self._announced: CheckRun | None = None
        self._seen: list[CheckRun] | None = None
        self.head_sha = ""

    @property
    def heads(self) -> tuple[str, ...]:
        """Where this review may have a check run already."""
        return self._asked.heads

    def look(self) -> dict[str, Any]:
        """The pull request as it is, or how the review ends before it began."""
        pull = self._pull_request()
        if pull.state != "open":
            return {"end": "closed"}
        self._seen = self._gateway.check_runs(pull.head_sha)
        # Of several runs, people and branch protection see the newest: a cancelled one too.
        newest = next(filter(self._is_ours, self._seen), None)
        if newest and not self._asked.forced and self._is_done(newest):
            mine = external_id(self._target, pull.head_sha, self._generation)
            # What this review concluded itself may have left earlier comments to edit.
            if newest.external_id != mine:
                self._services.reviewed(pull.head_sha)
                return {"end": "already reviewed"}
        return asdict(pull)

    def leave(self, heads: Sequence[str]) -> None:
        """Cancel what this review began on *heads*, which it does not go on with."""
        pull = self._pull_request()
        for head in heads:
            ours = external_id(self._target, head, self._generation)
            for run in self._gateway.check_runs(head):
                if run.external_id == ours:
                    self._cancel(run, pull)

    def announce(self) -> bool:
        """Have a check run in progress on the head; False when superseded already."""
        if self._services.is_newest():
            self._announced = self._run()
            return True
        # One may have been made just before a crash, or by a request that got no answer.
        if self._found():
            self.supersede()
        return False

    def assess(self, pull: PullRequest) -> dict[str, Any] | None:
        """All there is to say, or the problems of the project's configuration."""
        head_sha, changed = self._changed(pull)
        # The list is that of the newest head, which may not be the one that was announced.
        now = head_sha or self._pull_request().head_sha
        if now != pull.head_sha:
            return None
        if self._target.group_head:
            pull = replace(pull, changed_files=len(changed))
        services, asked = self._services, self._asked
        request = Request(services.today(), services.pages, asked.full, asked.reason, asked.by)
        examiner = Examiner(
            self._gateway, services.assess, services.suggest, services.is_newest, request
        )
        try:
            return as_json(examiner.examine(pull, changed))
        except Stopped:
            return None
        except DraftSkipped:
            return {"draft": True}
        except ConfigError as error:
            log.warning("configuration refused", base=pull.base_sha, problems=str(error))
            problems = [astuple(problem) for problem in error.problems]
            return {"problems": problems, "where": error.where}

    def publish(self, pull: PullRequest, examined: dict[str, Any]) -> dict[str, Any] | None:
        """What has a comment on its line now, and what is left to edit."""
        if not pull.number:
            return {"shown": [], "edits": []} if self._services.is_newest() else None
        with self._services.turn():
            if not self._services.is_newest():
                return None
            return converse(self._gateway, pull, from_json(examined))

    def conclude(self, examined: dict[str, Any], shown: list[str]) -> str:
        """Complete the check run, unless it is so already; the outcome."""
        if not self._services.is_newest():
            return self.supersede()
        found, run = from_json(examined).review, self._run()
        if not run.conclusion:
            conclude(self._gateway, run, found, shown)
            metrics.found(finding.rule for finding in found.findings)
        self._services.concluded(found)
        self._services.reviewed(self.head_sha)
        return found.verdict.value

    def mend(self, pull: PullRequest, left: dict[str, Any]) -> None:
        """Edit what was said earlier; a newer review does so itself."""
        if self._services.is_newest():
            mend(self._gateway, self._services.resolver, pull, left)

    def skip(self) -> str:
        """Complete the check run of a draft, which nobody wants reviewed."""
        if not self._services.is_newest():
            return self.supersede()
        self._end(self._run().id, DRAFT, DRAFT_SUMMARY, "success")
        return "skipped"

    def supersede(self) -> str:
        """Cancel the check run in favour of what is newer; the outcome."""
        pull, run = self._pull_request(), self._run()
        self._cancel(run, pull)
        return "closed" if pull.state != "open" else "superseded"

    def _cancel(self, run: CheckRun, pull: PullRequest) -> None:
        if run.conclusion:
            return
        title, text = SUPERSEDED.format(sha=pull.head_sha[:12]), SUPERSEDED_SUMMARY
        if pull.state != "open":
            title, text = CLOSED, CLOSED_SUMMARY
        elif self._target.group_head:
            title, text = DESTROYED, DESTROYED_SUMMARY
        self._gateway.update_check_run(run.id, title, text, conclusion="cancelled")

    def refuse(self, pull: PullRequest, examined: dict[str, Any]) -> None:
        """Complete the check run as failed: the project's configuration cannot be used."""
        problems = [Problem(*problem) for problem in examined["problems"]]
        told = words.unusable_summary(pull.base_ref, problems, examined["where"])
        self._fail(words.failure_title(words.UNUSABLE), told)

    def fail(self, reason: str) -> None:
        """Complete the check run as failed, with the reason; one is made if there is none."""
        self._fail(words.failure_title(reason), words.failure_summary(reason))

    def _fail(self, title: str, summary: str) -> None:
        if not self._services.is_newest():
            if self.head_sha:
                self.supersede()
            return
        self.head_sha = self.head_sha or self._pull_request().head_sha
        self._end(self._run().id, title, summary, "failure")

    def _end(self, run: int, title: str, summary: str, conclusion: str) -> None:
        self._gateway.update_check_run(run, title, summary, conclusion=conclusion, actions=ACTIONS)

    def _pull_request(self) -> PullRequest:
        """The pull request as it is now; a merge group in its shape."""
        target = self._target
        if not target.group_head:
            return self._gateway.pull_request(target.number)
        return PullRequest(
            number=0,
            author="",
            state="closed" if self._asked.closed else "open",
            draft=False,
            head_sha=target.group_head,
            base_sha=target.group_base or self._gateway.parent(target.group_head),
            base_ref=target.group_branch,
            changed_files=0,
            html_url=self._gateway.page_of(target.group_head),
        )

    def _changed(self, pull: PullRequest) -> tuple[str, list[ChangedFile]]:
        """The head SHA that the list of changed files is of, "" if nobody says, and the list."""
        if pull.number:
            return self._gateway.changed_files(pull.number)
        _, changed = self._gateway.compared(pull.base_sha, pull.head_sha)
        return pull.head_sha, changed

    def _run(self) -> CheckRun:
        """This review's own check run: found by its external id, or made.

        The one that was announced is taken at its word once; a step that is tried again
        has to see what its first try did.
        """
        announced, self._announced = self._announced, None
        return announced or self._found() or self._new_run()

    def _new_run(self) -> CheckRun:
        ours = self._external_id
        made = self._gateway.create_check_run(self.head_sha, ours, REVIEWING, REVIEWING_SUMMARY)
        return CheckRun(made, ours, "", REVIEWING, 0)

    def _found(self) -> CheckRun | None:
        """This review's own check run, if it was made."""
        # Listed a moment ago, and nothing was made since; whoever comes later lists anew.
        listed, self._seen = self._seen, None
        if listed is None:
            listed = self._gateway.check_runs(self.head_sha)
        return next((run for run in listed if run.external_id == self._external_id), None)

    @property
    def _external_id(self) -> str:
        return external_id(self._target, self.head_sha, self._generation)

    def _is_ours(self, run: CheckRun) -> bool:
        """Whether *run* is that of a review of this target."""
        of = parse_external_id(run.external_id)
        here = (self._target.repository, self._target.number)
        return bool(of and (of.repository, of.number) == here)

    @staticmethod
    def _is_done(run: CheckRun) -> bool:
        """Whether *run* is that of a whole review."""
        broken = run.title.startswith(words.FAILED.partition("{")[0])
        return run.conclusion in ("success", "failure") and not broken


def _told(error: Exception) -> str:
    """The reason as people see it: our own errors speak for themselves, others are named."""
    if isinstance(error, GitHubRefused) or type(error).__module__.startswith("reviewer."):
        return str(error)
    return UNFORESEEN.format(kind=type(error).__name__)
