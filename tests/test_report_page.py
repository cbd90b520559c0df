"""The HTML page: complete, self-contained, inert whatever comes from outside, and readable."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import CATEGORIES, RULES
from checks.model import Assessment, Category, NotAssessed, Severity
from reviewer.check_command import Request, check
from reviewer.formats import Format
from reviewer.model import Review
from reviewer.report.page import LIMIT, page
from reviewer.report.page_matrix import EACH
from reviewer.report.summary import CLEAN
from tests import report_reviews as reviews

REPORT = Path(__file__).parent.parent / "reviewer/report"
ALL = [reviews.clean, reviews.three, reviews.incomplete, reviews.hostile, reviews.compared]
VOID = frozenset({"meta", "br", "input"})
ADDRESS = re.compile(
    r"#[\w-]+|https://github\.com/example/service/blob/[0-9a-f]{40}/[\w./%-]+(#L\d+(-L\d+)?)?"
    r"|https://cwe\.mitre\.org/data/definitions/\d+\.html"
)
_ATTRIBUTE_LIST = """
aria-hidden aria-label aria-labelledby aria-live autocomplete charset class colspan content data-c
data-p data-s hidden href http-equiv id lang name placeholder rel role scope spellcheck tabindex
title type value
"""
ATTRIBUTES = frozenset(_ATTRIBUTE_LIST.split())


@dataclass
class Parsed(HTMLParser):
    """A page taken apart: elements with their attributes, text by element, what is left open."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _starts: list[tuple[str, int]] = field(default_factory=list)
    _spans: list[tuple[int, int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Prepare the parser."""
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
            self._starts.append((tag, len(self._pieces)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"
        _, start = self._starts.pop()
        self._spans.append((start, len(self._pieces), tag))

    def handle_data(self, data: str) -> None:
        self._pieces.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def inside(self, tag: str) -> list[str]:
        """The whole text of each element of that name, in the order of their starts."""
        spans = sorted(span for span in self._spans if span[2] == tag)
        return ["".join(self._pieces[start:stop]) for start, stop, _ in spans]

    @cached_property
    def text(self) -> str:
        """All text but that of the style and the script."""
        ours = {
            number
            for start, stop, tag in self._spans
            if tag in ("script", "style")
            for number in range(start, stop)
        }
        return "".join(piece for n, piece in enumerate(self._pieces) if n not in ours)

    def of(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every element of that name."""
        return [attributes for name, attributes in self.elements if name == tag]

    def classed(self, word: str) -> list[dict[str, str]]:
        """The attributes of every element of that class."""
        return [a for _, a in self.elements if word in a.get("class", "").split()]


def parsed(text: str) -> Parsed:
    """*text* taken apart; every element but the void ones is closed."""
    found = Parsed()
    found.feed(text)
    found.close()
    assert not found.open, f"left open: {found.open}"
    return found


def large(files: int = 800) -> Review:
    """A test suite of many files in many folders, with a finding in each fortieth."""
    assessments = []
    for number in range(files):
        path = f"tests/unit/area_{number % 53:02}/part_{number % 7}/test_behaviour_{number:03}.py"
        facts = [
            reviews.fact(f"patches `module_{number}.call_{n}`", 20 + n, 21 + n, category, path)
            for n, category in enumerate(Category)
        ]
        found = [reviews.finding(12, path=path)] if number % 40 == 0 else []
        assessments.append(reviews.assessment(*found, *facts, path=path))
    return reviews.review(*assessments)


@pytest.mark.parametrize("make", ALL)
def test_the_verdict_is_the_one_large_heading(make: Callable[[], Review]) -> None:
    """Word for word, and the clean sentence on a clean page alone."""
    review = make()
    found = parsed(page(review))
    (heading,) = found.inside("h1")
    assert heading in found.inside("title")[0]
    assert (heading == CLEAN) == (review.verdict == "clean")
    assert (CLEAN in found.text) == (review.verdict == "clean")


def test_a_finding_has_all_that_is_needed_to_mend_it() -> None:
    """Severity, place, code with its line, why, remedy, before and after, and the rule."""
    found = parsed(page(reviews.three()))
    first = found.inside("article")[0]
    for part in (
        "High",
        "TLS certificate verification is turned off",
        f"{reviews.PATH}:12",
        reviews.SYMBOL,
        "12    response = requests.get(url, verify=False)",
        "verify=False makes this request accept any certificate.",
        "anyone on the path can read",
        'Give the client your test CA instead: verify="tests/ca.pem".',
        "−    response = requests.get(url, verify=False)",
        "+    response = requests.get(url, verify=True)",
        "review it before you apply it",
        "The ignore here does not count",
    ):
        assert part in first
    assert {"class": "path", "href": "#rule-tls-verify-off"} in found.of("a")


def test_each_rule_is_explained_once_on_the_page() -> None:
    """The page needs no other: why, an example, the weakness, how to keep a line."""
    found = parsed(page(reviews.three()))
    rules = [a["id"] for a in found.classed("rule")]
    assert rules == ["rule-patch-not-stopped", "rule-environ-not-restored", "rule-tls-verify-off"]
    assert "# secreview: ignore[tls-verify-off] -- reason" in found.text
    assert "https://cwe.mitre.org/data/definitions/295.html" in {a["href"] for a in found.of("a")}
    assert RULES["tls-verify-off"].bad


def test_the_rule_s_page_is_linked_where_somebody_serves_it() -> None:
    """Otherwise the command that shows it is named."""
    review = reviews.three()
    served = replace(review, scope=replace(review.scope, pages="https://review.example/rules"))
    assert 'href="https://review.example/rules/tls-verify-off"' in page(served)
    assert "secreview explain tls-verify-off" in parsed(page(review)).text


def test_the_matrix_says_in_words_what_its_colours_show() -> None:
    """A row each, a column for each category, and no cell whose meaning is colour alone."""
    found = parsed(page(reviews.three()))
    headings = [
        text for text in found.inside("th") if text in {c.title for c in CATEGORIES.values()}
    ]
    assert headings == [info.title for info in CATEGORIES.values()]
    cells = [" ".join(text.split()) for text in found.inside("td")[1:]]
    assert cells == [
        *("1 finding, 3 facts", "2 facts", "none", "1 finding, 1 fact"),
        *("2 facts", "none", "none", "1 finding, 1 fact"),
    ]


def test_every_link_inside_the_page_leads_somewhere() -> None:
    """Ids are unique, and what is linked or named as a label exists."""
    for review in (*(make() for make in ALL), large()):
        found = parsed(page(review))
        ids = Counter(a["id"] for _, a in found.elements if "id" in a)
        assert set(ids.values()) == {1}
        inner = {a["href"][1:] for a in found.of("a") if a["href"].startswith("#")}
        labels = {a["aria-labelledby"] for _, a in found.elements if "aria-labelledby" in a}
        assert inner | labels <= set(ids)


def test_evidence_stands_in_a_fold_of_its_file() -> None:
    """Equal sentences share a place; lines are linked; nothing is open at first."""
    found = parsed(page(reviews.clean()))
    folds = found.of("details")
    assert [fold["data-p"] for fold in folds] == [reviews.PATH, "tests/test_b.py"]
    assert not any("open" in fold for fold in folds)
    first = " ".join(found.inside("details")[0].split())
    assert "Mocks and stubs lines 40, 80 patches time.sleep in a decorator" in first
    assert f"{reviews.BLOB_URL}{reviews.PATH}#L1083-L1160" in {a["href"] for a in found.of("a")}


def test_evidence_stands_beside_its_code() -> None:
    """The first lines of the first places, numbered; around a finding, what stands by it."""
    lines = {40: "    @mock.patch('time.sleep')", 80: "        @mock.patch('time.sleep')"}
    around = {11: "    url = server.url", 13: "    assert response.ok"}
    found = parsed(page(reviews.three(), {reviews.PATH: lines | around}))
    shown = "40@mock.patch('time.sleep')\n⋯\n80@mock.patch('time.sleep')\n"
    assert shown in found.inside("pre")
    assert found.inside("pre")[0].split("\n")[:3] == [
        "11    url = server.url",
        "12    response = requests.get(url, verify=False)",
        "13    assert response.ok",
    ]
    assert len(found.classed("hit")) == 1


def test_without_evidence_the_page_knows_none() -> None:
    """``--no-evidence`` takes section, numbers and shades away."""
    text = page(reviews.three(), evidence=False)
    found = parsed(text)
    assert "time.sleep" not in text
    assert "evidence" not in {a.get("id") for _, a in found.elements}
    assert not found.of("details")


def test_what_was_not_assessed_comes_first() -> None:
    """With its reason; in the picture it is not a clean row."""
    found = parsed(page(reviews.incomplete()))
    assert found.inside("h2")[0].startswith("Not assessed")
    assert "'(' was never closed (line 3)" in found.text
    assert len(found.classed("gap")) == 2
    assert "web/tests/login.spec.ts" in found.text


def test_suppressions_are_named_with_their_reasons() -> None:
    """Those that count, those that do not, and those that silence nothing."""
    idle = replace(reviews.suppression(), line=99)
    review = replace(reviews.three(), unused_suppressions=(idle,))
    text = parsed(page(review)).text
    assert "the server is our own" in text
    assert "An ignore that does not count" in text
    assert "An ignore that silences nothing and can go" in text
    assert f"{reviews.PATH}:99" in text


def test_findings_of_the_base_stand_last_and_say_so() -> None:
    """Under ``scope: introduced`` the verdict counts the new ones alone."""
    found = parsed(page(reviews.compared()))
    assert found.inside("h1") == ["2 findings: 1 high, 1 medium."]
    old = ["was there before" in article for article in found.inside("article")[:5]]
    assert old == [False, False, True, True, True]


@pytest.mark.parametrize("make", [*ALL, large])
def test_the_page_is_well_formed_and_in_order(make: Callable[[], Review]) -> None:
    """Headings step down one at a time; there is one main part, and every field has a name."""
    found = parsed(page(make()))
    levels = [int(tag[1]) for tag, _ in found.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for landmark in ("header", "nav", "main", "footer"):
        assert len(found.of(landmark)) == 1
    for tag in ("input", "select"):
        assert all(field["aria-label"] for field in found.of(tag))
    assert all("hidden" in form for form in found.of("form")), "useless without the script"


@pytest.mark.parametrize("make", ALL)
def test_nothing_from_outside_acts(make: Callable[[], Review]) -> None:
    """No element, attribute, address or comment on the page is anybody's but ours."""
    found = parsed(page(make()))
    assert Counter(tag for tag, _ in found.elements)["script"] == 1
    assert not {"img", "iframe", "object", "embed", "link", "base", "svg"} & {
        tag for tag, _ in found.elements
    }
    assert {name for _, attributes in found.elements for name in attributes} <= ATTRIBUTES
    assert not found.comments
    for anchor in found.of("a"):
        assert ADDRESS.fullmatch(anchor["href"]), anchor["href"]


@pytest.mark.parametrize("make", ALL)
def test_a_browser_s_parser_sees_the_same_elements(make: Callable[[], Review]) -> None:
    """What the HTML standard's own algorithm makes of the body is what we wrote."""
    body = page(make()).partition("<body>")[2].partition("<script>")[0]
    ours = parsed(body).elements
    tags = {tag for tag, _ in ours}
    kept = nh3.clean(
        body,
        tags=tags,
        attributes={"*": set(ATTRIBUTES - {"rel"})},
        clean_content_tags=set(),
        link_rel=None,
        generic_attribute_prefixes={"data-", "aria-"},
    )
    theirs = Counter(tag for tag, _ in parsed(kept).elements)
    assert theirs == Counter(tag for tag, _ in ours)


@given(st.text(max_size=60))
@settings(max_examples=60)
def test_any_text_stays_text(text: str) -> None:
    """Names, code, reasons and symbols of any characters add no element to the page."""

    def of(words: str) -> Parsed:
        finding = reviews.finding(path=words, reason=words, symbol=words, code=words, title=words)
        fact = reviews.fact(words, path=words)
        gap = NotAssessed(words, words, 2)
        made = reviews.assessment(finding, fact, gap, path=words)
        return parsed(page(reviews.review(made, not_covered=(words,))))

    found, plain = of(text), of("x")
    structure = {"script", "style", "article", "section", "details", "summary", "form", "li", "h3"}
    for tag in structure:
        assert len(found.of(tag)) == len(plain.of(tag))
    assert found.text.replace("\n", "").replace("\t", "").isprintable()


def test_hidden_characters_are_spelled_out() -> None:
    """Bidirectional and zero-width characters turn nothing around and hide nothing."""
    code = "    if access == 'user\u202e \u2066# admin\u2069 \u2066' and \u200bok:"
    text = page(reviews.review(reviews.assessment(reviews.finding(code=code))))
    assert not re.search("[\u200b\u202a-\u202e\u2066-\u2069]", text)
    assert "\\u202e \\u2066# admin\\u2069" in parsed(text).text


def test_only_the_page_s_own_style_and_script_may_run() -> None:
    """The policy names their hashes and lets nothing be loaded."""
    text = page(reviews.hostile())
    found = parsed(text)
    (policy,) = [a["content"] for a in found.of("meta") if "http-equiv" in a]
    for kind in ("style", "script"):
        (inside,) = found.inside(kind)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"url\(|@import|\bfetch\(", text)


def test_equal_reviews_give_equal_pages() -> None:
    """Nothing depends on the clock, on chance or on the order of a set."""
    for make in ALL:
        assert page(make()) == page(make())


def test_eight_hundred_files_stay_small_and_readable() -> None:
    """Under 5 MB; the files with findings in rows of their own, the rest by folder."""
    review = large()
    lines = dict.fromkeys(
        range(60), "    patched = mock.patch('some.module.function', autospec=True)"
    )
    text = page(review, {each.path: lines for each in review.assessments})
    assert len(text.encode()) < LIMIT
    found = parsed(text)
    assert len(found.of("tr")) < 2 * EACH
    assert len([a for a in found.of("details") if "file" in a["class"]]) == 800
    assert len(found.classed("finding")) == 20


def test_what_makes_a_page_too_large_is_left_out_and_named() -> None:
    """Code beside evidence goes first, then the facts; findings stay, and all are counted."""
    review = large()
    long = dict.fromkeys(range(60), "x = " + "'abc def', " * 60)
    text = page(review, {each.path: long for each in review.assessments})
    assert len(text.encode()) < LIMIT
    assert "is left out" in text
    assert "autospec" not in text
    several = [
        reviews.finding(n, path=f"tests/test_{n % 900}.py", severity=Severity.LOW)
        for n in range(1, 20_000)
    ]
    made = [Assessment(f"tests/test_{n}.py", 9, tuple(several[n::900])) for n in range(900)]
    text = page(reviews.review(*made))
    assert len(text.encode()) < LIMIT
    assert "19,999 findings" in text
    assert re.search(r"And [\d,]+ more; <code>--format json</code>", text)


def test_masked_secrets_stay_masked_beside_evidence(tmp_path: Path) -> None:
    """A line with a secret is shown without it, for whichever reason the line is shown."""
    secret, other = "k9Fz2LqX7vTb4WmR8sHd", "Zt5nVw3yQp8xKc1mRb6j"
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_it.py").write_text(
        "from unittest import mock\n\nimport requests\n\n\n"
        "@mock.patch('time.sleep')\ndef test_it(sleep, url):\n"
        f"    password = '{secret}'\n"
        f"    requests.get(url, auth=('admin', '{secret}'), verify=False)\n"
        f"    note = '{other}'  # secreview: ignore[hardcoded-password] -- made up\n"
        f"    requests.get('https://bob:{other}@api.acme.net', headers={{'X-Token': '{other}'}})\n"
    )
    out = tmp_path / "report.html"
    check(Request(format=Format.HTML, output=out, configured=False), tmp_path)
    text = out.read_text()
    assert "requests.get(url, auth=" in parsed(text).text
    assert "•••" in text
    assert secret not in text
    assert other not in text


def test_a_file_that_changed_meanwhile_is_not_shown(tmp_path: Path) -> None:
    """Its lines are no longer those that were assessed, so nobody knows what they hold."""
    from reviewer.report.page_excerpts import cut, wanted

    review = reviews.three()
    asked = wanted(review)[reviews.PATH]
    assert cut("x = 1\n" * 1_200, asked)[40] == "x = 1"
    assert cut("x = 1\n" * 1_201, asked) == {}


def luminance(colour: str) -> float:
    """The relative luminance of ``#rrggbb``, as WCAG defines it."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_contrast_is_enough(scheme: int) -> None:
    """Every pair of text and ground reaches 4.5 to 1 (AA), in light and dark."""
    css = (REPORT / "page.css.jinja").read_text()
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", css.split(":root {")[scheme + 1]))
    grounds = {
        "ink": "bg card soft e1 e2 e3 e4 hit del ins medium-bg",
        "dim": "bg card soft hit del ins",
        "link": "bg card",
        "card": "high medium low",
        "clean": "clean-bg card",
        "high": "high-bg card",
        "medium": "medium-bg card",
        "low": "card",
        **dict.fromkeys(("k", "s", "n", "o", "d", "b", "f"), "soft hit del ins"),
    }
    for text, on in grounds.items():
        for ground in on.split():
            light, dark = sorted((luminance(colours[text]), luminance(colours[ground])))[::-1]
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)
