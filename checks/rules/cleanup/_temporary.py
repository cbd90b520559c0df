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
            found += ctx.once(_all_assigned).get((each, node.attr), [])
    return [value for value in found if not ctx.tree.contains(value, node)]


_Assigned = dict[tuple[ast.ClassDef, str], list[ast.expr]]


def _all_assigned(ctx: Context) -> _Assigned:
    """Every value given to an attribute of a class, by class and name."""
    found: _Assigned = {}
    for statement in ctx.nodes(ast.Assign, ast.AnnAssign):
        owner = ctx.class_of(statement)
        if owner is None or statement.value is None:
            continue
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in [t for each in targets for t in getattr(each, "elts", None) or [each]]:
            name = _member(target, owner, in_body=ctx.parent(statement) is owner)
            if name:
                found.setdefault((owner, name), []).append(statement.value)
    return found


def _member(target: ast.expr, owner: ast.ClassDef, *, in_body: bool) -> str:
    """The attribute of the class that an assignment target is; "" for any other target."""
    if isinstance(target, ast.Name) and in_body:
        return target.id
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        return target.attr if target.value.id in {"self", "cls", owner.name} else ""
    return ""
