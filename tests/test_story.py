"""A pull request's life, told as a story over HTTP: what is said, once, and by whom settled."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.running import app, wait
from tests.standin import StandIn
from tests.standin.state import (
    CheckRun,
    IssueComment,
    PullRequest,
    Repository,
    Review,
    ReviewComment,
)

CLEAN = "No security defects are detected."
GOOD = "def test_sum():\n    assert 1 + 1 == 2\n"
BAD = 'import requests\n\n\ndef test_{0}():\n    requests.get("https://{0}.test/", verify=False)\n'


@dataclass
class Life:
    """One pull request, and everything that has happened to it so far."""

    standin: StandIn
    repository: Repository
    pull: PullRequest
    heads: list[str] = field(default_factory=list)
    asked: int = 0

    def runs(self, sha: str = "") -> list[CheckRun]:
        """Our runs on a commit, oldest first."""
        return self.standin.check_runs(self.repository, sha or self.pull.head_sha)

    def ended(self, count: int, sha: str = "") -> CheckRun:
        """The newest of *count* completed runs; no other one is on the commit."""

        def look() -> CheckRun | None:
            runs = self.runs(sha)
            done = len(runs) == count and all(run.status == "completed" for run in runs)
            return runs[-1] if done else None

        found: CheckRun = wait(f"run {count}", look)
        self.standin.settle()
        return found

    def comments(self) -> list[ReviewComment]:
        """What we said on lines, oldest first."""
        bot = self.standin.app.bot
        return [c for c in self.pull.review_comments if c.user is bot]

    def reviews(self) -> list[Review]:
        """The reviews that we posted."""
        return [r for r in self.pull.reviews if r.user is self.standin.app.bot]

    def comment_on(self, path: str) -> ReviewComment:
        """The only comment that was ever made on this file."""
        (found,) = [c for c in self.comments() if c.path == path]
        return found

    def reacted(self, comment: IssueComment, *wanted: str) -> None:
        """Wait until exactly these reactions are under a comment."""
        wait(f"{wanted}", lambda: [r.content for r in comment.reactions] == [*wanted])

    def said(self, **expected: int) -> None:
        """Wait until exactly so much was written since the last look: runs, ends, reviews, ...

        And nothing was read more often than a review needs: 12 requests for each run, and each
        file once.
        """
        kinds = {
            "runs": ("POST", r"/check-runs$"),
            "ends": ("PATCH", r"/check-runs/"),
            "reviews": ("POST", r"/reviews$"),
            "edits": ("PATCH", r"/pulls/comments/"),
            "reactions": ("POST", r"/reactions$"),
            "replies": ("POST", r"/issues/\d+/comments$"),
        }

        def written() -> dict[str, int]:
            new = self.standin.requests[self.asked :]
            found = {
                name: sum(r.method == method and bool(re.search(path, r.path)) for r in new)
                for name, (method, path) in kinds.items()
            }
            return {name: count for name, count in found.items() if count}

        wait(f"{expected}", lambda: written() == expected)
        cost = self.cost()
        read = sum(n for kind, n in cost.items() if kind.startswith("GET") and "blobs" not in kind)
        assert read <= 12 * max(1, expected.get("runs", 0)), cost

    def cost(self) -> Counter[str]:
        """What the App asked of GitHub since it was looked at last, by kind of request."""
        new = self.standin.requests[self.asked :]
        self.asked = len(self.standin.requests)
        return Counter(f"{r.method} {r.path.rpartition('/repos/acme/')[2] or r.path}" for r in new)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """The App on its stand-in, and a pull request with three defects in three new test files."""
    data: Path = tmp_path_factory.mktemp("data")
    with StandIn() as standin, app(standin, data) as webhook:
        standin.webhook_url = webhook
        repository = standin.repository("acme/widgets", {"README.md": "x\n"})
        standin.permit(repository, "mira", "write")
        files = {f"tests/test_{name}.py": BAD.format(name) for name in "abd"}
        pull = standin.open_pull_request(repository, files, author="dev")
        yield Life(standin, repository, pull)
        assert standin.violations == []
    log = (data / "serve.log").read_text()
    assert "Traceback" not in log


def test_1_opened(life: Life) -> None:
    """One run, one review with three comments."""
    run = life.ended(1)
    assert (run.conclusion, run.output["title"]) == ("failure", "3 findings: 3 high")
    assert [action["identifier"] for action in run.actions] == ["rerun", "full"]
    assert len(life.reviews()) == 1
    assert sorted(c.path for c in life.comments()) == [f"tests/test_{n}.py" for n in "abd"]
    life.said(runs=1, ends=1, reviews=1)


def test_2_a_push_fixes_one_and_adds_one(life: Life) -> None:
    """The fixed one's comment says so, the new one is said, the others are not said again."""
    life.standin.push(life.pull, {"tests/test_a.py": GOOD, "tests/test_c.py": BAD.format("c")})
    run = life.ended(1)
    assert run.output["title"] == "3 findings: 3 high"
    assert len(life.comments()) == 4
    assert len(life.reviews()) == 2
    fixed = f"Fixed in `{life.pull.head_sha[:12]}`."
    wait("the edit", lambda: life.comment_on("tests/test_a.py").body.startswith(fixed))
    # Nobody granted contents: write, so the thread stays open and the review goes on.
    assert life.pull.resolved == {}
    life.said(runs=1, ends=1, reviews=1, edits=1)


