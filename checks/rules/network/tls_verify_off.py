"""TLS certificate verification is turned off.

With `verify=False` the client accepts any certificate, so anyone on the path can read and
change the traffic. A test that sends a real password this way gives it away, and cannot
notice a product that has stopped checking.

An expected argument (`get.assert_called_with(url, verify=False)`), a call of what the test has
patched, an object that may be no client, and a connector with a resolver of the test's own are
not findings; the `strict` profile reports a `verify=False` on any object that sounds like a
client.

Give the client your test CA instead: `verify="tests/ca.pem"`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, evidence, replace
from checks.context import Context
from checks.model import Edit
from checks.rules._origins import library_call, made_by
from checks.rules._wording import dotted
from checks.rules.network._clients import VERBS
from checks.rules.network._commands import unverified
from checks.rules.network._contexts import settings
from checks.rules.network._expected import is_expected
from checks.rules.network._options import (
    LIBRARIES,
    NONE_IS_OFF,
    VERIFYING,
    Option,
    given_to,
    imported,
    is_local,
    is_named_session,
    is_of,
    is_own,
    is_partial,
    is_session,
    options,
)

_LDAP_OFF = [["OPT_X_TLS_REQUIRE_CERT", f"OPT_X_TLS_{mode}"] for mode in ("NEVER", "ALLOW")]
_REQUESTS = frozenset({*VERBS, "request"})
# Options of libcurl.
_CURL = frozenset({"SSL_VERIFYPEER", "PROXY_SSL_VERIFYPEER"})
_OPPOSITES = {"False": "True", "True": "False"}

rule = Rule(
    id="tls-verify-off",
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
        Bad("import functools\nimport requests as r\nget = functools.partial(r.get, verify=False)"),
        Bad(
            "import pycurl\nc = pycurl.Curl()\nc.setopt(pycurl.SSL_VERIFYPEER, 0)",
            fixed="import pycurl\nc = pycurl.Curl()\nc.setopt(pycurl.SSL_VERIFYPEER, 1)",
        ),
        Bad("import subprocess as sp\nsp.run(['/usr/bin/curl', '-k', url])"),
        Bad("import subprocess as sp\nsp.check_call(['curl', '-fsSLk', '-o', 'out', url])"),
        Bad("from os import system\nsystem('git config --global http.sslVerify false')"),
        Bad("import kubernetes as k\nc = k.client.Configuration()\nc.verify_ssl = False"),
        Bad(
            "import ssl, requests.adapters as a\n"
            "class Adapter(a.HTTPAdapter):\n"
            "    def init_poolmanager(self, *args, **options):\n"
            "        options['cert_reqs'] = ssl.CERT_NONE  # <-\n"
            "        super().init_poolmanager(*args, **options)"
        ),
        Bad(
            "from requests import Session as Base\n"
            "class Client(Base):\n"
            "    def __init__(self):\n"
            "        super().__init__()\n"
            "        self.verify = False"
        ),
        Bad(
            "import ssl, websocket as ws\n"
            "ws.create_connection(URL, sslopt={'cert_reqs': ssl.CERT_NONE})"
        ),
        Bad("import redis as r\ncache = r.Redis(host=HOST, ssl=True, ssl_cert_reqs=None)"),
        Bad("import requests\ns = requests.Session()\nsetattr(s, 'verify', False)"),
        Bad("import ldap as l\nl.set_option(l.OPT_X_TLS_REQUIRE_CERT, l.OPT_X_TLS_NEVER)"),
        Bad("def page(client):\n    return client.get(url, verify=False)", profile="strict"),
        Bad("from urllib3 import PoolManager\npool = PoolManager(cert_reqs='CERT_NONE')"),
        Bad(
            "import requests\nOPTIONS = {'verify': False, 'timeout': 3}  # <-\n"
            "def test_a():\n    requests.get('https://api.corp', **OPTIONS)"
        ),
        Bad(
            "import requests as r\ndef test_a():\n    options = dict(verify=False)  # <-\n"
            "    r.post('https://api.corp', **options)"
        ),
        Bad(
            "import aiohttp\nasync def test_a():\n    async with aiohttp.ClientSession() as s:\n"
            "        await s.get('https://a.corp', ssl=False)  # <-\n"
            "    async with Other() as s:\n        await s.get('https://a.corp', ssl=False)"
        ),
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
        "import requests\nrequests.get(url, verify='ca.pem')\nself.verify(x, verify=False)",
        "import requests\nexpected = {'verify': False}\nassert sent == expected\n"
        "form(**expected)\nmake = dict(verify=False)",
        "def page(client):\n    return client.get(url, verify=False)",
        "run.assert_called_once_with(['curl', '-k', url])\nself.run(['sort', '-k', 'curl.txt'])",
        "import requests\nrequests.get.assert_called_once_with(url, verify=False)",
        (
            "import requests\nfrom unittest import mock\n@mock.patch.object(requests, 'get')\n"
            "def test_a(get):\n    assert requests.get('/', verify=False) is get()"
        ),
        (
            "from unittest import mock\nimport requests\ndef test_a():\n"
            "    with mock.patch('requests.Session.send') as send:\n"
            "        requests.post('/', verify=False)\n    assert send.called"
        ),
        "import requests\ndef test_a(requests):\n    requests.get('/', verify=False)",
        "import aiohttp\nc = aiohttp.TCPConnector(resolver=Fixed('127.0.0.1'), ssl=False)",
        "client.connect(ssl=False)\nform.verify = False\njwt.decode(token, verify=False)",
    ],
)


@rule.on(ast.Module)
def visit_options(_module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    if not (ctx.strict or LIBRARIES & imported(ctx)):
        return
    for option in options(ctx, VERIFYING):
        libraries, off = VERIFYING[option.name]
        if off == "CERT_NONE" and option.name == "ssl_cert_reqs" and _is_none(option.value):
            libraries = NONE_IS_OFF
        elif not _is(option.value, off, ctx):
            continue
        if not is_expected(ctx, option.node):
            yield from _option(option, libraries, off, ctx)


def _option(option: Option, libraries: frozenset[str], off: str, ctx: Context) -> Iterator[Outcome]:
    """An option that switches verification off, if one of the calls that get it verifies."""
    for call in given_to(ctx, option):
        known = (
            is_of(ctx, call, libraries)
            or is_partial(call, libraries, ctx)
            or is_session(call.func, libraries, ctx)
        )
        if not (known or (ctx.strict and getattr(call.func, "attr", "") in _REQUESTS)):
            continue
        side = ctx.keyword(call, "server_side")
        if is_expected(ctx, call) or (side and ctx.is_true(side.value)):
            return  # A server asks its clients for no certificate.
        shown = f"`{option.name}={off}`"
        if ctx.keyword(call, "resolver") and not ctx.strict:
            sentence = f"{shown}: any certificate is accepted of the hosts that the "
            yield evidence(option.node, f"{sentence}test's own resolver names.")
            return
        local = is_local(call, ctx)
        yield rule.finding(
            option.node,
            f"{shown} makes this client accept any certificate"
            + (", if only from this machine." if local else "."),
            edit=_edit(option.value, off, ctx),
            severity="low" if local or not known else None,
        )
        return


@rule.on_method("setopt")
def visit_curl(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    option = call.args[0] if len(call.args) == 2 else None
    name = option.attr if isinstance(option, ast.Attribute) else ""
    if name in _CURL and ctx.literal(call.args[1]) in (0, False) and not is_expected(ctx, call):
        why = f"`{name}` is switched off: any certificate is accepted."
        yield rule.finding(call, why, edit=replace(call.args[1], "1"))


@rule.on(ast.Module)
def visit_commands(_module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for word, program, local in unverified(ctx):
        why = f"`{program}` is told to accept any certificate."
        yield rule.finding(word, why, severity="low" if local else None)


@rule.on(ast.Module)
def visit_settings(_module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for setting in settings(ctx, "verify", "verify_ssl"):
        holder, libraries = setting.holder, VERIFYING[setting.name][0]
        if not ctx.is_false(setting.value):
            continue
        made = made_by(ctx, holder)
        known = (
            (made is not None and library_call(ctx, made, libraries) is not None)
            or is_own(ctx, holder, libraries)
            or is_named_session(holder, libraries, ctx)
        )
        if known and not is_expected(ctx, setting.node):
            shown = f"{dotted(holder)}.{setting.name} = False"
            why = f"`{shown}` makes all its requests accept any certificate."
            yield rule.finding(setting.node, why, edit=_edit(setting.value, "False", ctx))


@rule.on_method("set_option")
def visit_ldap(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    given = [(ctx.name(argument) or "").rpartition(".")[2] for argument in call.args]
    if given in _LDAP_OFF and not is_expected(ctx, call):
        yield rule.finding(call, f"With `{given[1]}` any certificate of the directory is accepted.")


def _is(value: ast.expr, off: str, ctx: Context) -> bool:
    if off not in _OPPOSITES:
        text = (ctx.text(value) or ctx.name(value) or "").rpartition(".")[2]
        return text.upper() in {"CERT_NONE", "NONE"} if off == "CERT_NONE" else text == off
    return ctx.is_false(value) if off == "False" else ctx.is_true(value)


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _edit(value: ast.expr, off: str, ctx: Context) -> Edit | None:
    if off in _OPPOSITES:
        return replace(value, _OPPOSITES[off])
    text = ctx.segment(value)
    return replace(value, text.replace("NONE", "REQUIRED")) if text.endswith("CERT_NONE") else None
