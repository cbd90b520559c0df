"""How the App behaves among people: whose word counts, what is said again, what is resolved."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from reviewer import pacing, store
from reviewer import review as flow
from reviewer.github import RetryLater
from reviewer.pacing import BUCKET, Pace, Turn
from reviewer.publish import Resolver
from reviewer.settings import Settings
from reviewer.work import Queue, migrate
from tests.postgres import new_database
from tests.standin import StandIn
from tests.test_review import BAD, FILES, GOOD, Crash, Desk, Durable, direct, open_desk

__all__ = ["open_desk"]  # the fixture

Opens = Callable[..., Desk]
CONFIG = ".github/secreview.yml"
IGNORED = BAD.replace(
    "verify=False)", "verify=False)  # secreview: ignore[tls-verify-off] -- a stub of our own"
)


def title(desk: Desk) -> str:
    """The title of the only check run."""
    return str(desk.run().output["title"])


def summary(desk: Desk) -> str:
    """The summary of the only check run."""
    return str(desk.run().output["summary"])


@pytest.mark.parametrize(("role", "outcome"), [("read", "findings"), ("write", "clean")])
def test_an_ignore_that_is_added_counts_if_its_author_may_write(
    open_desk: Opens, role: str, outcome: str
) -> None:
    """Nobody excuses their own defect from outside."""
    desk = open_desk({"tests/test_bad.py": IGNORED})
    desk.standin.permit(desk.repository, "dev", role)
    assert desk.review() == outcome
    assert ("its author may not write" in summary(desk)) == (role == "read")
    assert ("Added here:" in summary(desk)) == (role == "write")


def test_an_ignore_that_was_there_before_needs_no_permission(open_desk: Opens) -> None:
    """It was merged by somebody who may; nobody is asked."""
    base = {"tests/test_bad.py": IGNORED}
    desk = open_desk({"tests/test_bad.py": IGNORED + "\n\nX = 1\n"}, base)
    assert desk.review() == "clean"
    assert not desk.standin.called("GET", "/permission$")


def test_the_project_may_take_everybody_s_word(open_desk: Opens) -> None:
    """``ignores.require_write: false``."""
    desk = open_desk({"tests/test_bad.py": IGNORED}, {CONFIG: "ignores: {require_write: false}\n"})
    assert desk.review() == "clean"


def test_what_was_there_before_neither_fails_nor_is_commented_on(open_desk: Opens) -> None:
    """It is listed, folded; the title says that nothing was introduced."""
    desk = open_desk({"tests/test_bad.py": BAD + "\n\nX = 1\n"}, {"tests/test_bad.py": BAD})
    assert desk.review() == "findings"
    assert (desk.run().conclusion, title(desk)) == (
        "success",
        "No security defects introduced; 1 existing",
    )
    assert "No security defects are detected" not in summary(desk)
    assert (desk.comments(), desk.run().annotations) == ([], [])
    assert "1 finding that the base has too" in summary(desk)


def test_whole_files_are_commented_on_when_somebody_asks_for_it(open_desk: Opens) -> None:
    """The button and ``/secreview full``: comments, and the same verdict."""
    desk = open_desk({"tests/test_bad.py": BAD + "X = 1\n"}, {"tests/test_bad.py": BAD})
    desk.review(full=True)
    assert desk.comments() == [("tests/test_bad.py", 5)]
    assert desk.run().conclusion == "success"


def test_a_fix_is_thanked_for(open_desk: Opens) -> None:
    """In one line of the summary."""
    desk = open_desk({"tests/test_bad.py": GOOD}, {"tests/test_bad.py": BAD})
    assert desk.review() == "clean"
    assert "Fixed here: 1 finding. Thank you." in summary(desk)


def test_a_renamed_file_s_findings_were_there_before(open_desk: Opens) -> None:
    """With a patch, and moved as it was."""
    text = BAD + "".join(f"X{n} = {n}\n" for n in range(30))
    base = {"tests/test_a.py": text, "tests/test_b.py": text.replace("X1", "Y1")}
    head: dict[str, Any] = {
        "tests/test_a.py": None,
        "tests/test_new_a.py": text + "Z = 1\n",
        "tests/test_b.py": None,
        "tests/test_new_b.py": base["tests/test_b.py"],
    }
    desk = open_desk(head, base)
    desk.review()
    assert title(desk) == "No security defects introduced; 2 existing"


def test_a_file_whose_patch_is_left_out_is_compared_all_the_same(open_desk: Opens) -> None:
    """Its base is looked up at the merge base, though the branch went on since."""
    many = "".join(f"X{n} = {n}\n" for n in range(25_000))
    desk = open_desk(
        {"tests/test_a.py": BAD + many.replace("X", "Y")}, {"tests/test_a.py": BAD + many}
    )
    desk.standin.push_base(desk.repository, {"tests/test_a.py": GOOD})
    desk.review()
    assert title(desk) == "No security defects introduced; 1 existing"


def test_a_base_that_cannot_be_had_makes_everything_introduced(open_desk: Opens) -> None:
    """Fail closed: what nobody knows excuses nothing."""
    many = "".join(f"X{n} = {n}\n" for n in range(25_000))
    desk = open_desk(
        {"tests/test_a.py": BAD + many.replace("X", "Y")}, {"tests/test_a.py": BAD + many}
    )
    desk.standin.fail_next("GET", "/compare/", status=404, message="Not Found")
    desk.review()
    assert (desk.run().conclusion, title(desk)) == ("failure", "1 finding: 1 high")


@pytest.mark.parametrize(
    ("config", "title_said"),
    [("drafts: skip\n", "Draft: not reviewed"), ("drafts: review\n", "1 finding: 1 high")],
)
def test_a_draft_has_a_check_whatever_is_configured(
    open_desk: Opens, config: str, title_said: str
) -> None:
    """Never absent; and it is reviewed once it is ready."""
    desk = open_desk({"tests/test_bad.py": BAD}, {CONFIG: config}, draft=True)
    desk.review()
    assert title(desk) == title_said
    if "skip" in config:
        assert desk.run().conclusion == "success"
        assert desk.review(2, forced=True, by="dev") == "findings"
        desk.pull.draft = False
        assert desk.review(3, forced=True) == "findings"


def test_an_organisation_s_settings_stand_behind_a_repository_s(open_desk: Opens) -> None:
    """Its own file wins, what is locked does not; the account says who decided."""
    desk = open_desk({"tests/test_bad.py": BAD}, {CONFIG: "fail_on: never\nprofile: strict\n"})
    above = "fail_on: high\nlocked: [fail_on]\n"
    desk.standin.repository("acme/.github", {CONFIG: above})
    desk.review()
    assert desk.run().conclusion == "failure"
    assert "profile `strict`; the check fails from `high` up" in summary(desk)
    assert "of this repository and acme/.github" in summary(desk).replace("`", "")


def test_the_organisation_s_own_repository_is_reviewed_by_its_file(
    standin: StandIn,
) -> None:
    """There ``locked`` is in its place, on the base and in a proposal."""
    repository = standin.repository("acme/.github", {CONFIG: "locked: [fail_on]\n"})
    changed = {"tests/test_good.py": GOOD, CONFIG: "locked: [rules]\n"}
    desk = Desk(standin, repository, standin.open_pull_request(repository, changed))
    assert desk.review() == "clean"
    assert "the change is valid" in summary(desk)


def test_an_organisation_s_broken_settings_are_told_with_their_place(open_desk: Opens) -> None:
    """Nothing falls back in silence."""
    desk = open_desk({"tests/test_good.py": GOOD})
    desk.standin.repository("acme/.github", {CONFIG: "fail_on: often\n"})
    assert desk.review() == "failed"
    assert "The configuration `.github/secreview.yml` of `acme/.github` cannot be used" in summary(
        desk
    )
    assert "line 1, column 10: `often`" in summary(desk)


def test_without_access_to_the_organisation_s_file_there_is_none(open_desk: Opens) -> None:
    """The App is not installed there: that is the usual case, and no error."""
    desk = open_desk(FILES)
    other = desk.standin.repository("acme/.github", {CONFIG: "fail_on: often\n"})
    desk.standin.installation(other).repositories.remove(other)
    assert desk.review() == "findings"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fail_on: low\n", "the change is valid"),
        ("fail_on: lo\n", "the new text **cannot be used**: line 1, column 10: `lo`"),
    ],
)
def test_a_change_of_the_configuration_is_told_to_take_effect_later(
    open_desk: Opens, text: str, said: str
) -> None:
    """With a validation of the new text."""
    desk = open_desk({"tests/test_good.py": GOOD, CONFIG: text})
    desk.review()
    assert "takes effect after the merge" in summary(desk)
    assert said in summary(desk)


def test_overrides_decide_file_by_file(open_desk: Opens) -> None:
    """What fails elsewhere is only listed here, and not commented on."""
    config = "overrides:\n  - {paths: [tests/old/], fail_on: never, comment_on: never}\n"
    desk = open_desk({"tests/old/test_bad.py": BAD}, {CONFIG: config})
    desk.review()
    assert (desk.run().conclusion, desk.comments()) == ("success", [])
    assert title(desk) == "1 finding: 1 high"
    desk.standin.push(desk.pull, {"tests/test_bad.py": BAD})
    desk.review(2)
    assert desk.runs()[-1].conclusion == "failure"
    assert desk.comments() == [("tests/test_bad.py", 5)]


def grant_contents(standin: StandIn, desk: Desk) -> None:
    """The owner lets the App resolve threads."""
    standin.app.permissions["contents"] = "write"
    standin.installation(desk.repository).permissions["contents"] = "write"


def test_threads_of_what_is_fixed_are_resolved_where_that_is_allowed(open_desk: Opens) -> None:
    """With contents: write, which nobody has to grant."""
    desk = open_desk(FILES)
    grant_contents(desk.standin, desk)
    desk.review()
    desk.standin.push(desk.pull, {"tests/test_bad.py": GOOD})
    desk.review(2)
    (comment,) = desk.pull.review_comments
    assert comment.body.startswith("Fixed in `")
    assert [*desk.pull.resolved] == [comment.id]
    minted = [r.body["permissions"] for r in desk.standin.called("POST", "access_tokens")]
    assert [p for p in minted if p.get("contents") == "write"] == [
        {"contents": "write", "pull_requests": "write"}
    ]


@pytest.fixture(params=["sqlite", "postgresql"])
def queue(request: pytest.FixtureRequest, standin: StandIn, tmp_path: Path) -> Any:
    """A database of each kind, with our tables."""
    url = new_database() if request.param == "postgresql" else ""
    given = {"SECREVIEW_DATA": str(tmp_path), "DATABASE_URL": url}
    settings = Settings.model_validate({**standin.environment(), **given})
    migrate(settings)
    made = Queue(settings)
    yield made
    made.close()


def test_where_it_is_forbidden_it_is_tried_once_a_day(open_desk: Opens, queue: Queue) -> None:
    """Two threads, two reviews: one try. The edits stand, and no review fails of it."""
    desk = open_desk({f"tests/test_{n}.py": BAD for n in "abc"})
    resolver = Resolver(queue.engine, desk.target.installation)
    services = desk.services(resolver=resolver)
    desk.review(services=services)
    desk.standin.push(desk.pull, {f"tests/test_{n}.py": GOOD for n in "ab"})
    assert desk.review(2, services=services) == "findings"
    desk.standin.push(desk.pull, {"tests/test_c.py": GOOD})
    assert desk.review(3, services=services) == "clean"
    assert [c.body.startswith("Fixed in") for c in desk.pull.review_comments] == [True] * 3
    tried = [
        r
        for r in desk.standin.called("POST", "access_tokens")
        if r.body["permissions"].get("contents") == "write"
    ]
    assert len(tried) == 1
    assert not Resolver(queue.engine, desk.target.installation).may
    assert Resolver(queue.engine, desk.target.installation + 1).may


def test_what_people_see_comes_less_than_once_a_second(queue: Queue) -> None:
    """One after the other, a second after its end, whoever it is; other installations do not wait.

    What takes long, as a request on a slow network does, is not overtaken.
    """
    begun: list[tuple[int, float]] = []
    ended: list[float] = []

    def create(installation: int) -> None:
        with Pace(queue.engine, installation).creating():
            begun.append((installation, time.monotonic()))
            time.sleep(0.3)
            ended.append(time.monotonic())

    with ThreadPoolExecutor(4) as pool:
        [each.result() for each in [pool.submit(create, n) for n in (1, 1, 1, 2)]]
    ours = [at for installation, at in begun if installation == 1]
    assert all(later - earlier >= 1.3 for earlier, later in pairwise(ours))
    assert [installation for installation, _ in begun[:2]] in ([1, 2], [2, 1])


def test_a_turn_that_is_not_given_back_ends_by_itself(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever had it has died."""
    clock = [1_000_000.0]
    monkeypatch.setattr(store, "now", lambda _tx: clock[0])
    with queue.engine.begin() as tx:
        assert pacing.take(tx, 1) == (0, Turn.OURS)
        assert pacing.take(tx, 1) == (pacing.HOLD, Turn.HELD)
        clock[0] += pacing.HOLD
        assert pacing.take(tx, 1) == (0, Turn.OURS)


