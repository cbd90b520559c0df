"""Check runs: what GitHub accepts beyond its published schema, and how updates add up."""

from datetime import datetime
from typing import Any

from tests.standin import check_shapes
from tests.standin.operations.files import known_commit
from tests.standin.state import CheckRun
from tests.standin.web import PAGED, Answer, Call, Refused, invalid, not_found, operation

READ, WRITE = {"checks": "read"}, {"checks": "write"}
REPO = "/repos/{owner}/{repo}"
RUN = f"{REPO}/check-runs/{{check_run_id}}"
FIELDS = "name details_url external_id status started_at conclusion completed_at output actions"
TITLE_CHARACTERS = 255
MESSAGE_BYTES = 64 * 1024
OUTPUT = ("title", "summary", "text")


@operation("POST", f"{REPO}/check-runs", WRITE, body=f"head_sha {FIELDS}")
def create_run(call: Call) -> Answer:
    """Make a check run on a commit of the repository."""
    world, repository = call.world, call.repository
    sha = known_commit(repository, call.body["head_sha"]).sha
    checked(call.body)
    suite = world.suite(repository, sha)
    run = CheckRun(
        world.new_id(5),
        suite,
        call.body["name"],
        sha,
        external_id="",
        details_url=f"{world.html}/{world.app.slug}",
        status="queued",
        conclusion=None,
        started_at=world.now(),
        completed_at=None,
        output={},
    )
    world.runs[run.id] = run
    tell(call, run, "created")
    apply(run, call.body, world.now())
    if run.status == "completed":
        tell(call, run, "completed")
    return Answer(check_shapes.check_run(world, run), 201)


@operation("PATCH", RUN, WRITE, body=FIELDS)
def update_run(call: Call) -> Answer:
    """Change one of our own runs; annotations are added to those that are there."""
    run = wanted(call)
    if run.foreign:
        raise Refused(403, "Check run can only be modified by the GitHub App that created it.")
    checked(call.body)
    asked = call.body.get("status")
    if run.status == "completed" and asked not in {None, "completed"}:
        raise invalid("A completed check run cannot be updated to " + asked + ": create a new one.")
    before = run.status
    apply(run, call.body, call.world.now())
    if run.status == "completed" != before:
        tell(call, run, "completed")
    return Answer(check_shapes.check_run(call.world, run))


@operation("GET", RUN, READ)
def get_run(call: Call) -> Answer:
    """Answer with one run."""
    return Answer(check_shapes.check_run(call.world, wanted(call)))


@operation("GET", f"{RUN}/annotations", READ, query=PAGED)
def list_annotations(call: Call) -> Answer:
    """Answer with all annotations of a run, in the order they came."""
    run = wanted(call)
    return call.page(run.annotations, lambda made: check_shapes.annotation(call.world, run, made))


@operation(
    "GET",
    f"{REPO}/commits/{{ref}}/check-runs",
    READ,
    query=f"check_name status filter app_id {PAGED}",
)
def list_runs(call: Call) -> Answer:
    """Answer with a commit's runs, newest first; by default the latest of each name only."""
    repository, query = call.repository, call.query
    sha = known_commit(repository, call.arguments["ref"]).sha
    own, asked = str(call.world.app.id), query.get("app_id")
    chosen = [
        run
        for run in call.world.runs.values()
        if run.suite.repository is repository
        and run.head_sha == sha
        and query.get("check_name") in {run.name, None}
        and query.get("status") in {run.status, None}
        and (asked is None or (asked == own) is not run.foreign)
    ]
    if query.get("filter", "latest") == "latest":
        chosen = list({(run.foreign, run.name): run for run in chosen}.values())
    chosen.sort(key=lambda run: -run.id)
    return call.listing("check_runs", chosen, lambda r: check_shapes.check_run(call.world, r))


@operation("GET", f"{REPO}/commits/{{ref}}/check-suites", READ, query=f"app_id check_name {PAGED}")
def list_suites(call: Call) -> Answer:
    """Answer with the App's suites on a commit."""
    world, repository = call.world, call.repository
    sha = known_commit(repository, call.arguments["ref"]).sha
    name = call.query.get("check_name")
    named = {run.suite.id for run in world.runs.values() if run.name == name}
    chosen = [
        suite
        for suite in world.suites.values()
        if suite.repository is repository
        and suite.head_sha == sha
        and (name is None or suite.id in named)
        and call.query.get("app_id", str(world.app.id)) == str(world.app.id)
    ]
    return call.listing("check_suites", chosen, lambda s: check_shapes.check_suite(world, s))


def wanted(call: Call) -> CheckRun:
    """Return the run of the path, or 404."""
    run = call.world.runs.get(call.number("check_run_id"))
    if run is None or run.suite.repository is not call.repository:
        raise not_found()
    return run


def tell(call: Call, run: CheckRun, action: str) -> None:
    """Send the event of our own run back to us, as GitHub does to every App with checks:write."""
    shape = check_shapes.delivered_run(call.world, run)
    call.world.emit("check_run", action, run.suite.repository, call.world.app.bot, check_run=shape)


def checked(body: dict[str, Any]) -> None:
    """Refuse what the published schema lets through and GitHub does not."""
    if body.get("status") == "completed" and not body.get("conclusion"):
        raise invalid('"conclusion" wasn\'t supplied.')
    if body.get("conclusion") == "stale":
        raise invalid("stale can only be set by GitHub.")
    for field in {"started_at", "completed_at"} & set(body):
        moment(body[field])
    for note in (body.get("output") or {}).get("annotations") or []:
        if note["end_line"] < note["start_line"] or note["start_line"] < 1:
            raise invalid("end_line must not be before start_line, and lines count from 1.")
        if note["start_line"] != note["end_line"] and {"start_column", "end_column"} & set(note):
            raise invalid("start_column and end_column need start_line and end_line to be equal.")
        if len(note.get("title", "")) > TITLE_CHARACTERS:
            raise invalid(f"Only 255 characters are allowed; {len(note['title'])} were supplied.")
        for field in ("message", "raw_details"):
            size = len(note.get(field, "").encode())
            if size > MESSAGE_BYTES:
                raise invalid(f"Only 65536 bytes are allowed in {field}; {size} were supplied.")
        if not note["message"]:
            raise invalid("message can't be blank.")


def moment(text: str) -> None:
    """Refuse what is no ISO 8601 time with an offset."""
    try:
        aware = datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        raise invalid(f'"{text}" is not a valid "date-time".')


def apply(run: CheckRun, body: dict[str, Any], now: str) -> None:
    """Write the request into the run; a conclusion completes it."""
    for field in ("name", "details_url", "external_id", "started_at", "completed_at", "status"):
        if field in body:
            setattr(run, field, body[field])
    run.actions = body.get("actions", run.actions)
    run.started_at = run.started_at or now
    if body.get("conclusion"):
        run.conclusion, run.status = body["conclusion"], "completed"
        run.completed_at = run.completed_at or now
        run.suite.queued = False
    output = body.get("output")
    if output:
        run.output = {name: output.get(name, run.output.get(name)) for name in OUTPUT}
        run.annotations += output.get("annotations") or []
