"""What the tests give back, and where they check that something is gone."""

import ast
import re
from collections import Counter
from collections.abc import Iterator

from checks.api import Fact, evidence
from checks.context import Context
from checks.rules.cleanup._expectations import expected_exceptions, expected_statuses
from checks.rules.cleanup._restored import called
from checks.rules.cleanup._wording import code, counted, dotted, listing, times, where
from checks.scopes import TEARDOWNS
from checks.tree import FUNCTIONS, Function

_REGISTERS = frozenset(
    {"addCleanup", "addAsyncCleanup", "addClassCleanup", "addModuleCleanup", "addfinalizer"}
)
_ENTERS = frozenset({"enterContext", "enterClassContext", "enter_context", "enter_async_context"})
_NO_RESOURCE = frozenset({"assertRaises", "assertRaisesRegex", "raises", "subTest", "nullcontext"})
_OF_ONE = frozenset({"assertTrue", "assertFalse", "assertIsNone", "assertIsNotNone"})
_FEW = 2
_MESSAGE = 200  # characters: longer texts are data, not messages
_GONE_NAME = re.compile(r"assert.*(clean|gone|delet|remov|detach|leak|not_?in_|unlinked)")
_GONE_ERROR = re.compile(r"NotFound|DoesNotExist|NoSuch|UnknownInstance")
_GONE_TEST = re.compile(r"clean_?up|roll_?back|tear_?down|leak|orphan")
# Of lower case: it is looked for in every string of a file.
_GONE_TEXT = re.compile(
    r"leak(?<!\wleak)|clean(ed)? ?up|not (deleted|removed|cleaned)|orphan|left over"
)


def registered(ctx: Context) -> Iterator[Fact]:
    """``addCleanup`` and its kin; fixtures entered with ``useFixture`` or ``enterContext``."""
    cleanups = [call for call in ctx.method_calls(*_REGISTERS) if call.args]
    used = list(ctx.method_calls(*_ENTERS, "useFixture"))
    if cleanups:
        what = listing(dotted(call.args[0]) for call in cleanups)
        yield evidence(
            cleanups[0],
            f"{counted(len(cleanups), 'clean-up is', 'clean-ups are')} registered"
            + (f" ({what})" if what else "")
            + f"{where(ctx, cleanups)}.",
        )
    if used:
        what = listing((dotted(call.args[0]) if call.args else "") for call in used)
        yield evidence(
            used[0],
            f"{counted(len(used), 'fixture is', 'fixtures are')} undone by the test case"
            + (f" ({what})" if what else "")
            + f"{where(ctx, used)}.",
        )


def torn_down(ctx: Context) -> Iterator[Fact]:
    """Tear-down methods, the code behind a fixture's ``yield``, ``finally`` blocks."""
    tear_downs = [f for f in ctx.nodes(*FUNCTIONS) if f.name in TEARDOWNS]
    for function in tear_downs[:_FEW]:
        yield evidence(
            function,
            f"{code(function.name)} gives back in {counted(len(function.body), 'statement')}"
            + _more(tear_downs, "tear-down")
            + ".",
        )
    pausing = dict.fromkeys(ctx.function(pause) for pause in ctx.nodes(ast.Yield))
    behind = [(f, rest) for f in pausing if f and (rest := _behind_yield(ctx, f))]
    for function, rest in behind[:_FEW]:
        yield evidence(
            rest[0],
            f"Behind its `yield`, the fixture {code(function.name)} gives back"
            + _more(behind, "such fixture")
            + ".",
            last=rest[-1],
        )
    final = [t.finalbody for t in ctx.nodes(ast.Try, ast.TryStar) if t.finalbody]
    if final:
        yield evidence(
            final[0][0],
            f"{counted(len(final), '`finally` block gives', '`finally` blocks give')} back"
            f"{where(ctx, [body[0] for body in final])}.",
            last=final[0][-1],
        )


def _more(found: list[Function] | list[tuple[Function, list[ast.stmt]]], thing: str) -> str:
    return f" ({counted(len(found), thing)} in this file)" if len(found) > _FEW else ""


def _behind_yield(ctx: Context, function: Function) -> list[ast.stmt]:
    """The statements behind the ``yield`` of a fixture or context manager, in its own block."""
    managed = ctx.scopes.fixture(function) or any(
        "contextmanager" in called(d) for d in function.decorator_list
    )
    if not managed:
        return []
    for pause in ctx.nodes(ast.Yield, inside=function):
        statement = ctx.statement(pause)
        block = getattr(ctx.parent(statement), "body", [])
        if ctx.function(pause) is function and statement in block:
            return list(block[block.index(statement) + 1 :])
    return []


