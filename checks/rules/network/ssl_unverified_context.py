"""A TLS context is made that checks no certificate.

`ssl._create_unverified_context()`, and a client context with `verify_mode = CERT_NONE`,
accept whatever certificate the other side shows, so anyone on the path can read and
change the traffic. Installed for the whole process it holds for every later test too.

Trust the certificate of the test server instead:
`ssl.create_default_context(cafile="tests/ca.pem")`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, evidence, replace
from checks.context import Context
from checks.rules._origins import made_by
from checks.rules._wording import dotted
from checks.rules.network._expected import is_expected

_FUNCTION = "_create_unverified_context"
_UNVERIFIED = f"ssl.{_FUNCTION}"
_CERT_NONE = frozenset({"ssl.CERT_NONE", "ssl.VerifyMode.CERT_NONE"})

rule = Rule(
    id="ssl-unverified-context",
    words=("ssl",),
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
    if _FUNCTION not in ctx.source.normal_text:
        return
    for node in ctx.nodes(ast.Attribute, ast.Name):
        if ctx.name(node) != _UNVERIFIED or is_expected(ctx, node):
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
    if ctx.name(node.value) not in _CERT_NONE or is_expected(ctx, node) or _is_subject(node, ctx):
        return
    made = made_by(ctx, target.value)
    if made is None:
        if "server" not in ctx.segment(target).lower():
            yield evidence(node, f"`{dotted(target)}` is set to `CERT_NONE`.")
    elif _is_client(made, ctx):
        why = f"`{dotted(target)} = CERT_NONE` makes this client accept any certificate."
        yield rule.finding(node, why, edit=replace(node.value, "ssl.CERT_REQUIRED"))


def _is_installed(node: ast.AST, ctx: Context) -> bool:
    """Whether the context ends up in the opener that the whole process uses."""
    around = (ctx.call_name(outer) for outer in ctx.ancestors(node))
    return "HTTPSHandler" in {(name or "").rpartition(".")[2] for name in around} and any(
        ctx.call_name(call) == "urllib.request.install_opener" for call in ctx.nodes(ast.Call)
    )


def _is_client(made: ast.Call, ctx: Context) -> bool:
    given = {(ctx.name(argument) or "").rpartition(".")[2] for argument in made.args[:1]}
    given |= {(ctx.name(k.value) or "").rpartition(".")[2] for k in made.keywords}
    name = ctx.call_name(made)
    if name == "ssl.SSLContext":
        return "PROTOCOL_TLS_CLIENT" in given
    return name == "ssl.create_default_context" and "CLIENT_AUTH" not in given


def _is_subject(node: ast.Assign, ctx: Context) -> bool:
    """Whether the setting itself is what the test asserts, or is set again behind it."""
    function = ctx.function(node)
    for other in ctx.nodes(ast.Attribute, inside=function):
        if other.attr == "verify_mode" and ctx.tree.precedes(node, other):
            if isinstance(other.ctx, ast.Load) and ctx.is_expectation(other):
                return True
            holder = ctx.parent(other)
            if isinstance(holder, ast.Assign) and ctx.name(holder.value) not in _CERT_NONE:
                return True
    return False
