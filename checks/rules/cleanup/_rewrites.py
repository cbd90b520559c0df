"""What a suggestion may use: fixtures the test asks for, and names the file imports."""

import ast

from checks.api import replace
from checks.context import Context
from checks.model import Edit
from checks.rules.mocks._rewriting import as_statement

# What monkeypatch calls it, and how many arguments stand before the one it wants.
_METHODS = {"os.chdir": ("chdir", 0), "sys.path.insert": ("syspath_prepend", 1)}


def asked(ctx: Context, node: ast.AST, fixture: str) -> bool:
    """Whether the function around *node* has a parameter of this name: pytest gives it."""
    function = ctx.function(node)
    if function is None:
        return False
    if not ctx.scopes.is_test(function) and ctx.scopes.fixture(function) is None:
        return False
    return any(a.arg == fixture for a in (*function.args.args, *function.args.kwonlyargs))


def spelled(ctx: Context, name: str) -> str:
    """How the file writes a qualified name that it imports at its top; "" where it does not."""
    home, _, last = name.rpartition(".")
    for statement in ctx.nodes(ast.Import, ast.ImportFrom):
        if ctx.parent(statement) is not ctx.tree.module:
            continue
        prefix = f"{statement.module}." if isinstance(statement, ast.ImportFrom) else ""
        for alias in statement.names:
            bound = alias.asname or alias.name
            if prefix + alias.name == name:
                return bound
            if prefix + alias.name == home:
                return f"{bound}.{last}"
    return ""


def _class_calls(ctx: Context, node: ast.AST, method: str) -> bool:
    """Whether the class around has the method: ``useFixture``, or 3.11's ``enterContext``."""
    definition, function = ctx.class_of(node), ctx.function(node)
    if definition is None or function is None or not function.args.args:
        return False
    if function.args.args[0].arg != "self":
        return False
    return any(True for _ in ctx.method_calls(method, inside=definition))


def alone(ctx: Context, node: ast.AST) -> ast.stmt | None:
    """The statement that *node* is the only target, or the only call, of; else None."""
    holder = ctx.parent(node)
    if isinstance(holder, ast.Assign) and holder.targets == [node]:
        return holder
    return holder if isinstance(holder, ast.Expr) else None


def as_fixture(ctx: Context, node: ast.expr) -> Edit | None:
    """``os.environ[..] = ..`` by what the test has at hand to put it back: a fixture, a patch."""
    statement = alone(ctx, node)
    if not isinstance(node, ast.Subscript) or not isinstance(statement, ast.Assign):
        return None
    given = f"({ctx.segment(node.slice)}, {ctx.segment(statement.value)})"
    if asked(ctx, node, "monkeypatch"):
        return replace(statement, as_statement(f"monkeypatch.setenv{given}"), safe=True)
    variable = spelled(ctx, "fixtures.EnvironmentVariable")
    if variable and _class_calls(ctx, node, "useFixture"):
        text = as_statement(f"self.useFixture({variable}{given})")
        return replace(statement, text, safe=True)
    patch = spelled(ctx, "unittest.mock.patch")
    if patch and _class_calls(ctx, node, "enterContext"):
        name = ctx.segment(node.value)
        entry = f"{{{ctx.segment(node.slice)}: {ctx.segment(statement.value)}}}"
        text = as_statement(f"self.enterContext({patch}.dict({name}, {entry}))")
        return replace(statement, text, safe=True)
    return None


def as_method(ctx: Context, call: ast.Call, name: str) -> Edit | None:
    """``os.chdir(..)`` or ``sys.path.insert(0, ..)`` by ``monkeypatch``, where the test has it."""
    if name not in _METHODS or call.keywords or not asked(ctx, call, "monkeypatch"):
        return None
    method, before = _METHODS[name]
    given = call.args[before:]
    if len(given) != 1 or isinstance(given[0], ast.Starred):
        return None
    return replace(call, f"monkeypatch.{method}({ctx.segment(given[0])})", safe=True)


def as_setattr(ctx: Context, target: ast.expr) -> Edit | None:
    """``sys.stdout = ..`` by ``monkeypatch``, where the test has it."""
    statement = alone(ctx, target)
    if not isinstance(statement, ast.Assign) or not isinstance(target, ast.Attribute):
        return None
    if not asked(ctx, target, "monkeypatch"):
        return None
    owner, value = ctx.segment(target.value), ctx.segment(statement.value)
    text = as_statement(f"monkeypatch.setattr({owner}, {target.attr!r}, {value})")
    return replace(statement, text, safe=True)


def as_setitem(ctx: Context, target: ast.expr) -> Edit | None:
    """``app.config[..] = ..`` by ``monkeypatch``, where the test has it."""
    statement = alone(ctx, target)
    if not isinstance(statement, ast.Assign) or not isinstance(target, ast.Subscript):
        return None
    if not asked(ctx, target, "monkeypatch"):
        return None
    given = (target.value, target.slice, statement.value)
    text = as_statement(f"monkeypatch.setitem({', '.join(map(ctx.segment, given))})")
    return replace(statement, text, safe=True)
