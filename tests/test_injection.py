"""Words of strangers in everything that we send to GitHub: seen, and without any effect.

Each page is rendered and its tokens are compared with the few that we write ourselves. Each
message is sanitised as well, by a parser that is not ours, and nothing is left to be removed.
"""

import re
import unicodedata
from dataclasses import replace
from datetime import date

import nh3
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import checks
from checks import suppressions
from checks.model import Category, Evidence, Finding, NotAssessed, Severity, Suggestion, Suppression
from checks.source import SourceFile
from reviewer.config_text import ConfigError
from reviewer.conversation import MOST_COMMENTS, Earlier, plan
from reviewer.examine import Examined
from reviewer.model import ConfigSource, Review, ReviewComment
from reviewer.repo_config import Problem, read
from reviewer.report.annotations import annotation
from reviewer.report.comments import comment, fixed_body, grouped_comment, is_fixed, markers
from reviewer.report.replies import explain_reply, help_reply, reply_marker
from reviewer.report.summary import (
    LIMIT,
    failure_summary,
    failure_title,
    summary,
    title,
    unusable_summary,
)
from tests import report_reviews as reviews
from tests.report_html import active, page
from tests.test_report_markdown import HOSTILE_TEXT

PAGES = "https://secreview.acme.example/rules"
OWN, MIRA = 7, 8
FORGED = f"<!-- secreview:v1 {'ab' * 12} {'cd' * 12} -->"
WEAPONS = (
    *("</details>", "<details open>", "</summary>", "</sub>", "<!--", "-->", "--!>", "<![CDATA["),
    *(FORGED, f"\n{FORGED}", reply_marker(99), f"{FORGED}\n\nFixed in `abcdef0`.\n"),
    *("\u202e", "\u2066", "\u2069", "\u200b", "\u200d", "\ufeff", "\u00ad", "\u2028", "\u034f"),
    *("\ufe0e", "\U000e0100", "\U000e0041", "\u180b", "\u17b4", "\x85", "\x1b]8;;x\x07"),
    *("\n\n# big\n", "\nsetext\n===\n", "\n- [ ] task", "\n> quote", "\n    code", "\n|a|\n|-|\n"),
    *("[^1]", "\n[^1]: note", "\n[x]: https://evil.example", "[x]", "![x](//evil.example/p.png)"),
    *("<https://evil.example>", "javascript:alert(1)", "@acme/admins", "a@evil.example", "#1"),
    *("\n```suggestion\nevil()\n```\n", "~~~", "\n````\n", "$$x$$", "$`x`$", "> [!WARNING]\n"),
    *('" onload="x', "&lt;b&gt;", "&#35;1", "\\", "`" * 40, "x" * 4_000, "| " * 300, "\ud800"),
    *(
        "@octocat |#1",
        "owner/name@deadbeef",
        "0123456789abcdef0123456789abcdef01234567",
        "GH-1",
        ":octocat:",
    ),
)
WORDS = st.one_of(
    HOSTILE_TEXT,
    st.lists(st.one_of(st.sampled_from(WEAPONS), st.text(max_size=5)), max_size=8).map("".join),
)

_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
# The invisible characters of Unicode's Default_Ignorable_Code_Point that are marks or letters.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
_HEADINGS = {"Not assessed", "Findings", "What was looked at", "Suppressed"}
_COUNT = r"[\d,]+ (?:more )?(?:finding|fact|file)s?"
_SUMMARY = rf"(?:All )?{_COUNT}(?: that the base has too| about <b>[\w ,-]+</b>, in {_COUNT})?"
_MARKER = r"<!-- secreview:v1(?: [0-9a-f]{24} [0-9a-f]{24})+ -->"
_HTML = re.compile(
    rf"<details>\n<summary>(?:{_SUMMARY}|What it was|The same for machines)</summary>\n?"
    rf"|</details>\n?|</?sub>|<br>|(?:{_MARKER})\n?"
)
_BLOCKS = {
    *("paragraph", "heading", "bullet_list", "list_item", "table", "thead", "tbody"),
    *("tr", "th", "td"),
}
_SPANS = {"text", "softbreak", "hardbreak", "code_inline", "strong", "link", "html_inline"}
_LEAVES = {"inline", "fence", "hr", "html_block"}
_TAGS = {
    *("a", "b", "br", "code", "details", "h3", "hr", "li", "p", "pre", "strong", "sub", "summary"),
    *("table", "tbody", "td", "th", "thead", "tr", "ul"),
}


