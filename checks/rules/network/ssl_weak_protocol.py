"""TLS is set to a version that is broken.

SSL 2, SSL 3, TLS 1.0 and TLS 1.1 are withdrawn: their traffic can be read or changed, and
current libraries refuse them. A test that connects this way does not test what users get,
and fails where the old versions are compiled out.

A test that an old version is refused is not a finding, nor is a value that is compared. The
`strict` profile also reports the constants that leave the version open (`SSLv23_METHOD`).

Use `ssl.create_default_context()`, or set `minimum_version = ssl.TLSVersion.TLSv1_2`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, replace
from checks.context import Context
from checks.model import Edit
from checks.rules.network._expected import is_expected

# Withdrawn version -> what it is called.
_WEAK = {
    **{
        f"ssl.{holder}PROTOCOL_{version}": shown
        for holder in ("", "_SSLMethod.")
        for version, shown in (
            ("SSLv2", "SSL 2"),
            ("SSLv3", "SSL 3"),
            ("TLSv1", "TLS 1.0"),
            ("TLSv1_1", "TLS 1.1"),
        )
    },
    **{
        f"OpenSSL.SSL.{version}_METHOD": shown
        for version, shown in (
            ("SSLv2", "SSL 2"),
            ("SSLv3", "SSL 3"),
            ("TLSv1", "TLS 1.0"),
            ("TLSv1_1", "TLS 1.1"),
        )
    },
    "ssl.TLSVersion.SSLv3": "SSL 3",
    "ssl.TLSVersion.TLSv1": "TLS 1.0",
    "ssl.TLSVersion.TLSv1_1": "TLS 1.1",
    **{
        f"twisted.internet.ssl.TLSVersion.{version}": shown
        for version, shown in (("SSLv3", "SSL 3"), ("TLSv1_0", "TLS 1.0"), ("TLSv1_1", "TLS 1.1"))
    },
    "OpenSSL.SSL.SSL3_VERSION": "SSL 3",
    "OpenSSL.SSL.TLS1_VERSION": "TLS 1.0",
    "OpenSSL.SSL.TLS1_1_VERSION": "TLS 1.1",
}
# These accept every version, the withdrawn ones too, unless options take them out.
_OPEN = {
    "ssl.PROTOCOL_SSLv23": "every version from SSL 2 on",
    "OpenSSL.SSL.SSLv23_METHOD": "every version from SSL 2 on",
    "ssl.TLSVersion.MINIMUM_SUPPORTED": "every version from SSL 3 on",
}
# Keywords and attributes that choose a version, whoever takes them.
_OPTIONS = frozenset(
    {
        *("minimum_version", "maximum_version", "ssl_version", "ssl_minimum_version", "method"),
        *("insecurelyLowerMinimumTo", "lowerMaximumSecurityTo", "raiseMinimumTo"),
        *("ssl_protocol", "tls_version", "ssl_method", "protocol", "ssl_maximum_version"),
    }
)
_SETTERS = frozenset({"set_min_proto_version", "set_max_proto_version"})

rule = Rule(
    id="ssl-weak-protocol",
    words=("SSLv", "TLSv1", "TLS1_", "SSL3_", "MINIMUM_SUPPORTED"),
    severity="medium",
    cwe=327,
    bad=[
        Bad("import ssl\ncontext = ssl.SSLContext(ssl.PROTOCOL_TLSv1)"),
        Bad("import ssl as tls\nsock = tls.wrap_socket(raw, ssl_version=tls.PROTOCOL_SSLv3)"),
        Bad(
            "from ssl import PROTOCOL_SSLv2 as old, SSLContext\ncontext = SSLContext(protocol=old)"
        ),
        Bad(
            "import ssl\ncontext.minimum_version = ssl.TLSVersion.TLSv1_1",
            fixed="import ssl\ncontext.minimum_version = ssl.TLSVersion.TLSv1_2",
        ),
        Bad(
            "from OpenSSL import SSL\ncontext = SSL.Context(SSL.TLSv1_METHOD)",
            fixed="from OpenSSL import SSL\ncontext = SSL.Context(SSL.TLS_METHOD)",
        ),
        Bad("from OpenSSL import SSL as s\ncontext.set_min_proto_version(s.SSL3_VERSION)"),
        Bad("import ssl\ndef connect(version=ssl.PROTOCOL_TLSv1):  # <-\n    return make(version)"),
        Bad("import ssl\nclient = Client(ssl_version=ssl.PROTOCOL_TLSv1_1)"),
        Bad("from OpenSSL import SSL\ncontext = SSL.Context(SSL.SSLv23_METHOD)", profile="strict"),
        Bad("import ssl as s\nclass Client:\n    version = s.PROTOCOL_TLSv1", profile="strict"),
        Bad("from ssl import PROTOCOL_SSLv3 as V\nVERSIONS = {'3': V}", profile="strict"),
        Bad(
            "from twisted.internet import ssl as tls\n"
            "options = tls.CertificateOptions(insecurelyLowerMinimumTo=tls.TLSVersion.SSLv3)"
        ),
        Bad("from pyOpenSSL import SSL\nclient = Client(method=SSL.TLSv1_METHOD)"),
    ],
    good=[
        "import ssl\ncontext = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)",
        "import ssl\ncontext.minimum_version = ssl.TLSVersion.TLSv1_2\ntext = 'PROTOCOL_SSLv3'",
        "import ssl\nassert context.protocol == ssl.PROTOCOL_TLSv1",
        "import ssl\nwrap.assert_called_once_with(raw, ssl_version=ssl.PROTOCOL_SSLv3)",
        "def test_a(ssl):\n    client = ssl.SSLContext(ssl.PROTOCOL_TLSv1)",
        (
            "import pytest, ssl\ndef test_refused(server):\n"
            "    with pytest.raises(ssl.SSLError):\n"
            "        server.reach(ssl.SSLContext(ssl.PROTOCOL_TLSv1))"
        ),
        (
            "import ssl\nfrom unittest import mock\ndef test_version():\n"
            "    context = mock.Mock()\n    context.minimum_version = ssl.TLSVersion.TLSv1"
        ),
        "import ssl\nVERSIONS = {'1.0': ssl.PROTOCOL_TLSv1}\noptions = ssl.OP_NO_TLSv1",
    ],
)


@rule.on(ast.Attribute, ast.Name)
def visit(node: ast.Attribute | ast.Name, ctx: Context) -> Iterator[Outcome]:
    name = ctx.name(node)
    if name is None or not isinstance(node.ctx, ast.Load):
        return
    shown = _WEAK.get(name) or (_OPEN.get(name) if ctx.strict else None)
    if shown is None or not _is_used(node, ctx) or is_expected(ctx, node):
        return
    severity = "low" if name in _OPEN else None
    why = f"This allows {shown}, which is withdrawn."
    yield rule.finding(node, why, edit=_edit(node, name, ctx), severity=severity)


def _is_used(node: ast.expr, ctx: Context) -> bool:
    """Whether a version stands where it is chosen: an argument, a setting, a default."""
    parent = ctx.parent(node)
    if ctx.strict:
        return not isinstance(parent, ast.Attribute | ast.Compare | ast.Expr)
    if isinstance(parent, ast.Call) and node in parent.args:
        own = (ctx.call_name(parent) or "").startswith(("ssl.", "OpenSSL.SSL."))
        return own or getattr(parent.func, "attr", "") in _SETTERS
    if isinstance(parent, ast.keyword):
        return parent.arg in _OPTIONS
    if isinstance(parent, ast.Assign):
        return any(getattr(target, "attr", "") in _OPTIONS for target in parent.targets)
    return isinstance(parent, ast.arguments)


def _edit(node: ast.expr, name: str, ctx: Context) -> Edit | None:
    """The oldest version in use, where that is the same kind of constant."""
    is_enum = name.startswith("ssl.TLSVersion.")
    if not isinstance(node, ast.Attribute) or not (is_enum or name.endswith("_METHOD")):
        return None
    new = "TLSv1_2" if is_enum else "TLS_METHOD"
    return replace(node, ctx.segment(node).removesuffix(node.attr) + new)
