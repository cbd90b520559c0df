"""What is said on the lines of a pull request: once, at most so much, and people's word last."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.model import Finding, Severity, Suggestion
from reviewer.conversation import GROUPED, MOST_COMMENTS, Earlier, Plan, plan
from reviewer.examine import Examined
from reviewer.model import ReviewComment
from reviewer.report.comments import is_fixed, markers
from tests import report_reviews as reviews

OWN, MIRA = 7, 8


def found(name: str, path: str = "tests/a.py", rule: str = "tls-verify-off") -> Finding:
    """A finding that is known by its name."""
    made = reviews.finding(path=path, rule=rule)
    content = f"c-{name}"
    return replace(made, content=content, fingerprint=f"f-{name}-{path.replace('/', '_')[:-3]}")


def examined(*findings: Finding, paths: tuple[str, ...] = ("tests/a.py",)) -> Examined:
    """A review with these findings, all of them to be said, each on lines of its own."""
    every = {*paths, *(f.place.path for f in findings)}
    assessments = [
        reviews.assessment(*(f for f in findings if f.place.path == path), path=path)
        for path in sorted(every)
    ]
    places = {f.fingerprint: (n + 1, n + 1) for n, f in enumerate(findings)}
    return Examined(reviews.review(*assessments), places, tuple(every), frozenset(places))


@dataclass
class Talk:
    """A pull request's comments, as GitHub would have them after each plan."""

    comments: list[ReviewComment] = field(default_factory=list)
    resolved: list[int] = field(default_factory=list)
    heads: int = 0

    def review(self, said: Examined, *, push: bool = True) -> Plan:
        """Carry out the plan of a review, of a new head or of the same."""
        self.heads += push
        sha = f"{self.heads:040x}"
        made = plan(said, Earlier(OWN, tuple(self.comments)), sha)
        for new in made.new:
            number = len(self.comments) + 1
            self.comments.append(
                ReviewComment(number, OWN, new.path, sha, outdated=False, body=new.body)
            )
        for edit in made.edits:
            at = next(n for n, c in enumerate(self.comments) if c.id == edit.comment_id)
            self.comments[at] = replace(self.comments[at], body=edit.body)
        self.resolved += made.resolve
        return made

    def reply(self, to: int) -> None:
        """A person answers a comment."""
        path = self.comments[to - 1].path
        number = len(self.comments) + 1
        self.comments.append(
            ReviewComment(number, MIRA, path, "0" * 40, outdated=False, body="?", in_reply_to=to)
        )


def test_said_once_mended_once_and_back_again() -> None:
    """One comment lives through all of it."""
    talk, bad = Talk(), examined(found("x"))
    assert len(talk.review(bad).new) == 1
    assert talk.review(bad) == Plan((), (), (), (), frozenset(bad.commented))
    gone = talk.review(examined())
    assert (len(gone.edits), gone.resolve) == (1, (1,))
    assert is_fixed(talk.comments[0].body)
    assert markers(talk.comments[0].body) == (("f-x-tests_a", "c-x"),)
    assert talk.review(examined()).edits == ()
    back = talk.review(bad)
    assert (len(back.edits), back.new) == (1, ())
    assert not is_fixed(talk.comments[0].body)
    assert talk.review(examined()).resolve == (1,)


def test_people_have_the_last_word() -> None:
    """A comment that somebody answered is not edited, whatever becomes of its finding."""
    talk = Talk()
    talk.review(examined(found("x")))
    talk.reply(1)
    assert talk.review(examined()) == Plan((), (), (), (), frozenset())


def test_a_file_that_left_the_pull_request_mended_nothing() -> None:
    """Its comments stay as they are."""
    talk = Talk()
    talk.review(examined(found("x")))
    assert talk.review(examined(paths=("tests/b.py",))).edits == ()


def test_a_renamed_file_keeps_its_comments() -> None:
    """The finding takes over the comment of equal content; a copy gets its own."""
    talk = Talk()
    talk.review(examined(found("x")))
    moved = examined(found("x", "tests/b.py"), paths=("tests/b.py",))
    assert talk.review(moved).new == ()
    copied = examined(found("x"), found("x", "tests/b.py"))
    assert len(talk.review(copied).new) == 1


