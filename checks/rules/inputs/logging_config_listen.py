"""Anyone on this machine can send the logging configuration, and with it code.

`logging.config.listen` opens a port and evaluates parts of what it is sent. Every
account on the developer's machine or the build server can connect to it while the test
runs. A `verify` function that checks a signature closes this, and is not a finding.

Hand the configuration over directly with `logging.config.dictConfig(settings)`, or give
`listen` a check: `logging.config.listen(port, verify=check)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context

rule = Rule(
    id="logging-config-listen",
    severity="medium",
    cwe=94,
    bad=[
        Bad("import logging.config\ndef test_a(addCleanup):\n    t = logging.config.listen(9999)"),
        Bad("from logging import config as c\nt = c.listen(port=0)"),
        Bad("from logging.config import listen as wait\nt = wait(0, None)"),
    ],
    good=[
        "import logging.config\ndef test_a(check):\n    logging.config.listen(0, verify=check)",
        "from logging import config\nconfig.dictConfig({'version': 1})",
        "def test_a(logging, port):\n    logging.config.listen(port)",
        Good("from logging.config import listen\nlisten(0, lambda text: None)", profile="strict"),
    ],
)


@rule.on_call("logging.config.listen")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if any(keyword.arg is None for keyword in call.keywords):
        return
    verify = ctx.argument(call, 1, "verify")
    if verify is None or ctx.literal(verify) is None:
        yield rule.finding(
            call, "The port takes a logging configuration from anyone, with no check of its sender."
        )
