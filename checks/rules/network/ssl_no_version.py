"""A socket is wrapped in TLS without saying which versions may be used.

`ssl.wrap_socket` without a version takes what the interpreter happens to allow, checks
neither certificate nor name, and was removed in Python 3.12: what the test proves depends on
the machine it runs on.

`ssl.create_default_context()` chooses sound versions itself and is not a finding, nor is a
call that names its version. The `strict` profile also reports `ssl.SSLContext()` and
`ssl.get_server_certificate(...)` without one.

Use `ssl.create_default_context(cafile="tests/ca.pem").wrap_socket(sock, server_hostname=name)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.network._expected import is_expected

# Call -> position and name of the version; the last two are sound in a current Python.
_VERSIONS: dict[str, tuple[int, str]] = {
    "ssl.wrap_socket": (5, "ssl_version"),
    "ssl.SSLSocket": (5, "ssl_version"),
    "ssl.get_server_certificate": (1, "ssl_version"),
    "ssl.SSLContext": (0, "protocol"),
}
_ALWAYS = frozenset({"ssl.wrap_socket", "ssl.SSLSocket"})

rule = Rule(
    id="ssl-no-version",
    severity="low",
    cwe=327,
    bad=[
        Bad("import ssl\nsock = ssl.wrap_socket(raw)"),
        Bad("from ssl import wrap_socket as wrap\nsock = wrap(raw, ca_certs='tests/ca.pem')"),
        Bad("import ssl as tls\ndef test_a(raw):\n    assert handshake(tls.wrap_socket(sock=raw))"),
        Bad("import ssl\ncertificate = ssl.get_server_certificate(address)", profile="strict"),
        Bad("import ssl as s\ncontext = s.SSLContext()", profile="strict"),
    ],
    good=[
        "import ssl\nsock = ssl.wrap_socket(raw, ssl_version=ssl.PROTOCOL_TLS_CLIENT)",
        "import ssl\nsock = ssl.create_default_context().wrap_socket(raw)\nc.wrap_socket(raw)",
        "import ssl\nssl.wrap_socket.assert_called_once_with(raw)\nssl.wrap_socket(raw, **options)",
        (
            "import ssl\nfrom unittest import mock\n@mock.patch.object(ssl, 'wrap_socket')\n"
            "def test_a(wrap, raw):\n    assert ssl.wrap_socket(raw) is wrap.return_value"
        ),
        "def test_a(ssl):\n    ssl.wrap_socket(raw)",
        Good("import ssl\ncontext = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)", profile="strict"),
    ],
)


@rule.on_call(*_VERSIONS)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    name = ctx.call_name(call) or ""
    if name not in _ALWAYS and not ctx.strict:
        return
    position, keyword = _VERSIONS[name]
    spread = any(isinstance(a, ast.Starred) for a in call.args) or any(
        not k.arg for k in call.keywords
    )
    if spread or ctx.argument(call, position, keyword) or is_expected(ctx, call):
        return
    yield rule.finding(call, f"`{name}` is called without a version of TLS.")
