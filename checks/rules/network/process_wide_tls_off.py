"""TLS verification is switched off for the whole process.

A variable like `PYTHONHTTPSVERIFY=0`, an empty bundle of authorities, or a replaced
`ssl._create_default_https_context` reaches every library, every later test and every program
that is started, and nothing at those places shows it.

A bundle that names a file, and an expected argument (`run.assert_called_with(..., env=...)`),
are not findings.

Give the test's own authority to the one client that needs it (`verify="tests/ca.pem"`,
`SSL_CERT_FILE` naming a real file), and remove the cause of a warning instead of hiding it.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, evidence
from checks.context import Context
from checks.restoration import managers
from checks.rules.network._commands import RUNNERS
from checks.rules.network._expected import is_expected

# Variable -> the values that switch verification off; None stands for every non-empty one.
_VARIABLES: dict[str, frozenset[str] | None] = {
    "PYTHONHTTPSVERIFY": frozenset({"0"}),
    "REQUESTS_CA_BUNDLE": frozenset({""}),
    "CURL_CA_BUNDLE": frozenset({""}),
    "SSL_CERT_FILE": frozenset({"", "/dev/null"}),
    "GIT_SSL_NO_VERIFY": None,
    "NODE_TLS_REJECT_UNAUTHORIZED": frozenset({"0"}),
    "AWS_CA_BUNDLE": frozenset({""}),
}
_DEFAULTS = frozenset({"ssl._create_default_https_context", "ssl.create_default_context"})
_WARNINGS = frozenset(
    {
        "urllib3.disable_warnings",
        "requests.packages.urllib3.disable_warnings",
        "requests.urllib3.disable_warnings",
        "botocore.vendored.requests.packages.urllib3.disable_warnings",
    }
)
_SETTERS = frozenset({"setdefault", "putenv", "setenv", "setitem"})

rule = Rule(
    id="process-wide-tls-off",
    words=(*_VARIABLES, "create_default_", "disable_warnings"),
    severity="high",
    cwe=295,
    bad=[
        Bad(
            "import os\n"
            "import pytest\n"
            "@pytest.fixture\n"
            "def insecure():\n"
            "    os.environ['PYTHONHTTPSVERIFY'] = '0'  # <-\n"
            "    yield\n"
            "    del os.environ['PYTHONHTTPSVERIFY']"
        ),
        Bad(
            "import ssl\n"
            "def test_page(request):\n"
            "    old = ssl._create_default_https_context\n"
            "    ssl._create_default_https_context = ssl._create_unverified_context  # <-\n"
            "    try:\n"
            "        fetch()\n"
            "    finally:\n"
            "        ssl._create_default_https_context = old"
        ),
        Bad("from urllib3 import disable_warnings as quiet\nquiet()"),
        Bad(
            "import os\n"
            "from unittest import mock\n"
            "@mock.patch.dict(os.environ, {'GIT_SSL_NO_VERIFY': 'true'})  # <-\n"
            "class TestClone:\n"
            "    def test_a(self):\n"
            "        assert clone()"
        ),
        Bad(
            "import ssl\n"
            "def test_page(monkeypatch):\n"
            "    name = '_create_default_https_context'\n"
            "    monkeypatch.setattr(ssl, name, ssl._create_unverified_context)"
        ),
        Bad(
            "import ssl\n"
            "from unittest import mock\n"
            "def test_page(url):\n"
            "    with mock.patch('ssl._create_default_https_context', lambda: loose()):  # <-\n"
            "        assert load(url)"
        ),
        Bad("import os\nos.environ |= {'NODE_TLS_REJECT_UNAUTHORIZED': '0'}"),
        Bad("import os\nos.environ.update(CURL_CA_BUNDLE='')"),
        Bad("import subprocess as sp\nsp.run(['git', 'pull'], env={'GIT_SSL_NO_VERIFY': '1'})"),
        Bad(
            "import os\n"
            "def pull(run):\n"
            "    env = os.environ.copy()\n"
            "    env['GIT_SSL_NO_VERIFY'] = 'true'  # <-\n"
            "    run(['git', 'pull'], env=env)"
        ),
        Bad("def setup_module(monkeysession):\n    monkeysession.setenv('CURL_CA_BUNDLE', '')"),
    ],
    good=[
        "def test_a(monkeypatch):\n    monkeypatch.setenv('REQUESTS_CA_BUNDLE', 'tests/ca.pem')",
        "def test_a(monkeypatch):\n    monkeypatch.setenv('GIT_SSL_NO_VERIFY', '')",
        "run.assert_called_once_with('git', env={'GIT_SSL_NO_VERIFY': '1'})",
        "env = {'PYTHONHTTPSVERIFY': '0'}\nassert make_environment(verify=False) == env",
        "assert find_bundle(env={'CURL_CA_BUNDLE': ''}) is None",
        "import ssl\nold = ssl._create_default_https_context\n"
        "def tearDownModule():\n    ssl._create_default_https_context = old",
        "import urllib3, warnings\ndef test_quiet():\n    with warnings.catch_warnings():\n"
        "        urllib3.disable_warnings()\n        act()",
        "import warnings\nwarnings.simplefilter('error')\nlog.disable_warnings()",
    ],
)


@rule.on(ast.Assign)
def visit_assignment(node: ast.Assign, ctx: Context) -> Iterator[Outcome]:
    target = node.targets[0]
    if isinstance(target, ast.Subscript):
        if ctx.name(target.value) == "os.environ" or _is_copy(target.value, ctx):
            yield from _variable(target.slice, node.value, node, ctx)
    elif isinstance(target, ast.Attribute) and ctx.name(target) in _DEFAULTS:
        yield from _default(node, node.value, ctx)


@rule.on(ast.AugAssign)
def visit_merge(node: ast.AugAssign, ctx: Context) -> Iterator[Outcome]:
    if isinstance(node.op, ast.BitOr) and ctx.name(node.target) == "os.environ":
        yield from _entries(node, [node.value], [], ctx)


@rule.on_method(*_SETTERS, "update", "dict")
def visit_setter(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    called = getattr(call.func, "attr", "")
    if called in _SETTERS and len(call.args) >= 2:
        yield from _variable(call.args[-2], call.args[-1], call, ctx)
    elif called in {"update", "dict"}:
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
        places = [receiver, *call.args[:1]]
        if any("os.environ" in {ctx.name(place), ctx.text(place)} for place in places):
            yield from _entries(call, call.args, call.keywords, ctx)


@rule.on_keyword("env")
def visit_child(option: ast.keyword, ctx: Context) -> Iterator[Outcome]:
    call = ctx.parent(option)
    called = getattr(call, "func", None)
    name = ctx.name(called) or str(getattr(called, "attr", ""))
    if name.rpartition(".")[2] in RUNNERS:  # For any other function it is data.
        yield from _entries(option, [option.value], [], ctx)


@rule.on_method("setattr", "object", "patch")
def visit_method(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    yield from _replaced(call, ctx)


@rule.on_call("setattr", "unittest.mock.patch")
def visit_function(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if isinstance(call.func, ast.Name):  # Otherwise it is a method, too.
        yield from _replaced(call, ctx)


def _replaced(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    """A call that puts something in place of the default: of a module's attribute, or a name."""
    name = ctx.text(call.args[0]) if call.args else None
    value = ctx.argument(call, 1, "new")
    if name is None and len(call.args) > 1:
        name = f"{ctx.name(call.args[0])}.{ctx.text(call.args[1])}"
        value = ctx.argument(call, 2, "new")
    if value is not None and name in _DEFAULTS:
        yield from _default(call, value, ctx)


