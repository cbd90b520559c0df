"""A test contacts a public host.

A test that talks to somebody else's server fails when that server does, tells its owner
when and where the tests run, and hands whatever answers to the code under test.

Requests to this machine and to reserved names, and those that an interceptor (`responses`,
`requests_mock`, `respx`, a patch of the client) answers, are not reported. By default this is
evidence; in the `strict` profile it is a finding of low severity.

Answer the request in the test (`responses`, `respx`, `pytest-httpserver`), or record it once.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, evidence
from checks.context import Context
from checks.rules._wording import counted, listed
from checks.rules.network import _clients as clients
from checks.rules.network._expected import is_expected

_HOSTS = (*clients.HOSTS, "socket.gethostbyname", "socket.getaddrinfo")

rule = Rule(
    id="real-outbound-call",
    severity="low",
    cwe=829,
    bad=[
        Bad("import requests\nassert requests.get('https://acme-cloud.io/').ok", profile="strict"),
        Bad(
            "import socket as s\nwith s.create_connection(('acme-cloud.io', 443)) as c:  # <-\n"
            "    assert c",
            profile="strict",
        ),
        Bad(
            "import aiohttp\nasync def test_page():\n"
            "    async with aiohttp.ClientSession() as session:\n"
            "        assert await session.get('https://acme-cloud.io/')",
            profile="strict",
        ),
        Bad(
            "from smtplib import SMTP_SSL as Mail\nserver = Mail('mail.acme-cloud.io')",
            profile="strict",
        ),
    ],
    good=[
        "import requests\nassert requests.get('https://acme-cloud.io/').ok",
        Good(
            "import requests, responses\n@responses.activate\n"
            "def test_a():\n    assert requests.get('https://acme-cloud.io/').ok",
            profile="strict",
        ),
        Good(
            "import requests\nfrom unittest import mock\n@mock.patch('requests.get')\n"
            "def test_a(get):\n    assert requests.get('https://acme-cloud.io/') is get()",
            profile="strict",
        ),
        Good("import httpx\nhttpx.get('https://example.org')", profile="strict"),
        Good("self.client.get('https://acme-cloud.io/')\nd.get('https://x.io')", profile="strict"),
    ],
)


@rule.on(ast.Module)
def visit(_module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    found = [
        (call, host)
        for call, host in _contacted(ctx)
        if clients.is_public(host)
        and not is_expected(ctx, call)
        and not clients.is_intercepted(ctx, call)
    ]
    if ctx.strict:
        for call, host in found:
            yield rule.finding(call, f"`{host}` is really contacted: nothing here intercepts it.")
    elif found:
        names, count = listed(host for _, host in found), counted(len(found), "call")
        sentence = f"{count} can reach public hosts, as nothing in the file intercepts: {names}."
        yield evidence(found[0][0], sentence)


def _contacted(ctx: Context) -> Iterator[tuple[ast.Call, str]]:
    """Every call that contacts a host, with the host where it is literal."""
    for call, place in clients.requests_made(ctx):
        if not (ctx.call_name(call) or "").endswith(".Request"):
            yield call, clients.host_of(place, ctx)[1]
    for call in ctx.calls(*_HOSTS):
        given = ctx.argument(call, 0, "host") or ctx.argument(call, None, "address")
        first = given.elts[:1] if isinstance(given, ast.Tuple) else [given]
        host = (ctx.text(first[0]) if first else None) or ""
        yield call, host.partition(":")[0] if "." in host else ""
