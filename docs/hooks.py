"""What mkdocs does not do by itself: pages from elsewhere, the rules' navigation, a guard.

Security and the changelog are written for readers of the repository and stand at its root; the
site shows the same text. Links that leave ``docs/`` for a file without a page become plain text.
A page that would fetch anything from another host is a warning, and ``make docs`` allows none.
"""  # noqa: INP001  # mkdocs loads it by its path

import re
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

HOUSE = Path(__file__).resolve().parent.parent
ELSEWHERE = {"security.md": "SECURITY.md", "changelog.md": "CHANGELOG.md"}
"""Pages of the site, and the files of the repository that they show."""

FOREIGN = "%s would fetch %s from another host; the site has to work without."
MISSING = "%s links to %s, which is not in the repository."

_RULES = "rules/README.md"
_SECTION = re.compile(r"^## (.+)$|^\| \[`[\w-]+`\]\(([\w-]+)\.md\)", re.MULTILINE)
_LINK = re.compile(r"(!?)\[((?:[^\]`]|`[^`]*`)*)\]\(([^()\s]+)\)")
_FENCE = re.compile(r"(?ms)^(?P<indent> *)(?P<fence>```+|~~~+).*?^(?P=indent)(?P=fence) *$")
_FETCHING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "object": "data"}
_FETCHED = frozenset({"stylesheet", "icon", "preload", "preconnect", "dns-prefetch", "manifest"})

log = get_plugin_logger("site")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the rules into the navigation, by category, as their index has them."""
    for entry in config.nav or []:
        if isinstance(entry, dict) and entry.get("Rules") == _RULES:
            entry["Rules"] = [_RULES, *_rules(Path(config.docs_dir) / _RULES)]
    return config


def _rules(index: Path) -> list[dict[str, list[dict[str, str]]]]:
    """The pages under each heading of the index, each by the rule's id."""
    sections: list[dict[str, list[dict[str, str]]]] = []
    for title, rule in _SECTION.findall(index.read_text(encoding="utf-8")):
        if title:
            sections.append({title: []})
        else:
            next(iter(sections[-1].values())).append({rule: f"rules/{rule}.md"})
    return sections


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that stand elsewhere."""
    for page, source in ELSEWHERE.items():
        text = (HOUSE / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead every relative link to the page that shows the file, outside of code."""
    del config, files
    place = page.file.src_uri
    source = PurePosixPath(ELSEWHERE.get(place, f"docs/{place}"))
    kept, parts = 0, []
    for fence in _FENCE.finditer(markdown):
        parts += [_led(markdown[kept : fence.start()], source, place), fence[0]]
        kept = fence.end()
    return "".join([*parts, _led(markdown[kept:], source, place)])


def _led(text: str, source: PurePosixPath, place: str) -> str:
    return _LINK.sub(lambda link: _relinked(link, source, place), text)


def _relinked(link: re.Match[str], source: PurePosixPath, place: str) -> str:
    """The link as the page at *place* has to have it, whose text is from *source*."""
    picture, words, target = link.groups()
    path, hash_, anchor = target.partition("#")
    if not path or re.match(r"[a-z]+:", path):
        return link[0]
    meant = normpath(source.parent / path)
    shown = {name: page for page, name in ELSEWHERE.items()}.get(meant)
    if shown is None and meant.startswith("docs/"):
        shown = meant.removeprefix("docs/")
    if shown is not None:
        led = relpath(shown, PurePosixPath(place).parent)
        return f"{picture}[{words}]({led}{hash_}{anchor})"
    if not (HOUSE / meant).exists():
        log.warning(MISSING, source, target)
    return words


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Warn of what a browser would fetch from another host when it shows the page."""
    del config
    guard = _Guard()
    guard.feed(output)
    for address in guard.foreign:
        log.warning(FOREIGN, page.file.src_uri, address)
    return output


class _Guard(HTMLParser):
    """Collects the addresses of scripts, styles, pictures and frames on other hosts."""

    def __init__(self) -> None:
        super().__init__()
        self.foreign: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at what the tag makes a browser fetch."""
        given = {name: value or "" for name, value in attrs}
        address = given.get(_FETCHING.get(tag, ""), "")
        if tag == "link" and _FETCHED & set(given.get("rel", "").split()):
            address = given.get("href", "")
        if re.match(r"(https?:)?//", address):
            self.foreign.append(address)
