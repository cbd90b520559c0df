"""What becomes of a pull request's findings, from review to review."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from checks.model import Finding, NotAssessed, Suppression
from reviewer.insights_tracking import LONGEST_REASON, Tracked, read_paths, tracked
from reviewer.model import Review
from tests import report_reviews as reviews

PATHS = ("tests/test_a.py", "tests/test_b.py")
ONE = reviews.finding(12, path=PATHS[0])
OTHER = reviews.finding(40, path=PATHS[0])


def ignored(finding: Finding, reason: str = "our own server", until: str = "") -> Finding:
    """The finding, silenced by a comment on its line."""
    place = finding.place
    by = Suppression(place.path, place.line, place.line, (finding.rule,), reason, until, "")
    return replace(finding, suppressed=by)


def seen(*findings: Finding, **more: object) -> Review:
    """A review of both files that shows these findings."""
    assessed = [
        reviews.assessment(*(f for f in findings if f.place.path == path), path=path)
        for path in PATHS
    ]
    return replace(reviews.review(*assessed), **more)  # type: ignore[arg-type]


def added(finding: Finding) -> frozenset[tuple[str, int]]:
    """What a review says where the pull request adds the finding's suppression."""
    return frozenset({(finding.place.path, finding.place.line)})


def after(*looks: Review) -> list[Tracked]:
    """What is known after these reviews, at the times 1, 2, 3."""
    known: list[Tracked] = []
    for at, review in enumerate(looks, 1):
        known = tracked(known, review, at)
    return known


def test_a_finding_is_introduced_once() -> None:
    """However often the pull request is reviewed, it counts when it was first seen."""
    (found,) = after(seen(ONE), seen(ONE), seen(ONE))
    assert (found.introduced, found.fixed, found.suppressed) == (1, None, None)
    assert (found.rule, found.path) == (ONE.rule, PATHS[0])


def test_what_the_base_has_is_not_introduced() -> None:
    """An existing finding is nothing to keep; one that only the base has is fixed."""
    assert after(seen(ONE, existing=frozenset({ONE.fingerprint}))) == []
    (found,) = after(seen(fixed=(ONE,)), seen(fixed=(ONE,)))
    assert (found.introduced, found.fixed) == (None, 1)
    assert after(seen(fixed=(ONE,)), seen(ONE, existing=frozenset({ONE.fingerprint}))) == []


def test_what_is_gone_is_fixed_until_it_comes_back() -> None:
    """A later review takes the fix back, and the time of introduction stays."""
    (found,) = after(seen(ONE), seen(), seen())
    assert (found.introduced, found.fixed) == (1, 2)
    (found,) = after(seen(ONE), seen(), seen(ONE))
    assert (found.introduced, found.fixed) == (1, None)
    # Its file may have left the pull request altogether.
    (found,) = after(seen(ONE), reviews.review())
    assert (found.introduced, found.fixed) == (1, 2)


def test_only_a_suppression_that_is_added_counts_and_each_is_listed() -> None:
    """What was silenced on the base before is known with its reason, and counts nowhere."""
    (found,) = after(seen(ignored(ONE, until="2027-01-31")))
    assert (found.silenced, found.suppressed, found.introduced) == (True, None, None)
    assert (found.reason, found.until) == ("our own server", "2027-01-31")
    (found,) = after(seen(ONE), seen(ignored(ONE), added_suppressions=added(ONE)))
    assert (found.introduced, found.suppressed, found.silenced) == (1, 2, True)
    (found,) = after(seen(ignored(ONE), added_suppressions=added(ONE)), seen(ONE))
    assert (found.introduced, found.suppressed, found.reason) == (2, None, "")


def test_a_suppressed_finding_that_is_gone_is_listed_no_more() -> None:
    """One that the pull request introduced first is fixed; of another nothing is left."""
    silenced = seen(ignored(ONE), added_suppressions=added(ONE))
    (found,) = after(seen(ONE), silenced, seen())
    assert (found.fixed, found.suppressed, found.silenced) == (3, None, False)
    assert after(silenced, seen()) == []


