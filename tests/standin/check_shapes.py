"""How GitHub writes check runs, suites and annotations in JSON."""

from typing import Any

from tests.standin import shapes
from tests.standin.pull_shapes import minimal_pull
from tests.standin.state import CheckRun, CheckSuite
from tests.standin.world import World


def check_run(world: World, run: CheckRun) -> dict[str, Any]:
    """Return a ``check-run``; ``pull_requests`` is empty for a fork's commit."""
    repo = run.suite.repository
    me = f"{world.api}/repos/{repo.full_name}/check-runs/{run.id}"
    output = {name: run.output.get(name) for name in ("title", "summary", "text")}
    counted = {"annotations_count": len(run.annotations), "annotations_url": f"{me}/annotations"}
    author = shapes.app(world, world.app)
    if run.foreign:
        author |= {"id": author["id"] + 1, "slug": "other", "name": "other"}
    return {
        "id": run.id,
        "node_id": f"CR_{run.id}",
        "name": run.name,
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "url": me,
        "html_url": f"{world.html}/{repo.full_name}/runs/{run.id}",
        "details_url": run.details_url,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": run.started_at,
        "completed_at": run.completed_at,
        "output": output | counted,
        "check_suite": {"id": run.suite.id},
        "app": author,
        "pull_requests": same_repository_pulls(world, run.suite),
    }


def delivered_run(world: World, run: CheckRun) -> dict[str, Any]:
    """Return a run as webhooks carry it: with its whole suite."""
    return check_run(world, run) | {"check_suite": check_suite(world, run.suite)}


def same_repository_pulls(world: World, suite: CheckSuite) -> list[dict[str, Any]]:
    """Return the open pull requests of a suite's commit, those of forks left out."""
    pulls = world.pulls_of(suite.repository, suite.head_sha)
    own = [pull for pull in pulls if pull.head_repository is suite.repository]
    return [minimal_pull(world, pull) for pull in own]


def check_suite(world: World, suite: CheckSuite) -> dict[str, Any]:
    """Return a ``check-suite``: queued again after a re-run was asked for, else as its runs."""
    repo = suite.repository
    api = f"{world.api}/repos/{repo.full_name}"
    me = f"{api}/check-suites/{suite.id}"
    runs = [run for run in world.runs.values() if run.suite is suite]
    pulls = same_repository_pulls(world, suite)
    done = bool(runs) and all(run.status == "completed" for run in runs) and not suite.queued
    status = "completed" if done else "queued"
    commit = repo.store.commits[suite.head_sha]
    return {
        "id": suite.id,
        "node_id": f"CS_{suite.id}",
        "head_branch": pulls[0]["head"]["ref"] if pulls else None,
        "head_sha": suite.head_sha,
        "status": status,
        "conclusion": runs[-1].conclusion if done else None,
        "url": me,
        "before": commit.parents[0] if commit.parents else None,
        "after": suite.head_sha,
        "pull_requests": pulls,
        "app": shapes.app(world, world.app),
        "repository": shapes.repository(world, repo),
        "created_at": suite.created_at,
        "updated_at": suite.created_at,
        "head_commit": shapes.simple_commit(commit),
        "latest_check_runs_count": len({run.name for run in runs}),
        "check_runs_url": f"{me}/check-runs",
        "rerequestable": True,
        "runs_rerequestable": True,
    }


def annotation(world: World, run: CheckRun, made: dict[str, Any]) -> dict[str, Any]:
    """Return a ``check-annotation``."""
    page = f"{world.html}/{run.suite.repository.full_name}"
    optional = ("start_column", "end_column", "title", "raw_details")
    return {
        **{name: made.get(name) for name in optional},
        **{name: made[name] for name in ("path", "start_line", "end_line", "message")},
        "annotation_level": made["annotation_level"],
        "blob_href": f"{page}/blob/{run.head_sha}/{shapes.quoted(made['path'])}",
    }
