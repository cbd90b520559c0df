"""Names in a sentence: few, each once, harmless in Markdown, and never a literal."""

import ast
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


def dotted(node: ast.AST) -> str:
    """``self.cell.name`` as it is written; "..." for any other expression.

    Another expression may hold a literal, and a literal may be a secret.
    """
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else "..."


def _plain(name: str) -> str:
    text = " ".join(name.split()).replace("`", "'")
    if not text.isprintable():
        text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
