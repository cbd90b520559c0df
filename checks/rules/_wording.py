"""Names in a sentence of evidence: few, each once, and harmless in Markdown."""

from collections.abc import Iterable

_LONGEST = 60


def listed(names: Iterable[str], limit: int = 5) -> str:
    """Up to *limit* different names in code marks, in their order: "a, b and 3 more"."""
    different = [f"`{_plain(name)}`" for name in dict.fromkeys(names)]
    shown, more = different[:limit], len(different) - limit
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def counted(number: int, one: str, many: str = "") -> str:
    """``1 patch``, ``2 patches``: a number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def _plain(name: str) -> str:
    harmless = "".join(c if c.isprintable() else "?" for c in " ".join(name.split()))
    text = harmless.replace("`", "'")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
