"""The trends as numbers, as a terminal shows them, as a table, as a page: right and inert."""

import base64
import csv
import hashlib
import io
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from reviewer.report import insights_axes as axes
from reviewer.report import insights_plots as plots
from reviewer.report import insights_words as words
from reviewer.report.insights import Change, History, Reviewed, Silenced, Trends, monday, trends
from reviewer.report.insights_csv import COLUMNS, as_csv
from reviewer.report.insights_page import page
from reviewer.report.insights_terminal import MOST_SUPPRESSIONS, render, sparkline
from tests.test_report_page import parsed

TODAY = date(2026, 11, 25)  # a Wednesday
DOCS = Path(__file__).parent.parent / "docs/insights.md"
HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", '=HYPERLINK("https://x";"y")',
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "'; drop table",
    "a\x1b[31mb\u202ec", "\ud800",
]  # fmt: skip


def back(days: int) -> date:
    return TODAY - timedelta(days=days)


def history(
    *given: Reviewed | Change | Silenced, repositories: tuple[str, ...] = ("acme/a", "acme/b")
) -> History:
    return History(
        repositories,
        tuple(each for each in given if isinstance(each, Reviewed)),
        tuple(each for each in given if isinstance(each, Change)),
        tuple(each for each in given if isinstance(each, Silenced)),
    )


def silenced(
    reason: str = "our own", until: date | None = None, repository: str = "acme/a"
) -> Silenced:
    return Silenced(repository, 7, "weak-hash", "tests/test_a.py", reason, until, back(3))


SOME = history(
    Reviewed(back(0), "acme/a", "findings", 4.0),
    Reviewed(back(2), "acme/a", "clean", 6.0),
    Reviewed(back(3), "acme/b", "clean", 60.0),
    Reviewed(back(9), "acme/b", "incomplete", None),
    Reviewed(back(40), "acme/b", "clean", 1.0),
    Change("acme/a", "weak-hash", back(0)),
    Change("acme/a", "weak-hash", back(9), back(2)),
    Change("acme/b", "tls-verify-off", back(9), None, back(2)),
    Change("acme/b", "tls-verify-off", back(40), back(1)),
    Change("acme/b", "tls-verify-off", None, back(30)),
    silenced(),
    silenced(until=back(1), repository="acme/b"),
    silenced("<script>", TODAY),
    silenced(until=back(-31)),
)


def shown(found: Trends) -> str:
    """What a terminal of 100 columns shows."""
    console = Console(file=io.StringIO(), width=100)
    render(found, console)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def rows(found: Trends) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(found))))


def test_each_thing_counts_in_its_own_week() -> None:
    """Weeks begin on Monday; what lies before them is left out; medians leave out the unknown."""
    found = trends(SOME, 2, TODAY)
    assert found.weeks == (date(2026, 11, 16), date(2026, 11, 23))
    this, last = found.by_week[found.weeks[1]], found.by_week[found.weeks[0]]
    assert (this.reviews, this.introduced, this.fixed, this.suppressed) == (2, 1, 2, 1)
    assert (last.reviews, last.introduced, last.fixed, last.suppressed) == (2, 2, 0, 0)
    assert (this.median, last.median, found.total.median) == (5.0, 60.0, 6.0)
    assert (found.total.reviews, found.total.left_open) == (4, 1)
    assert found.total.verdicts == {"clean": 2, "findings": 1, "incomplete": 1}


def test_rules_and_repositories_come_with_the_most_introduced_first() -> None:
    """A fix of what was introduced before the time shown counts as a fix alone."""
    found = trends(SOME, 2, TODAY)
    assert list(found.rules) == ["weak-hash", "tls-verify-off"]
    assert list(found.repositories) == ["acme/a", "acme/b"]
    tls = found.rules["tls-verify-off"]
    assert (tls.introduced, tls.fixed, tls.suppressed, tls.left_open) == (1, 1, 1, 0)
    assert found.repositories["acme/b"].weekly == [1, 0]
    assert found.repositories["acme/b"].reviews == 2


def test_of_one_repository_nothing_else_is_counted() -> None:
    """Its reviews, findings and suppressions."""
    found = trends(SOME.of("acme/b"), 8, TODAY, "acme/b")
    assert (found.total.reviews, found.total.introduced, found.total.fixed) == (3, 2, 2)
    assert {one.repository for one in found.suppressions} == {"acme/b"}
    assert "Of acme/b alone." in shown(found)
    assert "By repository" not in shown(found)


def test_the_most_urgent_suppressions_stand_first() -> None:
    """Expired, ends soon (the last day counts), without an end, later."""
    found = trends(SOME, 2, TODAY)
    states = [one.state(TODAY) for one in found.suppressions]
    assert states == [words.EXPIRED, words.SOON, words.ENDLESS, words.ENDS]
    assert states == list(words.STATES)
    assert found.states == dict.fromkeys(states, 1)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, ""), (0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"),
        (59.6, "1 min"), (200, "3 min 20 s"), (3599.7, "1 h"), (7500, "2 h 5 min"),
    ],
)  # fmt: skip
def test_a_duration_is_short_and_never_says_sixty(seconds: float | None, told: str) -> None:
    """Also where it is rounded up."""
    assert words.duration(seconds) == told


