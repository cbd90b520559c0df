"""Who acts in a test: what makes an administrator, and what anybody else."""

import ast
import re

from checks.context import Context
from checks.rules._origins import origin

CREATES_ADMIN = frozenset(
    {"get_admin_context", "elevated", "create_superuser", "create_admin", "become_admin"}
)
ADMIN_FLAGS = frozenset({"is_admin", "is_superuser", "is_staff", "run_as_root", "as_admin"})
ADMIN_NAME = re.compile(
    r"(?i)(^|_)(admin|superuser|root_user)(_?(context|ctxt?|user|client|api|token|session|headers))?$"
)
_SOMEBODY = re.compile(
    r"(?i)(^|_)(context|ctxt?|user|client|token|headers|member|reader|project|tenant|anonymous"
    r"|anon|guest|credentials?|creds|req|request|session|account|requester|role|roles)$"
    r"|^(user|member|reader|other|non_?admin|no_?admin|unauthori[sz]ed|anon)\w*"
)


def acts_as_admin(ctx: Context, node: ast.expr) -> bool:
    """Whether an expression says by itself that it is an administrator; origins are not asked."""
    if isinstance(node, ast.Call):
        called = str(getattr(node.func, "attr", getattr(node.func, "id", "")))
        return called in CREATES_ADMIN or any(
            k.arg in ADMIN_FLAGS and ctx.is_true(k.value) for k in node.keywords
        )
    name = str(getattr(node, "attr", getattr(node, "id", "")))
    lower = name.lower()
    telling = "admin" in lower or "super" in lower or "root_user" in lower
    return (
        telling
        and ADMIN_NAME.search(name) is not None
        and not lower.startswith(("non", "no_", "not"))
    )


def is_admin(ctx: Context, node: ast.expr) -> bool:
    """Whether an expression is, or is made as, an administrator or their context."""
    for _ in range(3):
        if acts_as_admin(ctx, node):
            return True
        made = None if isinstance(node, ast.Call) else origin(ctx, node)
        if made is None:
            return False
        node = made
    return False


def is_somebody(ctx: Context, node: ast.Name | ast.Attribute) -> bool:
    """Whether a name may stand for one who acts and is no administrator."""
    name = node.id if isinstance(node, ast.Name) else node.attr
    if not _SOMEBODY.search(name) or is_admin(ctx, node):
        return False
    return not (isinstance(node, ast.Name) and ctx.name(node))  # an imported module
