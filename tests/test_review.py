"""The flow of a review against the stand-in: what is posted, once, whatever happens between."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest
from pydantic import SecretStr

import checks
from checks.model import Assessment, Finding, Suggestion
from reviewer import review as flow
from reviewer import sandbox
from reviewer.child import forget_moulds
from reviewer.conversation import MOST_COMMENTS
from reviewer.github import Gateway, GitHubRefused, Gone, RetryLater
from reviewer.model import Target
from reviewer.report.comments import markers
from reviewer.report.summary import CLEAN, NONE_CHANGED
from tests.standin import StandIn
from tests.standin.fixtures import standin
from tests.standin.state import CheckRun, PullRequest, Repository

__all__ = ["standin"]  # the fixture

T = TypeVar("T")

STEPS = ("look", "announce", "assess", "publish", "conclude")
GOOD = "def test_sum():\n    assert 1 + 1 == 2\n"
BAD = 'import requests\n\n\ndef test_get():\n    requests.get("https://x.test/", verify=False)\n'
FILES = {"tests/test_bad.py": BAD, "tests/test_good.py": GOOD, "src/app.py": "x = 1\n"}


def direct(name: str, action: Callable[[], T]) -> T:
    """A step that is run at once; its result survives as JSON or not at all."""
    result: T = json.loads(json.dumps(action()))
    return result


def in_process(files: Any, profile: Any, go_on: Any) -> list[Assessment]:
    """The checks, here and now."""
    return list(checks.assess(files, profile))


def without_suggestions(work: Any, profile: Any, go_on: Any) -> list[list[Finding]]:
    """The findings as they are."""
    return [list(findings) for _, findings in work]


def stopping(files: Any, profile: Any, go_on: Any) -> list[Assessment]:
    """Superseded while the files are assessed."""
    raise sandbox.Stopped


class Crash(BaseException):
    """The worker is killed here; no handler of ours runs."""


@dataclass
class Durable:
    """Steps as the queue runs them: a result is kept, and not computed again after a crash.

    ``before`` and ``after`` name the step that the worker is killed before or after; after
    means that its effect is there and its result is lost. RetryLater runs a step again.
    """

    before: str = ""
    after: str = ""
    kept: dict[str, str] = field(default_factory=dict)

    def __call__(self, name: str, action: Callable[[], T]) -> T:
        if name in self.kept:
            result: T = json.loads(self.kept[name])
            return result
        if name == self.before:
            self.before = ""
            raise Crash
        outcome = self.tried(action)
        if name == self.after:
            self.after = ""
            raise Crash
        self.kept[name] = json.dumps(outcome)
        return outcome

    def tried(self, action: Callable[[], T]) -> T:
        for _ in range(5):
            try:
                return action()
            except RetryLater:
                continue
        raise RuntimeError("gave up")


@dataclass
class Desk:
    """A repository with one pull request, and the App that reviews it."""

    standin: StandIn
    repository: Repository
    pull: PullRequest

    def sandboxed(self, **given: Any) -> flow.Services:
        """The services of a worker, child processes and all."""
        parts = {"assess": sandbox.assess, "suggest": sandbox.suggest}
        return self.services(**(parts | given))

    def services(self, **given: Any) -> flow.Services:
        """The real gateway, and the checks without a process around them: it is quicker."""
        credentials = SimpleNamespace(
            app_id=self.standin.app.id,
            private_key=SecretStr(self.standin.app.private_key),
            api_url=self.standin.url,
        )
        parts: dict[str, Any] = {
            "gateway": Gateway.for_target(credentials, self.target),
            "is_newest": lambda: True,
            "assess": in_process,
            "suggest": without_suggestions,
            "today": lambda: date(2026, 1, 1),
        }
        return flow.Services(**(parts | given))

    @property
    def target(self) -> Target:
        owner, name = self.repository.full_name.split("/")
        installation = self.standin.installation(self.repository).id
        return Target(installation, self.repository.id, owner, name, self.pull.number)

    def review(
        self,
        generation: int = 1,
        *,
        step: flow.Step = direct,
        forced: bool = False,
        services: flow.Services | None = None,
        **more: Any,
    ) -> str:
        """Review the pull request; the outcome."""
        services = services or self.services()
        asked = flow.Asked("test", forced, **more)
        return flow.review(self.target, generation, asked, services=services, step=step)

    def review_group(self, head_sha: str, generation: int = 1, **asked: Any) -> str:
        """Review the merge group with this head; the outcome."""
        target = replace(
            self.target,
            number=0,
            group_head=head_sha,
            group_base=self.pull.base_sha,
            group_branch=self.pull.base_ref,
        )
        wanted = flow.Asked("merge queue", **asked)
        return flow.review(target, generation, wanted, services=self.services(), step=direct)

    def runs(self) -> list[CheckRun]:
        """Our check runs on the head, oldest first."""
        return self.standin.check_runs(self.repository, self.pull.head_sha)

    def run(self) -> CheckRun:
        """The only one."""
        (run,) = self.runs()
        return run

    def comments(self) -> list[tuple[str, int]]:
        """Where comments stand."""
        return [(c.path, c.line) for c in self.pull.review_comments]


@pytest.fixture
def open_desk(standin: StandIn) -> Callable[..., Desk]:
    """Makes a desk whose pull request changes *base* by *head*; its gateway keeps no pace."""
    standin.strict_pace = False

    def made(head: Any, base: Any = None, **more: Any) -> Desk:
        repository = standin.repository("acme/widgets", base)
        return Desk(standin, repository, standin.open_pull_request(repository, head, **more))

    return made


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    """A pull request with a defect in one of two new test files."""
    return open_desk(FILES)


def test_findings_are_posted_where_they_are(desk: Desk) -> None:
    """One review, a comment on the line with its suggestion, a failed check, no annotation."""
    assert desk.review(services=desk.sandboxed()) == "findings"
    (review,) = desk.pull.reviews
    assert (review.state, review.commit_id) == ("COMMENTED", desk.pull.head_sha)
    assert desk.comments() == [("tests/test_bad.py", 5)]
    body = desk.pull.review_comments[0].body
    assert '```suggestion\n    requests.get("https://x.test/", verify=True)\n```' in body
    assert markers(body)
    run = desk.run()
    assert (run.status, run.conclusion) == ("completed", "failure")
    assert run.output["title"] == "1 finding: 1 high"
    assert CLEAN not in str(run.output["summary"])
    assert run.annotations == []
    assert run.external_id == f"{desk.repository.id}#1@{desk.pull.head_sha}:1"


def test_a_clean_pull_request_is_green(open_desk: Callable[..., Desk]) -> None:
    """The clean sentence, success, and not a word in the conversation."""
    desk = open_desk({"tests/test_good.py": GOOD})
    assert desk.review() == "clean"
    assert desk.run().conclusion == "success"
    assert desk.run().output["title"] == CLEAN
    assert str(desk.run().output["summary"]).startswith(CLEAN)
    assert desk.pull.reviews == []
    assert not desk.standin.called("POST", "/comments$")


def test_no_test_files_is_clean_and_says_so(open_desk: Callable[..., Desk]) -> None:
    """Other files, a deleted test and a notebook: success, and what was not covered."""
    head = {"src/app.py": BAD, "tests/test_old.py": None, "tests/flow.ipynb": "{}"}
    desk = open_desk(head, {"tests/test_old.py": BAD})
    assert desk.review() == "clean"
    assert desk.run().conclusion == "success"
    summary = str(desk.run().output["summary"])
    assert summary.startswith(f"{CLEAN} {NONE_CHANGED}")
    assert "tests/flow.ipynb" in summary
    assert "Other changed Python files were looked at only for test doubles" in summary
    assert len(desk.standin.called("GET", "/blobs/")) == 1


def test_a_double_in_the_product_is_found_and_commented_on(
    open_desk: Callable[..., Desk],
) -> None:
    """Another Python file is read too, for two rules alone; there is no test file to speak of."""
    desk = open_desk({"src/app.py": "import os\nfrom unittest import mock\n" + BAD})
    assert desk.review() == "findings"
    assert desk.run().conclusion == "failure"
    assert desk.comments() == [("src/app.py", 2)]
    summary = str(desk.run().output["summary"])
    assert summary.startswith("1 finding: 1 medium.")
    assert "Scope: 0 of 0 Python test files assessed at" in summary
    assert NONE_CHANGED not in summary


def test_another_file_that_cannot_be_read_makes_the_review_incomplete(
    open_desk: Callable[..., Desk],
) -> None:
    """A gap is told wherever it is."""
    desk = open_desk({"tests/test_good.py": GOOD, "src/app.py": "def (\n"})
    assert desk.review() == "incomplete"
    assert desk.run().output["title"] == "Review incomplete: 1 file not assessed"
    assert "src/app.py" in str(desk.run().output["summary"])


def test_the_check_is_announced_before_anything_slow(desk: Desk) -> None:
    """The run is in progress on the head before files are listed or anything is read."""
    desk.review()
    made = [(r.method, r.path.rpartition("/")[2]) for r in desk.standin.requests]
    announced = made.index(("POST", "check-runs"))
    assert announced <= 4
    assert announced < made.index(("GET", "files"))
    assert desk.standin.requests[announced].body["status"] == "in_progress"


HOSTILE = {
    "syntax error": "def broken(:\n",
    "unknown encoding": "# coding: klingon\n",
    "NUL": "x = '\0'\n",
    "nested": "x = " + "[" * 5_000,
    "three megabytes": "x = 1\n" * 500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_assessed_makes_the_review_incomplete(
    open_desk: Callable[..., Desk], name: str
) -> None:
    """The check fails and says why; everything else in the pull request is reviewed."""
    desk = open_desk({**FILES, "tests/test_hostile.py": HOSTILE[name]})
    assert desk.review(services=desk.sandboxed()) == "incomplete"
    run = desk.run()
    assert run.conclusion == "failure"
    assert run.output["title"] == "Review incomplete: 1 of 3 test files not assessed"
    assert "tests/test_hostile.py" in str(run.output["summary"])
    assert CLEAN not in str(run.output["summary"])
    assert desk.comments() == [("tests/test_bad.py", 5)]


def test_a_blob_that_is_not_handed_out_is_not_assessed(desk: Desk) -> None:
    """One file refused: incomplete, and the others are reviewed."""
    desk.standin.fail_next("GET", "/git/blobs/", status=404, message="Not Found")
    assert desk.review() == "incomplete"
    assert "did not hand out its content (404)" in str(desk.run().output["summary"])


def test_a_pull_request_beyond_what_github_lists_is_incomplete(
    open_desk: Callable[..., Desk],
) -> None:
    """3,001 files: GitHub lists 3,000, so something was not seen."""
    desk = open_desk({f"docs/{n}.md": "x" for n in range(3_001)})
    assert desk.review() == "incomplete"
    assert desk.run().conclusion == "failure"
    assert "3,000 of the 3,001" in str(desk.run().output["summary"])


def test_only_lines_of_the_diff_carry_comments(open_desk: Callable[..., Desk]) -> None:
    """An old defect far from the change is annotated; the new one is commented."""
    filler = "".join(f"x{n} = {n}\n" for n in range(40))
    old = BAD + filler
    new = old + '\n\ndef test_more():\n    requests.get("https://y.test/", verify=False)\n'
    whole = {".github/secreview.yml": "scope: files\n"}
    desk = open_desk({"tests/test_bad.py": new}, {"tests/test_bad.py": old} | whole)
    assert desk.review() == "findings"
    assert desk.comments() == [("tests/test_bad.py", 49)]
    (note,) = desk.run().annotations
    assert (note["path"], note["start_line"]) == ("tests/test_bad.py", 5)
    assert desk.run().output["title"] == "2 findings: 2 high"


def test_a_file_without_a_patch_is_assessed_all_the_same(open_desk: Callable[..., Desk]) -> None:
    """GitHub leaves the patch of a large change out: findings become annotations."""
    desk = open_desk({"tests/test_bad.py": BAD + "x = 1\n" * 25_000})
    assert desk.review() == "findings"
    assert desk.comments() == []
    assert [note["start_line"] for note in desk.run().annotations] == [5]


@pytest.mark.parametrize(("lines", "taken"), [((50, 51), True), ((40, 51), False)])
def test_a_suggestion_must_fit_into_one_hunk(
    open_desk: Callable[..., Desk], lines: tuple[int, int], taken: bool
) -> None:
    """The comment stands where the suggestion does; one that reaches out of a hunk is dropped."""
    filler = "".join(f"x{n} = {n}\n" for n in range(44))
    new = filler + BAD  # The finding is on line 49, the hunk spans lines 42 to 51.
    new += "y = 1\ny = 2\n"
    desk = open_desk({"tests/test_a.py": new}, {"tests/test_a.py": filler + "y = 1\ny = 2\n"})

    def suggest(work: Any, profile: Any, go_on: Any) -> list[list[Finding]]:
        made = Suggestion(*lines, ("replaced",), safe=True)
        return [[replace(f, suggestion=made) for f in findings] for _, findings in work]

    desk.review(services=desk.services(suggest=suggest))
    (comment,) = desk.pull.review_comments
    assert ("```suggestion" in comment.body) is taken
    assert (comment.start_line, comment.line) == ((50, 51) if taken else (None, 49))


@pytest.mark.parametrize("many", [40, 90])
def test_comments_are_few_and_annotations_come_in_batches(
    open_desk: Callable[..., Desk], many: int
) -> None:
    """At most 25 comments in one review; the rest are annotations, 50 a request."""
    desk = open_desk({f"tests/test_{n:03}.py": BAD for n in range(many)})
    assert desk.review() == "findings"
    assert len(desk.pull.reviews) == 1
    assert len(desk.comments()) == MOST_COMMENTS
    assert len(desk.run().annotations) == many - MOST_COMMENTS
    assert len(desk.standin.called("PATCH", "/check-runs/")) == 1 + (many - 25 > 50)
    everything = [path for path, _ in desk.comments()]
    everything += [note["path"] for note in desk.run().annotations]
    assert sorted(everything) == [f"tests/test_{n:03}.py" for n in range(many)]
    # Reviewed again, the same head gets no further comments.
    desk.review(2, forced=True)
    assert len(desk.comments()) == MOST_COMMENTS


def test_what_was_said_is_not_said_again(desk: Desk) -> None:
    """A push that leaves the defect and moves it: no second comment, and nothing is hidden."""
    desk.review()
    moved = BAD.replace("import requests\n", "import requests\n\nX = 1\n")
    new = 'def test_two():\n    requests.get("https://two.test/", verify=False)\n'
    desk.standin.push(desk.pull, {"tests/test_bad.py": moved + "\n\n" + new})
    assert desk.review(2) == "findings"
    assert [c.commit_id for c in desk.pull.review_comments][1:] == [desk.pull.head_sha]
    assert len(desk.comments()) == 2
    assert desk.run().output["title"] == "2 findings: 2 high"
    assert len(desk.pull.reviews) == 2


def test_a_finding_whose_comment_is_outdated_is_annotated(desk: Desk) -> None:
    """GitHub folds the comment away when its line changes: the check shows the place then."""
    desk.review()
    desk.standin.push(
        desk.pull, {"tests/test_bad.py": BAD.replace("    requests", "      requests")}
    )
    assert desk.review(2) == "findings"
    assert len(desk.comments()) == 1
    assert [note["start_line"] for note in desk.run().annotations] == [5]


def test_a_renamed_file_keeps_its_comments(desk: Desk) -> None:
    """Renamed inside the pull request: the comment of equal content is taken over."""
    desk.review()
    changes = {"tests/test_bad.py": None, "tests/test_renamed.py": BAD}
    desk.standin.push(desk.pull, changes)
    assert desk.review(2) == "findings"
    assert len(desk.comments()) == 1


def test_a_copied_defect_gets_its_own_comment(desk: Desk) -> None:
    """The same content in a second file, the first still there: both are commented."""
    desk.review()
    desk.standin.push(desk.pull, {"tests/test_bad.py": GOOD, "tests/test_copy.py": BAD})
    desk.review(2)
    assert [path for path, _ in desk.comments()] == ["tests/test_bad.py", "tests/test_copy.py"]


def test_markers_in_strangers_comments_silence_nothing(desk: Desk) -> None:
    """Anybody can write our marker; only our own comments count."""
    desk.review()
    body = desk.pull.review_comments[0].body
    desk.pull.review_comments[0].user = desk.standin.user("mallory")
    desk.review(2, forced=True)
    assert [c.body for c in desk.pull.review_comments] == [body, body]


def test_a_suppression_counts_until_it_expires(open_desk: Callable[..., Desk]) -> None:
    """An inline ignore makes it clean today, and a finding after its date."""
    ignored = BAD.replace(
        "verify=False)",
        "verify=False)  # secreview: ignore[tls-verify-off] until=2026-06-30 -- local stub",
    )
    desk = open_desk({"tests/test_bad.py": ignored})
    desk.standin.permit(desk.repository, "dev", "write")
    assert desk.review() == "clean"
    assert "local stub" in str(desk.run().output["summary"])
    later = desk.services(today=lambda: date(2026, 7, 1))
    assert desk.review(2, forced=True, services=later) == "findings"


def test_the_base_says_what_is_a_test(open_desk: Callable[..., Desk]) -> None:
    """The head's own configuration is not obeyed, neither to add nor to hide."""
    base = {"pytest.ini": "[pytest]\npython_files = check_*.py\n"}
    head = {
        "pytest.ini": "[pytest]\npython_files = nothing.py\n",
        "src/check_a.py": BAD,
        "src/other.py": BAD,
    }
    desk = open_desk(head, base)
    assert desk.review() == "findings"
    assert desk.comments() == [("src/check_a.py", 5)]


