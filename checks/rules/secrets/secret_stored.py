"""A credential from the environment is written to a file or a cookie in clear.

A file that a test writes stays in the workspace, in a cache or among the artifacts of the
build, where more people can read it than the secret store. A made-up value that stands in the
test is not a finding, nor is a variable that the test sets itself.

Hand the value over in memory (an argument, the environment of the process that needs it),
or let the test write a made-up one.
"""

import ast
import re
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules._origins import made_by
from checks.rules.secrets._credentials import called
from checks.rules.secrets._environment import secrets_read
from checks.rules.secrets._sinks import consumer, prints_into_file

_WRITES = frozenset(
    [
        *("write_text", "write_bytes", "set_cookie", "set_signed_cookie", "dump", "safe_dump"),
        *("writerow", "writerows"),
    ]
)
_STREAMS = frozenset({"write", "writelines"})
_OPENERS = frozenset(
    {"open", "fdopen", "NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile"}
)
_FILE = re.compile(r"(\w+_)?(f|fp|fh|fd|file|fobj|handle|tmp|temp|out|outfile|output)\d?")

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
        Bad(
            "import os, yaml\n"
            "TOKEN = os.environ['NPM_TOKEN']\n"
            "def save(path):\n"
            "    with open(path, 'w') as out:\n"
            "        yaml.safe_dump({'token': TOKEN}, out)"
        ),
        Bad(
            "import os\ndef save():\n    with open('token', 'w') as created:\n"
            "        created.write(os.environ['NPM_TOKEN'])"
        ),
        Bad("import os\ndef save(file):\n    print(os.environ['NPM_TOKEN'], file=file)"),
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
        if call and call not in told and _keeps(call, ctx):
            told.add(call)
            yield rule.finding(call, f"This call keeps the real value of `{name}` in clear.")


def _keeps(call: ast.Call, ctx: Context) -> bool:
    if ctx.call_name(call) == "print":
        return prints_into_file(call, ctx)
    if ctx.call_name(call) == "os.write":
        return bool(call.args) and _is_opened(call.args[0], ctx)
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    if called(call) in _STREAMS:
        return receiver is not None and _is_file(receiver, ctx)
    return called(call) in _WRITES


def _is_file(receiver: ast.expr, ctx: Context) -> bool:
    """Whether what is written to is a file, by what made it, or else by its name."""
    if made_by(ctx, receiver):
        return _is_opened(receiver, ctx)
    name = str(getattr(receiver, "attr", "") or getattr(receiver, "id", ""))
    return bool(_FILE.fullmatch(name))


def _is_opened(file: ast.expr, ctx: Context) -> bool:
    made = made_by(ctx, file)
    return made is not None and called(made) in _OPENERS
