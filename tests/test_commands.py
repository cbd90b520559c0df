"""The /secreview grammar."""

import json
from dataclasses import asdict

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
        "/secreview explain wea\u212a-hash",  # the sign for kelvin, whose small letter is a k
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
        "/\u017fecreview",  # a long s, whose capital letter is an S
    ],
)
def test_talk_about_the_command_is_no_command(comment: str) -> None:
    """Quoted, indented, fenced or embedded, it is just text."""
    assert parse(comment) is None


@given(st.text())
def test_no_text_breaks_the_grammar(text: str) -> None:
    """Whatever follows on further lines, the first line alone decides."""
    assert parse(text) == parse(text.partition("\n")[0])


BLANKS = st.text(" \t", min_size=1, max_size=3)
ASKED: st.SearchStrategy[tuple[list[str], Command]] = st.one_of(
    st.just(([], Command(CommandKind.REVIEW))),
    st.sampled_from([CommandKind.FULL, CommandKind.HELP]).map(lambda k: ([k.value], Command(k))),
    st.from_regex(r"[a-z0-9-]{1,60}", fullmatch=True).map(
        lambda rule: (["explain", rule], Command(CommandKind.EXPLAIN, rule))
    ),
)


@given(ASKED, st.lists(BLANKS, min_size=4, max_size=4), st.booleans(), st.text())
def test_blanks_case_and_further_lines_do_not_matter(
    asked: tuple[list[str], Command], blanks: list[str], upper: bool, rest: str
) -> None:
    """Every command of the grammar is understood however it is spaced and spelled."""
    words, command = asked
    line = "/secreview" + "".join(blank + word for blank, word in zip(blanks, words, strict=False))
    line = line.upper() if upper else line
    assert parse(f"{line}{blanks[-1]}\r\n{rest}") == command


@given(st.text(st.characters(exclude_characters="\n"), min_size=1))
def test_what_is_understood_is_one_of_four_things(words: str) -> None:
    """No word outside the grammar becomes a command, and a rule is never more than a name."""
    command = parse(f"/secreview {words}")
    if command is None or command.kind is CommandKind.NOT_UNDERSTOOD:
        return
    spelled = words.lower().replace("`", "").split()
    expected = {
        CommandKind.REVIEW: [],
        CommandKind.FULL: ["full"],
        CommandKind.HELP: ["help"],
        CommandKind.EXPLAIN: ["explain", command.rule],
    }
    assert spelled == expected[command.kind]
    assert all(letter.isascii() and (letter.isalnum() or letter == "-") for letter in command.rule)


@given(ASKED)
def test_a_command_survives_json(asked: tuple[list[str], Command]) -> None:
    """The queue keeps it as plain values."""
    kept = json.loads(json.dumps(asdict(asked[1])))
    assert Command(CommandKind(kept["kind"]), kept["rule"]) == asked[1]
