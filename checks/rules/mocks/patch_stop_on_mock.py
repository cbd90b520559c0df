"""`stop` is taken from the mock, not from the patcher.

`patch(...).start()` gives the mock that now stands in the place of the real object; only the
patcher, the object before `.start()`, can put the real one back. A mock answers every
attribute, so `mock.stop` is just one more mock: registering or calling it stops nothing. The
replacement stays for as long as the patched object lives, a module for every later test, which
may then pass with a check (a policy, a signature, a permission) that is no longer there.

A fixture that is called `patch`, and a `stop` that the mock's own assertions are about, are
not findings.

Keep the patcher: `patcher = patch(...)`, `self.addCleanup(patcher.stop)`, then
`patcher.start()`. Where there is no patcher to name, register `mock.patch.stopall`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Outcome, Rule, replace
from checks.context import Context
from checks.model import Edit
from checks.restoration import Undone, stops_all_patches
from checks.rules._wording import dotted
from checks.rules.mocks._patchers import (
    PATCH,
    is_imported,
    is_mock,
    is_own,
    is_start,
    patches_of,
    replacement,
    started,
)
from checks.scopes import TEARDOWNS

_REGISTERS = """
addCleanup addAsyncCleanup addClassCleanup addModuleCleanup addfinalizer callback addTearDown
register
"""

rule = Rule(
    id="patch-stop-on-mock",
    words=("patch",),
    severity="medium",
    cwe=459,
    bad=[
        Bad(
            "import unittest\nfrom unittest import mock\n"
            "class TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        checker = mock.patch('app.policy.check').start()\n"
            "        self.addCleanup(checker.stop)",
            fixed="import unittest\nfrom unittest import mock\n"
            "class TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        checker = mock.patch('app.policy.check').start()\n"
            "        self.addCleanup(mock.patch.stopall)",
        ),
        Bad(
            "import unittest\nfrom unittest.mock import patch as replace\n"
            "class TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        patcher = replace('app.clock.now')\n"
            "        now = patcher.start()\n"
            "        self.addCleanup(now.stop)",
            fixed="import unittest\nfrom unittest.mock import patch as replace\n"
            "class TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        patcher = replace('app.clock.now')\n"
            "        now = patcher.start()\n"
            "        self.addCleanup(patcher.stop)",
        ),
        Bad(
            "import unittest\nfrom unittest.mock import patch\n"
            "class TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        self.send = patch.object(Mail, 'send').start()\n"
            "    def tearDown(self):\n        self.send.stop()",
            fixed="import unittest\nfrom unittest.mock import patch\n"
            "class TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        self.send = patch.object(Mail, 'send').start()\n"
            "    def tearDown(self):\n        patch.stopall()",
        ),
        Bad(
            "import mock\nclass TestA:\n    def setUp(self):\n"
            "        self.patcher = mock.patch('app.send')\n"
            "        self.send = self.patcher.start()\n"
            "    def tearDown(self):\n        self.send.stop()",
            fixed="import mock\nclass TestA:\n    def setUp(self):\n"
            "        self.patcher = mock.patch('app.send')\n"
            "        self.send = self.patcher.start()\n"
            "    def tearDown(self):\n        self.patcher.stop()",
        ),
        Bad(
            "from unittest import mock\ndef test_a():\n    patcher = mock.patch('app.send')\n"
            "    send = patcher.start()\n    try:\n        act()\n    finally:\n"
            "        send.stop()",
            fixed="from unittest import mock\ndef test_a():\n    patcher = mock.patch('app.send')\n"
            "    send = patcher.start()\n    try:\n        act()\n    finally:\n"
            "        patcher.stop()",
        ),
        Bad(
            "from unittest import mock\ndef test_a(request):\n"
            "    request.addfinalizer(mock.patch('app.send').start().stop)"
        ),
        Bad(
            "from unittest.mock import patch\nimport atexit\n"
            "send = patch('app.send').start()\natexit.register(lambda: send.stop())"
        ),
        Bad(
            "from unittest.mock import patch as p\ndef test_a():\n"
            "    mocks = [p('app.send').start(), p('app.log').start()]\n    act()\n"
            "    for each in mocks:\n        each.stop()"
        ),
    ],
    good=[
        "from unittest import mock\ndef test_a():\n    ps = [mock.patch('app.send')]\n"
        "    mocks = [p.start() for p in ps]\n    act(mocks)\n    for p in ps:\n"
        "        p.stop()",
        "from unittest import mock\ndef test_a(request):\n    patcher = mock.patch('app.send')\n"
        "    patcher.start()\n    request.addfinalizer(patcher.stop)",
        "from unittest import mock\nclass TestA:\n    def setUp(self):\n"
        "        self.send = mock.patch('app.send')\n        self.send.start()\n"
        "    def tearDown(self):\n        self.send.stop()",
        "from unittest import mock\ndef test_a(request):\n    p = mock.patch('app.Server')\n"
        "    server = p.start()\n    request.addfinalizer(p.stop)\n    run()\n"
        "    server.stop.assert_called_once_with()",
        "def test_a(patch):\n    server = patch('app.Server').start()\n    server.stop()",
    ],
)


@rule.on_method("stop")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if isinstance(ctx.parent(call), ast.Expr | ast.Lambda):
        yield from _outcome(call.func, ctx)


@rule.on_method(*_REGISTERS.split())
def visit_clean_up(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    if call.args and getattr(call.args[0], "attr", "") == "stop":
        yield from _outcome(call.args[0], ctx)


def _outcome(attribute: ast.expr, ctx: Context) -> Iterator[Outcome]:
    assert isinstance(attribute, ast.Attribute)
    mock = attribute.value
    starts = [mock] if is_start(mock, ctx) else started(ctx, mock)
    if not starts or not all(_gives_a_mock(ctx, start) for start in starts):
        return
    harmless = stops_all_patches(ctx, attribute) is Undone.YES
    ending = "`patch.stopall` puts it back all the same" if harmless else "the patch stays"
    yield rule.finding(
        attribute,
        f"`{ctx.segment(mock)}` is what `.start()` returned, a mock, so its `stop`"
        f" does nothing: {ending}.",
        severity="low" if harmless else None,
        edit=_edit(ctx, attribute, starts[-1]),
    )


def _gives_a_mock(ctx: Context, start: ast.Call) -> bool:
    """Whether the patch is told nothing else than a mock: another stand-in may have a ``stop``."""
    return all(
        ctx.name(patch.func) in {PATCH, f"{PATCH}.object"}
        and (replacement(ctx, patch) is None or is_mock(replacement(ctx, patch), ctx))
        and not ctx.keyword(patch, "new_callable")
        for patch in patches_of(ctx, start)
    )


def _edit(ctx: Context, attribute: ast.Attribute, start: ast.Call) -> Edit | None:
    """The patcher's own ``stop`` where it has a name here; a clean-up may stop all patches."""
    assert isinstance(start.func, ast.Attribute)
    patcher, here = start.func.value, ctx.function(attribute)
    if is_own(patcher):
        return replace(attribute, f"{ctx.segment(patcher)}.stop", safe=True)
    if isinstance(patcher, ast.Name) and here is ctx.function(start):
        return replace(attribute, f"{patcher.id}.stop", safe=True)
    registered = attribute in getattr(ctx.parent(attribute), "args", [])
    if registered or getattr(here, "name", "") in TEARDOWNS:
        return _stop_all(ctx, attribute, start)
    return None


def _stop_all(ctx: Context, attribute: ast.Attribute, start: ast.Call) -> Edit | None:
    """``patch.stopall``, spelled as the patch is, where that name is bound by an import."""
    patch = patches_of(ctx, start)[0]
    spelled = dotted(patch.func).removesuffix(".object")
    if not is_imported(ctx, spelled.partition(".")[0], attribute):
        return None
    return replace(attribute, f"{spelled}.stopall")