def test_a_fork_is_reviewed_from_the_base_repository(open_desk: Callable[..., Desk]) -> None:
    """Objects are shared: nothing is asked of the fork."""
    desk = open_desk(FILES, fork=True, author="stranger")
    assert desk.review() == "findings"
    assert not desk.standin.called("GET", "stranger/")


def test_hostile_names_and_code(open_desk: Callable[..., Desk]) -> None:
    """Odd paths are fetched and linked, and nothing in them becomes a mention or markup."""
    names = ["tests/test_@everyone.py", "tests/test_a b#?%.py", "tests/test_é`</details>.py"]
    code = 'import requests\nrequests.get("\\ud800 @all", verify=False)  # @team ```\n'
    desk = open_desk(dict.fromkeys(names, code))
    assert desk.review(services=desk.sandboxed()) == "findings"
    assert sorted(path for path, _ in desk.comments()) == sorted(names)
    for comment in desk.pull.review_comments:
        assert comment.body.count("```suggestion") <= 1


def test_a_refused_review_leaves_everything_in_the_check(desk: Desk) -> None:
    """One line that GitHub does not like kills a whole review: annotations say it then."""
    message = "Unprocessable Entity"
    desk.standin.fail_next("POST", "/reviews$", status=422, message=message)
    assert desk.review() == "findings"
    assert desk.comments() == []
    assert [note["start_line"] for note in desk.run().annotations] == [5]


