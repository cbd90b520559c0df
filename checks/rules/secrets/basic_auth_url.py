"""An address carries a user's name and password.

`https://user:password@host` opens the account for everybody who reads the code, and libraries
print the whole address in errors and logs. Placeholders (`user:pass@`), hosts of this machine
and reserved names (`example.com`) are not findings. The `strict` profile reports passwords
that are plain words too, as low.

Change the password, then hand it over apart from the address, read from the environment:
`auth=("robot", os.environ["CI_PASSWORD"])`.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule, evidence
from checks.context import Context
from checks.rules._wording import listed
from checks.rules.secrets._credentials import is_only_told
from checks.rules.secrets._literals import as_text
from checks.rules.secrets._tokens import token_in
from checks.values import Url, is_placeholder, is_reserved_host, urls

# Connection strings of databases and brokers have a rule of their own.
_SCHEMES = frozenset(
    [
        *("http", "https", "ftp", "ftps", "sftp", "ssh", "scp", "git", "svn", "hg", "ws", "wss"),
        *(
            "smtp",
            "smtps",
            "imap",
            "imaps",
            "pop3",
            "pop3s",
            "ldap",
            "ldaps",
            "smb",
            "rtsp",
            "socks5",
            "dav",
            "davs",
        ),
    ]
)
_AUTHORITY = re.compile(r"://[^\s/'\"@:]*:[^\s/'\"@]+@")
_OPEN = re.compile(r"[{}<>%$*]|^(x+|\.+|password|passwd|pass|secret|token)$", re.IGNORECASE)

rule = Rule(
    id="basic-auth-url",
    severity="medium",
    cwe=798,
    words=("://",),
    bad=[
        Bad("URL = 'https://robot:gvt8Rzq-w3@ci.payments.corp/queue'"),
        Bad(
            "from requests import get as fetch\n"
            "fetch('https://robot:vK4wPz9-dQ2' '@ci.payments.corp/queue')"
        ),
        Bad("clone(f'git+https://robot:gvt8Rzq-w3@code.payments.corp/{name}.git')"),
        Bad("def test_bind():\n    bind(b'ldaps://robot:gvt8Rzq-w3@ldap.payments.corp')"),
        Bad(
            "import requests\ndef test_a():\n"
            "    assert requests.get('https://robot:gvt8Rzq-w3@ci.payments.corp').ok"
        ),
        Bad("URL = 'https://ann:swordfish@ci.payments.corp/'", profile="strict"),
    ],
    good=[
        "URL = 'https://user:password@ci.payments.corp/'",
        "URL = 'https://robot:gvt8Rzq-w3@example.com/queue'\nLOCAL = 'ftp://a:gvt8Rzq-w3@127.0.0.1'",
        "assert clean('https://robot:gvt8Rzq-w3@ci.payments.corp') == 'https://ci.payments.corp'",
        "URL = 'https://ci.payments.corp:8443/@robot'\nMAIL = 'mailto://ann@payments.corp'",
        Good("URL = f'https://{user}:{password}@ci.payments.corp/'", profile="strict"),
        Good("HELP = 'https://<user>:<password>@ci.payments.corp/'", profile="strict"),
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    texts: list[str | bytes] = [text for text in ctx.strings if _has_authority(text)]
    texts += [octets for octets in ctx.octets if _has_authority(as_text(octets))]
    for node in ctx.indices.under(texts, ctx.strings, ctx.octets):
        yield from _outcomes(node, as_text(node.value), ctx)


def _has_authority(text: str) -> bool:
    return "@" in text and bool(_AUTHORITY.search(text))


def _outcomes(node: ast.Constant, text: str, ctx: Context) -> Iterator[Outcome]:
    for url in urls(text):
        scheme = url.scheme.rpartition("+")[2]
        if scheme not in _SCHEMES or not url.password or token_in(text):
            continue
        if _is_live(url):
            if is_only_told(ctx, node) or isinstance(ctx.parent(node), ast.Expr):
                sentence = f"An address with a password for {listed([url.host])} is only compared."
                yield evidence(node, sentence, secret=node)
            else:
                reason = f"This address carries the password for {listed([url.host])}."
                yield rule.finding(node, reason, secret=node)
            return
        if ctx.strict and not _OPEN.search(url.password):
            reason = f"This address carries a password for {listed([url.host])}."
            yield rule.finding(node, reason, severity="low", secret=node)
            return


def _is_live(url: Url) -> bool:
    return not is_placeholder(url.password, (url.user,)) and not is_reserved_host(url.host)