def assert_inert(markdown: str) -> None:
    """Every token of *markdown* is of a kind that we write, its links and HTML are ours."""
    assert len(markdown) <= LIMIT
    assert not hidden(markdown.replace("\n", ""))
    tokens = _MARKDOWN.parse(markdown)
    for number, token in enumerate(tokens):
        kind = token.type.removesuffix("_open").removesuffix("_close")
        assert kind in _BLOCKS | _LEAVES, token
        if token.type == "heading_open":
            assert (token.tag, tokens[number + 1].content in _HEADINGS) == ("h3", True)
        if kind == "html_block":
            assert _HTML.fullmatch(token.content), token.content
        if kind == "fence":
            assert token.info in ("json", "diff", "suggestion")
        for span in token.children or ():
            assert span.type.removesuffix("_open").removesuffix("_close") in _SPANS, span
            if span.type == "link_open":
                assert_ours(str(span.attrs["href"]))
                assert span.attrs.keys() == {"href"}
            if span.type == "html_inline":
                assert _HTML.fullmatch(span.content), span.content
    found = page(markdown)
    assert not active(found)
    rendered = _MARKDOWN.render(markdown)
    removed: list[str] = []

    def seen(tag: str, name: str, value: str) -> str:
        removed.append(f"{tag} {name} {value}") if name not in ("href", "class", "style") else None
        return value

    kept = nh3.clean(rendered, tags=_TAGS, attribute_filter=seen, link_rel=None)
    assert not removed
    assert re.findall(r"<[a-z]\w*", kept) == re.findall(
        r"<[a-z]\w*", re.sub(r"<!--.*?-->", "", rendered, flags=re.DOTALL)
    )


def assert_ours(address: str) -> None:
    """A link leads to the reviewed commit, a rule's page or a weakness's, and nowhere else."""
    assert re.fullmatch(
        rf"{re.escape(reviews.BLOB_URL)}[\w.~/%-]*(#L\d+(-L\d+)?)?"
        rf"|{re.escape(PAGES)}/[a-z0-9-]+|https://cwe\.mitre\.org/data/definitions/\d+\.html"
        r"|https://github\.com/[\w./-]+",
        address,
        re.ASCII,
    ), address


def hidden(text: str) -> list[str]:
    """The characters of *text* that nobody can see, or that reorder what people see."""
    return [
        c
        for c in text
        if (unicodedata.category(c) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))
        or (unicodedata.category(c) == "Zs" and c != " ")
        or _IGNORABLE.match(c)
    ]


def strangers_review(words: list[str]) -> Review:
    """A review in which every word that somebody else may choose is one of *words*."""
    path, reason, symbol, ignore, branch, login, said, name = words
    by = Suppression(path, 3, 3, ("tls-verify-off", said), reason, branch, "")
    bad = reviews.finding(path=path, reason=f"{reason} `{said}`", symbol=symbol, code=said)
    vain = replace(by, line=12, covers=12, problem=f"there is no rule `{ignore}`")
    made = reviews.review(
        reviews.assessment(
            bad,
            replace(reviews.finding(30, path=path, title=said), suppressed=by),
            reviews.finding(31, path=path, reason=symbol),
            reviews.fact(said, path=path),
            reviews.fact(f"{said} `{symbol}`", 5, 6, path=name),
            *(  # more than the table has room for
                Evidence(Category.ERRORS, reviews.place(n, 0, path, symbol), f"{n} {said}")
                for n in range(4)
            ),
            NotAssessed(path, reason, 2),
            vain,
            path=path,
        ),
        not_covered=(name, path),
        others=(path,),
    )
    scope = replace(
        made.scope,
        pages=PAGES,
        introduced_only=True,
        config=ConfigSource("ab" * 20, f"the base branch `{branch}`"),
        reason=said,
        by=login,
        rules_off=(name,),
    )
    return replace(
        made,
        scope=scope,
        existing=frozenset([made.findings[-1].fingerprint]),
        added_suppressions=frozenset([(path, 3)]),
        unused_suppressions=(replace(by, line=40),),
        proposal=(f"3:1: {said}", name),
    )