def test_a_closed_pull_request_is_left_alone(desk: Desk) -> None:
    """Closed before it began: no check run. Closed during the review: cancelled, and said so."""
    desk.standin.close_pull_request(desk.pull)
    assert desk.review() == "closed"
    assert desk.runs() == []
    desk.standin.reopen(desk.pull)

    def close(files: Any, profile: Any, go_on: Any) -> list[Any]:
        desk.standin.close_pull_request(desk.pull)
        raise sandbox.Stopped

    assert desk.review(2, services=desk.services(assess=close)) == "closed"
    assert desk.run().conclusion == "cancelled"
    assert desk.run().output["title"] == "Pull request closed"


def test_a_reviewed_head_is_not_reviewed_again_unasked(desk: Desk) -> None:
    """Late and repeated deliveries end without a word; a command or a re-run does not."""
    desk.review()
    seen = len(desk.standin.requests)
    assert desk.review(2) == "already reviewed"
    assert all(r.method == "GET" for r in desk.standin.requests[seen + 1 :])
    assert desk.review(3, forced=True) == "findings"
    assert len(desk.runs()) == 2
    assert len(desk.comments()) == 1


def test_a_head_whose_last_run_was_cancelled_is_reviewed_again(desk: Desk) -> None:
    """The check shows the newest run: an older result behind a cancelled one is not shown."""
    desk.review()
    superseded = desk.services(assess=stopping)
    assert desk.review(2, forced=True, services=superseded) == "superseded"
    assert [run.conclusion for run in desk.runs()] == ["failure", "cancelled"]
    assert desk.review(3) == "findings"