DAYS = st.one_of(st.none(), st.integers(0, 200).map(back))
CHANGES = st.builds(
    Change, st.sampled_from(["acme/a", "acme/b"]), st.sampled_from(["r1", "r2"]), DAYS, DAYS, DAYS
)
REVIEWS = st.builds(
    Reviewed, st.integers(0, 200).map(back), st.sampled_from(["acme/a", "acme/b"]),
    st.sampled_from(["clean", "findings", "incomplete"]),
    st.one_of(st.none(), st.floats(0, 90_000, allow_nan=False)),
)  # fmt: skip
SEVERAL = st.lists(st.one_of(CHANGES, REVIEWS), max_size=30).map(lambda all_: history(*all_))


@given(SEVERAL, st.integers(1, 60))
def test_all_views_add_up_to_the_same(given: History, weeks: int) -> None:
    """By week, by repository, by rule and in the table: no event is lost or counted twice."""
    found = trends(given, weeks, TODAY)
    first = found.weeks[0]
    assert found.total.reviews == sum(each.day >= first for each in given.reviews)
    table = rows(found)
    for what in ("introduced", "fixed", "suppressed"):
        days = [getattr(each, what) for each in given.changes]
        expected = sum(day is not None and day >= first for day in days)
        for tallies in (found.by_week, found.repositories, found.rules):
            assert sum(getattr(tally, what) for tally in tallies.values()) == expected
        assert sum(int(row[what] or 0) for row in table) == expected
        assert getattr(found.total, what) == expected
    assert sum(int(row["reviews"] or 0) for row in table) == found.total.reviews


@given(SEVERAL, st.integers(1, 522))
def test_every_plot_stays_in_its_frame(given: History, weeks: int) -> None:
    """Whatever the numbers: bars stand in the room of their week, and tell it in words."""
    found = trends(given, weeks, TODAY)
    for draw in (plots.reviews, plots.findings, plots.times):
        plot = draw(found)
        assert len(plot.columns) == weeks
        for column in plot.columns:
            room = column.room
            for bar in column.bars:
                assert room.x - 0.1 <= bar.x <= bar.x + bar.width <= room.x + room.width + 0.1
                assert room.y - 0.1 <= bar.y <= bar.y + bar.height <= room.y + room.height + 0.1
        drawn = re.findall(r"[ML](\S+) (\d\S*?)(?=[LMZ ]|$)", f"{plot.band} {plot.line}")
        for x, y in [*plot.dots, *((float(x), float(y)) for x, y in drawn)]:
            assert 0 <= x <= axes.WIDTH
            assert -0.1 <= y <= axes.HEIGHT
        assert 2 <= len(plot.ticks) <= 9
        assert all(0 <= label.at <= axes.WIDTH for label in plot.months)
        assert all(a.at + 50 < b.at for a, b in zip(plot.months, plot.months[1:], strict=False))


def test_a_bar_is_as_high_as_its_number() -> None:
    """Twice the findings, twice the height; fixed and suppressed hang below the line."""
    found = trends(SOME, 2, TODAY)
    last, this = plots.findings(found).columns
    assert [bar.kind for bar in this.bars] == ["introduced", "fixed", "suppressed"]
    assert last.bars[0].height == pytest.approx(2 * this.bars[0].height, abs=0.02)
    introduced, fixed, suppressed = this.bars
    zero = plots.findings(found).zero
    assert introduced.y + introduced.height == pytest.approx(zero, abs=0.02)
    assert (fixed.y, suppressed.y) == pytest.approx((zero, zero + fixed.height), abs=0.02)
    assert this.told == "Week of 2026-11-23: 1 introduced, 2 fixed, 1 suppressed"


def test_a_line_stops_where_no_review_was() -> None:
    """A week without a time is no time of 0."""
    days = [0, 7, 21]
    given = history(*(Reviewed(back(day), "acme/a", "clean", 5.0) for day in days))
    plot = plots.times(trends(given, 4, TODAY))
    assert len(plot.dots) == 3
    assert plot.line.count("M") == 1
    assert plot.columns[1].told == "Week of 2026-11-09: no review"


def test_sparks_show_the_last_weeks() -> None:
    """Eight heights; nothing at all is an empty place, and little is still seen."""
    assert sparkline([0, 1, 50, 100], 3) == "▁▄█"
    assert sparkline([0, 0]) == "  "


def test_the_terminal_shows_numbers_and_what_they_mean() -> None:
    """The totals, each week, each name, each reason; no line is wider than the terminal."""
    text = shown(trends(SOME, 2, TODAY))
    for part in (
        "What the reviews of 2 weeks came to", "2026-11-16", "2026-11-23", "weak-hash",
        "tls-verify-off", "acme/b", "our own", "expired", "6.0 s", *words.DEFINITIONS,
    ):  # fmt: skip
        assert part in text, part
    assert max(map(len, text.splitlines())) <= 100
    squeezed = " ".join(text.split())
    assert all(meaning in squeezed for meaning in words.DEFINITIONS.values())


