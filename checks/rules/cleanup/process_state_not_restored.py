"""A setting of the whole process is changed and never put back.

The working directory, the umask, signal handlers, the locale, the default socket
timeout, `sys.path`, the standard streams, hooks and alarms, `logging.disable`, the time zone,
limits and tracing hold for every later test. A umask of 0 makes all later files writable for
everyone, a disabled log hides what a security test should see, a changed `sys.path` imports
other code.

Put it back where it is changed: `monkeypatch.chdir(path)`, `contextlib.chdir`,
`contextlib.redirect_stdout`, `mock.patch.object(sys, "path", [...])`, or
`self.addCleanup(os.umask, os.umask(0o077))` in one line.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.api import Bad, Good, Outcome, Rule, evidence
from checks.context import Context
from checks.model import Edit
from checks.restoration import Undone, bases_undo
from checks.rules.cleanup._restored import acts_in_tests, asks_for, called, is_restored, is_saved
from checks.rules.cleanup._rewrites import as_method, as_setattr


@dataclass(frozen=True)
class State:
    """A setting of the process: its name, what else sets it, and which calls guard it."""

    what: str
    undo: frozenset[str]
    guard: re.Pattern[str]


def _state(what: str, undo: str, guard: str) -> State:
    return State(what, frozenset(undo.split()), re.compile(f"(?i){guard}"))


FOLDER = _state("The working directory", "os.chdir os.fchdir", "chdir|cwd|isolat|pushd|work_?dir")
PATH = _state(
    "`sys.path`",
    "sys.path sys.path.remove sys.path.pop sys.path.clear",
    "sys_?path|isolat|import_?(state|context)|clean_?import",
)
CALLS = {
    "os.chdir": FOLDER,
    "os.fchdir": FOLDER,
    "os.umask": _state("The umask", "os.umask", "umask"),
    "signal.signal": _state("A signal handler", "signal.signal", "signal"),
    "locale.setlocale": _state("The locale", "locale.setlocale locale.resetlocale", "locale"),
    "socket.setdefaulttimeout": _state(
        "The default socket timeout", "socket.setdefaulttimeout", "timeout"
    ),
    "logging.disable": _state("`logging.disable`", "logging.disable", "logging|caplog"),
    "time.tzset": _state("The time zone", "time.tzset", "zone|tz"),
    **{
        name: _state(f"What `{name}` sets", f"{name} {more}", guard)
        for name, more, guard in (
            ("sys.setrecursionlimit", "", "recurs"),
            ("sys.setswitchinterval", "", "switch"),
            ("sys.settrace", "", "trac"),
            ("sys.setprofile", "", "profil"),
            ("resource.setrlimit", "", "rlimit|limit"),
            ("gc.disable", "gc.enable", "gc"),
            ("signal.alarm", "signal.setitimer", "alarm|timeout"),
            ("asyncio.set_event_loop_policy", "", "loop|policy"),
        )
    },
    **{f"sys.path.{name}": PATH for name in ("insert", "append", "extend")},
    **{
        f"sys.{hooks}.{name}": _state(
            f"`sys.{hooks}`", f"sys.{hooks} sys.{hooks}.remove sys.{hooks}.pop", "hook|import"
        )
        for hooks in ("meta_path", "path_hooks")
        for name in ("insert", "append", "extend")
    },
}
STREAMS = {
    f"sys.{name}": _state(f"`sys.{name}`", f"sys.{name}", f"capsys|captur|redirect|{name}")
    for name in ("stdout", "stderr", "stdin")
}
STORES = {
    **STREAMS,
    "sys.path": PATH,
    **{
        f"sys.{name}": _state(f"`sys.{name}`", f"sys.{name}", f"{name}|hook")
        for name in ("excepthook", "displayhook", "unraisablehook")
    },
}
GETTERS = frozenset(
    {
        "os.getcwd",
        "os.getcwdb",
        "pathlib.Path.cwd",
        "os.open",
        "signal.getsignal",
        "locale.getlocale",
        "locale.setlocale",
        "socket.getdefaulttimeout",
        "sys.getrecursionlimit",
        "sys.getswitchinterval",
        "sys.gettrace",
        "sys.getprofile",
        "resource.getrlimit",
        *CALLS,
    }
)
NEUTRAL = frozenset(
    {
        "logging.NOTSET",
        "signal.SIG_DFL",
        "signal.default_int_handler",
        *(f"sys.__{name}__" for name in ("stdout", "stderr", "stdin")),
    }
)
OTHERS_MAY_WRITE = 0o022

rule = Rule(
    id="process-state-not-restored",
    severity="low",
    cwe=459,
    bad=[
        Bad("import sys as s\ndef test_a():\n    s.excepthook = print  # <-\n    act()"),
        Bad("import sys\ndef test_a():\n    sys.meta_path.insert(0, Finder())  # <-\n    act()"),
        Bad("from signal import alarm\ndef test_a():\n    alarm(3)  # <-\n    act()"),
        Bad("import os\ndef test_a(tmp_path):\n    os.chdir(tmp_path)"),
        Bad("from os import umask as mask\ndef test_a():\n    mask(0o000)"),
        Bad(
            "import logging, unittest\nclass TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        logging.disable(logging.CRITICAL)"
        ),
        Bad("import io, sys\ndef test_a():\n    sys.stdout = io.StringIO()"),
        Bad(
            "import os\ndef test_a(monkeypatch, tmp_path):\n    os.chdir(tmp_path)",
            fixed="import os\ndef test_a(monkeypatch, tmp_path):\n    monkeypatch.chdir(tmp_path)",
        ),
        Bad(
            "import io, sys\ndef test_a(monkeypatch):\n    sys.stdout = io.StringIO()",
            fixed="import io, sys\ndef test_a(monkeypatch):\n"
            "    monkeypatch.setattr(sys, 'stdout', io.StringIO())",
        ),
        Bad("import signal\ndef test_a(stop):\n    signal.signal(signal.SIGTERM, stop)"),
        Bad("import sys\ndef test_a(tmp_path):\n    sys.path.insert(0, str(tmp_path))"),
        Bad("import sys\ndef test_a():\n    sys.setrecursionlimit(50)  # <-\n    act()"),
    ],
    good=[
        "import signal\ndef test_a():\n    signal.alarm(3)\n    act()\n    signal.alarm(0)",
        "import sys\ndef test_a(finder):\n    sys.meta_path.insert(0, finder)\n    try:\n"
        "        act()\n    finally:\n        sys.meta_path.remove(finder)",
        "import locale\ndef test_a():\n    locale.setlocale(locale.LC_ALL, '')",
        "import os\ndef test_a(monkeypatch, tmp_path):\n    monkeypatch.chdir(tmp_path)",
        Good(
            "import os\ndef test_a(tmp_path):\n    here = os.getcwd()\n    os.chdir(tmp_path)\n"
            "    act()\n    os.chdir(here)"
        ),
        Good(
            "import os, unittest\nclass TestA(unittest.TestCase):\n    def test_a(self):\n"
            "        self.addCleanup(os.umask, os.umask(0o077))"
        ),
        Good(
            "import logging, unittest\nclass TestA(unittest.TestCase):\n    def setUp(self):\n"
            "        logging.disable(logging.CRITICAL)\n    def tearDown(self):\n"
            "        logging.disable(logging.NOTSET)"
        ),
        Good(
            "import io, sys\ndef test_a():\n    sys.stdout = io.StringIO()\n    try:\n"
            "        act()\n    finally:\n        sys.stdout = sys.__stdout__"
        ),
        Good("import sys\nsys.path.insert(0, 'src')", path="tests/conftest.py"),
        "import os\ndef test_a(session):\n    session.chdir('/')\n    session.umask(0)",
        "import sys\ndef test_a():\n    limit = sys.getrecursionlimit()\n"
        "    sys.setrecursionlimit(50)\n    act()\n    sys.setrecursionlimit(limit)\n"
        "    sys.settrace(None)",
        "import locale\ndef test_a():\n    assert locale.setlocale(locale.LC_ALL)",
    ],
)


@rule.on_call(*CALLS)
def visit_call(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    name = ctx.call_name(call) or ""
    state = CALLS[name]
    if not call.args and name not in {"time.tzset", "gc.disable"}:
        return
    if name == "locale.setlocale" and _asks_or_resets(ctx, call):
        return
    if name == "signal.alarm" and (ctx.literal(call.args[0]) == 0 or _is_awaited(ctx, call)):
        return
    if any(_puts_back(ctx, a) for a in call.args) or _is_nested(ctx, call, name):
        return
    severity = "medium" if name == "os.umask" and _opens(ctx, call) else None
    yield from _outcome(ctx, call, state, severity, as_method(ctx, call, name))


@rule.on(ast.Module)
def visit_assigned(_: ast.Module, ctx: Context) -> Iterator[Outcome]:
    for assign, target in ctx.assigned(ast.Attribute):
        state = STORES.get(ctx.name(target) or "")
        if state and not _puts_back(ctx, assign.value):
            yield from _outcome(ctx, target, state, None, as_setattr(ctx, target))


def _is_awaited(ctx: Context, call: ast.Call) -> bool:
    """Whether the function says what the alarm does: it waits for it."""
    function = ctx.function(call)
    return function is not None and any(True for _ in ctx.calls("signal.signal", inside=function))


def _asks_or_resets(ctx: Context, call: ast.Call) -> bool:
    """Whether ``setlocale`` only asks, or sets the user's locale or the one of the start."""
    wanted = ctx.argument(call, 1, "locale")
    return wanted is None or ctx.literal(wanted) in {"", "C", None}


