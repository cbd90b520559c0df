"""Everything from outside is inert in Markdown."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.report import markdown
from tests.report_html import active, page
from tests.report_reviews import HOSTILE

PIECES = st.sampled_from(
    [
        *("`", "``", "```", "@octocat", "#12", "GH-7", "o/r#3", "https://evil.example", "www.x.yz"),
        *("<img src=x>", "<!--", "-->", "[a](b)", "![a](b)", "]", "(", "|", "\\", "*", "_", "~~"),
        *("\n", "\r\n", "\t", " ", "  ", "\u202e", "\x00", "\x1b[31m", "\u200b", "\u3164", "&lt;"),
        *(
            "deadbeef12",
            "$x$",
            ":tada:",
            "a",
            "1.",
            "-",
            "# ",
            "> ",
            "---",
            "===",
            "http:",
            "//x.y",
        ),
        *(
            "a@b.cd",
            "\ud800",
            "mailto:a@b.cd",
            "&#64;x",
            "<https://a.bc>",
            "ftp://x.y",
            ".",
            ",",
            ":",
        ),
    ]
)
HOSTILE_TEXT = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join))


@given(HOSTILE_TEXT, HOSTILE_TEXT)
def test_a_code_span_shows_its_text_and_nothing_acts(text: str, other: str) -> None:
    """A code span is one code element, however it is fenced and whatever follows it."""
    found = page(f"see {markdown.code(text)} and {markdown.code(other)}.")
    assert found.elements == ["p", "code", "code"]
    assert not active(found)


@given(HOSTILE_TEXT.filter(lambda text: 0 < len(text) <= 60 and text.isprintable()))
def test_a_code_span_keeps_every_visible_character(text: str) -> None:
    """What can be seen is shown as it is; a code span hides and changes none of it."""
    found = page(markdown.code(text))
    assert found.code.strip() == markdown.visible(text).strip()


@given(HOSTILE_TEXT)
def test_prose_holds_only_text_and_code(text: str) -> None:
    """A sentence from outside brings no element but code, and nothing in it acts."""
    found = page(markdown.prose(text))
    assert {*found.elements} <= {"p", "code"}
    assert not found.comments
    assert not active(found)


@given(HOSTILE_TEXT, HOSTILE_TEXT)
def test_prose_stays_inert_inside_a_list_and_a_link_stays_ours(text: str, path: str) -> None:
    """A page's own list and link are the only ones, whatever stands in them."""
    address = markdown.url("https://github.com/o/r/blob/abc/", path, 3, 9)
    found = page(f"- **{markdown.link(markdown.code(path), address)}**: {markdown.prose(text)}\n")
    assert {*found.elements} <= {"ul", "li", "strong", "a", "code"}
    assert found.links == [address]
    assert re.fullmatch(r"[\w.:/%~#-]*", address, re.ASCII)
    assert not active(found)


@given(HOSTILE_TEXT, st.sampled_from(["", "python", "suggestion"]))
def test_a_fence_ends_where_it_is_meant_to(text: str, language: str) -> None:
    """A fenced block holds all of its text, and what follows is outside."""
    found = page(f"{markdown.fence(text, language)}\n\nbehind")
    assert found.elements == ["pre", "code", "p"]
    assert found.text.strip().endswith("behind")


@given(HOSTILE_TEXT)
def test_nothing_hidden_stays_hidden(text: str) -> None:
    """What is made visible is printable, and doing so again changes nothing."""
    shown = markdown.visible(text)
    assert shown.isprintable()
    assert markdown.visible(shown) == shown


@given(st.text(max_size=2_000), st.integers(min_value=2, max_value=400))
def test_lengths_are_kept(text: str, limit: int) -> None:
    """Clipped text is never longer than asked for."""
    assert len(markdown.one_line(text, limit)) <= limit
    assert len(markdown.clip(text, limit)) <= limit


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_one_code_span(name: str) -> None:
    """Each name of the hostile collection shows as a single piece of code."""
    assert page(markdown.code(name)).elements == ["p", "code"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`verify=False` accepts any certificate.", "`verify=False` accepts any certificate."),
        ("ask @octocat, or see #1.", "ask `@octocat`, or see `#1`."),
        ("see https://evil.example.", "see `https://evil.example`."),
        ("test_spawn raises", "`test_spawn` raises"),
        ("a lonely ` tick", "a lonely `` ` `` tick"),
        ("1. not a list", "`1.` not a list"),
        ("so: a - b (c), 90% of 2/3", "so: a - b (c), 90% of 2/3"),
        ("fixed in deadbeef12", "fixed in `deadbeef12`"),
        ("`x`@y`z`", "`x` `@y` `z`"),
        ("bell\x07 rings", "`bell\\x07` rings"),
    ],
)
def test_prose_reads_well(text: str, expected: str) -> None:
    """Plain words stay plain; only what could act becomes code."""
    assert markdown.prose(text) == expected


def test_an_address_encodes_the_path_and_anchors_its_lines() -> None:
    """Spaces, brackets and bytes that are no text are percent-encoded; slashes stay."""
    prefix = "https://github.com/o/r/blob/abc/"
    assert markdown.url(prefix, "tests/a b(1).py", 3, 9) == f"{prefix}tests/a%20b%281%29.py#L3-L9"
    assert markdown.url(prefix, "é\udcff.py", 3, 3) == f"{prefix}%C3%A9%FF.py#L3"
    assert markdown.url(prefix, "a.py") == f"{prefix}a.py"


def test_prose_that_is_cut_inside_code_stays_code() -> None:
    """The reader sees the beginning of the name, not a stray backtick."""
    assert markdown.prose("It checks `_assert_allocation_revert_on_fail` last.", limit=24) == (
        "It checks `_assert_allo…`"
    )
