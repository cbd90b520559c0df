"""The one flow of a review: look -> announce -> assess -> publish -> conclude.

Each step may be repeated after a crash, and looks for its own earlier effect first: the
check run by its external id, comments by their markers. Whatever breaks ends as a failed
check with the reason, never green.
"""

from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass
from datetime import date
from itertools import islice
from typing import Any, Protocol, TypeVar

import structlog

from reviewer import sandbox
from reviewer.examine import Assess, Examiner, Suggest, as_json, from_json
from reviewer.github import Gateway, GitHubRefused, Gone, RetryLater
from reviewer.limits import Stopped
from reviewer.model import CheckRun, PullRequest, Target, external_id, parse_external_id
from reviewer.publish import conclude, post_comments
from reviewer.repo_config import ConfigError, Problem
from reviewer.report import summary as words

REVIEWING = "Reviewing the test files"
REVIEWING_SUMMARY = "The changed test files are being read. This takes a few seconds."
SUPERSEDED = "Superseded by {sha}"
SUPERSEDED_SUMMARY = "There is a newer commit or a newer request, and its review takes over."
CLOSED = "Pull request closed"
CLOSED_SUMMARY = "The pull request was closed while it was being reviewed."
UNFORESEEN = "{kind} in the review"

T = TypeVar("T")
log = structlog.get_logger()


class Step(Protocol):
    """Runs a step of the flow; what comes back is what the step returned, plain JSON."""

    def __call__(self, name: str, action: Callable[[], T]) -> T:
        """Run *action*, or return what it came to when it was run before."""


@dataclass(frozen=True, slots=True)
class Services:
    """What a review needs of the world.

    ``is_newest`` says whether this is still the target's newest generation, ``today`` what
    suppressions expire against, ``pages`` the address below which the rules' pages are.
    """

    gateway: Gateway
    is_newest: Callable[[], bool]
    assess: Assess
    today: Callable[[], date]
    suggest: Suggest = sandbox.suggest
    pages: str = ""


def review(
    target: Target, generation: int, *, reason: str, forced: bool, services: Services, step: Step
) -> str:
    """Review *target* once; what it came to, in a word or two.

    "clean", "findings", "incomplete": posted. "superseded", "closed", "already reviewed":
    nothing new is said. "failed": the check says why.

    Args:
        target: the pull request.
        generation: the counter of its reviews; a newer one supersedes this.
        reason: what led to it, for the log.
        forced: review a head again that was reviewed before.
        services: what it needs of the world.
        step: runs each step, durably or directly.

    Raises:
        Gone: there is no access to the repository any more.
        RetryLater: only if *step* lets it through.
    """
    flow = _Flow(target, generation, services)
    try:
        return _stepped(flow, step, forced=forced)
    except (Gone, RetryLater):
        raise
    except Exception as error:
        log.exception("review failed", reason=reason, head=flow.head_sha)
        told = _told(error)
        step("fail", lambda: flow.fail(told))
        return "failed"


def fail(target: Target, generation: int, reason: str, *, services: Services, step: Step) -> None:
    """End the check run of a review that cannot go on, as failed because of *reason*.

    Raises:
        Gone, RetryLater: as ``review`` does.
    """
    step("fail", lambda: _Flow(target, generation, services).fail(reason))


def _stepped(flow: "_Flow", step: Step, *, forced: bool) -> str:
    looked = step("look", lambda: flow.look(forced=forced))
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
        step("refuse", lambda: flow.refuse(pull, examined["problems"]))
        return "failed"
    commented = step("publish", lambda: flow.publish(pull, examined))
    if commented is None:
        return step("supersede", flow.supersede)
    return step("conclude", lambda: flow.conclude(examined, commented))


