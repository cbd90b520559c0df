"""Serialised objects from outside the test are loaded with `pickle`.

Loading a pickle runs code that the pickle names. Bytes from a file that the test has
not written, from a response or from another program can be anybody's: whoever changes
them runs code on the developer's machine and on the build server.

Keep test data in a format that holds data only, such as JSON, or build the object in
the test and pickle it there.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.inputs._origins import origin
from checks.rules.inputs._sources import Origin

LIBRARIES = ("pickle", "cloudpickle", "dill")
LOADS = frozenset(f"{lib}.{name}" for lib in LIBRARIES for name in ("load", "loads", "Unpickler"))

rule = Rule(
    id="pickle-load",
    words=("pickle", "cPickle", "dill"),
    severity="medium",
    cwe=502,
    bad=[
        Bad(
            "import pickle\ndef test_a():\n    with open('data/golden.pkl', 'rb') as f:\n"
            "        golden = pickle.load(f)"
        ),
        Bad(
            "import cPickle as p\ndef test_a(client):\n    response = client.get('/state')\n"
            "    state = p.loads(response.content)"
        ),
        Bad("from pickle import Unpickler as U\nstate = U(open('state.pkl', 'rb')).load()"),
        Bad("import base64, dill, os\nstate = dill.loads(base64.b64decode(os.environ['STATE']))"),
    ],
    good=[
        "import pickle\ndef test_a(thing):\n    assert pickle.loads(pickle.dumps(thing)) == thing",
        (
            "import pickle\ndef test_a(tmp_path, thing):\n    path = tmp_path / 'a'\n"
            "    thing.save(path)\n    assert pickle.loads(path.read_bytes()) == thing"
        ),
        "import pickle\ndef test_old_format():\n    assert pickle.loads(b'I1\\n.') == 1",
        (
            "import json\ndef test_a():\n    with open('data/golden.json') as f:\n"
            "        golden = json.load(f)"
        ),
        "def test_a(pickle, response):\n    pickle.loads(response.content)",
    ],
)


@rule.on(ast.Call)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    name = ctx.name(call.func)
    if name not in LOADS or not call.args or _is_dumped_here(call, ctx):
        return
    data = origin(ctx, call.args[0])
    if data.origin is Origin.OUTSIDE:
        yield rule.finding(
            call, f"`{name}` can run any code, and what it loads comes from {data.source}."
        )
    elif ctx.strict and data.origin is Origin.UNKNOWN:
        yield rule.finding(
            call, f"`{name}` loads bytes whose origin this file does not show.", severity="low"
        )


def _is_dumped_here(call: ast.Call, ctx: Context) -> bool:
    """Whether the same function serialises something itself."""
    function = ctx.function(call)
    return function is not None and any(
        getattr(other.func, "attr", getattr(other.func, "id", "")) in {"dump", "dumps", "Pickler"}
        for other in ctx.nodes(ast.Call, inside=function)
    )
