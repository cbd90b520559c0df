"""What has to be true in the end, whatever happened before."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Engine, text

from reviewer.report.comments import markers
from tests.standin import StandIn
from tests.standin.state import CheckRun
from tests.torture.people import Work

DONE = ("success", "failure")
UNFINISHED = ("ENQUEUED", "DELAYED", "PENDING")
FIXED = "Fixed in"


def statuses(engine: Engine) -> Counter[str]:
    """How many workflows there are of each status."""
    schema = "" if engine.dialect.name == "sqlite" else "dbos."
    query = f"select status, count(*) from {schema}workflow_status group by status"
    with engine.connect() as tx:
        return Counter({row[0]: row[1] for row in tx.execute(text(query))})


def unfinished(engine: Engine) -> int:
    """How many workflows are waiting or under way."""
    return sum(count for status, count in statuses(engine).items() if status in UNFINISHED)


def in_progress(standin: StandIn) -> list[CheckRun]:
    """The check runs that are not completed."""
    with standin.world.lock:
        return [run for run in standin.world.runs.values() if run.status != "completed"]


def reviewed(standin: StandIn, work: Work) -> bool:
    """Whether the newest head has a completed review."""
    runs = standin.check_runs(work.pull.repository, work.pull.head_sha)
    return any(run.conclusion in DONE for run in runs)


def wrong(standin: StandIn, works: list[Work]) -> list[str]:
    """Every broken promise, in a sentence each."""
    told = [f"in progress for ever: {run.external_id}" for run in in_progress(standin)]
    told += [f"violation: {each}" for each in standin.violations]
    if standin.chaos:
        told += [f"did not wait: {each}" for each in standin.chaos.early]
    for work in works:
        told += _wrong_of(standin, work)
    return told


def _wrong_of(standin: StandIn, work: Work) -> Iterator[str]:
    pull = work.pull
    name = f"{pull.repository.full_name}#{pull.number}"
    runs = standin.check_runs(pull.repository, pull.head_sha)
    done = [run for run in runs if run.conclusion in DONE]
    wanted = "failure" if work.defects else "success"
    if not done:
        yield f"lost: {name} has no review of its newest head ({[r.conclusion for r in runs]})"
    elif done[-1].conclusion != wanted:
        yield f"{name}: {done[-1].conclusion} ({done[-1].output['title']}), not {wanted}"
    bodies = [comment.body for comment in pull.review_comments]
    said = Counter(mark for body in bodies for mark in markers(body)[:1])
    twice = [mark for mark, count in said.items() if count > 1]
    if twice:
        yield f"twice: {name} has {len(twice)} findings with more than one comment"
    standing = sum(not body.startswith(FIXED) for body in bodies)
    if done and standing != work.defects:
        yield f"{name}: {standing} comments stand, not {work.defects}"
