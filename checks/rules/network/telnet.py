"""Telnet is used, which encrypts nothing.

What is typed into a Telnet session, the password first of all, can be read and changed by
everybody on the path. Python 3.13 removed `telnetlib`.

A session with a server on this machine or at a reserved name is not a finding; where the host
is not known and no password is seen, it is evidence. The `strict` profile reports every use,
the import included.

Use SSH (`paramiko`, `asyncssh`), or a server on this machine that the test starts itself.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, evidence
from checks.context import Context
from checks.rules.network import _cleartext as cleartext
from checks.rules.network._clients import is_intercepted
from checks.rules.network._expected import is_expected

_MODULES = frozenset({"telnetlib", "telnetlib3"})
_CLIENTS = ("telnetlib.Telnet", "telnetlib3.open_connection")

rule = Rule(
    id="telnet",
    severity="medium",
    cwe=319,
    bad=[
        Bad("import telnetlib\nclient = telnetlib.Telnet('console.acme-cloud.io', 23)"),
        Bad(
            "import telnetlib as t\n"
            "def login(host, password):\n"
            "    client = t.Telnet(host)  # <-\n"
            "    client.read_until(b'Password: ')\n"
            "    client.write(password.encode() + b'\\n')"
        ),
        Bad(
            "from telnetlib import Telnet as Client\n"
            "def console():\n"
            "    client = Client()  # <-\n"
            "    client.open('console.acme-cloud.io')\n"
            "    return client"
        ),
        Bad("import telnetlib3", profile="strict"),
        Bad("from telnetlib import Telnet as T", profile="strict"),
        Bad("import importlib\nt = importlib.import_module('telnetlib')", profile="strict"),
    ],
    good=[
        "import telnetlib\nclient = telnetlib.Telnet('127.0.0.1', port)",
        "import telnetlib\nclient = telnetlib.Telnet('console.example.com')",
        "import telnetlib\ntelnetlib.Telnet.assert_called_once_with('console.acme-cloud.io')",
        (
            "import telnetlib\nfrom unittest import mock\n@mock.patch('telnetlib.Telnet')\n"
            "def test_a(telnet):\n    assert telnetlib.Telnet('console.acme-cloud.io').open()"
        ),
        "def test_a(telnetlib):\n    telnetlib.Telnet('console.acme-cloud.io')",
        Good("name = 'telnetlib'\nself.Telnet('acme-cloud.io')", profile="strict"),
    ],
)


@rule.on(ast.Import, ast.ImportFrom)
def visit_import(node: ast.Import | ast.ImportFrom, ctx: Context) -> Iterator[Outcome]:
    modules = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        modules = [node.module or ""] if not node.level else []
    if ctx.strict and any(module.partition(".")[0] in _MODULES for module in modules):
        yield rule.finding(node, "Telnet encrypts nothing.", severity="low")


@rule.on_call("importlib.import_module", "__import__", "importlib.__import__")
def visit_dynamic(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if ctx.strict and ctx.text(ctx.argument(call, 0, "name")) in _MODULES:
        yield rule.finding(call, "Telnet encrypts nothing.", severity="low")


@rule.on_call(*_CLIENTS)
def visit_client(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if is_expected(ctx, call):
        return
    opened = cleartext.connected(call, ctx, ("open",))
    public = cleartext.is_public_host(cleartext.host_of(call, ctx), opened, ctx)
    typed = (cleartext.reads_secret(c, ctx) for c in cleartext.connected(call, ctx, ("write",)))
    secret = next(filter(None, typed), "")
    if public or (public is None and secret) or ctx.strict:
        sent = f"`{secret}` and everything else" if secret else "Everything"
        yield rule.finding(call, f"{sent} in this session can be read on the way.")
    elif public is None and not is_intercepted(ctx, call):
        yield evidence(call, "A Telnet session is opened; its host is not known here.")


rule.on_value(*_CLIENTS)