def _default(node: ast.Assign | ast.Call, value: ast.expr, ctx: Context) -> Iterator[Outcome]:
    made = ctx.origin(value) or value
    if "unverified" in (ctx.name(value) or ctx.segment(made)) or isinstance(made, ast.Lambda):
        why = "From here on every HTTPS request of the process accepts any certificate."
        yield rule.finding(node, why)


@rule.on_call(*_WARNINGS)
def visit_warnings(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    restored = any(ctx.call_name(m) == "warnings.catch_warnings" for m in managers(ctx, call))
    if not restored and not is_expected(ctx, call):
        why = "This hides the warnings about unverified TLS from the whole test run."
        yield rule.finding(call, why, severity="low")


def _entries(
    node: ast.Call | ast.AugAssign | ast.keyword,
    arguments: list[ast.expr],
    keywords: list[ast.keyword],
    ctx: Context,
) -> Iterator[Outcome]:
    for given in (*arguments, *(keyword.value for keyword in keywords)):
        mapping = ctx.origin(given) or given
        for key, value in _pairs(mapping, ctx):
            yield from _variable(key, value, node, ctx)
    for keyword in keywords:
        if keyword.arg:
            yield from _variable(ast.Constant(keyword.arg), keyword.value, node, ctx)


def _pairs(mapping: ast.expr, ctx: Context) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The literal entries of a mapping: ``{"A": "0"}``, ``dict(os.environ, A="0")``."""
    if isinstance(mapping, ast.Dict):
        found = zip(mapping.keys, mapping.values, strict=True)
        yield from ((key, value) for key, value in found if key)
    elif isinstance(mapping, ast.Call) and ctx.call_name(mapping) == "dict":
        yield from ((ast.Constant(k.arg), k.value) for k in mapping.keywords if k.arg)


def _is_copy(mapping: ast.expr, ctx: Context) -> bool:
    """Whether a mapping is a copy of the environment, made to start a program with."""
    made = ctx.origin(mapping)
    if ctx.call_name(made) in {"dict", "copy.copy"}:
        return isinstance(made, ast.Call) and any(ctx.name(a) == "os.environ" for a in made.args)
    return ctx.call_name(made) == "os.environ.copy"


def _variable(
    key: ast.expr,
    value: ast.expr,
    node: ast.Assign | ast.AugAssign | ast.Call | ast.keyword,
    ctx: Context,
) -> Iterator[Outcome]:
    name = ctx.text(key) or ""
    text = ctx.text(value)
    if name not in _VARIABLES or text is None or is_expected(ctx, node):
        return
    values = _VARIABLES[name]
    is_off = text.lower() not in {"", "0", "false"} if values is None else text in values
    if not is_off:
        return
    # What one test sets through a fixture or a patcher ends with it.
    if isinstance(node, ast.Call) and ctx.scopes.in_test(node) and not _is_direct(node, ctx):
        yield evidence(node, f"`{name}` is set to `{text}` for this test: TLS is not verified.")
    else:
        why = f"`{name}={text}` switches TLS verification off for the process and its children."
        yield rule.finding(node, why)


def _is_direct(call: ast.Call, ctx: Context) -> bool:
    return (ctx.call_name(call) or "").startswith(("os.environ.", "os.putenv"))
