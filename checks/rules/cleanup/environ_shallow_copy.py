"""What is kept to restore the environment is not a copy of it.

`saved = os.environ` is a second name for the same object, and `copy.copy(os.environ)`
writes through to it as well. What the test changes is changed in the kept object too, so
putting it back restores nothing, and every later test runs with the changed variables.

It is not a finding where the name is only used to reach the environment, or where the
test replaces the object itself and puts the kept one back.

Keep a real copy with `os.environ.copy()` or `dict(os.environ)`; simpler,
`mock.patch.dict(os.environ)` copies and restores by itself.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, replace
from checks.context import Context

rule = Rule(
    id="environ-shallow-copy",
    words=("environ",),
    severity="low",
    cwe=459,
    bad=[
        Bad(
            "import os\ndef test_a():\n    saved = os.environ  # <-\n    os.environ['A'] = 'b'\n"
            "    act()\n    os.environ = saved",
        ),
        Bad(
            "import copy\nfrom os import environ as env\ndef test_a():\n"
            "    before = copy.copy(env)",
            fixed="import copy\nfrom os import environ as env\ndef test_a():\n"
            "    before = env.copy()",
        ),
        Bad(
            "import os, unittest\nclass TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        self.env = os.environ  # <-\n    def tearDown(self):\n"
            "        os.environ.clear()\n        os.environ.update(self.env)",
            fixed="import os, unittest\nclass TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        self.env = os.environ.copy()  # <-\n    def tearDown(self):\n"
            "        os.environ.clear()\n        os.environ.update(self.env)",
        ),
    ],
    good=[
        "import os\ndef test_a():\n    env = os.environ\n    assert env['HOME']",
        "import os\ndef test_a():\n    saved = os.environ.copy()\n    os.environ.clear()\n"
        "    act()\n    os.environ.update(saved)",
        "import copy, os\nkept = copy.deepcopy(dict(os.environ))",
        "import copy\nfrom app import request\ndef test_a():\n"
        "    kept = copy.copy(request.environ)",
    ],
)


@rule.on_call("copy.copy")
def visit_copy(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    source = call.args[0] if len(call.args) == 1 else None
    if source is not None and ctx.name(source) == "os.environ":
        yield rule.finding(
            call,
            "This copy shares its variables with `os.environ`: it changes when they do.",
            edit=replace(call, f"{ctx.segment(source)}.copy()"),
        )


@rule.on(ast.Assign)
def visit(assign: ast.Assign, ctx: Context) -> Iterator[Outcome]:
    value = assign.value
    if not isinstance(value, ast.Attribute | ast.Name) or len(assign.targets) != 1:
        return
    if ctx.name(value) != "os.environ" or ctx.origin(value) is not None:
        return
    kept = _spelled(assign.targets[0])
    if not kept or _is_replaced(ctx) or _is_guard(ctx, assign):
        return
    updates = _updates(ctx, kept)
    if updates or _assigns(ctx, assign, kept):
        yield rule.finding(
            value,
            "This is the environment itself, not a copy: putting it back restores nothing.",
            edit=replace(value, f"{ctx.segment(value)}.copy()") if updates else None,
        )


def _spelled(node: ast.AST) -> str:
    """A name, or an attribute of one, as it is written."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _assigns(ctx: Context, assign: ast.Assign, kept: str) -> bool:
    """Whether what is kept is assigned to ``os.environ`` again."""
    return any(
        other is not assign
        and _spelled(other.value) == kept
        and any(isinstance(t, ast.Attribute) and ctx.name(t) == "os.environ" for t in other.targets)
        for other in ctx.nodes(ast.Assign, inside=ctx.class_of(assign) or ctx.function(assign))
    )


def _updates(ctx: Context, kept: str) -> bool:
    """Whether the environment is updated from what is kept, now or in a clean-up."""
    return any(
        _spelled(argument) == kept
        for call in ctx.method_calls("update", "addCleanup")
        if "os.environ.update" in [ctx.name(each) for each in (call.func, *call.args[:1])]
        for argument in call.args
    )


def _is_guard(ctx: Context, assign: ast.Assign) -> bool:
    """Whether a context manager of its own keeps it, which undoes each change by itself."""
    definition = ctx.class_of(assign)
    return definition is not None and any(
        getattr(method, "name", "") == "__exit__" for method in definition.body
    )


def _is_replaced(ctx: Context) -> bool:
    """Whether the file puts another object in place of ``os.environ``, so that this one is kept."""
    return any(
        isinstance(target, ast.Attribute)
        and ctx.name(target) == "os.environ"
        and not isinstance(assign.value, ast.Name | ast.Attribute)
        for assign in ctx.nodes(ast.Assign)
        for target in assign.targets
    )
