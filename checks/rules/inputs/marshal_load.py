"""Data from outside the test is loaded with `marshal`.

`marshal` is made for Python's own compiled files. Its data may be code objects, and
broken or hostile data crashes the interpreter or worse. Bytes from a file that the test
has not written, from a response or from another program can be anybody's.

What the same test has written, literal bytes, and a file in the test's own temporary
folder are not findings; the `strict` profile names every call, those as low.

Keep test data in a format that holds data only, such as JSON.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.inputs._loading import loaded, of_bytes

rule = Rule(
    id="marshal-load",
    severity="medium",
    cwe=502,
    bad=[
        Bad(
            "import marshal\ndef test_a():\n    with open('golden.bin', 'rb') as f:\n"
            "        golden = marshal.load(f)"
        ),
        Bad(
            "import marshal as m\ndef test_a(client):\n    response = client.get('/state')\n"
            "    state = m.loads(response.content)"
        ),
        Bad("from marshal import loads\nimport os\nloads(os.environb[b'STATE'])"),
        Bad("from marshal import loads as read\nread(b'N')", profile="strict"),
        Bad("import marshal as m\nREADERS = [m.loads]", profile="strict"),
    ],
    good=[
        "import marshal\ndef test_a(v):\n    assert marshal.loads(marshal.dumps(v)) == v",
        "import marshal\ndef test_a():\n    assert marshal.loads(b'N') is None",
        "from fields import marshal\ndef test_a(response):\n    marshal.load(response.content)",
        "def test_a(marshal, response):\n    marshal.loads(response.content)",
        Good("import marshal\nraw = marshal.dumps(1)", profile="strict"),
    ],
)


@rule.on_call("marshal.load", "marshal.loads")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if call.args or call.keywords:
        yield from loaded(
            rule, ctx, call, of_bytes(ctx, call, "file"), danger="trusts the bytes it is given"
        )


rule.on_value("marshal.load", "marshal.loads")