def test_what_is_left_out_is_said() -> None:
    """Of many suppressions the first are shown, with how many more there are."""
    found = trends(history(*(silenced(f"reason {n}") for n in range(40))), 2, TODAY)
    assert f"And {40 - MOST_SUPPRESSIONS} more; --csv has all of them." in shown(found)
    assert len(rows(found)) == 40


def test_nothing_in_the_time_is_a_sentence_everywhere() -> None:
    """No empty plot, no empty table."""
    found = trends(history(), 3, TODAY)
    assert words.NO_REVIEWS in shown(found)
    made = parsed(page(found))
    assert words.NO_REVIEWS in made.text
    assert words.NO_SUPPRESSIONS in made.text
    assert not made.of("svg")
    assert as_csv(found) == ",".join(COLUMNS) + "\n"


def test_the_table_has_a_line_for_each_thing() -> None:
    """Reviews without a rule, findings with one, suppressions with their reason."""
    table = rows(trends(SOME, 2, TODAY))
    by = {record: [row for row in table if row["record"] == record] for record in
          ("reviews", "findings", "suppression")}  # fmt: skip
    assert sum(map(len, by.values())) == len(table)
    columns = ("week", "repository", "reviews", "median_seconds")
    assert [[row[column] for column in columns] for row in by["reviews"]] == [
        ["2026-11-16", "acme/b", "2", "60.0"],
        ["2026-11-23", "acme/a", "2", "5.0"],
    ]
    assert {row["rule"] for row in by["findings"]} == {"weak-hash", "tls-verify-off"}
    first = by["suppression"][0]
    assert (first["until"], first["state"], first["pull_request"]) == ("2026-11-24", "expired", "7")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_is_a_formula(text: str) -> None:
    """In a reason or a name: a spreadsheet takes it for text; nothing moves the cursor."""
    found = trends(history(silenced(text, repository=text)), 2, TODAY)
    (row,) = rows(found)
    for cell in row.values():
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))
        assert "\n" not in cell
        assert cell.isprintable()


def test_the_page_is_one_file_that_loads_and_runs_nothing() -> None:
    """No script, no address of anybody; the policy lets in its own style alone."""
    text = page(trends(SOME, 2, TODAY))
    made = parsed(text)
    assert not made.of("script")
    assert {tag for tag, _ in made.elements} & {"img", "link", "iframe", "object", "form"} == set()
    for _, attributes in made.elements:
        assert "style" not in attributes
        assert attributes.get("href", "#").startswith("#")
    (style,) = made.inside("style")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(a["content"] for a in made.of("meta") if "http-equiv" in a)
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in policy
    assert "url(" not in style
    assert page(trends(SOME, 2, TODAY)) == text


def test_the_page_says_what_each_number_means() -> None:
    """The definitions word for word; every anchor leads somewhere; the plots are told in words."""
    made = parsed(page(trends(SOME, 2, TODAY)))
    for word, meaning in words.DEFINITIONS.items():
        assert word in made.inside("dt")
        assert meaning in made.inside("dd")
    ids = [attributes["id"] for _, attributes in made.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for attributes in made.of("a"):
        assert attributes["href"][1:] in ids
    assert all(a.get("aria-label") or a.get("aria-labelledby") or "aria-hidden" in a
               for a in made.of("svg"))  # fmt: skip
    told = made.inside("title")
    assert "Week of 2026-11-23: 2 reviews: 1 clean, 1 with findings, 0 incomplete" in told
    assert "Week of 2026-11-23: median 5.0 s of 2 reviews" in told


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_from_outside_is_markup(text: str) -> None:
    """Reason, path, rule and name are text on the page, whatever they hold."""
    plain = parsed(page(trends(SOME, 2, TODAY)))
    given = history(
        *SOME.reviews[1:], *SOME.changes[1:], *SOME.suppressions[1:],
        Reviewed(back(0), text, "findings", 4.0), Change(text, text, back(0)),
        Silenced(text, 7, text, text, text, None, back(3)),
    )  # fmt: skip
    made = parsed(page(trends(given, 2, TODAY)).encode(errors="backslashreplace").decode())
    assert {tag for tag, _ in made.elements} == {tag for tag, _ in plain.elements}
    attributes = {name for _, each in plain.elements for name in each}
    assert {name for _, each in made.elements for name in each} == attributes
    assert "\u202e" not in made.text
    assert "49" not in re.sub(r"[\d-]{6,}", "", made.text)


def test_the_documentation_defines_the_words_as_the_page_does() -> None:
    """Word for word, with the columns of the table."""
    text = DOCS.read_text(encoding="utf-8")
    for word, meaning in words.DEFINITIONS.items():
        assert f"| **{word}** | {meaning} |" in text
    for state, meaning in words.STATES.items():
        assert f"- **{state}**: {meaning}" in text
    assert all(f"`{column}`" in text for column in COLUMNS)


def test_a_week_begins_on_monday() -> None:
    """Sunday still belongs to the one before."""
    assert monday(date(2026, 11, 22)) == date(2026, 11, 16)
    assert monday(date(2026, 11, 23)) == date(2026, 11, 23)
