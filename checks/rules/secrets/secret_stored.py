"""A credential from the environment is written to a file or a cookie in clear.

A file that a test writes stays in the workspace, in a cache or among the artifacts of the
build, where more people can read it than the secret store. A made-up value that stands in the
test is not a finding, nor is a variable that the test sets itself.

Hand the value over in memory (an argument, the environment of the process that needs it),
or let the test write a made-up one.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.secrets._credentials import called
from checks.rules.secrets._sinks import consumer, prints, secrets_read

_WRITES = frozenset({"write", "write_text", "write_bytes", "writelines", "set_cookie", "dump"})

rule = Rule(
    id="secret-stored",
    severity="medium",
    cwe=312,
    bad=[
        Bad(
            "import os\ndef test_cli(tmp_path):\n"
            "    (tmp_path / 'config').write_text('token=' + os.environ['API_TOKEN'])"
        ),
        Bad(
            "from os import environ as env\nimport json\n"
            "def save(path):\n"
            "    with open(path, 'w') as file:\n"
            "        json.dump({'password': env['DB_PASSWORD']}, file)"
        ),
        Bad(
            "import os\ndef test_cookie(response):\n"
            "    key = os.getenv('SERVICE_API_KEY')\n"
            "    response.set_cookie('key', key)"
        ),
    ],
    good=[
        "def test_cli(tmp_path):\n    (tmp_path / 'config').write_text('token=swordfish')",
        "import os\ndef save(path):\n    path.write_text(os.environ['TOKEN_NAME'])",
        "import os\ndef test_env(monkeypatch, tmp_path):\n"
        "    monkeypatch.setenv('API_TOKEN', 'x')\n"
        "    (tmp_path / 'config').write_text(os.environ['API_TOKEN'])",
    ],
)


@rule.on(ast.Module)
def visit(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    told = set()
    for node, name in ctx.once(secrets_read):
        call = consumer(node, ctx)
        if call and call not in told and called(call) in _WRITES and not prints(call, ctx):
            told.add(call)
            yield rule.finding(call, f"This call keeps the real value of `{name}` in clear.")
