"""The whole road over HTTP: signed webhook, queue, sandbox, review; on both databases."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.demo.github import Reader
from tests.postgres import new_database
from tests.report_html import active, page
from tests.running import app, wait
from tests.standin import StandIn
from tests.standin.state import PullRequest

CLEAN = "No security defects are detected."
GOOD = "def test_a():\n    assert 1 + 1 == 2\n"
BAD = "import requests\n\n\ndef test_a():\n    requests.get(url, verify=False)\n"


@dataclass
class Stage:
    """A repository with the App installed and running."""

    standin: StandIn

    def open(self, files: dict[str, str | bytes], **more: Any) -> "Pull":
        """Open a pull request by ``mira``, who may write."""
        repository = self.standin.repository(f"acme/r{time.monotonic_ns()}")
        self.standin.permit(repository, "mira", "write")
        pull = self.standin.open_pull_request(repository, files, author="mira", **more)
        token = self.standin.token(repository).value
        return Pull(
            self.standin, pull, Reader(self.standin.url, token, repository.full_name, pull.number)
        )


@dataclass
class Pull:
    """One pull request, as its people see it."""

    standin: StandIn
    pull: PullRequest
    reader: Reader

    def run(self, count: int = 1) -> Any:
        """The newest of *count* completed check runs of the head."""

        def look() -> Any:
            runs = self.reader.check_runs()
            done = len(runs) >= count and all(run["status"] == "completed" for run in runs)
            return runs[0] if done else None

        found = wait(f"check run number {count}", look)
        self.standin.settle()
        return found

    def reactions(self) -> list[str]:
        """The reactions to the last comment."""
        return [reaction["content"] for reaction in self.reader.comments()[-1]["reacted"]]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """The App on each database; the stand-in fails the tests for what GitHub would refuse."""
    settings = {"DATABASE_URL": new_database()} if request.param == "postgresql" else {}
    data: Path = tmp_path_factory.mktemp("data")
    with StandIn() as standin, app(standin, data, **settings) as webhook:
        standin.webhook_url = webhook
        yield Stage(standin)
        assert standin.violations == []
    log = (data / "serve.log").read_text()
    assert "Traceback" not in log
    assert standin.app.webhook_secret not in log
    assert "PRIVATE KEY" not in log


def test_findings_are_posted_and_a_fix_makes_it_green(stage: Stage) -> None:
    """Red with an inline comment; after the fix green with the sentence, nothing said twice."""
    opened = stage.open({"tests/test_a.py": BAD})
    run = opened.run()
    assert (run["name"], run["conclusion"]) == ("secreview", "failure")
    assert run["output"]["title"] == "1 finding: 1 high"
    assert CLEAN not in run["output"]["summary"]
    (comment,) = opened.reader.review_comments()
    assert (comment["path"], comment["line"]) == ("tests/test_a.py", 5)
    assert "```suggestion" in comment["body"]
    stage.standin.push(opened.pull, {"tests/test_a.py": GOOD})
    run = opened.run()
    assert run["conclusion"] == "success"
    assert run["output"]["title"] == CLEAN
    assert run["output"]["summary"].startswith(f"**{CLEAN}") or CLEAN in run["output"]["summary"]
    assert len(opened.reader.review_comments()) == 1


def test_a_command_and_rerun_review_again_and_say_nothing_twice(stage: Stage) -> None:
    """``/secreview`` by the author, "Re-run" and "Re-run all checks" make new runs only."""
    opened = stage.open({"tests/test_a.py": BAD})
    opened.run()
    stage.standin.comment(opened.pull, "mira", "/secreview\nplease")
    run = opened.run(2)
    wait("the reaction", lambda: "rocket" in opened.reactions())
    number = opened.pull.number
    inside = stage.standin.check_runs(opened.pull.repository)
    stage.standin.rerequest(inside[-1])
    opened.run(3)
    stage.standin.rerequest_suite(inside[-1].suite)
    run = opened.run(4)
    assert run["conclusion"] == "failure"
    assert number == opened.pull.number
    assert len(opened.reader.review_comments()) == 1
    assert len(opened.reader.reviews()) == 1


def test_a_stranger_is_refused(stage: Stage) -> None:
    """Without write access and not being the author, the answer is a reaction and no review."""
    opened = stage.open({"tests/test_a.py": GOOD})
    opened.run()
    stage.standin.comment(opened.pull, "stranger", "/secreview")
    wait("the reaction", lambda: "confused" in opened.reactions())
    assert len(opened.reader.check_runs()) == 1


def test_what_cannot_be_assessed_is_red_and_named_and_the_rest_is_reviewed(stage: Stage) -> None:
    """Syntax error, unknown encoding, NUL bytes, 3 MB, deep nesting: each says why."""
    opened = stage.open(
        {
            "tests/test_bad.py": BAD,
            "tests/test_syntax.py": "def test_a(:\n",
            "tests/test_encoding.py": "# coding: utf-7\n",
            "tests/test_nul.py": b"x = 1\0\n",
            "tests/test_big.py": "# " + "x" * 3_000_000 + "\n",
            "tests/test_deep.py": "x = " + "-" * 100_000 + "1\n",
        }
    )
    run = opened.run()
    assert run["conclusion"] == "failure"
    assert run["output"]["title"] == "Review incomplete: 5 of 6 test files not assessed"
    summary = run["output"]["summary"]
    for name in ("syntax", "encoding", "nul", "big", "deep"):
        assert f"tests/test_{name}.py" in summary
    assert CLEAN not in summary
    assert len(opened.reader.review_comments()) == 1


def test_no_test_files_is_green_with_the_sentence(stage: Stage) -> None:
    """A pull request without Python tests must not wait for a check that never comes."""
    run = stage.open({"README.md": "hello\n"}).run()
    assert run["conclusion"] == "success"
    assert CLEAN in run["output"]["summary"]
    assert "No Python test files changed." in run["output"]["summary"]


def test_a_fork_and_a_draft_are_reviewed(stage: Stage) -> None:
    """The head of a fork is read through the base repository."""
    run = stage.open({"tests/test_a.py": GOOD}, fork=True, draft=True).run()
    assert run["conclusion"] == "success"


def test_github_failing_for_a_moment_is_survived(stage: Stage) -> None:
    """A 502 while reading and a lost answer while writing leave one run and one comment."""
    soon = {"Retry-After": "1"}
    stage.standin.fail_next("GET", r"/pulls/\d+/files", status=502)
    stage.standin.fail_next(
        "POST", r"/pulls/\d+/reviews", status=502, after_effect=True, headers=soon
    )
    opened = stage.open({"tests/test_a.py": BAD})
    end = time.monotonic() + 60
    while time.monotonic() < end:
        runs = opened.reader.check_runs()
        if runs and runs[0]["status"] == "completed":
            break
        time.sleep(0.2)
    assert [run["conclusion"] for run in opened.reader.check_runs()] == ["failure"]
    assert opened.reader.check_runs()[0]["output"]["title"] == "1 finding: 1 high"
    assert len(opened.reader.review_comments()) == 1


def test_hostile_words_are_inert(stage: Stage) -> None:
    """File names, code and titles that want to act are shown as text."""
    name = "tests/test_@octocat <img src=x> [x](http://evil.example) `a` #1.py"
    opened = stage.open({name: BAD, "tests/test_b.py": "```\n@everyone <script>\n"})
    run = opened.run()
    summary = run["output"]["summary"]
    assert run["output"]["title"] == "Review incomplete: 1 of 2 test files not assessed"
    (comment,) = opened.reader.review_comments()
    assert comment["path"] == name
    for text in (summary, comment["body"]):
        shown = page(text)
        assert not {"img", "script"} & set(shown.elements)
        assert not any("evil.example" in link for link in shown.links if "/blob/" not in link)
        assert active(shown) == ""


def test_unsigned_deliveries_are_refused(stage: Stage) -> None:
    """A wrong signature gets 401 and leaves no trace."""
    delivery = stage.standin.deliver("ping", {"zen": "x"}, signature="sha256=" + "0" * 64)
    assert delivery.status_code == 401
    assert stage.standin.ping().status_code == 200
