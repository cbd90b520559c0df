"""A request goes to another machine over unencrypted HTTP.

Everybody on the path to an `http://` address reads what is sent there, and can change what comes
back. A password or token that a test sends this way has to be taken as known, and changed;
without one it is a finding of low severity.

Requests to this machine, to reserved names like `api.example.com`, and those that an
interceptor answers reach no network and are not findings. The `strict` profile reports all
but those to this machine.

Use `https://`, or let the test talk to a server on this machine.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, replace
from checks.context import Context
from checks.model import Edit
from checks.rules.network import _clients as clients
from checks.rules.network._cleartext import connected
from checks.rules.network._expected import is_expected
from checks.values import is_loopback

_CLEARTEXT = frozenset({"http", "ws"})
_HERE = frozenset({"", "0.0.0.0", "[::]", "::"})  # noqa: S104  # a client's way to say localhost
# Objects that connect without encryption, by host; and clients, by their base address.
_CONNECTIONS = (
    *("http.client.HTTPConnection", "httplib.HTTPConnection", "urllib3.HTTPConnectionPool"),
    *("urllib3.connection.HTTPConnection", "six.moves.http_client.HTTPConnection"),
)
_SENDS = (*clients.VERBS, "connect", "putrequest", "request", "stream", "urlopen")
_BASED = (
    "httpx.Client",
    "httpx.AsyncClient",
    "aiohttp.ClientSession",
    "urllib3.connection_from_url",
)

rule = Rule(
    id="cleartext-http",
    words=("http://", "ws://", "HTTPConnection"),
    severity="medium",
    cwe=319,
    bad=[
        Bad(
            "import requests\nrequests.get('http://api.acme-cloud.io/me', auth=(user, password))",
            fixed="import requests\n"
            "requests.get('https://api.acme-cloud.io/me', auth=(user, password))",
        ),
        Bad(
            "import httpx as http\n"
            "def test_me(token):\n"
            "    headers = {'Authorization': 'Bearer ' + token}\n"
            "    assert http.get('http://api.acme-cloud.io/me', headers=headers).is_success"
        ),
        Bad(
            "import requests\n"
            "session = requests.Session()\n"
            "def login(password):\n"
            "    url = f'http://acme-cloud.io/{PATH}'\n"
            "    return session.post(url, data={'password': password})"
        ),
        Bad(
            "from urllib.request import urlopen as load\narchive = load('http://acme-cloud.io/a')",
            fixed="from urllib.request import urlopen as load\n"
            "archive = load('https://acme-cloud.io/a')",
        ),
        Bad(
            "import requests\n"
            "class TestApi:\n"
            "    base = 'http://acme-cloud.io'\n"
            "    def test_item(self):\n"
            "        assert requests.get('{}/items/{}'.format(self.base, ITEM)).ok"
        ),
        Bad(
            "import http.client as h\n"
            "connection = h.HTTPConnection('acme-cloud.io')  # <-\n"
            "connection.request('GET', '/')"
        ),
        Bad("import requests\nrequests.get('http://api.example.com/')", profile="strict"),
        Bad("import requests, responses\nrequests.get('http://acme-cloud.io/')", profile="strict"),
        Bad(
            "import respx\nfrom urllib.request import urlopen as load\nload('http://acme-cloud.io')",
            profile="strict",
        ),
        Bad(
            "import http.client as c, vcr\nconnection = c.HTTPConnection('acme-cloud.io')",
            profile="strict",
        ),
        Bad("import httpx\nc = httpx.Client(base_url='http://acme-cloud.io')", profile="strict"),
    ],
    good=[
        "import requests\nrequests.get('http://localhost:8000/me', auth=(user, password))",
        "import requests\nrequests.get('http://api.example.com/', headers={'X-Auth-Token': t})",
        "import requests\nrequests.get('https://api.acme-cloud.io/', auth=(user, password))",
        (
            "import requests\n"
            "def test_me(requests_mock, token):\n"
            "    requests.get('http://api.acme-cloud.io/', headers={'Authorization': token})"
        ),
        (
            "import requests\nfrom unittest import mock\n@mock.patch('requests.get')\n"
            "def test_page(get):\n    assert requests.get('http://acme-cloud.io/') is get()"
        ),
        "import http.client as h\nassert h.HTTPConnection('acme-cloud.io').port == 80",
        "from urllib.request import Request\nassert Request('http://acme-cloud.io/').host",
        "import requests\nrequests.Request('GET', 'http://acme-cloud.io/').prepare()",
        "client.get('http://acme-cloud.io/', auth=pair)\nNAMESPACE = 'http://www.w3.org/2000/svg'",
        Good(
            "import requests\nNAMESPACE = 'http://www.w3.org/2000/svg'\nparse('http://x.io')\n"
            "requests.get('http://localhost:8000/')",
            profile="strict",
        ),
    ],
)


@rule.on(ast.Module)
def visit_requests(_module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for call, place in clients.requests_made(ctx):
        scheme, host, has_password = clients.host_of(place, ctx)
        if scheme not in _CLEARTEXT or not _is_far(host, ctx) or is_expected(ctx, call):
            continue
        sent = "password" if has_password else clients.credential(call, ctx)
        is_made = (ctx.call_name(call) or "").endswith(".Request")  # and not sent here
        if is_made and not sent and not ctx.strict:
            continue
        if ctx.strict or not clients.is_intercepted(ctx, call):
            why = f"The request to `{host}` can be read and changed on the way."
            if sent and clients.is_public(host):
                why = f"`{sent}` is sent to `{host}` for everybody on the path to read."
            severity = None if sent and clients.is_public(host) else "low"
            yield rule.finding(call, why, edit=_edit(place, ctx), severity=severity)


@rule.on_call(*_CONNECTIONS, *_BASED)
def visit_connections(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    name = ctx.call_name(call)
    if name in _CONNECTIONS:
        host = ctx.text(ctx.argument(call, 0, "host")) or ""
        is_open = _is_far(host.partition(":")[0], ctx)
    else:
        place = ctx.argument(call, 0 if "httpx" not in (name or "") else None, "base_url")
        scheme, host, _ = clients.host_of(place, ctx) if place else ("", "", False)
        is_open = scheme in _CLEARTEXT and _is_far(host, ctx)
    if not is_open or is_expected(ctx, call):
        return
    is_used = any(connected(call, ctx, _SENDS))
    if ctx.strict or (is_used and not clients.is_intercepted(ctx, call)):
        yield rule.finding(call, f"What is sent to `{host}` can be read.", severity="low")


def _is_far(host: str, ctx: Context) -> bool:
    """Whether a host is public; strictly, whether it is any but this machine."""
    if ctx.strict:
        return host not in _HERE and not is_loopback(host)
    return clients.is_public(host)


def _edit(place: ast.expr, ctx: Context) -> Edit | None:
    text = ctx.segment(place)
    if not isinstance(place, ast.Constant) or text[1:8] != "http://":
        return None
    return replace(place, text[0] + "https://" + text[8:])
