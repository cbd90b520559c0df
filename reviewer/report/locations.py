"""Places in Markdown: a path, a line or a rule as a label, linked where there is an address."""

from checks.model import Place
from reviewer.model import Review
from reviewer.report.counting import span
from reviewer.report.markdown import clip, code, link, url

_PATH_LIMIT = 200
_ADDRESS_LIMIT = 1_000  # a longer one would crowd out what it stands for


def location(review: Review, path: str, line: int = 0, end_line: int = 0) -> str:
    """``path:line`` as code; without the line where it is 0."""
    label = code(clip(path, _PATH_LIMIT) + (f":{line}" if line else ""))
    return _linked(review, label, path, line, end_line)


def lines(review: Review, place: Place) -> str:
    """The lines of *place* alone, as in "12-20"."""
    return _linked(review, span(place), place.path, place.line, place.end_line)


def rule_link(rule: str, pages: str) -> str:
    """A rule's id as code, linked to its page below the address *pages* where there is one."""
    return link(code(rule), f"{pages}/{rule}") if pages else code(rule)


def _linked(review: Review, label: str, path: str, line: int, end_line: int) -> str:
    if not review.scope.blob_url:
        return label
    address = url(review.scope.blob_url, path, line, end_line)
    return link(label, address) if len(address) <= _ADDRESS_LIMIT else label
