"""A socket is opened and never closed.

A socket that stays open keeps its port and its peer waiting: later tests fail with
"address in use" or speak to the server of an earlier test, and the runner ends with
warnings that hide the leaks of the code under test.

It is not a finding where the socket is closed on any path, where `addCleanup(s.close)`
or a tear-down closes it, or where it is handed on: returned, stored or passed to a call.

Use a block that ends with it: `with socket.create_connection(address) as s:`, or
register `self.addCleanup(s.close)` at once.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, evidence
from checks.context import Context
from checks.restoration import Undone, bases_undo
from checks.rules.cleanup._held import Left
from checks.rules.cleanup._kinds import SOCKET, leaving

rule = Rule(
    id="socket-close",
    severity="low",
    cwe=772,
    bad=[
        Bad(
            "import socket\ndef test_a():\n    s = socket.socket()  # <-\n"
            "    s.connect(('127.0.0.1', 80))"
        ),
        Bad("from socket import create_connection as c\ndef test_a(at):\n    c(at)"),
        Bad("import socket\ndef test_a(at):\n    socket.create_connection(at).sendall(b'a')"),
        Bad(
            "import socket as s\ndef test_a():\n    a, b = s.socketpair()  # <-\n"
            "    a.send(b'a')\n    assert b.recv(1) == b'a'"
        ),
    ],
    good=[
        "import socket\ndef test_a(at):\n    with socket.create_connection(at) as s:\n"
        "        s.sendall(b'a')",
        "import socket, unittest\nclass TestA(unittest.TestCase):\n    def setUp(self):\n"
        "        self.s = socket.socket()\n        self.addCleanup(self.s.close)",
        "import socket\ndef free_port():\n    s = socket.socket()\n    s.bind(('127.0.0.1', 0))\n"
        "    port = s.getsockname()[1]\n    s.close()\n    return port",
        "import socket\nfrom app import Client\ndef test_a():\n    s = socket.socket()\n"
        "    client = Client(s)",
        "def test_a(socket):\n    s = socket.socket()\n    s.connect(1)",
    ],
)


@rule.on_call(*SOCKET.makers)
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    how = leaving(ctx, call, rule.id)
    if how is None:
        return
    unknown = bases_undo(ctx, ctx.class_of(call), frozenset()) is Undone.UNKNOWN
    if how is Left.ON_SELF and unknown:
        yield evidence(call, "A base class in another file closes this socket, if anybody does.")
    elif how is Left.DROPPED:
        yield rule.finding(call, "Nobody holds this socket, so nobody can close it.")
    else:
        yield rule.finding(call, "Nothing closes this socket, whether the test passes or fails.")
