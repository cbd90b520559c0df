"""Data from outside the test is executed as Python.

`exec` runs whatever statements it is given. When the text comes from a file, a
response, the environment or another program, whoever can write there runs code on the
developer's machine and on the build server, with all its credentials.

A literal, text that the test puts together itself, and a script of the repository are
not findings; the `strict` profile names every call, those as low.

Import the module instead (`importlib.import_module`, `runpy.run_path` for a script of
this repository), or read the data as data with `json.loads` or `tomllib.load`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.inputs._origins import origin
from checks.rules.inputs._sources import Origin

rule = Rule(
    id="exec",
    severity="high",
    cwe=95,
    bad=[
        Bad("import requests\ndef test_a(url):\n    exec(requests.get(url).text)"),
        Bad("from builtins import exec as run\nimport os\nrun(os.getenv('SETUP_CODE'))"),
        Bad(
            "def test_a(client):\n"
            "    response = client.get('/script')\n"
            "    exec(compile(response.text, 'script', 'exec'))"
        ),
        Bad("def run(code):\n    __builtins__.exec(code)", profile="strict"),
        Bad("import builtins as b\nb.exec('x = 1')", profile="strict"),
        Bad("def run(code, scope):\n    exec(code, scope)", profile="strict"),
        Bad("import threading as t\nt.Timer(1, exec, [code])", profile="strict"),
    ],
    good=[
        "def test_a():\n    scope = {}\n    exec('x = 1', scope)\n    assert scope['x'] == 1",
        "import textwrap\ndef test_a():\n    exec(textwrap.dedent('''\n        x = 1\n    '''))",
        "def test_a():\n    for name in ('json', 'csv'):\n        exec(f'import {name}')",
        "def test_a(tmp_path):\n    code = tmp_path / 'a.py'\n    exec(code.read_text())",
        (
            "class Pool:\n    def exec(self, text):\n        pass\ndef test_a(response):\n"
            "    Pool().exec(response.text)"
        ),
        Good("def test_a(pool, text):\n    pool.exec(text)", profile="strict"),
    ],
)


@rule.on_call("exec")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if not call.args:
        return
    data = origin(ctx, call.args[0])
    # Running a script of the repository is what a test of that script does.
    if data.origin is Origin.OUTSIDE and data.source != "a file":
        yield rule.finding(
            call,
            f"`exec` runs text that comes from {data.source}, not from this test.",
            severity=data.severity,
        )
    elif ctx.strict:
        yield rule.finding(
            call, "`exec` runs text as Python, which nobody reviews as code.", severity="low"
        )


@rule.on_method("exec")
def visit_builtins(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    """``__builtins__.exec``, which no import names."""
    if getattr(getattr(call.func, "value", None), "id", "") == "__builtins__":
        yield from visit(call, ctx)


rule.on_value("exec")