def test_a_run_made_just_before_a_crash_is_ended_when_superseded(desk: Desk) -> None:
    """Announced, the checkpoint lost, then superseded: the check run is not left in progress."""
    step = Durable(after="announce")
    with pytest.raises(Crash):
        desk.review(step=step)
    assert desk.run().status == "in_progress"
    superseded = desk.services(is_newest=lambda: False)
    assert desk.review(step=step, services=superseded) == "superseded"
    assert desk.run().conclusion == "cancelled"


@pytest.mark.parametrize(
    ("meanwhile", "newest", "outcome"),
    [
        ("pushed", False, "superseded"),
        ("pushed", True, "clean"),
        ("closed", False, "closed"),
        ("reviewed", True, "already reviewed"),
    ],
)
def test_what_an_interrupted_review_began_elsewhere_is_ended(
    desk: Desk, meanwhile: str, newest: bool, outcome: str
) -> None:
    """It goes on with what is the head now: the check run on its first one is not left behind."""
    with pytest.raises(Crash):
        desk.review(step=Durable(before="publish"))
    begun = desk.run()
    if meanwhile == "pushed":
        desk.standin.push(desk.pull, {"tests/test_bad.py": GOOD})
    elif meanwhile == "closed":
        desk.standin.close_pull_request(desk.pull)
    else:
        desk.review(2)
    services = desk.services(is_newest=lambda: newest)
    assert desk.review(services=services, heads=(begun.head_sha,)) == outcome
    assert begun.conclusion == "cancelled"
    assert all(run.status == "completed" for run in desk.standin.check_runs(desk.repository))


