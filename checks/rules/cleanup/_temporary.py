"""What lies in a temporary place of the test's own."""

import ast
import re

from checks.context import Context

_TEMPORARY = re.compile(
    r"(?i)(^|[^a-z])_?te?mp|te?mp(_?(dir|path|file|name|folder|root))|testfn|mkd?s?temp"
)
_LIMIT = 50


def is_own_temporary(ctx: Context, node: ast.AST | None) -> bool:
    """Whether a path is built on a temporary place: ``tmp_path``, ``tempfile``, ``self.tmpdir``.

    What names and attributes of the class are assigned is followed.
    """
    queue = [] if node is None else [node]
    seen: set[ast.AST] = set()
    while queue and len(seen) < _LIMIT:
        expression = queue.pop()
        if expression in seen:
            continue
        seen.add(expression)
        for part in ctx.nodes(ast.Name, ast.Attribute, inside=expression):
            name = part.id if isinstance(part, ast.Name) else part.attr
            if (ctx.name(part) or "").startswith("tempfile.") or _TEMPORARY.search(name):
                return True
            queue += _values(ctx, part) if isinstance(part, ast.Name) else []
            queue += attribute_values(ctx, part)
    return False


def _values(ctx: Context, name: ast.Name) -> list[ast.expr]:
    """The expressions a local name is given: assignments, ``with`` targets, tuple targets."""
    found: list[ast.expr] = []
    for binding in ctx.names.bindings(name):
        holder = ctx.parent(binding)
        while isinstance(holder, ast.Tuple | ast.List | ast.Starred):
            holder = ctx.parent(holder)
        if isinstance(holder, ast.Assign | ast.AnnAssign | ast.NamedExpr) and holder.value:
            found.append(holder.value)
        elif isinstance(holder, ast.withitem):
            found.append(holder.context_expr)
    return [value for value in found if not ctx.tree.contains(value, name)]


def attribute_values(ctx: Context, node: ast.AST) -> list[ast.expr]:
    """What the class around assigns to ``self.name`` or ``cls.name``, in its body or a method."""
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
        return []
    definition = ctx.class_of(node)
    if definition is None or node.value.id not in {"self", "cls", definition.name}:
        return []
    found: list[ast.expr] = []
    for each in [definition, *ctx.scopes.bases(definition)]:
        if isinstance(each, ast.ClassDef):
            for assigned in ctx.nodes(ast.Assign, ast.AnnAssign, inside=each):
                found += _assigned(ctx, assigned, node, each)
    return found


def _assigned(
    ctx: Context, statement: ast.Assign | ast.AnnAssign, node: ast.Attribute, owner: ast.ClassDef
) -> list[ast.expr]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    flat = [t for target in targets for t in getattr(target, "elts", None) or [target]]
    for target in flat:
        direct = isinstance(target, ast.Name) and target.id == node.attr
        member = (
            isinstance(target, ast.Attribute)
            and target.attr == node.attr
            and isinstance(target.value, ast.Name)
            and target.value.id in {"self", "cls", owner.name}
        )
        in_body = direct and ctx.parent(statement) is owner
        if (in_body or member) and statement.value and not ctx.tree.contains(statement, node):
            return [statement.value]
    return []
