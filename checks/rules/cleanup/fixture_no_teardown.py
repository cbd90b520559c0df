"""A fixture starts something and returns, so nothing ends it.

A fixture that returns has no place to clean up: the process, server, thread, patch, file
or socket it hands out lives until the run ends, once for every test that asks for it.
Later tests then meet servers, ports and files of earlier ones.

It is not a finding where the fixture registers `request.addfinalizer(...)`, or where
the thing is handed to something that may end it.

Use `yield` instead of `return`, and end the thing after it: `yield process`, then
`process.terminate()`; or `with open(path) as f:` around `yield f`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule
from checks.context import Context
from checks.rules.cleanup._held import yields
from checks.rules.cleanup._kinds import KIND_OF, leaving
from checks.rules.cleanup._started import STARTS, is_ended, started_in
from checks.rules.cleanup._wording import code, dotted
from checks.tree import Function

rule = Rule(
    id="fixture-no-teardown",
    severity="low",
    cwe=772,
    bad=[
        Bad(
            "import pytest\nfrom app import Service\n@pytest.fixture\ndef service():\n"
            "    made = Service()\n    made.start()  # <-\n    return made"
        ),
        Bad(
            "import pytest_asyncio\nfrom app import Client as C\n@pytest_asyncio.fixture\n"
            "async def client():\n    made = C('a')\n    await made.connect()  # <-\n"
            "    return made"
        ),
        Bad(
            "import pytest, subprocess\n@pytest.fixture\ndef service():\n"
            "    p = subprocess.Popen(['cat'])  # <-\n    return p"
        ),
        Bad(
            "from pytest import fixture as fx\n@fx(scope='module')\ndef log():\n"
            "    return open('a.log')"
        ),
        Bad(
            "import pytest, threading\nfrom http.server import HTTPServer\n@pytest.fixture\n"
            "def server(handler):\n    made = HTTPServer(('127.0.0.1', 0), handler)  # <-\n"
            "    threading.Thread(target=made.serve_forever, daemon=True).start()\n"
            "    return made"
        ),
        Bad(
            "import pytest, socket\n@pytest.fixture\ndef client(at):\n"
            "    return socket.create_connection(at)"
        ),
        Bad(
            "import pytest\nfrom unittest import mock\n@pytest.fixture\ndef clock():\n"
            "    patcher = mock.patch('app.clock.now')  # <-\n    patcher.start()\n"
            "    return patcher"
        ),
    ],
    good=[
        "import pytest\nfrom app import Service\n@pytest.fixture\ndef service(request):\n"
        "    made = Service()\n    made.start()\n    request.addfinalizer(made.stop)\n"
        "    return made",
        "import pytest\nfrom app import Service\n@pytest.fixture\ndef service(services):\n"
        "    made = Service()\n    made.start()\n    services.append(made)\n    return made",
        "import pytest, re\n@pytest.fixture\ndef place():\n    m = re.match('a', 'a')\n"
        "    return m.start()",
        "import pytest\nfrom unittest import mock\n@pytest.fixture\ndef service():\n"
        "    made = mock.Mock()\n    made.start()\n    return made",
        "import pytest\nfrom unittest import mock\n@pytest.fixture\ndef clock():\n"
        "    patcher = mock.patch('app.clock.now')\n    patcher.start()\n    yield patcher\n"
        "    patcher.stop()",
        "import pytest\nfrom unittest import mock\n@pytest.fixture\ndef clock():\n"
        "    return mock.patch('app.clock.now')",
        "import pytest, subprocess\n@pytest.fixture\ndef service():\n"
        "    p = subprocess.Popen(['cat'])\n    yield p\n    p.terminate()",
        "import pytest, subprocess\n@pytest.fixture\ndef service(request):\n"
        "    p = subprocess.Popen(['cat'])\n    request.addfinalizer(p.kill)\n    return p",
        "import pytest, subprocess\n@pytest.fixture\ndef service(request):\n"
        "    p = subprocess.Popen(['cat'])\n    def end():\n        p.kill()\n"
        "    request.addfinalizer(end)\n    return p",
        "import pytest\n@pytest.fixture\ndef log(tmp_path):\n    return tmp_path / 'a.log'",
        "import subprocess\ndef service():\n    return subprocess.Popen(['cat'])",
    ],
)


@rule.on_call(*KIND_OF)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    function = ctx.function(call)
    if function is None or ctx.scopes.fixture(function) is None:
        return
    if leaving(ctx, call, rule.id) is None or _finalizes(ctx, function):
        return
    what = KIND_OF[ctx.call_name(call) or ""].what
    yield rule.finding(
        call, f"The fixture `{function.name}` returns, so nothing ends or closes this {what}."
    )


@rule.on_method(*STARTS)
def visit_start(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    function = ctx.function(call)
    if function is None or ctx.scopes.fixture(function) is None or yields(ctx, function):
        return
    thing = started_in(ctx, call, function)
    if thing is None or is_ended(ctx, thing) or _finalizes(ctx, function):
        return
    what = code(dotted(thing))
    yield rule.finding(
        call, f"The fixture `{function.name}` returns, so nothing ends {what}, which it starts."
    )


def _finalizes(ctx: Context, function: Function) -> bool:
    return any(True for _ in ctx.method_calls("addfinalizer", inside=function))
