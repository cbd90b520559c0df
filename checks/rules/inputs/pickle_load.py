"""Serialised objects from outside the test are loaded with `pickle`.

Loading a pickle runs code that the pickle names. Bytes from a file that the test has
not written, from a response or from another program can be anybody's: whoever changes
them runs code on the developer's machine and on the build server.

What the same test has pickled, literal bytes, and a file in the test's own temporary
folder are not findings; the `strict` profile names every call, those as low.

Keep test data in a format that holds data only, such as JSON, or build the object in
the test and pickle it there.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.inputs._loading import loaded, of_bytes

LIBRARIES = ("pickle", "cloudpickle", "cloudpickle.cloudpickle")
LOADS = tuple(f"{lib}.{name}" for lib in LIBRARIES for name in ("load", "loads", "Unpickler"))

rule = Rule(
    id="pickle-load",
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
        Bad(
            "from pickle import Unpickler as U\ndef test_a():\n"
            "    with open('state.pkl', 'rb') as f:\n        state = U(f).load()"
        ),
        Bad("import base64, os, pickle\nstate = pickle.loads(os.environb[b'STATE'])"),
        Bad("from six.moves import cPickle\ncPickle.loads(b'I1\\n.')", profile="strict"),
        Bad("import pickle as p\nassert p.loads(p.dumps(1)) == 1", profile="strict"),
        Bad(
            "import pickle as p\ndef read(row, load=p.loads):  # <-\n    return load(row)",
            profile="strict",
        ),
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
        Good("import pickle\nraw = pickle.dumps(1)", profile="strict"),
    ],
)


@rule.on_call(*LOADS)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if call.args or call.keywords:
        yield from loaded(rule, ctx, call, of_bytes(ctx, call, "file", "data"))


rule.on_value(*LOADS)
