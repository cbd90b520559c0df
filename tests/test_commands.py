"""The /secreview grammar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.commands import Command, CommandKind, parse


@pytest.mark.parametrize(
    "comment",
    ["/secreview", "/secreview  ", "/secreview\r\n", "/secreview\nthank you", "/SecReview"],
)
def test_the_bare_command_asks_for_a_review(comment: str) -> None:
    """Line ends, trailing blanks, case and further lines do not matter."""
    assert parse(comment) == Command(CommandKind.REVIEW)


@pytest.mark.parametrize(
    ("comment", "command"),
    [
        ("/secreview full", Command(CommandKind.FULL)),
        ("/secreview HELP\nplease", Command(CommandKind.HELP)),
        ("/secreview explain weak-hash", Command(CommandKind.EXPLAIN, "weak-hash")),
        ("/secreview  explain\t`Weak-Hash` ", Command(CommandKind.EXPLAIN, "weak-hash")),
        ("/secreview explain no-such-rule", Command(CommandKind.EXPLAIN, "no-such-rule")),
    ],
)
def test_what_can_be_asked_for(comment: str, command: Command) -> None:
    """The whole grammar: a rule that does not exist is for the answer to say."""
    assert parse(comment) == command


@pytest.mark.parametrize(
    "comment",
    [
        "/secreview please",
        "/secreview\trm -rf /",
        "/secreview --x",
        "/secreview full now",
        "/secreview explain",
        "/secreview explain a b",
        "/secreview explain <script>",
        "/secreview explain @everyone",
        "/secreview explain " + "x" * 61,
        "/secreview help me",
    ],
)
def test_other_words_are_not_understood(comment: str) -> None:
    """A command we do not know is answered, not guessed at."""
    assert parse(comment) == Command(CommandKind.NOT_UNDERSTOOD)


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "secreview",
        "/secreviews",
        "/secreview-now",
        "please /secreview",
        "> /secreview",
        "    /secreview",
        "```\n/secreview\n```",
        "\n/secreview",
        "/secreview\u2028me",
    ],
)
def test_talk_about_the_command_is_no_command(comment: str) -> None:
    """Quoted, indented, fenced or embedded, it is just text."""
    assert parse(comment) is None


@given(st.text())
def test_no_text_breaks_the_grammar(text: str) -> None:
    """Whatever follows on further lines, the first line alone decides."""
    assert parse(text) == parse(text.partition("\n")[0])
