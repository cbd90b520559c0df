"""A set-up acquires something that no tear-down gives back.

A set-up runs before every test of the class, so what it leaves open adds up: processes,
servers, threads, files and sockets, one for each test. Later tests meet what earlier
ones left, and fail or pass by their order.

It is not a finding where the class, or a base of it in the same file, ends the thing
anywhere, registers a clean-up for it or hands it on. Where a base stands in another
file, which may do it, the place is only shown as evidence.

Register the end at once, after the line that acquires it:
`self.addCleanup(self.server.shutdown)`; or end it in `tearDown`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, evidence
from checks.context import Context
from checks.restoration import Undone, bases_undo
from checks.rules.cleanup._kinds import KIND_OF, KINDS, PATCHER, leaving
from checks.rules.cleanup._started import STARTS, is_ended, started_in
from checks.rules.cleanup._wording import code, dotted
from checks.rules.mocks._patchers import is_own
from checks.scopes import SETUPS

rule = Rule(
    id="setup-without-teardown",
    severity="low",
    cwe=772,
    bad=[
        Bad(
            "import tempfile, unittest\nclass TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        self.folder = tempfile.TemporaryDirectory()  # <-\n"
            "class TestB(unittest.TestCase):\n    def tearDown(self):\n"
            "        self.folder.cleanup()"
        ),
        Bad(
            "import unittest\nfrom app import Service as S\nclass TestA(unittest.TestCase):\n"
            "    def setUp(self):\n        self.service = S()\n"
            "        self.service.start()  # <-\n"
            "    def tearDown(self):\n        self.other.stop()"
        ),
        Bad(
            "import subprocess, unittest\nclass TestA(unittest.TestCase):\n"
            "    def setUp(self):\n        self.p = subprocess.Popen(['cat'])"
        ),
        Bad(
            "import socket as s\nclass TestA:\n    def setup_method(self):\n"
            "        self.client = s.create_connection(('127.0.0.1', 80))"
        ),
        Bad(
            "import unittest\nclass TestA(unittest.TestCase):\n    @classmethod\n"
            "    def setUpClass(cls):\n        cls.log = open('a.log')  # <-\n"
            "    def test_a(self):\n        self.assertTrue(self.log.read())\n"
            "    def tearDown(self):\n        act()"
        ),
        Bad(
            "import tempfile, unittest\nclass TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        self.folder = tempfile.TemporaryDirectory()"
        ),
    ],
    good=[
        "import unittest\nfrom app import Service\nclass TestA(unittest.TestCase):\n"
        "    def setUp(self):\n        self.service = Service()\n        self.service.start()\n"
        "        self.addCleanup(self.service.stop)",
        "import unittest\nfrom app import Service\nclass TestA(unittest.TestCase):\n"
        "    def setUp(self):\n        self.service = Service()\n        self.service.start()\n"
        "    def tearDown(self):\n        end(self.service)",
        "import unittest\nfrom unittest import mock\nclass TestA(unittest.TestCase):\n"
        "    def setUp(self):\n        self.service = mock.Mock()\n        self.service.start()",
        "import tempfile, unittest\nclass TestA(unittest.TestCase):\n    def setUp(self):\n"
        "        self.folder = tempfile.TemporaryDirectory()\n"
        "        self.addCleanup(self.folder.cleanup)",
        "import subprocess, unittest\nclass TestA(unittest.TestCase):\n    def setUp(self):\n"
        "        self.p = subprocess.Popen(['cat'])\n        self.addCleanup(self.p.kill)",
        "import unittest\nclass TestA(unittest.TestCase):\n    def setUp(self):\n"
        "        self.log = open('a.log')\n    def tearDown(self):\n        self.log.close()",
        "import unittest\nclass Base(unittest.TestCase):\n    def tearDown(self):\n"
        "        self.log.close()\nclass TestA(Base):\n    def setUp(self):\n"
        "        self.log = open('a.log')",
        "from app.tests import Base\nclass TestA(Base):\n    def setUp(self):\n"
        "        self.log = open('a.log')",
        "import unittest\nclass TestA(unittest.TestCase):\n    def setUp(self):\n"
        "        self.open = 'a.log'",
    ],
)


@rule.on_call(*(maker for kind in KINDS if kind is not PATCHER for maker in kind.makers))
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    how = leaving(ctx, call, rule.id)
    if how is None:
        return
    what = KIND_OF[ctx.call_name(call) or ""].what
    if bases_undo(ctx, ctx.class_of(call), frozenset()) is Undone.UNKNOWN:
        yield evidence(call, f"A base class in another file ends this {what}, if anybody does.")
    else:
        yield rule.finding(
            call, f"This {what} is acquired for each test, and nothing in the class gives it back."
        )


@rule.on_method(*STARTS)
def visit_start(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    function = ctx.function(call)
    if function is None or function.name not in SETUPS or ctx.class_of(call) is None:
        return
    thing = started_in(ctx, call, function)
    if thing is None or not is_own(thing) or is_ended(ctx, thing):
        return
    what = code(dotted(thing))
    if bases_undo(ctx, ctx.class_of(call), frozenset()) is Undone.UNKNOWN:
        yield evidence(call, f"A base class in another file ends {what}, if anybody does.")
    else:
        yield rule.finding(call, f"{what} is started for each test, and nothing here ends it.")
