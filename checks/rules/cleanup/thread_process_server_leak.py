"""A process, thread or server is started and never ended.

What goes on after the test uses the machine and the data of the next one: a server answers
requests that are not meant for it, a thread writes into files of later tests, a process
outlives the whole run. A process that nobody waits for also hides its exit status, and with
it the failure the test should see.

It is not a finding where something waits for it or ends it on any path, where a
clean-up or tear-down does, where it is handed on, and for daemon threads; a helper that
starts it for its callers is reported in the `strict` profile alone.

Use `with subprocess.Popen(...) as process:`, `subprocess.run(...)`, `thread.join()`, or
`self.addCleanup(server.shutdown)`; in a fixture, end it after the `yield`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, evidence
from checks.context import Context
from checks.restoration import Undone, bases_undo
from checks.rules.cleanup._held import Left
from checks.rules.cleanup._kinds import KIND_OF, KINDS, leaving
from checks.scopes import SETUPS

rule = Rule(
    id="thread-process-server-leak",
    severity="low",
    cwe=772,
    bad=[
        Bad(
            "import socketserver as s\ndef test_a():\n"
            "    server = s.TCPServer(('127.0.0.1', 0), H)  # <-\n    server.handle_request()"
        ),
        Bad(
            "import asyncio\nasync def test_a():\n"
            "    server = await asyncio.start_server(act, '127.0.0.1', 0)  # <-\n"
            "    assert server.sockets"
        ),
        Bad("import subprocess\ndef test_a():\n    subprocess.Popen(['sleep', '9'])"),
        Bad(
            "from subprocess import Popen as P\ndef test_a():\n    p = P(['cat'])  # <-\n"
            "    assert p.stdout"
        ),
        Bad("import threading\ndef test_a():\n    threading.Thread(target=act).start()"),
        Bad(
            "import threading\ndef test_a():\n    t = threading.Thread(target=act)  # <-\n"
            "    t.start()\n    assert done()"
        ),
        Bad(
            "import multiprocessing as mp\ndef test_a():\n    p = mp.Process(target=act)  # <-\n"
            "    p.start()"
        ),
        Bad(
            "import threading\nfrom http.server import HTTPServer, SimpleHTTPRequestHandler\n"
            "def test_a():\n"
            "    server = HTTPServer(('127.0.0.1', 0), SimpleHTTPRequestHandler)  # <-\n"
            "    threading.Thread(target=server.serve_forever, daemon=True).start()\n    act()"
        ),
        Bad(
            "from concurrent.futures import ThreadPoolExecutor as Pool\ndef test_a():\n"
            "    pool = Pool(2)  # <-\n    assert pool.submit(act).result()"
        ),
        Bad(
            "import pytest, subprocess\n@pytest.fixture\ndef service():\n"
            "    p = subprocess.Popen(['cat'])  # <-\n    yield p"
        ),
    ],
    good=[
        "from http.server import HTTPServer\ndef test_a():\n"
        "    server = HTTPServer(('127.0.0.1', 0), H)\n    server.serve_forever()",
        "import asyncio\nasync def test_a():\n"
        "    server = await asyncio.start_server(act, '127.0.0.1', 0)\n    async with server:\n"
        "        assert server.sockets",
        "import subprocess\ndef test_a():\n    p = subprocess.Popen(['cat'])\n"
        "    assert p.wait() == 0",
        "import subprocess\ndef test_a():\n    with subprocess.Popen(['cat']) as p:\n"
        "        act(p)",
        "import threading\ndef test_a():\n    t = threading.Thread(target=act)\n    t.start()\n"
        "    t.join()",
        "import threading\ndef test_a():\n    threads = [threading.Thread(target=act)]\n"
        "    for t in threads:\n        t.start()\n    for t in threads:\n        t.join()",
        "import threading\ndef test_a():\n    threading.Thread(target=act, daemon=True).start()",
        "import threading\ndef test_a():\n    t = threading.Thread(target=act)\n    assert t.name",
        "import pytest, subprocess\n@pytest.fixture\ndef service():\n"
        "    p = subprocess.Popen(['cat'])\n    yield p\n    p.kill()",
        "from unittest import mock\nimport subprocess\n@mock.patch('subprocess.Popen')\n"
        "def test_a(popen):\n    p = subprocess.Popen(['cat'])",
        "from http.server import HTTPServer\ndef serve(handler):\n"
        "    server = HTTPServer(('127.0.0.1', 0), handler)\n    server.serve_forever()",
        "def test_a(subprocess):\n    subprocess.Popen(['cat'])",
        "import subprocess\ndef start_service():\n    subprocess.Popen(['cat'])",
    ],
)


@rule.on_call(*(maker for kind in KINDS if kind.runs for maker in kind.makers))
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    how = leaving(ctx, call, rule.id)
    if how is None:
        return
    what = KIND_OF[ctx.call_name(call) or ""].what
    unknown = bases_undo(ctx, ctx.class_of(call), frozenset()) is Undone.UNKNOWN
    if how is Left.ON_SELF and unknown:
        yield evidence(call, f"A base class in another file ends this {what}, if anybody does.")
    elif not (ctx.strict or _is_in_a_test(ctx, call)):
        yield evidence(call, f"A helper starts this {what} and leaves ending it to its callers.")
    else:
        yield rule.finding(
            call, f"Nothing waits for this {what} or ends it: it goes on while other tests run."
        )


def _is_in_a_test(ctx: Context, call: ast.Call) -> bool:
    """Whether a test, a set-up or a fixture makes the call, not a helper for its callers."""
    return any(
        ctx.scopes.is_test(function) or ctx.scopes.fixture(function) or function.name in SETUPS
        for function in ctx.scopes.functions(call)
    )
