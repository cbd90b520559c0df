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

from checks.api import Bad, Good, Outcome, Rule, evidence, replace
from checks.context import Context
from checks.rules._origins import made_by
from checks.rules._wording import dotted
from checks.rules.network._contexts import (
    CERT_NONE,
    Setting,
    is_client,
    is_server,
    is_subject,
    settings,
)
from checks.rules.network._expected import is_expected

_FUNCTIONS = ("_create_unverified_context", "_create_stdlib_context")
_UNVERIFIED = frozenset(f"ssl.{name}" for name in _FUNCTIONS)
_VERIFY_NONE = "OpenSSL.SSL.VERIFY_NONE"
_DEFAULT = "_create_default_https_context"

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
            "    monkeypatch.setattr(client, 'make_context', ssl._create_unverified_context)"
        ),
        Bad(
            "import ssl as tls\n"
            "def connect(sock, ca):\n"
            "    context = tls.create_default_context(cafile=ca)\n"
            "    context.check_hostname, context.verify_mode = False, tls.CERT_NONE  # <-\n"
            "    return context.wrap_socket(sock)"
        ),
        Bad(
            "import ssl\n"
            "def test_both(sock, other):\n"
            "    loose = ssl.create_default_context()\n"
            "    loose.verify_mode = ssl.CERT_NONE  # <-\n"
            "    sound = ssl.create_default_context()\n"
            "    sound.verify_mode = ssl.CERT_REQUIRED\n"
            "    return loose.wrap_socket(sock), sound.wrap_socket(other)"
        ),
        Bad("import ssl as tls\ncontext.verify_mode = tls.CERT_NONE", profile="strict"),
        Bad("from OpenSSL import SSL\nc.set_verify(SSL.VERIFY_NONE, check)", profile="strict"),
    ],
    good=[
        "import ssl\ncontext = ssl.create_default_context(cafile='tests/ca.pem')",
        "import ssl\nc = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\nc.verify_mode = ssl.CERT_NONE",
        "import ssl\nassert context.verify_mode == ssl.CERT_NONE",
        "import ssl\nassert make is ssl._create_unverified_context",
        "import ssl\nc = ssl._create_unverified_context(cert_reqs=ssl.CERT_REQUIRED, cafile=CA)",
        Good(
            "import ssl as s\nc = s.SSLContext(s.PROTOCOL_TLS_SERVER)\nc.verify_mode = s.CERT_NONE",
            profile="strict",
        ),
        (
            "import ssl\nfrom unittest import mock\n"
            "@mock.patch('ssl._create_unverified_context')\ndef test_made(make):\n"
            "    connect(context=ssl._create_unverified_context())"
        ),
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
        is_called = isinstance(parent, ast.Call) and parent.func is node
        if not isinstance(parent, ast.Call | ast.keyword) or _is_default(parent, ctx):
            continue
        if is_called and _checks(parent, ctx) and not ctx.strict:
            continue
        is_installed = _is_installed(node, ctx)
        fits = is_called and isinstance(node, ast.Attribute)
        yield rule.finding(
            parent if is_called else node,
            "This context accepts any certificate"
            + (", and is installed for the whole process." if is_installed else "."),
            edit=replace(node, "ssl.create_default_context") if fits else None,
            severity="high" if is_installed else None,
        )


@rule.on(ast.Module)
def visit_mode(_module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for setting in settings(ctx, "verify_mode") if ctx.mentions(["CERT_NONE"]) else ():
        if ctx.name(setting.value) in CERT_NONE and not is_expected(ctx, setting.node):
            yield from _mode(setting, ctx)


def _mode(setting: Setting, ctx: Context) -> Iterator[Outcome]:
    if is_subject(setting, ctx) and not ctx.strict:
        return
    made = made_by(ctx, setting.holder)
    known = made is not None and is_client(made, ctx)
    shown = f"{dotted(setting.holder)}.verify_mode"
    if known or (ctx.strict and not is_server(made, ctx)):
        why = f"`{shown} = CERT_NONE` makes this client accept any certificate."
        is_plain = isinstance(setting.value, ast.Attribute) and setting.value.attr == "CERT_NONE"
        text = ctx.segment(setting.value).replace("CERT_NONE", "CERT_REQUIRED")
        edit = replace(setting.value, text) if is_plain else None
        yield rule.finding(setting.node, why, edit=edit, severity=None if known else "low")
    elif made is None and "server" not in shown.lower():
        yield evidence(setting.node, f"`{shown}` is set to `CERT_NONE`.")


@rule.on_method("set_verify")
def visit_pyopenssl(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if ctx.name(ctx.argument(call, 0, "mode")) != _VERIFY_NONE or is_expected(ctx, call):
        return
    if ctx.strict:
        yield rule.finding(call, "This connection accepts any certificate.", severity="low")
    else:
        yield evidence(call, "`set_verify` is called with `VERIFY_NONE`.")


def _is_default(holder: ast.AST, ctx: Context) -> bool:
    """Whether the default is replaced in a call: ``setattr(ssl, DEFAULT, unverified)``."""
    call = ctx.parent(holder) if isinstance(holder, ast.keyword) else holder
    given = call.args if isinstance(call, ast.Call) else []
    return any((ctx.text(argument) or "").endswith(_DEFAULT) for argument in given)


def _checks(call: ast.AST, ctx: Context) -> bool:
    """Whether a context is made with the check of certificates put back: ``cert_reqs=...``."""
    given = ctx.keyword(call, "cert_reqs") if isinstance(call, ast.Call) else None
    return given is not None and (ctx.name(given.value) or "").endswith("CERT_REQUIRED")


def _is_installed(node: ast.AST, ctx: Context) -> bool:
    """Whether the context ends up in the opener that the whole process uses."""
    around = (ctx.call_name(outer) for outer in ctx.ancestors(node))
    return "HTTPSHandler" in {(name or "").rpartition(".")[2] for name in around} and any(
        True for _ in ctx.calls("urllib.request.install_opener")
    )