EIGHT = st.lists(WORDS, min_size=8, max_size=8)


@settings(max_examples=60)
@given(EIGHT)
@example(["x" * 900, "", "", "", "", "", "000000", ""])
def test_a_summary_holds_nothing_but_our_own_markup(words: list[str]) -> None:
    """Paths, messages, symbols, reasons, branches, logins, configuration: text and code."""
    review = strangers_review(words)
    assert_inert(summary(review))
    assert_inert(summary(review, limit=2_000))
    assert not hidden(title(review))


@settings(max_examples=150)
@given(WORDS, WORDS, WORDS)
def test_comments_and_their_edits_hold_our_markup_and_our_marker(
    path: str, reason: str, said: str
) -> None:
    """Alone, in a group, with the author's line in a suggestion, and folded as fixed."""
    lines = tuple(said.split("\n"))
    first = reviews.finding(path=path, reason=reason, symbol=said, code=said, title=said)
    found = [replace(reviews.finding(n, path=path, reason=reason), title=said) for n in (1, 2, 3)]
    safe = replace(first, suggestion=Suggestion(12, 11 + len(lines), lines, safe=True))
    for body in (
        comment(first, PAGES),
        comment(safe, PAGES),
        grouped_comment(found, PAGES, reviews.BLOB_URL),
    ):
        mine = markers(body)
        assert len(page(body).comments) == 1
        assert not is_fixed(body)
        folded = fixed_body(body.replace("\n", "\r\n"), reviews.SHA)
        assert_fits(body)
        assert_inert_when_folded(folded)
        assert markers(folded) == mine
        assert {fingerprint for fingerprint, _ in mine} <= {f.fingerprint for f in [first, *found]}


def assert_fits(body: str) -> None:
    """A comment is inert, and GitHub has room for it."""
    assert_inert(body.replace("\t", " "))


def assert_inert_when_folded(body: str) -> None:
    """An edited comment is inert; its first line is the only thing outside of the fold."""
    assert re.match(r"Fixed in `[0-9a-f]{12}`\.\n\n<details>\n<summary>What it was", body)
    assert is_fixed(body)
    assert_fits(body)
    assert page(body).elements.count("details") == 1


@settings(max_examples=100)
@given(WORDS, WORDS, WORDS)
def test_annotations_and_titles_are_plain_visible_text(path: str, reason: str, said: str) -> None:
    """GitHub shows both as they are: without invisible characters, within their limits."""
    shape = annotation(reviews.finding(path=path, reason=reason, title=said, rule=said))
    assert shape["path"] == path
    assert not hidden(shape["title"])
    assert not hidden(shape["message"].replace("\n", ""))
    assert len(shape["title"]) <= 255
    assert not hidden(failure_title(said))
    assert len(failure_title(said)) <= 255


@settings(max_examples=100)
@given(WORDS, WORDS, WORDS)
def test_a_configuration_nobody_can_use_is_told_in_inert_words(
    key: str, value: str, branch: str
) -> None:
    """Its keys, its values and our sentences about them, on a branch of any name."""
    for text in (f"{key}: {value}\n", f"rules:\n  {key!r}: {value!r}\n", f"fail_on: {value!r}\n"):
        try:
            read(text.encode(errors="replace"))
        except ConfigError as error:
            assert_inert(unusable_summary(branch, error.problems, ""))
    assert_inert(unusable_summary("", [Problem(1, 1, f"`{key}` {value}")], branch))


@settings(max_examples=100)
@given(WORDS)
def test_replies_and_failures_are_inert(said: str) -> None:
    """A rule that nobody knows, a fault's own words, and the help."""
    assert_inert(explain_reply(said, PAGES))
    assert_inert(failure_summary(said))
    assert_inert(help_reply())


CODE = """\
import os
import requests
from unittest import mock


class TestIt:
    def test_it(self):
        os.environ[{word}] = {word}
        mock.patch({word}).start()
        requests.get({word}, verify=False)
        requests.get({word}, verify=False)  # secreview: ignore[{raw}] -- {raw}
        requests.get("u", verify=False)  # secreview: ignore[tls-verify-off] until={raw} -- {raw}
        requests.get("u", verify=False)  # secreview: ignore[tls-verify-off] -- {raw}
        password = {word}
        with pytest.raises(ValueError, match={word}):
            open({word})
"""


