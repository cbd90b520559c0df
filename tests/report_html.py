"""Markdown as a reader sees it: rendered, parsed, and asked what in it could act."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
_SILENT = frozenset({"code", "pre", "a"})  # where GitHub's own filters do not look
_VOID = frozenset({"br", "hr", "img", "input"})

ACTIVE = re.compile(
    r"@\w|#\d|\bgh-\d|\w://|www\.|\b[0-9a-f]{7,40}\b|:[a-z0-9_+-]+:|\$", re.IGNORECASE
)
"""What GitHub turns into a mention, a reference, a link, an emoji or a formula in text."""


@dataclass
class Page(HTMLParser):
    """What a rendered page holds: elements, links, text outside code, text inside code."""

    elements: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    text: str = ""
    code: str = ""
    comments: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Prepare the parser."""
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in _VOID:
            self._open.append(tag)
        else:
            self.text += "\n"  # What stands before and behind a line break is not one word.

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if "code" in self._open:
            self.code += data
        # Two pieces that a silent element parts are not one word.
        self.text += " \n " if _SILENT & {*self._open} else data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def page(markdown: str) -> Page:
    """*markdown* rendered as GitHub renders it, and taken apart."""
    found = Page()
    found.feed(_MARKDOWN.render(markdown))
    found.close()
    assert not found._open, f"left open: {found._open}"
    return found


def active(found: Page) -> str:
    """The first thing in the text of *found* that GitHub would act on, or ""."""
    match = ACTIVE.search(found.text)
    return match[0] if match else ""