class _Flow:
    """The steps of one review. What they return is plain JSON; None: it is superseded."""

    def __init__(self, target: Target, generation: int, services: Services) -> None:
        self._target = target
        self._generation = generation
        self._services = services
        self._gateway = services.gateway
        self.head_sha = ""

    def look(self, *, forced: bool) -> dict[str, Any]:
        """The pull request as it is, or how the review ends before it began."""
        pull = self._gateway.pull_request(self._target.number)
        if pull.state != "open":
            return {"end": "closed"}
        if not forced:
            # Of several runs, people and branch protection see the newest: a cancelled one too.
            ours = filter(self._is_ours, self._gateway.check_runs(pull.head_sha))
            if any(map(self._is_done, islice(ours, 1))):
                return {"end": "already reviewed"}
        return asdict(pull)

    def announce(self) -> bool:
        """Have a check run in progress on the head; False when superseded already."""
        if self._services.is_newest():
            self._run()
            return True
        # One may have been made just before a crash, or by a request that got no answer.
        if self._found():
            self.supersede()
        return False

    def assess(self, pull: PullRequest) -> dict[str, Any] | None:
        """All there is to say, or the problems of the project's configuration."""
        changed = self._gateway.changed_files(pull.number)
        # The list is that of the newest head, which may not be the one that was announced.
        if self._gateway.pull_request(pull.number).head_sha != pull.head_sha:
            return None
        services = self._services
        examiner = Examiner(
            self._gateway,
            services.assess,
            services.suggest,
            services.is_newest,
            services.today(),
            services.pages,
        )
        try:
            return as_json(examiner.examine(pull, changed))
        except Stopped:
            return None
        except ConfigError as error:
            log.warning("configuration refused", base=pull.base_sha, problems=str(error))
            return {"problems": [astuple(problem) for problem in error.problems]}

    def publish(self, pull: PullRequest, examined: dict[str, Any]) -> list[str] | None:
        """The fingerprints of the findings that have a comment on their line now."""
        if not self._services.is_newest():
            return None
        return post_comments(self._gateway, pull, from_json(examined))

    def conclude(self, examined: dict[str, Any], commented: list[str]) -> str:
        """Complete the check run, unless it is so already; the outcome."""
        if not self._services.is_newest():
            return self.supersede()
        found, run = from_json(examined).review, self._run()
        if not run.conclusion:
            conclude(self._gateway, run, found, commented)
        return found.verdict.value

    def supersede(self) -> str:
        """Cancel the check run in favour of what is newer; the outcome."""
        pull, run = self._gateway.pull_request(self._target.number), self._run()
        closed = pull.state != "open"
        if not run.conclusion:
            title = CLOSED if closed else SUPERSEDED.format(sha=pull.head_sha[:12])
            text = CLOSED_SUMMARY if closed else SUPERSEDED_SUMMARY
            self._gateway.update_check_run(run.id, title, text, conclusion="cancelled")
        return "closed" if closed else "superseded"

    def refuse(self, pull: PullRequest, problems: list[list[Any]]) -> None:
        """Complete the check run as failed: the project's configuration cannot be used."""
        told = words.unusable_summary(pull.base_ref, [Problem(*problem) for problem in problems])
        self._fail(words.failure_title(words.UNUSABLE), told)

    def fail(self, reason: str) -> None:
        """Complete the check run as failed, with the reason; one is made if there is none."""
        self._fail(words.failure_title(reason), words.failure_summary(reason))

    def _fail(self, title: str, summary: str) -> None:
        if not self._services.is_newest():
            if self.head_sha:
                self.supersede()
            return
        self.head_sha = self.head_sha or self._gateway.pull_request(self._target.number).head_sha
        self._gateway.update_check_run(self._run().id, title, summary, conclusion="failure")

    def _run(self) -> CheckRun:
        """This review's own check run: found by its external id, or made."""
        found, ours = self._found(), self._external_id
        if found:
            return found
        made = self._gateway.create_check_run(self.head_sha, ours, REVIEWING, REVIEWING_SUMMARY)
        return CheckRun(made, ours, "", REVIEWING, 0)

    def _found(self) -> CheckRun | None:
        """This review's own check run, if it was made."""
        runs = self._gateway.check_runs(self.head_sha)
        return next((run for run in runs if run.external_id == self._external_id), None)

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
