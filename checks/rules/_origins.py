"""Where an object comes from: the expression that made what a name or ``self.name`` holds."""

import ast
from collections.abc import Container, Iterator

from checks.context import Context

_DEPTH = 6


def origin(ctx: Context, node: ast.AST | None) -> ast.expr | None:
    """The expression that made the object *node* stands for, one step back; else None.

    Follows a name that is bound once, by an assignment or by ``with ... as``, and an
    attribute of ``self`` or ``cls`` that the class around assigns once.
    """
    if isinstance(node, ast.Name):
        return ctx.origin(node) or _entered(ctx, node)
    if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in {"self", "cls"}:
        return _assigned(ctx, node)
    return None


def made_by(ctx: Context, node: ast.AST | None) -> ast.Call | None:
    """The call that made the object *node* stands for: ``Session()`` for ``session``."""
    for _ in range(_DEPTH):
        if isinstance(node, ast.Await):
            node = node.value
        if isinstance(node, ast.Call):
            return node
        node = origin(ctx, node)
        if node is None:
            return None
    return None


def library_call(ctx: Context, call: ast.Call, libraries: Container[str]) -> ast.Call | None:
    """The call into one of *libraries* (top-level packages) that *call* is or goes back to.

    ``session.get(url)`` goes back to the ``requests.Session()`` that made the session.
    """
    made: ast.Call | None = call
    for _ in range(_DEPTH):
        if made is None or (ctx.call_name(made) or "").partition(".")[0] in libraries:
            return made
        function = made.func
        made = made_by(ctx, function.value) if isinstance(function, ast.Attribute) else None
    return None


def spread(ctx: Context, options: ast.expr) -> Iterator[ast.Call]:
    """The calls that get a mapping as their keyword arguments: ``get(url, **options)``."""
    holder = ctx.parent(options)
    if isinstance(holder, ast.keyword) and holder.arg is None:
        yield from (call for call in (ctx.parent(holder),) if isinstance(call, ast.Call))
    elif isinstance(holder, ast.Assign):
        for given in ctx.nodes(ast.keyword, inside=ctx.function(options)):
            if given.arg is None and ctx.origin(given.value) is options:
                yield from (call for call in (ctx.parent(given),) if isinstance(call, ast.Call))


def _entered(ctx: Context, name: ast.Name) -> ast.expr | None:
    """What the block around *name*, or the only one, enters under this name."""
    bindings = ctx.names.bindings(name)
    if len(bindings) == 1:
        item = ctx.parent(bindings[0])
        return item.context_expr if isinstance(item, ast.withitem) else None
    around = (o for o in ctx.ancestors(name) if isinstance(o, ast.With | ast.AsyncWith))
    entered = (item for outer in around for item in outer.items if item.optional_vars in bindings)
    return next((item.context_expr for item in entered), None)


def _assigned(ctx: Context, attribute: ast.Attribute) -> ast.expr | None:
    definition = ctx.class_of(attribute)
    if definition is None:
        return None
    named = ctx.tree.below(definition, ctx.attributes.get(attribute.attr, []))
    holders = [ctx.parent(target) for target in named if not isinstance(target.ctx, ast.Load)]
    for statement in definition.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if any(isinstance(t, ast.Name) and t.id == attribute.attr for t in targets):
                holders.append(statement)
    values = [h.value for h in holders if isinstance(h, ast.Assign | ast.AnnAssign) and h.value]
    return values[0] if len(values) == 1 else None
