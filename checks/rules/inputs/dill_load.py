"""Serialised objects from outside the test are loaded with `dill`.

`dill` goes further than `pickle`: what it loads may bring functions, classes and whole
sessions along, and loading runs code that the data names. Bytes from a file that the
test has not written, from a response or from another program can be anybody's.

What the same test has serialised, literal bytes, and a file in the test's own temporary
folder are not findings; the `strict` profile names every call, those as low.

Keep test data in a format that holds data only, such as JSON, or build the object in
the test and serialise it there.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.inputs._loading import loaded, of_bytes, of_path

SESSIONS = ("load_session", "load_module", "load_module_asdict")

rule = Rule(
    id="dill-load",
    severity="medium",
    cwe=502,
    bad=[
        Bad("import base64, dill, os\nstate = dill.loads(base64.b64decode(os.environ['STATE']))"),
        Bad(
            "import dill as d\ndef test_a():\n    with open('data/golden.dill', 'rb') as f:\n"
            "        golden = d.load(f)"
        ),
        Bad("from dill import load_session as restore\nrestore('data/session.pkl')"),
        Bad(
            "from dill import Unpickler\ndef test_a(client):\n    reply = client.get('/')\n"
            "    Unpickler(reply.content).load()"
        ),
        Bad("import dill\nassert dill.loads(dill.dumps(1)) == 1", profile="strict"),
        Bad("import dill as d\nread(factory=d.loads)", profile="strict"),
    ],
    good=[
        "import dill\ndef test_a(thing):\n    assert dill.loads(dill.dumps(thing)) == thing",
        (
            "import dill\ndef test_a(tmp_path):\n    dill.dump_session(tmp_path / 's')\n"
            "    dill.load_session(tmp_path / 's')"
        ),
        "def test_a(dill, response):\n    dill.loads(response.content)",
        Good("import dill\nraw = dill.dumps(1)", profile="strict"),
    ],
)


@rule.on_call("dill.load", "dill.loads", "dill.Unpickler")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if call.args or call.keywords:
        yield from loaded(rule, ctx, call, of_bytes(ctx, call, "file", "str"))


@rule.on_call(*(f"dill.{name}" for name in SESSIONS))
def visit_session(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    data = of_path(ctx, call, ctx.argument(call, 0, "filename"))
    yield from loaded(rule, ctx, call, data)


rule.on_value("dill.load", "dill.loads", "dill.Unpickler")