def _outcome(
    ctx: Context, node: ast.expr, state: State, severity: str | None, edit: Edit | None
) -> Iterator[Outcome]:
    if not acts_in_tests(ctx, node) or asks_for(ctx, node, state.guard):
        return

    def undoes(inner: ast.AST) -> bool:
        return _is_undoing(ctx, inner, state)

    def guards(call: ast.AST) -> bool:
        return _is_guard(ctx, call, state)

    if is_restored(ctx, node, undoes, guards):
        return
    if bases_undo(ctx, ctx.class_of(node), frozenset()) is Undone.UNKNOWN:
        yield evidence(
            node, f"{state.what} is changed here; a base class in another file may put it back."
        )
        return
    yield rule.finding(
        node,
        f"{state.what} stays changed for every test that runs later in this process.",
        severity=severity,
        edit=edit,
    )


def _is_guard(ctx: Context, call: ast.AST, state: State) -> bool:
    """Whether the end of *call* puts the setting back, or *call* replaces what sets it."""
    if state.guard.search(called(call)):
        return ctx.call_name(call) not in CALLS
    if not isinstance(call, ast.Call):
        return False
    owner = ctx.name(call.args[0]) if call.args else None
    targets = {ctx.text(a) for a in call.args[:2]} - {None}
    return any(t in state.undo or f"{owner}.{t}" in state.undo for t in targets)