def test_no_more_than_five_hundred_in_any_hour(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As fast as it may go for two hours: in no hour are there more."""
    clock = [1_000_000.0]
    monkeypatch.setattr(store, "now", lambda _tx: clock[0])
    taken: list[float] = []
    with queue.engine.begin() as tx:
        while clock[0] < 1_000_000 + 7200:
            wait, turn = pacing.take(tx, 1)
            clock[0] += wait
            if turn is Turn.OURS:
                taken.append(clock[0])
                pacing.leave(tx, 1)
    assert len(taken) > BUCKET
    most = max(sum(t <= other < t + 3600 for other in taken) for t in taken[::10])
    assert most <= 500
    assert all(later - earlier >= 1 for earlier, later in pairwise(taken))


def test_a_turn_that_is_far_away_is_the_queue_s_to_wait_for(queue: Queue) -> None:
    """A step does not sleep for long, and a database that is away is no reason to fail."""
    pace = Pace(queue.engine, 1)
    with pace.creating(), queue.engine.begin() as tx:
        tx.execute(text("update secreview_pace set tokens = 0"))
    with pytest.raises(RetryLater) as caught, pace.creating():
        pytest.fail("it was nobody's turn")
    assert caught.value.seconds > pacing.PATIENCE
    queue.close()


def test_a_merge_group_is_reviewed_against_what_it_is_merged_into(open_desk: Opens) -> None:
    """Its base's configuration, its own head, no comments; closed means nothing is said."""
    desk = open_desk(FILES, {CONFIG: "fail_on: never\n"})
    head = desk.standin.enqueue(desk.pull)
    assert desk.review_group(head) == "findings"
    (run,) = desk.standin.check_runs(desk.repository, head)
    assert (run.conclusion, run.output["title"]) == ("success", "1 finding: 1 high")
    assert run.external_id == f"{desk.repository.id}#0@{head}:1"
    assert desk.comments() == []
    assert desk.review_group(head, 2) == "already reviewed"
    assert desk.review_group(head, 3, closed=True) == "closed"
    assert len(desk.standin.check_runs(desk.repository, head)) == 1


def test_a_group_that_is_dissolved_in_mid_review_is_cancelled(open_desk: Opens) -> None:
    """The run ends, and says why."""
    desk = open_desk(FILES)
    head = desk.standin.enqueue(desk.pull)
    answers = iter([True, False, False, False])
    services = desk.services(is_newest=lambda: next(answers, False))
    target = replace(desk.target, number=0, group_head=head, group_base=desk.pull.base_sha)
    asked = flow.Asked("merge queue")
    assert flow.review(target, 1, asked, services=services, step=direct) == "superseded"
    (run,) = desk.standin.check_runs(desk.repository, head)
    assert (run.conclusion, run.output["title"]) == ("cancelled", "Merge group dissolved")


def test_a_group_s_base_is_looked_up_where_nobody_says_it(open_desk: Opens) -> None:
    """Re-run on a merge group's run: the payload knows the head alone."""
    desk = open_desk(FILES)
    head = desk.standin.enqueue(desk.pull)
    target = replace(desk.target, number=0, group_head=head)
    asked = flow.Asked("Re-run", forced=True)
    services = desk.services()
    assert flow.review(target, 1, asked, services=services, step=direct) == "findings"


@pytest.mark.parametrize("moment", [{"before": "mend"}, {"after": "mend"}])
def test_a_crash_among_the_edits_loses_none(open_desk: Opens, moment: dict[str, str]) -> None:
    """The check is complete by then; the marks are made when the worker is back, once."""
    desk = open_desk({f"tests/test_{n}.py": BAD for n in "ab"})
    desk.review()
    desk.standin.push(desk.pull, {f"tests/test_{n}.py": GOOD for n in "ab"})
    crashing = Durable(**moment)
    with pytest.raises(Crash):
        desk.review(2, step=crashing)
    assert desk.run().conclusion == "success"
    assert desk.review(2, step=crashing) == "clean"
    bodies = [c.body for c in desk.pull.review_comments]
    assert [body.count("Fixed in") for body in bodies] == [1, 1]


def test_a_comment_that_somebody_deleted_or_locked_ends_nothing(open_desk: Opens) -> None:
    """The check says what is fixed all the same."""
    desk = open_desk(FILES)
    desk.review()
    desk.standin.push(desk.pull, {"tests/test_bad.py": GOOD})
    desk.standin.fail_next("PATCH", "/pulls/comments/", status=404, message="Not Found")
    assert desk.review(2) == "clean"
    assert not desk.pull.review_comments[0].body.startswith("Fixed in")
