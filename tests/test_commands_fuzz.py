"""Comments as an attacker would write them: a command of the grammar, or none.

``make fuzz`` tries ten thousand.
"""

import re

from hypothesis import given
from hypothesis import strategies as st

from reviewer.commands import Command, CommandKind, parse

PIECES = st.sampled_from(
    [
        *("/secreview", "/SECREVIEW", "/ſecreview", "/secreviеw", "full", "FULL", "ﬁx"),
        *("explain", "help"),
        *(" ", "  ", "\t", "\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"),
        *("\xa0", "\u200b"),
        *("\u202e", "\0", "`", "``", "-", "--", "weak-hash", "a" * 61, "K", "İ", "@everyone"),
        "<script>",
        *("$(id)", ";", "|", "../", "'", '"', "\\", "/", "> ", "    ", "```\n", "<!--"),
        *("[a](b)", "ß", "٣"),
    ]
) | st.text(max_size=4)  # fmt: skip
COMMENTS = st.lists(PIECES, max_size=8).map("".join)
BEGUN = COMMENTS.map("/secreview ".__add__)
GRAMMAR = re.compile(
    r"/secreview(?:[ \t]+(?:(full)|(help)|explain[ \t]+`*([a-z0-9-]{1,60})`*))?\s*", re.IGNORECASE
)


@given(COMMENTS | BEGUN)
def test_a_comment_is_a_command_of_the_grammar_or_none(comment: str) -> None:
    """Written down a second time, and never more than a rule's name gets out of it."""
    found = parse(comment)
    first = comment.partition("\n")[0]
    if found is None:
        assert not re.match(r"/secreview(?:[ \t]|$)", first.rstrip(), re.IGNORECASE | re.ASCII)
        return
    assert first[:10].isascii()
    assert first[:10].lower() == "/secreview"
    assert first.rstrip().isascii() or found.kind is CommandKind.NOT_UNDERSTOOD
    assert re.fullmatch(r"[a-z0-9-]{0,60}", found.rule)
    assert bool(found.rule) is (found.kind is CommandKind.EXPLAIN)
    written = GRAMMAR.fullmatch(first)
    if written and first.rstrip().isascii():
        full, help_, rule = written.groups()
        kind = CommandKind.FULL if full else CommandKind.HELP if help_ else CommandKind.REVIEW
        expected = Command(CommandKind.EXPLAIN, rule.lower()) if rule else Command(kind)
        assert found == expected