def _is_undoing(ctx: Context, inner: ast.AST, state: State) -> bool:
    if not isinstance(inner, ast.Name | ast.Attribute):
        return False
    name = ctx.name(inner)
    if name not in state.undo:
        return False
    if name not in STORES:
        return True
    holder = ctx.parent(inner)
    item = isinstance(holder, ast.Subscript) and not isinstance(holder.ctx, ast.Load)
    return item or not isinstance(inner.ctx, ast.Load)


def _puts_back(ctx: Context, value: ast.expr) -> bool:
    """Whether a value is one from before: saved, asked for earlier, or the neutral one."""
    if is_saved(value) or ctx.name(value) in NEUTRAL or ctx.literal(value) is None:
        return True
    if isinstance(value, ast.Name):
        holders = (ctx.parent(binding) for binding in ctx.names.bindings(value))
        return any(ctx.call_name(getattr(h, "value", None)) in GETTERS for h in holders if h)
    return False


def _is_nested(ctx: Context, call: ast.Call, name: str) -> bool:
    """Whether the call's result goes at once into another: ``addCleanup(f, f(x))``, ``f(f(x))``."""
    return any(
        isinstance(outer, ast.Call)
        and (ctx.name(outer.func) == name or any(ctx.name(a) == name for a in outer.args))
        for outer in ctx.ancestors(call)
    )


def _opens(ctx: Context, call: ast.Call) -> bool:
    """Whether a umask lets group or others write."""
    mask = ctx.literal(call.args[0])
    return isinstance(mask, int) and mask & OTHERS_MAY_WRITE != OTHERS_MAY_WRITE
