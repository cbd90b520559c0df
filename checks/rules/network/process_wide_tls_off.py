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
_DEFAULT = "ssl._create_default_https_context"
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
    words=(*_VARIABLES, "_create_default_https_context", "disable_warnings"),
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
        Bad("def setup_module(monkeysession):\n    monkeysession.setenv('CURL_CA_BUNDLE', '')"),
    ],
    good=[
        "def test_a(monkeypatch):\n    monkeypatch.setenv('REQUESTS_CA_BUNDLE', 'tests/ca.pem')",
        "def test_a(monkeypatch):\n    monkeypatch.setenv('GIT_SSL_NO_VERIFY', '')",
        "run.assert_called_once_with('git', env={'GIT_SSL_NO_VERIFY': '1'})",
        "import warnings\nwarnings.simplefilter('error')\nlog.disable_warnings()",
    ],
)


@rule.on(ast.Assign)
def visit_assignment(node: ast.Assign, ctx: Context) -> Iterator[Outcome]:
    target = node.targets[0]
    if isinstance(target, ast.Subscript) and ctx.name(target.value) == "os.environ":
        yield from _variable(target.slice, node.value, node, ctx)
    elif isinstance(target, ast.Attribute) and ctx.name(target) == _DEFAULT:
        unverified = "unverified" in ctx.segment(node.value) or isinstance(node.value, ast.Lambda)
        if unverified:
            why = "From here on every HTTPS request of the process accepts any certificate."
            yield rule.finding(node, why)


@rule.on_method(*_SETTERS, "update", "dict")
def visit_setter(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    called = getattr(call.func, "attr", "")
    if called in _SETTERS and len(call.args) >= 2:
        yield from _variable(call.args[-2], call.args[-1], call, ctx)
    elif called in {"update", "dict"} and call.args:
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
        if "os.environ" in {ctx.name(receiver), ctx.name(call.args[0]), ctx.text(call.args[0])}:
            yield from _entries(call, ctx)


@rule.on_call(*_WARNINGS)
def visit_warnings(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if not is_expected(ctx, call):
        why = "This hides the warnings about unverified TLS from the whole test run."
        yield rule.finding(call, why, severity="low")


def _entries(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        if isinstance(argument, ast.Dict):
            for key, value in zip(argument.keys, argument.values, strict=True):
                if key:
                    yield from _variable(key, value, call, ctx)
    for keyword in call.keywords:
        if keyword.arg:
            yield from _variable(ast.Constant(keyword.arg), keyword.value, call, ctx)


def _variable(
    key: ast.expr, value: ast.expr, node: ast.Assign | ast.Call, ctx: Context
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
