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
    """Each distinct name once, the frequent first; of several, the count where it is not 1."""
    counts = Counter(name for name in names if name).most_common()
    parts = [
        code(name) + (f" ({n})" if n > 1 and len(counts) > 1 else "") for name, n in counts[:shown]
    ]
    rest = len(counts) - shown
    return ", ".join(parts) + (f" and {rest} more" if rest > 0 else "")


def counted(number: int, thing: str, things: str = "") -> str:
    """``1 clean-up``, ``3 clean-ups``."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"


def times(number: int) -> str:
    """``once``, ``3 times``."""
    return "once" if number == 1 else f"{number} times"


def lines(ctx: Context, nodes: Sequence[ast.AST], shown: int = 8) -> str:
    """Where the nodes stand, in git's lines: ``line 4``, ``lines 4, 9 and 2 more``."""
    numbers = sorted({ctx.source.git_line(getattr(node, "lineno", 1)) for node in nodes})
    first = ", ".join(str(number) for number in numbers[:shown])
    more = f" and {len(numbers) - shown} more" if len(numbers) > shown else ""
    return f"line{'s' if len(numbers) > 1 else ''} {first}{more}"


def where(ctx: Context, nodes: Sequence[ast.AST]) -> str:
    """``: lines 4, 9``; "" where all stand on one line, which the place of the fact names."""
    return f": {lines(ctx, nodes)}" if len({getattr(n, "lineno", 1) for n in nodes}) > 1 else ""


def dotted(node: ast.AST | None) -> str:
    """The names an expression is written with: ``self.api.get``; "" for anything else.

    What calls and subscripts in between hold is left out: ``a.b(...).c[...].d``. A literal
    there may be a secret.
    """
    parts: list[str] = []
    between = ""
    while node is not None:
        if isinstance(node, ast.Attribute):
            parts.append(node.attr + between)
            between, node = "", node.value
        elif isinstance(node, ast.Name):
            parts.append(node.id + between)
            return ".".join(reversed(parts))
        elif isinstance(node, ast.Call):
            given = "(...)" if node.args or node.keywords else "()"
            between, node = (given + between if parts else ""), node.func
        elif isinstance(node, ast.Subscript):
            between, node = ("[...]" + between if parts else ""), node.value
        else:
            break
    return ".".join(reversed(parts))


def test_name(ctx: Context, node: ast.AST) -> str:
    """The name of the outermost function around *node*; "" outside of functions."""
    around = list(ctx.scopes.functions(node))
    return around[-1].name if around else ""
