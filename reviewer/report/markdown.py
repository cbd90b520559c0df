"""What comes from outside, made inert for GitHub's Markdown.

A pull request decides the names of its files, symbols and literals. None of them may
become a link, a mention, an issue reference, markup or an invisible character. The means
is one: whatever could act is shown as code, where GitHub lets nothing act.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from urllib.parse import quote

EMPTY = "(empty)"
CUT = "…"

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Letters, marks and symbols by category, and nothing to see on the screen: what Unicode calls
# default ignorable, and the blank pattern of Braille.
_HIDDEN_LETTERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
_BACKTICKS = re.compile(r"`+")
_SPACES = re.compile(r"\s+")
# A backtick run, the shortest text behind it, and a run of the same length.
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_PLAIN_WORD = re.compile(r"[\w.,;:!?%'’\"“”()/=+…–—-]+")
_ACTIVE = re.compile(
    r"_"  # emphasis, and names of code anyway
    r"|://|www\."  # links
    r"|\bgh-\d"  # issue references; with # the word is not plain
    r"|\b[0-9a-f]{7,40}\b"  # commits
    r"|:[\w+-]+:",  # emoji
    re.IGNORECASE,
)
_BLOCK_START = re.compile(r"\d+[.)]|[-+=]+")
_TAIL = re.compile(r"[.,;:]+$")


def visible(text: str, keep: str = "") -> str:
    r"""*text* with every control, bidirectional or otherwise invisible character spelled out.

    A hidden character becomes its Python escape (``\u202e``); those in *keep* stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in keep or not _is_hidden(c) else _escape(c) for c in text)


def one_line(text: str, limit: int = 300) -> str:
    """*text* on one line, without hidden characters, of at most *limit* characters."""
    return clip(visible(_SPACES.sub(" ", text[: 4 * limit]).strip()), limit)


def clip(text: str, limit: int) -> str:
    """*text*, or its beginning and an ellipsis, in at most *limit* characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + CUT


def code(text: str, limit: int = 300) -> str:
    """A code span that shows *text* on one line, whatever it holds."""
    shown = clip(visible(text[: 4 * limit]), limit) or EMPTY
    ticks = "`" * (_longest_run(shown) + 1)
    # CommonMark takes one space off both ends; a backtick at an end needs the distance.
    padded = shown[0] in "` " or shown[-1] in "` "
    return f"{ticks} {shown} {ticks}" if padded else f"{ticks}{shown}{ticks}"


def fence(text: str, language: str = "") -> str:
    """A fenced block that shows *text*; its fence is longer than any inside."""
    shown = visible(text.replace("\r\n", "\n"), keep="\n\t")
    ticks = "`" * max(3, _longest_run(shown) + 1)
    return f"{ticks}{language}\n{shown}\n{ticks}"


def prose(text: str, limit: int = 600) -> str:
    """A sentence as one line of Markdown: `code` stays code, active words become it."""
    text = one_line(text, limit)
    if text.endswith(CUT) and text.count("`") % 2:
        text += "`"  # It was cut inside code, which stays code.
    pieces, position = [""], 0
    for match in _CODE.finditer(text):
        pieces += [_words(text[position : match.start()]), code(match[2].strip() or match[2])]
        position = match.end()
    pieces.append(_words(text[position:]))
    first, _, rest = "".join(_apart(pieces)).partition(" ")
    # At the start of a line, these would begin a list or underline a heading.
    return " ".join(
        [code(first) if _BLOCK_START.fullmatch(first) else first, *([rest] * bool(rest))]
    )


def url(prefix: str, path: str, line: int = 0, end_line: int = 0) -> str:
    """The address of *path* behind *prefix*, with GitHub's anchor for its lines."""
    anchor = f"#L{line}-L{end_line}" if end_line > line > 0 else f"#L{line}" if line else ""
    return f"{quote(prefix.rstrip('/'), safe=':/%')}/{quoted_path(path)}{anchor}"


def quoted_path(path: str) -> str:
    """*path* as part of an address: its bytes, percent-encoded, slashes kept."""
    try:
        return quote(path.encode(errors="surrogateescape"), safe="/")
    except UnicodeEncodeError:
        return quote(path.encode(errors="replace"), safe="/")


def link(label: str, address: str) -> str:
    """A Markdown link; *label* is Markdown already, *address* is made by ``url``."""
    return f"[{label}]({address})"


def _words(text: str) -> str:
    """*text* word by word; what is not plain becomes code, neighbours in one span."""
    spans = []
    for plain, group in groupby(text.split(" "), key=_is_plain):
        words = " ".join(group)
        tail = "" if plain or not (match := _TAIL.search(words)) else match[0]
        body = words.removesuffix(tail)
        spans.append(words if plain or not body else code(body) + tail)
    return " ".join(spans)


def _is_plain(word: str) -> bool:
    return not word or (bool(_PLAIN_WORD.fullmatch(word)) and not _ACTIVE.search(word))


def _apart(pieces: list[str]) -> Iterator[str]:
    """*pieces* with a space where two code spans would run into each other."""
    last = ""
    for piece in filter(None, pieces):
        yield f" {piece}" if last.endswith("`") and piece.startswith("`") else piece
        last = piece


@lru_cache(4096)
def _is_hidden(character: str) -> bool:
    if character == " ":
        return False
    if unicodedata.category(character) in _HIDDEN_CATEGORIES:
        return True
    return bool(_HIDDEN_LETTERS.match(character))


def _escape(character: str) -> str:
    point = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)
