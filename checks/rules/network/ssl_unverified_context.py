"""A TLS context is made that checks no certificate.

`ssl._create_unverified_context()`, and a client context with `verify_mode = CERT_NONE`,
accept whatever certificate the other side shows, so anyone on the path can read and change
the traffic. Installed for the whole process it holds for every later test too.

A server's context and a test of the setting itself are not findings. The `strict` profile
also reports contexts that the file does not make.

Trust the certificate of the test server instead:
`ssl.create_default_context(cafile="tests/ca.pem")`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, evidence, replace
from checks.context import Context
from checks.rules._origins import made_by
from checks.rules._wording import dotted
from checks.rules.network._contexts import CERT_NONE, is_client, is_subject
from checks.rules.network._expected import is_expected

_FUNCTIONS = ("_create_unverified_context", "_create_stdlib_context")
_UNVERIFIED = frozenset(f"ssl.{name}" for name in _FUNCTIONS)
_VERIFY_NONE = "OpenSSL.SSL.VERIFY_NONE"

rule = Rule(
    id="ssl-unverified-context",
    words=(*_FUNCTIONS, "CERT_NONE", "VERIFY_NONE"),
    severity="medium",
    cwe=295,
    bad=[
        Bad(
            "import ssl\nfrom urllib.request import urlopen\n"
            "urlopen(url, context=ssl._create_unverified_context())",
            fixed="import ssl\nfrom urllib.request import urlopen\n"
            "urlopen(url, context=ssl.create_default_context())",
        ),
        Bad(
            "from ssl import _create_unverified_context as unverified\n"
            "def test_page(url):\n"
            "    context = unverified()  # <-\n"
            "    assert fetch(url, context)"
        ),
        Bad(
            "import ssl\n"
            "def connect(sock):\n"
            "    context = ssl.create_default_context()\n"
            "    context.check_hostname = False\n"
            "    context.verify_mode = ssl.CERT_NONE  # <-\n"
            "    return context.wrap_socket(sock)"
        ),
        Bad(
            "import ssl\n"
            "import urllib.request as r\n"
            "handler = r.HTTPSHandler(context=ssl._create_unverified_context())  # <-\n"
            "r.install_opener(r.build_opener(handler))"
        ),
        Bad(
            "import ssl\n"
            "def test_page(monkeypatch):\n"
            "    name = '_create_default_https_context'\n"
            "    monkeypatch.setattr(ssl, name, ssl._create_unverified_context)"
        ),
        Bad("import ssl as tls\ncontext.verify_mode = tls.CERT_NONE", profile="strict"),
        Bad("from OpenSSL import SSL\nc.set_verify(SSL.VERIFY_NONE, check)", profile="strict"),
    ],
    good=[
        "import ssl\ncontext = ssl.create_default_context(cafile='tests/ca.pem')",
        "import ssl\nc = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\nc.verify_mode = ssl.CERT_NONE",
        "import ssl\nassert context.verify_mode == ssl.CERT_NONE",
        "import ssl\nassert make is ssl._create_unverified_context",
        (
            "import ssl\ndef test_mode():\n    context = ssl.create_default_context()\n"
            "    context.verify_mode = ssl.CERT_NONE\n"
            "    assert client(context).verify_mode == ssl.CERT_NONE"
        ),
    ],
)


@rule.on(ast.Module)
def visit_references(module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    if not ctx.mentions(_FUNCTIONS):
        return
    for node in ctx.nodes(ast.Attribute, ast.Name):
        if ctx.name(node) not in _UNVERIFIED or is_expected(ctx, node):
            continue
        parent = ctx.parent(node)
        # An alias is found where it is called; process-wide-tls-off sees the default replaced.
        if not isinstance(parent, ast.Call | ast.keyword):
            continue
        is_called = isinstance(parent, ast.Call) and parent.func is node
        is_installed = _is_installed(node, ctx)
        fits = is_called and isinstance(node, ast.Attribute)
        yield rule.finding(
            parent if is_called else node,
            "This context accepts any certificate"
            + (", and is installed for the whole process." if is_installed else "."),
            edit=replace(node, "ssl.create_default_context") if fits else None,
            severity="high" if is_installed else None,
        )


@rule.on(ast.Assign)
def visit_mode(node: ast.Assign, ctx: Context) -> Iterator[Outcome]:
    target = node.targets[0]
    if not isinstance(target, ast.Attribute) or target.attr != "verify_mode":
        return
    if ctx.name(node.value) not in CERT_NONE or is_expected(ctx, node):
        return
    if is_subject(node, "verify_mode", ctx) and not ctx.strict:
        return
    made = made_by(ctx, target.value)
    known = made is not None and is_client(made, ctx)
    if known or ctx.strict:
        why = f"`{dotted(target)} = CERT_NONE` makes this client accept any certificate."
        is_plain = isinstance(node.value, ast.Attribute) and node.value.attr == "CERT_NONE"
        text = ctx.segment(node.value).replace("CERT_NONE", "CERT_REQUIRED")
        edit = replace(node.value, text) if is_plain else None
        yield rule.finding(node, why, edit=edit, severity=None if known else "low")
    elif made is None and "server" not in ctx.segment(target).lower():
        yield evidence(node, f"`{dotted(target)}` is set to `CERT_NONE`.")


@rule.on_method("set_verify")
def visit_pyopenssl(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if ctx.name(ctx.argument(call, 0, "mode")) != _VERIFY_NONE or is_expected(ctx, call):
        return
    if ctx.strict:
        yield rule.finding(call, "This connection accepts any certificate.", severity="low")
    else:
        yield evidence(call, "`set_verify` is called with `VERIFY_NONE`.")


def _is_installed(node: ast.AST, ctx: Context) -> bool:
    """Whether the context ends up in the opener that the whole process uses."""
    around = (ctx.call_name(outer) for outer in ctx.ancestors(node))
    return "HTTPSHandler" in {(name or "").rpartition(".")[2] for name in around} and any(
        True for _ in ctx.calls("urllib.request.install_opener")
    )