def test_another_pull_request_with_the_same_head_is_reviewed(desk: Desk) -> None:
    """Our run on a commit is of one pull request; the other gets its own."""
    desk.review()
    other = desk.standin.open_pull_request(desk.repository, {}, title="again")
    other.commits[:] = desk.pull.commits
    assert Desk(desk.standin, desk.repository, other).review() == "findings"
    assert len(desk.runs()) == 2


@pytest.mark.parametrize("when", range(5))
def test_a_newer_generation_silences_this_one(desk: Desk, when: int) -> None:
    """Superseded at any of the moments it asks: cancelled, and nothing more is posted."""
    asked: Iterator[int] = iter(range(99))
    head = desk.pull.head_sha

    def is_newest() -> bool:
        if next(asked) < when:
            return True
        if desk.pull.head_sha == head:
            desk.standin.push(desk.pull, {"tests/test_new.py": GOOD})
        return False

    outcome = desk.review(services=desk.sandboxed(is_newest=is_newest))
    assert outcome == "superseded"
    runs = desk.standin.check_runs(desk.repository, head)
    assert len(runs) == (when > 0)
    for run in runs:
        assert run.conclusion == "cancelled"
        assert run.output["title"] == f"Superseded by {desk.pull.head_sha[:12]}"
    assert desk.runs() == []


