"""TLS certificate verification is turned off.

With `verify=False` the client accepts any certificate, so anyone on the path can read
and change the traffic. Test traffic is still real traffic, and test code is where
people copy from.

Give the client your test CA instead: `verify="tests/ca.pem"`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, replace
from checks.context import Context
from checks.model import Edit
from checks.rules._origins import library_call, made_by
from checks.rules._wording import dotted
from checks.rules.network._expected import is_expected
from checks.values import is_loopback, urls

_HTTP = frozenset({"requests", "httpx", "boto3", "hvac", "keystoneauth1", "niquests", "consul"})
# Option -> the libraries that have it, and what turns verification off.
_OPTIONS: dict[str, tuple[frozenset[str], str]] = {
    "verify": (_HTTP, "False"),
    "ssl": (frozenset({"aiohttp"}), "False"),
    "verify_ssl": (frozenset({"aiohttp", "influxdb", "kubernetes"}), "False"),
    "ssl_verify": (frozenset({"gitlab"}), "False"),
    "verify_certs": (frozenset({"elasticsearch", "opensearchpy"}), "False"),
    "validate_cert": (frozenset({"tornado"}), "False"),
    "disable_ssl_certificate_validation": (frozenset({"httplib2"}), "True"),
    "tlsAllowInvalidCertificates": (frozenset({"pymongo", "motor"}), "True"),
    "tlsInsecure": (frozenset({"pymongo", "motor"}), "True"),
    "cert_reqs": (frozenset({"urllib3"}), "CERT_NONE"),
    "ssl_cert_reqs": (frozenset({"redis", "pymongo", "aioredis"}), "CERT_NONE"),
    "validate": (frozenset({"ldap3"}), "CERT_NONE"),
}
_OPPOSITES = {"False": "True", "True": "False"}

rule = Rule(
    id="tls-verify-off",
    words=tuple(_OPTIONS),
    severity="high",
    cwe=295,
    bad=[
        Bad(
            "import requests\nrequests.get(url, verify=False)",
            fixed="import requests\nrequests.get(url, verify=True)",
        ),
        Bad("from httpx import get as fetch\nfetch(url, verify=False)"),
        Bad(
            "import requests as http\nsession = http.Session()\nsession.verify = False",
            fixed="import requests as http\nsession = http.Session()\nsession.verify = True",
        ),
        Bad(
            "import aiohttp\n"
            "async def test_page(url):\n"
            "    async with aiohttp.ClientSession() as client:\n"
            "        await client.get(url, ssl=False)"
        ),
        Bad("import httpx\nwith httpx.Client(verify=False) as client:  # <-\n    client.get(url)"),
        Bad(
            "import ssl, urllib3\npool = urllib3.PoolManager(cert_reqs=ssl.CERT_NONE)",
            fixed="import ssl, urllib3\npool = urllib3.PoolManager(cert_reqs=ssl.CERT_REQUIRED)",
        ),
        Bad("from urllib3 import PoolManager\npool = PoolManager(cert_reqs='CERT_NONE')"),
        Bad(
            "import requests\n"
            "class TestApi:\n"
            "    def setup_method(self):\n"
            "        self.api = requests.Session()\n"
            "    def test_get(self):\n"
            "        self.api.get('https://localhost:8443', verify=False)"
        ),
    ],
    good=[
        "import requests\nrequests.get(url, verify='ca.pem')",
        "self.verify(x, verify=False)",
        "import requests\nrequests.get.assert_called_once_with(url, verify=False)",
        "import requests\ndef test_a(requests):\n    requests.get('/', verify=False)",
        "client.connect(ssl=False)\nform.verify = False\njwt.decode(token, verify=False)",
    ],
)


@rule.on(ast.keyword)
def visit_option(option: ast.keyword, ctx: Context) -> Iterator[Outcome]:
    libraries, off = _OPTIONS.get(option.arg or "", (frozenset(), ""))
    call = ctx.parent(option)
    if not libraries or not isinstance(call, ast.Call) or not _is(option.value, off, ctx):
        return
    if is_expected(ctx, option) or not (
        library_call(ctx, call, libraries) or _is_session(call.func, libraries, ctx)
    ):
        return
    is_local = _is_local(call, ctx)
    yield rule.finding(
        option,
        f"`{option.arg}={off}` makes this client accept any certificate"
        + (", if only from this machine." if is_local else "."),
        edit=_edit(option.value, off, ctx),
        severity="low" if is_local else None,
    )


@rule.on(ast.Assign)
def visit_assignment(node: ast.Assign, ctx: Context) -> Iterator[Outcome]:
    target = node.targets[0]
    if not isinstance(target, ast.Attribute) or target.attr != "verify":
        return
    made = made_by(ctx, target.value)
    is_client = made is not None and library_call(ctx, made, _HTTP) is not None
    if ctx.is_false(node.value) and (is_client or _is_session(target, _HTTP, ctx)):
        why = f"`{dotted(target)} = False` makes every request of it accept any certificate."
        yield rule.finding(node, why, edit=_edit(node.value, "False", ctx))


def _is(value: ast.expr, off: str, ctx: Context) -> bool:
    if off == "CERT_NONE":
        text = (ctx.text(value) or ctx.name(value) or "").rpartition(".")[2]
        return text.upper() in {"CERT_NONE", "NONE"}
    return ctx.is_false(value) if off == "False" else ctx.is_true(value)


def _is_session(target: ast.expr, libraries: frozenset[str], ctx: Context) -> bool:
    """Whether ``session`` in ``session.get`` is by its name a session of an imported library."""
    holder = target.value if isinstance(target, ast.Attribute) else None
    name = str(getattr(holder, "id", "") or getattr(holder, "attr", ""))
    if not name.lower().endswith("session") or made_by(ctx, holder) is not None:
        return False
    return any(
        (getattr(node, "module", None) or node.names[0].name).partition(".")[0] in libraries
        for node in ctx.nodes(ast.Import, ast.ImportFrom)
    )


def _is_local(call: ast.Call, ctx: Context) -> bool:
    place = ctx.argument(call, 0, "url") or ctx.argument(call, None, "base_url")
    hosts = [url.host for url in urls(ctx.text(place) or "")]
    return bool(hosts) and all(is_loopback(host) for host in hosts)


def _edit(value: ast.expr, off: str, ctx: Context) -> Edit | None:
    if off in _OPPOSITES:
        return replace(value, _OPPOSITES[off])
    text = ctx.segment(value)
    return replace(value, text.replace("NONE", "REQUIRED")) if text.endswith("CERT_NONE") else None
