"""A patch is started and never stopped.

`patch(...).start()` replaces the object for the whole process until somebody stops it. A
patch that nobody stops leaks into every later test: they run against the stand-in, pass or
fail by their order, and no longer notice when the real code, a permission check perhaps, is
broken.

A stop, a clean-up or `stopall` in the function, its class or its module is enough. A base
class in another file may stop the patch; then it is evidence.

Register the stop before the start, so that it runs even if the set-up fails:
`patcher = patch(...)`, `self.addCleanup(patcher.stop)`, `patcher.start()`. With Python
3.11 and newer, `self.enterContext(patch(...))` does it all; in pytest, use `monkeypatch`
or a `with` block around the fixture's `yield`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.restoration import Undone
from checks.rules.mocks._patchers import is_patch, is_start
from checks.rules.mocks._rewriting import entering
from checks.rules.mocks._stopped import is_stopped

rule = Rule(
    id="patch-not-stopped",
    words=("patch",),
    severity="medium",
    cwe=459,
    bad=[
        Bad(
            "import unittest\nfrom unittest import mock\n"
            "class TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        self.send = mock.patch('app.mail.send').start()",
            fixed="import unittest\nfrom unittest import mock\n"
            "class TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        self.send = self.enterContext(mock.patch('app.mail.send'))",
        ),
        Bad(
            "from unittest import TestCase as Case\nfrom unittest.mock import patch\n"
            "class TestA(Case):\n    @classmethod\n    def setUpClass(cls):\n"
            "        cls.send = patch('app.mail.send').start()",
            fixed="from unittest import TestCase as Case\nfrom unittest.mock import patch\n"
            "class TestA(Case):\n    @classmethod\n    def setUpClass(cls):\n"
            "        cls.send = cls.enterClassContext(patch('app.mail.send'))",
        ),
        Bad(
            "import unittest\nfrom unittest.mock import patch as replace\n"
            "class TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        patcher = replace('app.mail.send')\n"
            "        self.send = patcher.start()  # <-\n"
            "    def tearDown(self):\n        other.stop()"
        ),
        Bad("import mock, mail\ndef test_a():\n    mock.patch.object(mail.Mail, 'send').start()"),
        Bad(
            "import pytest\nfrom unittest import mock\n@pytest.fixture\ndef send():\n"
            "    yield mock.patch('app.mail.send').start()"
        ),
        Bad(
            "from unittest import mock\ndef test_a():\n"
            "    patchers = [mock.patch('app.mail.send'), mock.patch('app.mail.log')]\n"
            "    for each in patchers:\n        each.start()  # <-\n    act()"
        ),
    ],
    good=[
        "import unittest\nfrom unittest import mock\nclass TestA(unittest.TestCase):\n"
        "    def setUp(self):\n        patcher = mock.patch('app.mail.send')\n"
        "        patcher.start()\n        self.addCleanup(patcher.stop)",
        "import unittest\nfrom unittest import mock\nclass TestA(unittest.TestCase):\n"
        "    def setUp(self):\n        mock.patch('app.mail.send').start()\n"
        "    def tearDown(self):\n        mock.patch.stopall()",
        "from oslotest import base\nfrom unittest import mock\nclass TestA(base.BaseTestCase):\n"
        "    def setUp(self):\n        mock.patch('app.mail.send').start()",
        "from elsewhere import OurCase\nfrom unittest import mock\nclass TestA(OurCase):\n"
        "    def setUp(self):\n        mock.patch('app.mail.send').start()",
        "import pytest\nfrom unittest import mock\n@pytest.fixture\ndef send():\n"
        "    patcher = mock.patch('app.mail.send')\n    yield patcher.start()\n"
        "    patcher.stop()",
        "def test_a(patch):\n    patch('/users/1').start()",
        "from unittest import mock\nclass TestA:\n    def setUp(self):\n"
        "        self.patchers = [mock.patch(name) for name in NAMES]\n"
        "        for each in self.patchers:\n            each.start()\n"
        "    def tearDown(self):\n        for each in self.patchers:\n            each.stop()",
        "from unittest import mock\nclass TestA:\n    def setUp(self):\n        self.app = make()\n"
        "        mock.patch.object(self.app, 'send').start()",
        "from unittest import mock\ndef test_a():\n    mock.patch('app.mail.send').start()\n"
        "    act()\n    mock.patch.stopall()",
        Good(
            "from unittest import mock\ndef start_all(patchers):\n    for each in patchers:\n"
            "        each.start()\ndef started(name):\n    return mock.patch(name).start()"
        ),
    ],
)


@rule.on_method("start")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if is_start(call, ctx) and is_stopped(ctx, call) is Undone.NO:
        patch = call.func.value if isinstance(call.func, ast.Attribute) else None
        yield rule.finding(
            call,
            "Nothing in this function, its class or its module stops this patch.",
            edit=entering(call, patch, ctx) if is_patch(patch, ctx) else None,
        )
