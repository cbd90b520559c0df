"""Data from outside the test is evaluated as Python.

`eval` runs whatever expression it is given. When the text comes from a file, a
response, the environment or another program, whoever can write there runs code on the
developer's machine and on the build server, with all its credentials.

A literal, what `repr` gives, and what the test's own functions are called with are not
findings; the `strict` profile names every call, those as low.

Read the data as data: `ast.literal_eval(text)` for Python literals, `json.loads(text)`
for JSON.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.inputs._origins import origin
from checks.rules.inputs._sources import Origin

rule = Rule(
    id="eval",
    severity="high",
    cwe=95,
    bad=[
        Bad(
            "def test_a(client):\n"
            "    response = client.get('/numbers')\n"
            "    assert eval(response.text) == [1, 2]"
        ),
        Bad("import builtins as b, pathlib\nlimit = b.eval(pathlib.Path('limit').read_text())"),
        Bad("import os\nlimit = eval(os.environ['LIMIT'])"),
        Bad(
            "import subprocess\n"
            "def test_version():\n"
            "    output = subprocess.check_output(['tool', 'version'])\n"
            "    version = eval(output.decode().strip())"
        ),
        Bad("from builtins import eval as ev\nassert ev('1 + 1') == 2", profile="strict"),
        Bad("def run(text):\n    return __builtins__.eval(text, {})", profile="strict"),
        Bad("values = list(map(eval, texts))", profile="strict"),
    ],
    good=[
        "def test_repr():\n    thing = Thing(1)\n    assert eval(repr(thing)) == thing",
        "class TestA:\n    add = 'self.add'\n    def test_add(self):\n        eval(self.add)(1)",
        "import ast\ndef test_a(response):\n    assert ast.literal_eval(response.text) == [1]",
        "def check(action):\n    eval('api.' + action)()\ndef test_a():\n    check('start')",
        "def test_a(model, frame):\n    model.eval()\n    frame.eval('a > 1')",
        Good("def test_a(model, frame):\n    frame.eval('a > 1')", profile="strict"),
    ],
)


@rule.on_call("eval")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if not call.args:
        return
    data = origin(ctx, call.args[0])
    if data.origin is Origin.OUTSIDE:
        yield rule.finding(
            call,
            f"`eval` runs text that comes from {data.source}, not from this test.",
            severity=data.severity,
        )
    elif ctx.strict:
        yield rule.finding(
            call, "`eval` runs text as Python; data is read without that.", severity="low"
        )


@rule.on_method("eval")
def visit_builtins(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    """``__builtins__.eval``, which no import names."""
    if getattr(getattr(call.func, "value", None), "id", "") == "__builtins__":
        yield from visit(call, ctx)


rule.on_value("eval")
