"""An access rule is opened for everybody, and for many tests at once.

A policy rule of `"@"` or `""`, `permission_classes = []`, `AllowAny` or
`LOGIN_DISABLED` in a set-up, a fixture or a settings module lets every request of
every test through. The tests then cannot notice when the real rule is missing.

One test may open a rule, and a set-up that opens some named rules for its own tests says what
it is about: both are evidence. A set-up that opens the default, or every rule there is, is a
defect; so are views that ask for nothing any more. The `strict` profile reports named rules
too.

Give the tests a user who may do it: set the rule to a role the test user has, or log
the test client in. Open a rule only in the one test that is about it.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.access._policies import OPEN, SETS, entries, overridden
from checks.rules.cleanup._wording import code, dotted

LOGIN = "LOGIN_DISABLED"
DEFAULTS = "DEFAULT_PERMISSION_CLASSES"
CLASSES = "permission_classes"
METHOD = "get_permissions"
SWITCH = "_login_disabled"

rule = Rule(
    id="policy-opened",
    words=("set_rules", "set_policy", "override_", CLASSES, METHOD, DEFAULTS, LOGIN, SWITCH),
    severity="medium",
    cwe=862,
    bad=[
        Bad(
            "class TestA:\n    def setUp(self):\n"
            "        self.policy.set_rules({'compute:evacuate': '@'})",
            profile="strict",
        ),
        Bad(
            "class TestA:\n    def setUp(self):\n"
            "        self.policy.set_rules({name: '' for name in self.policy.rules})"
        ),
        Bad(
            "from oslo_policy import policy as p\nimport pytest\n"
            "@pytest.fixture(autouse=True)\ndef rules(enforcer):\n"
            "    enforcer.set_rules(p.Rules.from_dict({'default': ''}))"
        ),
        Bad(
            "from project.views import OrderView as View\nclass TestA:\n    def setUp(self):\n"
            "        View.permission_classes = []  # <-\n    def tearDown(self):\n"
            "        View.permission_classes = self.saved"
        ),
        Bad(
            "from project.views import OrderView\nimport pytest\n"
            "@pytest.fixture(autouse=True)\ndef everybody(monkeypatch):\n"
            "    monkeypatch.setattr(OrderView, 'permission_classes', [])"
        ),
        Bad(
            "from project.views import OrderView as View\nclass TestA:\n    def setUp(self):\n"
            "        View.get_permissions = lambda self: []  # <-\n    def tearDown(self):\n"
            "        View.get_permissions = self.saved"
        ),
        Bad(
            "REST_FRAMEWORK = {'DEFAULT_PERMISSION_CLASSES': ['rest.permissions.AllowAny']}",
            path="tests/settings.py",
        ),
        Bad(
            "import pytest\n@pytest.fixture\ndef app(app):\n    app.config['LOGIN_DISABLED'] = True"
        ),
    ],
    good=[
        "class TestA:\n    def setUp(self):\n        self.policy.set_rules({'a': 'role:admin'})",
        "class TestA:\n    def test_open(self):\n        self.policy.set_rules({'a': '@'})",
        "class TestA:\n    def setUp(self):\n        self.policy.set_rules({'a:create': '@'})",
        "class View:\n    permission_classes = []\n    separator = {'a': '@', 'b': ''}",
        "def test_a(app):\n    assert app.config['LOGIN_DISABLED'] is not True",
        "from project.views import OrderView\ndef test_open(monkeypatch):\n"
        "    monkeypatch.setattr(OrderView, 'permission_classes', [])",
        Good(
            "REST_FRAMEWORK = {'DEFAULT_PERMISSION_CLASSES': ['rest.permissions.IsAdminUser']}",
            path="tests/settings.py",
        ),
        "class Config:\n    LOGIN_DISABLED = False",
    ],
)


@rule.on_keyword(LOGIN)
def visit_keyword(keyword: ast.keyword, ctx: Context) -> Iterator[Outcome]:
    if ctx.is_true(keyword.value) and _is_shared(ctx, keyword):
        yield _login(keyword)


@rule.on_method(*SETS)
def visit_rules(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    rules = overridden(ctx, call)
    if rules is not None:
        yield from _opened_rules(ctx, call, rules)


@rule.on_call("unittest.mock.patch", "unittest.mock.patch.object", "setattr")
@rule.on_method("setattr")
def visit_patch(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    target = next((t for a in call.args[:2] if (t := ctx.text(a))), "")
    opened = target.rpartition(".")[2] == CLASSES and _is_open(ctx, call.args[-1])
    if opened and _is_shared(ctx, call):
        yield _classes(call)


@rule.on(ast.Assign)
def visit_assign(assign: ast.Assign, ctx: Context) -> Iterator[Outcome]:
    for target in assign.targets:
        if isinstance(target, ast.Attribute):
            if _opens(ctx, target, assign.value) and _is_shared(ctx, assign):
                yield _login(target) if target.attr == SWITCH else _classes(target)
        elif _key(ctx, target) == LOGIN and ctx.is_true(assign.value) and _is_shared(ctx, assign):
            yield _login(target)
        elif _is_defaults(ctx, target, assign.value) and _is_shared(ctx, assign):
            yield _defaults(target)


@rule.on(ast.Dict)
def visit_dict(node: ast.Dict, ctx: Context) -> Iterator[Outcome]:
    for key, value in entries(node):
        name = key.value if isinstance(key, ast.Constant) else None
        if name == LOGIN and ctx.is_true(value) and _is_shared(ctx, node):
            yield _login(key)
        elif name == DEFAULTS and _is_open(ctx, value) and _is_shared(ctx, node):
            yield _defaults(value)


def _opened_rules(
    ctx: Context, call: ast.Call, rules: ast.Dict | ast.DictComp
) -> Iterator[Outcome]:
    opened = [(key, value) for key, value in entries(rules) if ctx.text(value) in OPEN]
    if not opened or not _is_shared(ctx, call):
        return
    names = [ctx.text(key) or dotted(key) for key, _ in opened]
    blanket = isinstance(rules, ast.DictComp) or "default" in names
    what = code(names[0]) + (f" and {len(names) - 1} more rules" if len(names) > 1 else "")
    why = f"{what} {'are' if len(names) > 1 else 'is'} opened for everybody in all tests here."
    if blanket or ctx.strict:
        yield rule.finding(opened[0][1], why, severity="medium" if blanket else "low")


def _login(node: ast.AST) -> Outcome:
    return rule.finding(node, "Views that need a login let everybody in, in all tests of this app.")


def _classes(node: ast.AST) -> Outcome:
    return rule.finding(
        node, "The view asks for no permission in all tests that this set-up is for."
    )


def _defaults(node: ast.AST) -> Outcome:
    why = "Every view without rules of its own lets everybody in."
    return rule.finding(node, why, severity="low")


def _is_defaults(ctx: Context, target: ast.expr, value: ast.expr) -> bool:
    is_item = isinstance(target, ast.Subscript) and _key(ctx, target) == DEFAULTS
    return is_item and _is_open(ctx, value)


def _opens(ctx: Context, target: ast.Attribute, value: ast.expr) -> bool:
    """Whether an attribute of something imported is given what lets everybody in."""
    if target.attr not in {CLASSES, METHOD, SWITCH} or not ctx.name(target.value):
        return False
    if target.attr == SWITCH:
        return ctx.is_true(value)
    if target.attr == METHOD:
        return isinstance(value, ast.Lambda) and _is_open(ctx, value.body)
    return _is_open(ctx, value)


def _key(ctx: Context, target: ast.expr) -> str | None:
    if isinstance(target, ast.Subscript):
        return ctx.text(target.slice)
    return target.id if isinstance(target, ast.Name) else None


def _is_shared(ctx: Context, node: ast.AST) -> bool:
    """Whether it holds for many tests: shared scope, or any fixture."""
    function = ctx.function(node)
    fixture = function is not None and ctx.scopes.fixture(function) is not None
    return fixture or ctx.scopes.is_shared(node)


def _is_open(ctx: Context, value: ast.expr | None) -> bool:
    """Whether a list of permission classes is empty or lets anybody in."""
    if not isinstance(value, ast.List | ast.Tuple):
        return False
    names = [ctx.text(e) or ctx.name(e) or getattr(e, "id", "") for e in value.elts]
    return not names or any(name.endswith("AllowAny") for name in names)