def managed(ctx: Context) -> Iterator[Fact]:
    """``with`` blocks by what they manage, and what the test runner gives and takes back."""
    items = [
        item.context_expr
        for block in ctx.nodes(ast.With, ast.AsyncWith)
        for item in block.items
        if called(item.context_expr) not in _NO_RESOURCE
    ]
    if items:
        yield evidence(
            items[0],
            _ended(len(items)) + f": {listing(dotted(item) for item in items)}.",
        )
    given = [
        argument
        for function in ctx.nodes(*FUNCTIONS)
        for argument in function.args.args
        if argument.arg in {"monkeypatch", "tmp_path", "tmpdir", "mocker", "tmp_path_factory"}
    ]
    if given:
        yield evidence(
            given[0],
            "Put back by the test runner after each test: "
            f"{listing(argument.arg for argument in given)}.",
        )


def _ended(number: int) -> str:
    if number == 1:
        return "1 `with` block ends what it begins"
    return f"{number} `with` blocks end what they begin, the first here"


def gone(ctx: Context) -> Iterator[Fact]:
    """The places that check that something is gone: one fact a kind, the telling ones named."""
    yield from _named_checks(ctx)
    yield from _named_tests(ctx)
    absent = [(node, status) for node, status in expected_statuses(ctx) if status == 404]
    for node, _ in absent[:_FEW]:
        asked = _path(ctx, node)
        subject = f"The request for {code(asked)}" if asked else "The request"
        more = f" ({len(absent)} such checks in this file)" if len(absent) > _FEW else ""
        yield evidence(node, f"{subject} must answer 404: it is gone, or never was{more}.")
    raised = [(call, e) for call, e in expected_exceptions(ctx) if _GONE_ERROR.search(e)]
    if raised:
        calls = [call for call, _ in raised]
        yield evidence(
            calls[0],
            f"What is asked for must not be found ({listing(error for _, error in raised)})"
            f"{where(ctx, calls)}.",
        )
    yield from _told(ctx)


def _told(ctx: Context) -> Iterator[Fact]:
    """The first assertion whose message speaks of what is left over."""
    if not _GONE_TEXT.search("\n".join(ctx.strings).lower()):
        return
    for message in ctx.strings_where(
        lambda text: len(text) < _MESSAGE and _GONE_TEXT.search(text.lower())
    ):
        check = _assertion(ctx, message)
        if check is not None:
            yield evidence(check, f"A check tells what is left over: {code(str(message.value))}.")
            return


def _named_checks(ctx: Context) -> Iterator[Fact]:
    """Helpers whose name says that they check a clean-up, with how often they are called."""
    helpers = [f for f in ctx.nodes(*FUNCTIONS) if _GONE_NAME.search(f.name.lower())]
    names = [function.name for function in helpers]
    uses = Counter(called(call) for call in ctx.method_calls(*names))
    uses.update(
        name.id
        for name in (ctx.nodes(ast.Name) if names else ())
        if name.id in names and isinstance(ctx.parent(name), ast.Call)
    )
    for function in [f for f in helpers if uses[f.name]][: _FEW + 1]:
        yield evidence(
            function,
            f"{code(function.name)} checks what must be gone; it is called "
            f"{times(uses[function.name])}.",
        )


def _named_tests(ctx: Context) -> Iterator[Fact]:
    """The tests whose name says that they are about a clean-up or rollback, in one fact."""
    tests = [
        function
        for function in ctx.nodes(*FUNCTIONS)
        if _GONE_TEST.search(function.name.lower()) and ctx.scopes.is_test(function)
    ]
    if tests:
        yield evidence(
            tests[0],
            f"{counted(len(tests), 'test is', 'tests are')} about a clean-up or rollback "
            f"({listing(test.name for test in tests)}){where(ctx, tests)}.",
        )


def _path(ctx: Context, node: ast.AST) -> str:
    """The path of a request: the first string in an expression that looks like one."""
    for constant in ctx.nodes(ast.Constant, inside=node):
        if isinstance(constant.value, str) and constant.value.startswith("/"):
            return constant.value
    return ""


def _assertion(ctx: Context, message: ast.AST) -> ast.expr | ast.stmt | None:
    """The assertion that *message* is (part of) the message of: its last argument."""
    for outer in ctx.ancestors(message):
        if isinstance(outer, ast.Call) and called(outer).startswith("assert"):
            first = 1 if called(outer) in _OF_ONE else 2
            told = [*outer.args[first:], *(k.value for k in outer.keywords if k.arg == "msg")]
            return outer if any(ctx.tree.contains(part, message) for part in told) else None
        if isinstance(outer, ast.Assert):
            told_here = outer.msg is not None and ctx.tree.contains(outer.msg, message)
            return outer if told_here else None
        if isinstance(outer, ast.stmt):
            return None
    return None
