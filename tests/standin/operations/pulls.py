"""Pull requests and the files they change."""

from tests.standin import pull_shapes, shapes
from tests.standin.state import MAX_FILES
from tests.standin.web import PAGED, Answer, Call, by_creation, operation

READ = {"pull_requests": "read"}


@operation(
    "GET", "/repos/{owner}/{repo}/pulls", READ, query=f"state head base sort direction {PAGED}"
)
def list_pulls(call: Call) -> Answer:
    """Answer with pull requests, open ones by default, newest first."""
    by_creation(call)
    state, base = call.query.get("state", "open"), call.query.get("base")
    head = call.query.get("head")
    chosen = [
        pull
        for pull in call.repository.pulls.values()
        if state in {pull.state, "all"}
        and base in {pull.base_ref, None}
        and head in {f"{pull.head_owner.login}:{pull.head_ref}", None}
    ]
    ascending = call.query.get("direction") == "asc"
    ordered = sorted(chosen, key=lambda pull: pull.number, reverse=not ascending)
    return call.page(ordered, lambda pull: pull_shapes.simple_pull(call.world, pull))


@operation("GET", "/repos/{owner}/{repo}/pulls/{pull_number}", READ)
def get_pull(call: Call) -> Answer:
    """Answer with one pull request."""
    return Answer(pull_shapes.full_pull(call.world, call.pull))


@operation("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/files", READ, query=PAGED)
def list_files(call: Call) -> Answer:
    """Answer with the changed files, the first 3,000 of them."""
    pull = call.pull
    return call.page(
        pull.files()[:MAX_FILES],
        lambda file: shapes.changed_file(call.world, pull.repository, pull.head_sha, file),
    )


@operation("GET", "/repos/{owner}/{repo}/commits/{commit_sha}/pulls", READ, query=PAGED)
def list_commit_pulls(call: Call) -> Answer:
    """Answer with the pull requests that a commit is in, closed ones too."""
    sha = call.arguments["commit_sha"]
    holding = [pull for pull in call.repository.pulls.values() if sha in pull.commits]
    return call.page(holding, lambda pull: pull_shapes.simple_pull(call.world, pull))
