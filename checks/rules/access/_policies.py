"""Policy rules that tests override: which calls do it, which rules, to what value."""

import ast
from collections.abc import Iterator

from checks.context import Context

SETS = frozenset(
    {"set_rules", "set_policy", "set_policy_rules", "override_policy", "override_rules"}
)
OPEN = frozenset({"@", ""})
"""The checks that let everybody through."""


def overridden(ctx: Context, call: ast.Call) -> ast.Dict | ast.DictComp | None:
    """The rules that a call like ``policy.set_rules({...})`` sets; None for other calls.

    Follows a name that is assigned once, and ``Rules.from_dict(rules)``.
    """
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in SETS or not call.args:
        return None
    rules: ast.expr | None = call.args[0]
    if isinstance(rules, ast.Call) and getattr(rules.func, "attr", "") == "from_dict":
        rules = rules.args[0] if rules.args else None
    rules = ctx.origin(rules) or rules
    return rules if isinstance(rules, ast.Dict | ast.DictComp) else None


def entries(rules: ast.Dict | ast.DictComp) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The rules and their values, as expressions."""
    if isinstance(rules, ast.DictComp):
        yield rules.key, rules.value
    else:
        yield from (
            (key, value) for key, value in zip(rules.keys, rules.values, strict=True) if key
        )


def keeps_others(ctx: Context, call: ast.Call) -> bool:
    """Whether the call leaves all other rules as they are (``overwrite=False``)."""
    return ctx.is_false(ctx.argument(call, 1, "overwrite"))