def test_of_a_file_that_was_not_read_nothing_is_concluded() -> None:
    """Not there is not fixed; what other files have is followed."""
    gap = NotAssessed(PATHS[0], "it is too long")
    elsewhere = reviews.finding(7, path=PATHS[1])
    blind = replace(reviews.review(reviews.assessment(path=PATHS[1])), unread=(gap,))
    assert PATHS[0] not in read_paths(blind)
    found = {each.path: each for each in after(seen(ONE, elsewhere), blind)}
    assert (found[PATHS[0]].fixed, found[PATHS[1]].fixed) == (None, 2)


def test_a_finding_moves_with_its_file() -> None:
    """The same content elsewhere is the same finding: not fixed, not introduced again."""
    there = reviews.finding(12, path=PATHS[1])
    assert there.content == ONE.content
    (found,) = after(seen(ONE), seen(there))
    assert (found.introduced, found.fixed, found.path) == (1, None, PATHS[1])
    # Both there: one is new, however equal they are.
    both = after(seen(ONE), seen(ONE, there))
    assert sorted((each.path, each.introduced) for each in both) == [(PATHS[0], 1), (PATHS[1], 2)]


def test_a_reason_is_cut_and_shows_no_token() -> None:
    """Whatever somebody wrote: one line, no control character, no credential."""
    token = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
    (found,) = after(seen(ignored(ONE, f"see\x1b[31m \u202e {token} " + "x" * 999)))
    assert token not in found.reason
    assert "ghp_[hidden]" in found.reason
    assert "\x1b" not in found.reason
    assert "\u202e" not in found.reason
    assert len(found.reason) == LONGEST_REASON


@st.composite
def looks(draw: st.DrawFn) -> Review:
    """A review of up to six findings in two files: new, old, silenced, fixed; perhaps blind."""
    here, old, gone, new = [], set(), [], set()
    for finding in (reviews.finding(line, path=path) for path in PATHS for line in (1, 2, 3)):
        match draw(st.sampled_from(["absent", "new", "old", "ignored", "added", "fixed"])):
            case "new":
                here.append(finding)
            case "old":
                here.append(finding)
                old.add(finding.fingerprint)
            case "ignored":
                here.append(ignored(finding))
            case "added":
                here.append(ignored(finding))
                new |= added(finding)
            case "fixed":
                gone.append(finding)
    blind = draw(st.sets(st.sampled_from(PATHS)))
    assessed = [
        reviews.assessment(*(f for f in here if f.place.path == path), path=path)
        for path in PATHS
        if path not in blind
    ]
    unread = tuple(NotAssessed(path, "too long") for path in blind)
    fixed = tuple(f for f in gone if f.place.path not in blind)
    review = reviews.review(*assessed, unread=unread)
    return replace(review, existing=frozenset(old), fixed=fixed, added_suppressions=frozenset(new))


@given(st.lists(looks(), min_size=1, max_size=6))
def test_what_is_known_holds_together(several: list[Review]) -> None:
    """Whatever comes after what: a repetition changes nothing, and nothing contradicts itself."""
    known = after(*several)
    assert sorted(tracked(known, several[-1], 99), key=repr) == sorted(known, key=repr)
    assert len({each.fingerprint for each in known}) == len(known)
    last = several[-1]
    now = {finding.fingerprint for finding in last.findings}
    hidden = {finding.fingerprint for finding in last.suppressed}
    for each in known:
        assert each.is_told
        assert each.silenced or not (each.suppressed or each.reason)
        assert not (each.fixed and each.silenced)
        if each.path in read_paths(last):
            assert each.silenced == (each.fingerprint in hidden)
            assert bool(each.fixed) == (each.fingerprint not in now | hidden)
    left = {each.fingerprint for each in known if each.introduced and not each.fixed}
    assert {finding.fingerprint for finding in last.introduced} <= left