def test_a_head_that_moved_is_not_reviewed_in_place_of_the_old_one(desk: Desk) -> None:
    """The list of files is always that of the newest head: a push in between is noticed."""
    head = desk.pull.head_sha

    def step(name: str, action: Callable[[], T]) -> T:
        if name == "assess":
            desk.standin.push(desk.pull, {"tests/test_new.py": BAD})
        return direct(name, action)

    assert desk.review(step=step) == "superseded"
    (run,) = desk.standin.check_runs(desk.repository, head)
    assert run.conclusion == "cancelled"
    assert desk.comments() == []


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("after", [False, True])
def test_whatever_step_breaks_the_check_fails(desk: Desk, name: str, after: bool) -> None:
    """Each step turned into an exception, before or after its effect: never green."""

    def step(current: str, action: Callable[[], T]) -> T:
        if current == name:
            if after:
                direct(current, action)
            raise RuntimeError("secret detail")
        return direct(current, action)

    assert desk.review(step=step) == "failed"
    run = desk.run()
    assert run.conclusion == "failure"
    assert run.output["title"] == "Review failed: RuntimeError in the review"
    assert "secret detail" not in json.dumps(run.output)
    # It is not taken for a completed review: the next delivery tries again.
    assert desk.review(2) == "findings"


PARTS = (
    "pull_request", "check_runs", "create_check_run", "changed_files", "blob", "own_user_id",
    "review_comments", "create_review", "update_check_run",
)  # fmt: skip


