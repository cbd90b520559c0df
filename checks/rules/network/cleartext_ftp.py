"""FTP is used, which sends passwords and files unencrypted.

Everybody on the path to the server reads the password and can change the files. A test that
fetches what it then runs from such a server runs what somebody else put there.

A server on this machine or at a reserved name is not a finding, nor is an anonymous login at
a host that is not known. The `strict` profile reports every use, the import of `ftplib.FTP`
included.

Use `ftplib.FTP_TLS` (with `prot_p()`), SFTP or `https://`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, evidence
from checks.context import Context
from checks.rules.network import _cleartext as cleartext
from checks.rules.network import _clients as clients
from checks.rules.network._expected import is_expected

_PLAIN = ("ftplib.FTP", "aioftp.Client", "aioftp.Client.context")

rule = Rule(
    id="cleartext-ftp",
    words=("ftplib", "aioftp", "ftp://"),
    severity="medium",
    cwe=319,
    bad=[
        Bad("import ftplib\nclient = ftplib.FTP('ftp.acme-cloud.io')"),
        Bad(
            "from ftplib import FTP as Client\n"
            "def upload(host, password):\n"
            "    client = Client(host)  # <-\n"
            "    client.login('ci', password)\n"
            "    client.storbinary('STOR a', DATA)"
        ),
        Bad(
            "import ftplib as ftp\n"
            "def fetch(host, user, password):\n    return ftp.FTP(host, user, password)"
        ),
        Bad(
            "from urllib.request import urlopen as fetch\n"
            "archive = fetch('ftp://ftp.acme-cloud.io/a.tar')"
        ),
        Bad(
            "import os\nfrom ftplib import FTP\n"
            "ftp = FTP(os.environ['FTP_HOST'], 'ci', os.environ.get('FTP_PASSWORD'))"
        ),
        Bad(
            "import ftplib as f\n"
            "class TestMirror:\n"
            "    host = 'ftp.acme-cloud.io'\n"
            "    def test_list(self):\n"
            "        assert f.FTP(self.host).nlst()"
        ),
        Bad("import ftplib", profile="strict"),
        Bad("from ftplib import FTP_TLS, FTP as F", profile="strict"),
    ],
    good=[
        "import ftplib\nclient = ftplib.FTP('127.0.0.1', user, password)",
        "import ftplib\nclient = ftplib.FTP_TLS('ftp.acme-cloud.io', user, password)",
        "import ftplib\nclient = ftplib.FTP()\nclient.connect('localhost', PORT)",
        "import ftplib\nftplib.FTP.assert_called_once_with('ftp.acme-cloud.io')",
        "URL = 'ftp://ftp.acme-cloud.io/a.tar'\nassert parse(URL).scheme == 'ftp'",
        (
            "import ftplib\nfrom unittest import mock\n@mock.patch('app.mirror.ftplib.FTP')\n"
            "def test_a(ftp):\n    assert ftplib.FTP('ftp.acme-cloud.io') is ftp.return_value"
        ),
        "def test_a(ftplib):\n    ftplib.FTP('ftp.acme-cloud.io')",
        Good("URL = 'ftp://ftp.acme-cloud.io'\nself.FTP(URL)", profile="strict"),
    ],
)


@rule.on(ast.Import, ast.ImportFrom)
def visit_import(node: ast.Import | ast.ImportFrom, ctx: Context) -> Iterator[Outcome]:
    if isinstance(node, ast.ImportFrom):
        names = {alias.name for alias in node.names}
        is_plain = node.module == "ftplib" and not node.level and bool(names & {"FTP", "*"})
    else:
        is_plain = any(alias.name == "ftplib" for alias in node.names)
    if is_plain and ctx.strict:
        yield rule.finding(node, "FTP encrypts nothing.", severity="low")


@rule.on_call(*_PLAIN)
def visit_client(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if is_expected(ctx, call):
        return
    opened = cleartext.connected(call, ctx, ("connect",))
    public = cleartext.is_public_host(cleartext.host_of(call, ctx), opened, ctx)
    logins = cleartext.connected(call, ctx, ("login",))
    typed = (cleartext.reads_secret(each, ctx) for each in (call, *logins))
    secret = next(filter(None, typed), "")
    if public or (public is None and secret) or ctx.strict:
        sent = f"`{secret}` and the files" if secret else "The files"
        yield rule.finding(call, f"{sent} can be read on the way.")
    elif public is None and not clients.is_intercepted(ctx, call):
        yield evidence(call, "An FTP client is made; its host is not known here.")


@rule.on(ast.Module)
def visit_urls(_module: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for call, place in clients.requests_made(ctx):
        scheme, host, _ = clients.host_of(place, ctx)
        if scheme != "ftp" or not clients.is_public(host) or is_expected(ctx, call):
            continue
        if ctx.strict or not clients.is_intercepted(ctx, call):
            yield rule.finding(call, f"What comes from `{host}` can be changed on the way.")


rule.on_value(*_PLAIN)