def test_four_of_a_kind_in_a_file_are_one_comment() -> None:
    """It names the lines, holds all fingerprints, and has no suggestion for one of them."""
    many = [
        replace(found(str(n)), place=reviews.place(10 + n, path="tests/a.py"), suggestion=None)
        for n in range(GROUPED)
    ]
    talk = Talk()
    made = talk.review(examined(*many))
    (comment,) = made.new
    assert "4 places in this file: lines [10](" in comment.body
    assert len(markers(comment.body)) == GROUPED
    assert len(made.said) == GROUPED
    assert talk.review(examined(*many[1:])).edits == (), "three of them are still there"
    assert len(talk.review(examined()).edits) == 1
    assert len(talk.review(examined(*many[:3])).edits) == 1, "and back again"


def test_there_is_room_for_so_many_on_a_head() -> None:
    """The worst come first, and what is held back is counted; a new head has room again."""
    few = [found(str(n), f"tests/{n}.py") for n in range(MOST_COMMENTS + 5)]
    worst = [replace(f, severity=Severity.LOW) for f in few[:5]] + few[5:]
    said = examined(*worst)
    talk = Talk()
    made = talk.review(said)
    assert (len(made.new), made.held_back) == (MOST_COMMENTS, 5)
    assert all(f.severity is Severity.HIGH for f in made.findings)
    assert talk.review(said, push=False).new == ()
    assert len(talk.review(said).new) == 5


def test_a_line_gets_one_suggestion() -> None:
    """The second finding on it is said without."""
    offered = Suggestion(12, 12, ("x = 1",), safe=True)
    both = [
        replace(found("x"), suggestion=offered),
        replace(found("y", rule="weak-hash"), suggestion=offered),
    ]
    bodies = [new.body for new in Talk().review(examined(*both)).new]
    assert [body.count("```suggestion") for body in bodies] == [1, 0]


def test_what_is_not_to_be_said_or_has_no_place_is_not_said() -> None:
    """Below the threshold, or on a line that GitHub does not show."""
    said = examined(found("x"), found("y"))
    quiet = replace(said, commented=frozenset(["f-x-tests_a"]), places={"f-y-tests_a": (1, 1)})
    assert Talk().review(quiet).new == ()


@pytest.mark.parametrize("author", [OWN, MIRA])
def test_only_our_own_comments_count(author: int) -> None:
    """A marker that somebody else wrote silences nothing."""
    talk = Talk()
    talk.review(examined(found("x")))
    talk.comments = [replace(c, author_id=author) for c in talk.comments]
    assert len(talk.review(examined(found("x"))).new) == (author == MIRA)


HEADS = st.lists(
    st.lists(
        st.tuples(st.sampled_from("uvwxyz"), st.sampled_from(["tests/a.py", "tests/b.py"])),
        unique=True,
        max_size=8,
    ),
    max_size=8,
)


@given(HEADS, st.lists(st.integers(1, 9)))
def test_whatever_is_pushed_nothing_is_said_twice(
    heads: list[list[tuple[str, str]]], replies: list[int]
) -> None:
    """Fixes, returns, renames, replies in any order: a plan that was carried out is empty."""
    talk = Talk()
    for findings in heads:
        said = examined(*(found(name, path) for name, path in findings), paths=())
        for number in replies[:1]:
            if number <= len(talk.comments) and talk.comments[number - 1].author_id == OWN:
                talk.reply(number)
        made = talk.review(said)
        assert len(made.new) <= MOST_COMMENTS
        assert all((new.line, new.end_line) in said.places.values() for new in made.new)
        again = talk.review(said, push=False)
        assert (again.new, again.edits, again.held_back) == ((), (), 0)
        ours = [pair for c in talk.comments if c.author_id == OWN for pair in markers(c.body)]
        assert len(ours) == len(set(ours))
