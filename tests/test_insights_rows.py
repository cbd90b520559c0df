"""What is kept for trends, on both databases: once, in step, forgotten in time, without code."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from checks.model import Finding
from reviewer import insights_rows, store
from reviewer.model import Review, Target
from reviewer.report.insights import Change, History, Trends, trends
from reviewer.work import Queue, migrate
from reviewer.work.upkeep import forget_trends
from tests import report_reviews as reviews
from tests.postgres import new_database
from tests.test_insights_tracking import ONE, OTHER, PATHS, added, ignored, seen
from tests.test_review import Crash, Desk, Durable, desk, open_desk, standin
from tests.work_rig import settings_in

__all__ = ["desk", "open_desk", "standin"]  # fixtures

APPLES = Target(1, 10, "orchard", "apples", 5)
NEXT = replace(APPLES, number=6)
PEARS = Target(1, 11, "orchard", "pears", 5)
GROUP = replace(APPLES, number=0, group_head="a" * 40)
LONG_AGO = date(2020, 1, 6)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def queue(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Queue]:
    url = new_database() if request.param == "postgresql" else ""
    settings = settings_in(tmp_path_factory.mktemp(request.param), url)
    migrate(settings)
    queue = Queue(settings)
    yield queue
    queue.close()


@pytest.fixture
def engine(queue: Queue) -> Engine:
    """A database in which four targets are known, and nothing is kept."""
    with queue.engine.begin() as tx:
        for table in ("target", "review", "finding"):
            tx.execute(text(f"delete from secreview_{table}"))
        for target in (APPLES, NEXT, PEARS, GROUP):
            store.raise_generation(tx, target)
    return queue.engine


def keep(
    engine: Engine, generation: int, review: Review, target: Target = APPLES, took: float = 9.5
) -> bool:
    with engine.begin() as tx:
        return insights_rows.record(tx, target, generation, review, took)


def kept(engine: Engine, since: date = LONG_AGO) -> History:
    with engine.connect() as tx:
        return insights_rows.load(tx, since)


def now(engine: Engine) -> Trends:
    today = datetime.now(UTC).date()
    return trends(kept(engine), 2, today)


def test_a_review_is_kept_once_however_often_its_step_runs(engine: Engine) -> None:
    """The second time, and any number of times at once, nothing is written."""
    review, begun = seen(ONE, OTHER), threading.Barrier(4)

    def at_once(_: int) -> bool:
        begun.wait(5)
        return keep(engine, 1, review)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(at_once, range(4))) == [False, False, False, True]
    assert not keep(engine, 1, seen())
    assert keep(engine, 2, seen(ONE))
    total = now(engine).total
    assert (total.reviews, total.introduced, total.fixed, total.left_open) == (2, 2, 1, 1)
    assert total.median == 9.5


def test_a_late_review_of_an_older_head_changes_no_finding(engine: Engine) -> None:
    """It was a review and counts as one; what the newer one has seen stands."""
    assert keep(engine, 8, seen())
    assert keep(engine, 7, seen(ONE))
    total = now(engine).total
    assert (total.reviews, total.introduced) == (2, 0)


def test_a_merge_group_counts_as_a_review_alone(engine: Engine) -> None:
    """What is in it was introduced by its pull requests."""
    assert keep(engine, 1, seen(ONE), GROUP)
    total = now(engine).total
    assert (total.reviews, total.introduced) == (1, 0)


def test_what_was_forgotten_is_not_kept_again(engine: Engine) -> None:
    """Access is lost while a review ends, before or after: nothing of it stays."""
    assert keep(engine, 1, seen(ONE))
    assert keep(engine, 1, seen(ONE), PEARS)
    with engine.begin() as tx:
        assert store.forget(tx, 1, [APPLES.repository]) == [APPLES.repository]
    assert not keep(engine, 2, seen(ONE))
    history = kept(engine)
    assert history.repositories == ("orchard/pears",)
    assert {each.repository for each in history.changes} == {"orchard/pears"}


def test_what_is_old_is_deleted(engine: Engine, queue: Queue) -> None:
    """A review by its end, a finding by when it was seen last; what is younger stays."""
    keep(engine, 1, seen(ONE))
    keep(engine, 1, seen(OTHER), PEARS)
    with engine.begin() as tx:
        for table, column in (("review", "ended"), ("finding", "seen")):
            old = f"update secreview_{table} set {column} = {column} - 864000 where repository = 10"
            tx.execute(text(old))
    forget_trends(queue, 11)
    assert len(kept(engine).reviews) == 2
    forget_trends(queue, 9)
    history = kept(engine)
    assert [each.repository for each in history.reviews] == ["orchard/pears"]
    assert [each.repository for each in history.changes] == ["orchard/pears"]


def test_a_suppression_is_listed_as_it_was_seen_last(engine: Engine) -> None:
    """By whichever pull request; once one has read its file without it, it is gone."""
    keep(engine, 1, seen(ignored(ONE, "first"), added_suppressions=added(ONE)))
    keep(engine, 1, seen(ignored(ONE, "second", "2027-01-31"), OTHER), NEXT)
    (listed,) = kept(engine).suppressions
    assert (listed.number, listed.reason, listed.until) == (6, "second", date(2027, 1, 31))
    assert (listed.repository, listed.path) == ("orchard/apples", PATHS[0])
    blind = reviews.review(reviews.assessment(path=PATHS[1]))
    keep(engine, 2, blind)
    assert len(kept(engine).suppressions) == 1
    keep(engine, 2, seen(), NEXT)
    assert kept(engine).suppressions == ()
    assert now(engine).total.suppressed == 0


def test_a_repository_goes_by_its_last_name(engine: Engine) -> None:
    """Renamed or handed over, its history is one."""
    keep(engine, 1, seen(ONE))
    keep(engine, 1, seen(OTHER), replace(NEXT, owner="market", name="fruit"))
    history = kept(engine)
    assert history.repositories == ("market/fruit",)
    assert {each.repository for each in (*history.reviews, *history.changes)} == {"market/fruit"}


def test_only_what_happened_since_is_read(engine: Engine) -> None:
    """And suppressions of whichever time, because they still stand there."""
    keep(engine, 1, seen(ONE, ignored(OTHER)))
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    history = kept(engine, tomorrow)
    assert (history.reviews, history.changes) == ((), ())
    assert len(history.suppressions) == 1
    assert history.repositories == ("orchard/apples",)


def test_whatever_a_pull_request_holds_can_be_kept(engine: Engine) -> None:
    """A path of no text, a reason of many kinds of signs: stored, and inert."""
    path = "tests/\udcff\0\u202etest_" + "x" * 4_000 + ".py"
    strange = ignored(reviews.finding(path=path), "\0\udcff\r\n'; drop table x; -- 𝐱" * 90)
    review = reviews.review(reviews.assessment(strange, path=path))
    assert keep(engine, 1, review)
    (listed,) = kept(engine).suppressions
    assert len(listed.path) <= 300
    assert (listed.path + listed.reason).isprintable()
    assert keep(engine, 2, review)
    assert len(kept(engine).suppressions) == 1


def test_no_code_is_kept(engine: Engine) -> None:
    """Not the cited lines, not what is said of them, not the function that they are in."""
    finding: Finding = replace(ONE, code="MARK1", reason="MARK2", remedy="MARK3", title="MARK4")
    finding = replace(finding, place=replace(finding.place, symbol="MARK5"))
    keep(engine, 1, seen(finding, ignored(replace(OTHER, code="MARK6"))))
    with engine.connect() as tx:
        for table in ("review", "finding"):
            rows = tx.execute(text(f"select * from secreview_{table}")).all()
            assert rows
            assert "MARK" not in str(rows)


def test_the_flow_tells_what_it_concluded_and_a_crash_does_not_double_it(
    desk: Desk, engine: Engine
) -> None:
    """Killed after the conclusion was told, the step is repeated; then the defect is mended."""
    with engine.begin() as tx:
        store.raise_generation(tx, desk.target)
    told: list[bool] = []

    def services(generation: int) -> object:
        def concluded(found: Review) -> None:
            told.append(keep(engine, generation, found, desk.target))

        return desk.services(concluded=concluded)

    durable = Durable(after="conclude")
    with pytest.raises(Crash):
        desk.review(1, step=durable, services=services(1))  # type: ignore[arg-type]
    assert desk.review(1, step=durable, services=services(1)) == "findings"  # type: ignore[arg-type]
    assert told == [True, False]
    (change,) = kept(engine).changes
    assert (change.rule, change.is_open) == ("tls-verify-off", True)
    desk.standin.push(desk.pull, {"tests/test_bad.py": "def test_get():\n    assert 1 + 1 == 2\n"})
    assert desk.review(2, services=services(2)) == "clean"  # type: ignore[arg-type]
    (change,) = kept(engine).changes
    day = datetime.now(UTC).date()
    assert change in [
        Change("acme/widgets", "tls-verify-off", first, day)
        for first in (day, day - timedelta(days=1))
    ]
    assert [each.verdict for each in kept(engine).reviews] == ["findings", "clean"]