@settings(max_examples=60)
@given(WORDS, WORDS)
def test_what_the_checks_quote_is_inert(word: str, path: str) -> None:
    """Hostile literals, ignores and paths through the checks themselves, not made by hand."""
    raw = re.sub(r"[\r\n\f\x00\ud800-\udfff]", " ", word)
    said = word.encode("utf-8", "replace").decode()
    text = CODE.format(word=repr(said), raw=raw)
    (found,) = checks.assess([SourceFile(path, text.encode())])
    found = suppressions.apply(found, date(2026, 1, 1))
    assert found.findings
    assert_inert(summary(reviews.review(found)))
    for finding in found.findings:
        assert_fits(comment(finding, PAGES))


@pytest.mark.parametrize("word", [*WEAPONS, *reviews.HOSTILE])
def test_each_weapon_is_blunt_everywhere(word: str) -> None:
    """In all places at once."""
    review = strangers_review([f"tests/{word}"] + [word] * 7)
    assert_inert(summary(review))
    for finding in review.findings:
        assert_fits(comment(finding, PAGES))
    assert_inert(unusable_summary(word, [Problem(1, 1, word)]))
    assert_inert(explain_reply(word, PAGES))


def examined(*findings: Finding) -> Examined:
    """A review that wants all *findings* said on their lines."""
    places = {f.fingerprint: (f.place.line, f.place.line) for f in findings}
    review = reviews.review(reviews.assessment(*findings))
    return Examined(review, places, (reviews.PATH,), frozenset(places))


def said(number: int, author: int, body: str) -> ReviewComment:
    """A comment that is on the pull request already."""
    return ReviewComment(number, author, reviews.PATH, "0" * 40, outdated=False, body=body)


def test_an_author_who_copies_our_comment_silences_and_changes_nothing() -> None:
    """The same body, marker and all, by somebody else: said again, never edited or resolved."""
    bad, gone = reviews.finding(12), reviews.finding(70)
    copies = (
        said(1, MIRA, comment(bad)),
        said(2, MIRA, comment(gone)),
        said(3, MIRA, fixed_body(comment(bad), reviews.SHA)),
    )
    made = plan(examined(bad), Earlier(OWN, copies), reviews.SHA)
    assert [f.fingerprint for f in made.findings] == [bad.fingerprint]
    assert (made.edits, made.resolve) == ((), ())


def test_an_author_s_markers_do_not_use_up_the_room_for_comments() -> None:
    """However many copies there are on this head, ours are counted alone."""
    bad = reviews.finding(12)
    copies = [replace(said(n, MIRA, comment(bad)), commit_sha=reviews.SHA) for n in range(1, 99)]
    made = plan(examined(bad), Earlier(OWN, tuple(copies)), reviews.SHA)
    assert (len(made.new), made.held_back, len(copies) > MOST_COMMENTS) == (1, 0, True)


@settings(max_examples=100)
@given(st.sampled_from([FORGED, f"\n{FORGED}", f"-->\n{FORGED}", f"`\n{FORGED}\n"]), WORDS)
def test_a_marker_in_quoted_code_is_not_the_comment_s(forged: str, word: str) -> None:
    """Our own comment that quotes a marker says its own finding's only."""
    quoted = reviews.finding(
        12, reason=f"{word}{forged}", symbol=forged, path=f"tests/{forged}.py", title=word + forged
    )
    line = Suggestion(12, 12, (f'x = """{forged.strip()}"""',), safe=False)
    for finding in (quoted, replace(quoted, suggestion=line)):
        body = comment(finding)
        assert markers(body) == ((finding.fingerprint, finding.content),)
        assert markers(fixed_body(body, reviews.SHA)) == markers(body)
        ours = plan(
            examined(replace(reviews.finding(30), fingerprint="ab" * 12, content="cd" * 12)),
            Earlier(OWN, (said(1, OWN, body),)),
            reviews.SHA,
        )
        assert len(ours.new) == 1


def test_every_severity_keeps_its_own_word() -> None:
    """What the strangers' words stand beside is ours, whichever severity it has."""
    for severity in Severity:
        assert_fits(comment(reviews.finding(severity=severity, reason="<b>@octocat</b>")))
