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

VERBS = ("delete", "get", "head", "options", "patch", "post", "put", "request")
CALLS = frozenset(f"{library}.{verb}" for library in ("requests", "httpx") for verb in VERBS)

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
    ],
    good=[
        "import requests\nrequests.get(url, verify='ca.pem')",
        "self.verify(x, verify=False)",
    ],
)


@rule.on(ast.Call)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    verify = ctx.keyword(call, "verify")
    if verify and ctx.name(call.func) in CALLS and ctx.is_false(verify.value):
        yield rule.finding(
            verify,
            "`verify=False` makes this request accept any certificate.",
            edit=replace(verify.value, "True"),
        )
