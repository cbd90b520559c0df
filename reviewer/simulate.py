"""``secreview simulate OWNER/REPO#N``: the verdict that the App would give, without a write.

It reads the pull request with a token that can write nothing.
"""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from reviewer import formats, sandbox
from reviewer.conversation import Earlier, plan
from reviewer.examine import DraftSkipped, Examined, Examiner, Request
from reviewer.formats import Format
from reviewer.github import AppGateway, Gateway, GitHubRefused, Gone, RetryLater
from reviewer.local import UsageError
from reviewer.model import PullRequest, Verdict
from reviewer.repo_config import ConfigError
from reviewer.report.summary import title, unusable_summary
from reviewer.settings import Settings

NOT_A_PULL = "`{text}` is no pull request; write it as OWNER/REPO#NUMBER, such as acme/shop#17."
UNREACHABLE = "{text} cannot be read: {reason}. Is the App installed there?"
MOVED = "The pull request changed while it was read; try again."
DRAFT = "Draft: not reviewed, because the project's configuration has drafts skipped."
WOULD = "The check would be `{conclusion}`: {title}."
TALK = "Comments: {new} new, {edits} edited, {resolved} threads resolved where that is allowed."
CLOSED = "The pull request is {state}: the App would not review it."

_FORM = re.compile(r"([A-Za-z0-9_.-]{1,100})/([A-Za-z0-9_.-]{1,100})#([1-9][0-9]{0,9})")


def simulate(text: str, wanted: Format, settings: Settings) -> int:
    """Print the review of the pull request *text* is; the exit code as of ``check``.

    Raises:
        UsageError: there is none, we cannot see it, or its configuration cannot be used.
    """
    match = _FORM.fullmatch(text)
    if not match:
        raise UsageError(NOT_A_PULL.format(text=text))
    try:
        gateway = AppGateway(settings).reader(match[1], match[2])
        pull = gateway.pull_request(int(match[3]))
        examined = _examined(gateway, pull, settings)
        said = _talk(gateway, pull, examined)
    except (Gone, GitHubRefused, RetryLater) as error:
        raise UsageError(UNREACHABLE.format(text=text, reason=error)) from None
    except ConfigError as error:
        told = unusable_summary(pull.base_ref, error.problems, error.where)
        raise UsageError(told) from None
    except DraftSkipped:
        _say(DRAFT)
        return 0
    formats.show(formats.Report(examined.review, Path.cwd()), wanted)
    review = examined.review
    conclusion = "failure" if review.failing else "success"
    _say(WOULD.format(conclusion=conclusion, title=title(review).rstrip(".")), said)
    if pull.state != "open":
        _say(CLOSED.format(state=pull.state))
    return 3 if review.verdict is Verdict.INCOMPLETE else int(review.failing)


def _examined(gateway: Gateway, pull: PullRequest, settings: Settings) -> Examined:
    head_sha, changed = gateway.changed_files(pull.number)
    if head_sha and head_sha != pull.head_sha:
        raise UsageError(MOVED)
    pages = f"{settings.url}/rules" if settings.url else ""
    request = Request(datetime.now(UTC).date(), pages, reason="simulation")
    examiner = Examiner(gateway, sandbox.assess, sandbox.suggest, lambda: True, request)
    return examiner.examine(pull, changed)


def _talk(gateway: Gateway, pull: PullRequest, examined: Examined) -> str:
    earlier = Earlier(gateway.own_user_id(), tuple(gateway.review_comments(pull.number)))
    made = plan(examined, earlier, pull.head_sha)
    return TALK.format(new=len(made.new), edits=len(made.edits), resolved=len(made.resolve))


def _say(*sentences: str) -> None:
    print("\n".join(sentences), file=sys.stderr)  # noqa: T201  # the command line speaks
