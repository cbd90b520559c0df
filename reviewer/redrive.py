"""``secreview redrive``: the reviews that failed for good, and another try at them."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from reviewer import log
from reviewer.local import UsageError
from reviewer.report.markdown import one_line
from reviewer.settings import Settings
from reviewer.work import Queue
from reviewer.work.failed import Failed, failed, redrive

NONE = "No review has failed for good."
HEAD = "{count} failed for good, the last one first:"
LINE = "{name}  {at:%Y-%m-%d %H:%M:%S} UTC  {result}\n    {reason}\n    {workflow}"
HINT = "`secreview redrive --all` reviews again what was not superseded; so does naming some."
DONE = "{requeued} to be reviewed again, {left} left alone."
BOTH = "Name reviews or give --all, not both."
NOBODY = (
    "No failed review is called {name}. Write OWNER/REPO#NUMBER or a workflow's id, as "
    "`secreview redrive` lists them."
)
RESULTS = {
    "failed": "not superseded",
    "superseded": "superseded by a newer review",
    "requeued": "to be reviewed again",
    "already requeued": "somebody else has requeued it",
}

_REASON = 300


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a failed review: one of ``RESULTS``, and the new review's workflow id."""

    of: Failed
    result: str
    requeued: str = ""


def run(
    which: Sequence[str],
    wanted: Literal["terminal", "json"],
    settings: Settings,
    *,
    everything: bool,
) -> int:
    """List, or requeue what is named or everything, and say so; the exit code, 0.

    Raises:
        UsageError: a name is that of no failed review; nothing was requeued.
        Unavailable: the database is away, or was never prepared.
    """
    log.configure()
    if which and everything:
        raise UsageError(BOTH)
    queue = Queue(settings)
    try:
        found = failed(queue)
        if which or everything:
            # In the order in which they were asked for, as far as that is known.
            told = [_again(queue, one) for one in reversed(_chosen(found, which))][::-1]
        else:
            told = [Told(one, "superseded" if one.superseded else "failed") for one in found]
    finally:
        queue.close()
    show = _as_json if wanted == "json" else _as_text
    sys.stdout.write(show(told, acted=bool(which or everything)))
    return 0


def _chosen(found: Sequence[Failed], which: Sequence[str]) -> list[Failed]:
    """Those of *found* that are named; all of them where none is."""
    known = {name for one in found for name in (one.name.lower(), one.workflow.lower())}
    for name in which:
        if name.lower() not in known:
            raise UsageError(NOBODY.format(name=one_line(name, limit=_REASON)))
    names = {name.lower() for name in which}
    return [one for one in found if not names or names & {one.name.lower(), one.workflow.lower()}]


def _again(queue: Queue, one: Failed) -> Told:
    if one.superseded:
        return Told(one, "superseded")
    accepted = redrive(queue, one)
    if not accepted.new:
        return Told(one, "already requeued")
    return Told(one, "requeued", accepted.workflow)


def _as_text(told: Sequence[Told], *, acted: bool) -> str:
    if not told:
        return f"{NONE}\n"
    count = f"{len(told)} review{'s' * (len(told) != 1)}"
    lines = [HEAD.format(count=count), ""]
    for each in told:
        one = each.of
        reason = one_line(one.reason, limit=_REASON)
        lines.append(
            LINE.format(
                name=one.name, at=one.at, result=RESULTS[each.result], reason=reason,
                workflow=one.workflow,
            )
        )  # fmt: skip
    requeued = sum(each.result == "requeued" for each in told)
    end = DONE.format(requeued=requeued, left=len(told) - requeued) if acted else HINT
    return "\n".join([*lines, "", end, ""])


def _as_json(told: Sequence[Told], *, acted: bool) -> str:
    reviews = [_entry(each) for each in told]
    return json.dumps({"version": 1, "acted": acted, "reviews": reviews}, indent=2) + "\n"


def _entry(told: Told) -> dict[str, Any]:
    one = told.of
    return {
        "workflow": one.workflow,
        "repository": one.target.full_name,
        "pull_request": one.target.number,
        "merge_group": one.target.group_head or None,
        "generation": one.generation,
        "failed_at": one.at.isoformat(timespec="seconds"),
        "reason": one.reason,
        "result": told.result,
        "requeued": told.requeued or None,
    }
