"""How evidence counts and names: "3 clean-ups", "`a`, `b` and 2 more", "lines 4, 9"."""

import ast
from collections import Counter
from collections.abc import Iterable, Sequence

from checks.context import Context

_SHOWN = 4
_WIDTH = 60


def code(text: str) -> str:
    """*text* as inline code: one line, shortened, without a backtick of its own."""
    flat = " ".join(text.replace("`", "'").split())
    return f"`{flat if len(flat) <= _WIDTH else flat[: _WIDTH - 3] + '...'}`"


def listing(names: Iterable[str], shown: int = _SHOWN) -> str:
    """Each distinct name once, the frequent first, with its count where it is more than one."""
    counts = Counter(name for name in names if name).most_common()
    parts = [code(name) + (f" ({n})" if n > 1 else "") for name, n in counts[:shown]]
    rest = len(counts) - shown
    return ", ".join(parts) + (f" and {rest} more" if rest > 0 else "")


def counted(number: int, thing: str, things: str = "") -> str:
    """``1 clean-up``, ``3 clean-ups``."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"


def lines(ctx: Context, nodes: Sequence[ast.AST], shown: int = 8) -> str:
    """Where the nodes stand, in git's lines: ``line 4``, ``lines 4, 9 and 2 more``."""
    numbers = sorted({ctx.source.git_line(getattr(node, "lineno", 1)) for node in nodes})
    first = ", ".join(str(number) for number in numbers[:shown])
    more = f" and {len(numbers) - shown} more" if len(numbers) > shown else ""
    return f"line{'s' if len(numbers) > 1 else ''} {first}{more}"


def dotted(node: ast.AST | None) -> str:
    """The names an expression is written with: ``self.api.get``; "" for anything else.

    Calls and subscripts in between are left out: ``a.b().c`` is ``a.b.c``.
    """
    parts: list[str] = []
    while node is not None:
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Name):
            parts.append(node.id)
            return ".".join(reversed(parts))
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Subscript):
            node = node.value
        else:
            break
    return ".".join(reversed(parts))


def test_name(ctx: Context, node: ast.AST) -> str:
    """The name of the outermost function around *node*; "" outside of functions."""
    around = list(ctx.scopes.functions(node))
    return around[-1].name if around else ""