@pytest.mark.parametrize("name", [*PARTS, "assess", "suggest", "today", "is_newest"])
def test_whatever_part_breaks_the_check_fails(
    desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each thing that a review uses, broken at its first use: never green."""
    services = desk.services()
    broken = []
    owner: Any = services.gateway if name in PARTS else services
    works = getattr(owner, name)

    def breaks(*arguments: Any, **named: Any) -> Any:
        if not broken:
            broken.append(name)
            raise ValueError("broken")
        return works(*arguments, **named)

    if name in PARTS:
        monkeypatch.setattr(services.gateway, name, breaks)
    else:
        services = desk.services(gateway=services.gateway, **{name: breaks})
    assert desk.review(services=services) == "failed"
    assert broken == [name]
    assert [run.conclusion for run in desk.runs()] == ["failure"]


def test_a_refusal_is_told_in_githubs_words(desk: Desk) -> None:
    """What an administrator can act on stands in the title."""
    desk.standin.fail_next("GET", "/files$", status=403, message="Resource not accessible")
    assert desk.review() == "failed"
    title = "Review failed: GitHub refused (403): Resource not accessible"
    assert desk.run().output["title"] == title


def test_a_sandbox_that_does_not_start_fails_the_check(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own installation is broken: that is said, and nothing is called clean."""
    forget_moulds()
    monkeypatch.setattr("reviewer.child._START", "raise SystemExit('no checks here')")
    assert desk.review(services=desk.sandboxed()) == "failed"
    assert desk.run().conclusion == "failure"
    assert "no checks here" in str(desk.run().output["title"])


def test_a_review_that_killed_its_worker_is_ended_from_outside(desk: Desk) -> None:
    """``fail`` alone: finds the run in progress, or makes one, and says why."""
    crashing = Durable(before="assess")
    with pytest.raises(Crash):
        desk.review(step=crashing)
    head = desk.pull.head_sha
    desk.standin.push(desk.pull, {"tests/test_new.py": GOOD})
    told = "it ended its worker"
    flow.fail(desk.target, 1, told, services=desk.services(), step=direct, heads=[head])
    assert not desk.runs()
    desk.pull.commits.pop()
    assert desk.run().output["title"] == "Review failed: it ended its worker"
    assert desk.run().conclusion == "failure"


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("kept", [True, False])
def test_a_crash_between_any_two_steps_posts_nothing_twice(
    desk: Desk, name: str, moment: str, kept: bool
) -> None:
    """Killed and run again with the same generation, with its checkpoints and without them."""
    crashing = Durable(**{moment: name})
    with pytest.raises(Crash):
        desk.review(step=crashing)
    assert desk.review(step=crashing if kept else Durable()) == "findings"
    assert desk.run().conclusion == "failure"
    assert desk.run().output["title"] == "1 finding: 1 high"
    assert len(desk.pull.reviews) == 1
    assert len(desk.comments()) == 1
    assert len(desk.standin.called("PATCH", "/check-runs/")) == 1


def test_what_is_fixed_is_said_even_if_it_was_concluded_before_a_crash(desk: Desk) -> None:
    """Concluded, the checkpoint lost: the edits of earlier comments still come."""
    desk.review()
    desk.standin.push(desk.pull, {"tests/test_bad.py": GOOD})
    with pytest.raises(Crash):
        desk.review(2, step=Durable(after="conclude"))
    assert desk.review(2) == "clean"
    (comment,) = desk.pull.review_comments
    assert comment.body.startswith("Fixed in")
    assert [run.conclusion for run in desk.runs()] == ["success"]


def test_annotations_are_not_sent_twice(open_desk: Callable[..., Desk]) -> None:
    """Killed between two batches of annotations: the rest is sent, not everything again."""
    desk = open_desk({f"tests/test_{n:03}.py": BAD for n in range(160)})
    desk.standin.fail_next("PATCH", "/check-runs/", status=502, after_effect=True)
    assert desk.review(step=Durable()) == "findings"
    assert len(desk.run().annotations) == 160 - MOST_COMMENTS
    lines_said = {note["path"] for note in desk.run().annotations}
    assert len(lines_said) == 160 - MOST_COMMENTS


WRITES = [("POST", "/check-runs$"), ("POST", "/reviews$"), ("PATCH", "/check-runs/")]


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("after_effect", [True, False])
@pytest.mark.parametrize("status", [502, 0])
def test_a_write_answered_with_nothing_is_made_once(
    desk: Desk, method: str, path: str, after_effect: bool, status: int
) -> None:
    """The step is run again and finds its own effect, if there is one."""
    desk.standin.fail_next(method, path, status=status, after_effect=after_effect)
    assert desk.review(step=Durable()) == "findings"
    assert desk.run().conclusion == "failure"
    assert len(desk.pull.reviews) == 1


def test_a_limit_goes_up_to_the_queue_unchanged(desk: Desk) -> None:
    """RetryLater and Gone are not failures of the review: the queue decides."""
    desk.standin.fail_next("GET", "/files$", status=429, headers={"Retry-After": "7"})
    with pytest.raises(RetryLater) as caught:
        desk.review()
    assert caught.value.seconds == 7
    assert desk.run().conclusion is None
    services, target = desk.services(), desk.target
    desk.standin.uninstall(desk.standin.installation(desk.repository))
    with pytest.raises(Gone):
        flow.review(target, 2, flow.Asked("opened"), services=services, step=direct)


def test_refusals_can_be_kept_and_made_again() -> None:
    """The queue keeps an error's arguments: the same error is made of them."""
    for error in (GitHubRefused(404, "no"), Gone("gone")):
        again = type(error)(*json.loads(json.dumps(error.args)))
        assert str(again) == str(error)