def test_3_a_rebase_moves_all_lines(life: Life) -> None:
    """Other lines, other commits: nothing new is said, and nothing is edited."""
    before = [c.body for c in life.comments()]
    life.standin.push_base(life.repository, {"README.md": "y\n"})
    moved = {f"tests/test_{n}.py": "# Moved.\n\nX = 1\n" + BAD.format(n) for n in "bcd"}
    life.standin.force_push(life.pull, {"tests/test_a.py": GOOD, **moved})
    run = life.ended(1)
    assert run.output["title"] == "3 findings: 3 high"
    assert [c.body for c in life.comments()] == before
    assert len(life.reviews()) == 2
    life.said(runs=1, ends=1)


def test_4_a_file_is_renamed(life: Life) -> None:
    """The defect is where it was: in a file of another name."""
    content = "# Moved.\n\nX = 1\n" + BAD.format("b")
    life.standin.push(life.pull, {"tests/test_b.py": None, "tests/test_z.py": content})
    run = life.ended(1)
    assert run.output["title"] == "3 findings: 3 high"
    assert len(life.comments()) == 4
    life.said(runs=1, ends=1)


def test_5_what_people_answered_or_resolved_is_theirs(life: Life) -> None:
    """Both are mended now, and neither comment is touched."""
    answered, settled = (life.comment_on(f"tests/test_{n}.py") for n in "cd")
    life.standin.reply(life.pull, answered, "mira", "Is this meant to be?")
    life.standin.resolve(life.pull, settled, "mira")
    before = [c.body for c in life.comments()]
    life.standin.push(life.pull, {"tests/test_c.py": GOOD, "tests/test_d.py": GOOD})
    run = life.ended(1)
    assert run.output["title"] == "1 finding: 1 high"
    assert [c.body for c in life.comments()] == before
    assert [user.login for user in life.pull.resolved.values()] == ["mira"]
    life.said(runs=1, ends=1)


def test_6_commands(life: Life) -> None:
    """A stranger is refused; who may write is obeyed; questions are answered, once."""
    refused = life.standin.comment(life.pull, "stranger", "/secreview")
    life.reacted(refused, "confused")
    assert len(life.runs()) == 1
    obeyed = life.standin.comment(life.pull, "mira", "/secreview")
    life.reacted(obeyed, "eyes", "rocket")
    run = life.ended(2)
    assert "Asked for by `mira` (command)." in str(run.output["summary"])
    asked = life.standin.comment(life.pull, "dev", "/secreview explain tls-verify-off")
    life.reacted(asked, "eyes", "rocket")
    reply = life.pull.comments[-1]
    assert reply.user is life.standin.app.bot
    assert "TLS certificate verification is turned off" in reply.body
    assert len(life.runs()) == 2
    assert len(life.comments()) == 4
    life.said(runs=1, ends=1, reactions=5, replies=1)


def test_7_buttons(life: Life) -> None:
    """Each makes one new run of the same name, and says who pressed it."""
    life.standin.rerequest(life.runs()[-1], by="mira")
    run = life.ended(3)
    assert "Asked for by `mira` (Re-run)." in str(run.output["summary"])
    life.standin.press(run, "full", by="dev")
    run = life.ended(4)
    assert "Asked for by `dev` (Review whole files)." in str(run.output["summary"])
    life.standin.rerequest_suite(run.suite, by="mira")
    assert life.ended(5).output["title"] == "1 finding: 1 high"
    assert len(life.comments()) == 4
    life.said(runs=3, ends=3)


def test_8_the_merge_queue(life: Life) -> None:
    """The group's own head gets its answer; what is dissolved says nothing more."""
    life.cost()
    head = life.standin.enqueue(life.pull)
    run = life.ended(1, head)
    assert (run.conclusion, run.output["title"]) == ("failure", "1 finding: 1 high")
    assert "what this merge group introduces" in str(run.output["summary"])
    assert sum(life.cost().values()) <= 6
    life.standin.rerequest(run, by="mira")
    assert life.ended(2, head).conclusion == "failure"
    life.standin.dequeue(head)
    life.standin.push(life.pull, {"tests/test_z.py": GOOD})
    run = life.ended(1)
    assert (run.conclusion, run.output["title"]) == ("success", CLEAN)
    head = life.standin.enqueue(life.pull)
    assert life.ended(1, head).conclusion == "success"
    assert len(life.comments()) == 4
    life.cost()


def test_9_closed_and_reopened(life: Life) -> None:
    """Nothing is said about what is closed; what was reviewed needs no other look."""
    life.standin.close_pull_request(life.pull)
    life.standin.comment(life.pull, "mira", "/secreview")
    life.standin.reopen(life.pull)
    life.standin.push(life.pull, {"tests/test_a.py": BAD.format("a")})
    run = life.ended(1)
    assert run.output["title"] == "1 finding: 1 high"
    wait("the edit", lambda: "Fixed in" not in life.comment_on("tests/test_a.py").body)
    assert len(life.comments()) == 4
    assert len(life.reviews()) == 2
    life.said(runs=1, ends=1, edits=1)
