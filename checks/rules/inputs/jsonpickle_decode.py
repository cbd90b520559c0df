"""Objects from outside the test are rebuilt with `jsonpickle`.

The JSON that `jsonpickle` reads names classes and how to build them, so decoding it
runs code that the text chooses. Text from a file that the test has not written, from a
response or from another program can be anybody's.

What the same test has encoded, literal text, and a file in the test's own temporary
folder are not findings; the `strict` profile names every call, those as low.

Read plain data with `json.loads(text)`, and build the objects from it in the test.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.inputs._loading import loaded, of_bytes

DECODES = (
    *(f"jsonpickle.{name}" for name in ("decode", "loads", "Unpickler")),
    *(f"jsonpickle.unpickler.{name}" for name in ("decode", "loads", "Unpickler")),
)

rule = Rule(
    id="jsonpickle-decode",
    severity="medium",
    cwe=502,
    bad=[
        Bad(
            "import jsonpickle\ndef test_a(client):\n    response = client.get('/state')\n"
            "    state = jsonpickle.decode(response.text)"
        ),
        Bad("import jsonpickle as jp, os\nstate = jp.loads(os.environ['STATE'])"),
        Bad(
            "from jsonpickle.unpickler import decode as build\ndef test_a():\n"
            "    with open('golden.json') as f:\n        build(f.read())"
        ),
        Bad("import jsonpickle\njsonpickle.unpickler.Unpickler()", profile="strict"),
        Bad("import jsonpickle as j\nj.decode('1')", profile="strict"),
        Bad("from jsonpickle import decode as d\nlist(map(d, rows))", profile="strict"),
    ],
    good=[
        "import jsonpickle as j\ndef test_a(thing):\n    assert j.decode(j.encode(thing)) == thing",
        "import jsonpickle\ndef test_a():\n    assert jsonpickle.decode('[1]') == [1]",
        "import json\ndef test_a(response):\n    assert json.loads(response.text) == [1]",
        "def test_a(jsonpickle, response):\n    jsonpickle.decode(response.text)",
        Good("import jsonpickle\ntext = jsonpickle.encode(1)", profile="strict"),
    ],
)


@rule.on_call(*DECODES)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    yield from loaded(rule, ctx, call, of_bytes(ctx, call, "string"))


rule.on_value(*DECODES)
