"""What a reviewer would cite about failures: simulated, expected, and what is checked after."""

import ast
import re
from collections import Counter
from collections.abc import Iterator

from checks.api import Fact, evidence
from checks.context import Context
from checks.rules._wording import counted, listed
from checks.rules.errors._failures import Failure, failures
from checks.rules.errors._security import NEGATIVE
from checks.tree import FUNCTIONS, Function

_CITED = 6
_CHECK = re.compile(r"_*(assert|verify|check|ensure|expect|wait_for|fail)|.*_assert")
_CLEAN_UP = re.compile(
    r"(?i)roll_?back|revert|clean|delet|destroy|remov|not_in|notin|gone|releas|restor|leak|orphan"
    r"|deallocat|teardown|unplug|detach|disconnect|close|abort|reset"
)
_EXPECTS = ("assertRaises", "assertRaisesRegex", "assertRaisesRegexp", "assertRaisesMessage")
_MAKES_FAIL = ("side_effect", "raise ")
_Tested = tuple[Function, list[Failure]]


def failing_tests(ctx: Context) -> Iterator[Fact]:
    """Each test that makes something fail, cited whole; then tests about failures by name."""
    tested = list(failures(ctx).items()) if ctx.mentions(_MAKES_FAIL) else []
    yield from _simulated(ctx, tested)
    yield from _negative_paths(ctx, {function for function, _ in tested})


def _simulated(ctx: Context, tested: list[_Tested]) -> Iterator[Fact]:
    chosen = tested
    if len(tested) > _CITED:
        chosen = sorted(tested, key=lambda each: _weight(ctx, each), reverse=True)[:_CITED]
    cited = {function for function, _ in chosen}
    for function, found in tested:
        if function in cited:
            yield evidence(function, _sentence(ctx, function, found))
    rest = [each for each in tested if each[0] not in cited]
    if rest:
        names = listed((f.name for f, _ in rest), 6)
        kinds = listed((e for _, found in rest for each in found for e in each.exceptions), 6)
        count = counted(len(rest), "more function simulates", "more functions simulate")
        where = ", the first here" if len(rest) > 1 else ""
        yield evidence(rest[0][0], f"{count} failures ({kinds}){where}: {names}.")


def _negative_paths(ctx: Context, simulating: set[Function]) -> Iterator[Fact]:
    found = [
        function
        for function in ctx.nodes(*FUNCTIONS)
        if NEGATIVE.search(function.name)
        and ctx.scopes.is_test(function)
        and function not in simulating
    ]
    if found:
        names = listed((function.name for function in found), 6)
        count = counted(len(found), "test is", "tests are")
        where = ", the first here" if len(found) > 1 else ""
        yield evidence(found[0], f"{count} named after a failure or refusal{where}: {names}.")


def expected_exceptions(ctx: Context) -> Iterator[Fact]:
    """Which exceptions are expected, and how often: one fact at the first."""
    calls: list[ast.Call] = []
    names: Counter[str] = Counter()
    expecting = [*ctx.method_calls(*_EXPECTS), *ctx.calls("pytest.raises")]
    for call in sorted(expecting, key=lambda call: call.lineno):
        if not call.args:
            continue
        kinds = call.args[0]
        named = [
            getattr(kind, "attr", "") or getattr(kind, "id", "")
            for kind in (kinds.elts if isinstance(kinds, ast.Tuple) else [kinds])
        ]
        if all(name[:1].isupper() for name in named):
            calls.append(call)
            names.update(named)
    if not calls:
        return
    shown = ", ".join(
        f"`{name}` ({count})" if count > 1 and len(names) > 1 else f"`{name}`"
        for name, count in names.most_common(8)
    )
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    first, last = (ctx.source.git_line(call.lineno) for call in (calls[0], calls[-1]))
    where = f" (lines {first}-{last})" if first != last else ""
    count = counted(len(calls), "exception is expected", "exceptions are expected")
    yield evidence(calls[0], f"{count}{where}: {shown}{more}.")


def _weight(ctx: Context, each: _Tested) -> tuple[bool, int]:
    """What makes a test worth citing: it checks the clean-up, it checks much."""
    labels = ctx.once(_labels, each[0])
    return bool(_of_clean_up(labels)), len(labels)


def _sentence(ctx: Context, function: Function, found: list[Failure]) -> str:
    made = []
    for what in dict.fromkeys(failure.what for failure in found):
        kinds = [e for failure in found if failure.what == what for e in failure.exceptions]
        made.append(f"{listed([what]) if what else 'a stand-in'} fail with {listed(kinds, 3)}")
    if len(made) > 3:
        shown = ", ".join(made[:3]) + f" and {len(made) - 3} more"
    else:
        shown = " and ".join(filter(None, [", ".join(made[:-1]), made[-1]]))
    return f"{listed([function.name])} makes {shown}{_checked(ctx, function)}."


def _checked(ctx: Context, function: Function) -> str:
    """What a function checks, as the end of a sentence."""
    labels = ctx.once(_labels, function)
    if not labels:
        return ""
    count = counted(len(labels), "check")
    clean_up = _of_clean_up(labels)
    if clean_up:
        return f"; {count}, also of the clean-up ({listed(clean_up, 4)})"
    return f"; {count} ({listed(labels, 3)})"


def _of_clean_up(labels: list[str]) -> list[str]:
    return [label for label in labels if _CLEAN_UP.search(label)]


def _labels(ctx: Context, function: Function) -> list[str]:
    return list(_checks(ctx, function))


def _checks(ctx: Context, function: Function) -> Iterator[str]:
    """The names of the checks that a function makes: ``assertIn``, ``m.assert_called``."""
    for node in ctx.nodes(ast.Call, ast.Assert, inside=function):
        if isinstance(node, ast.Assert):
            yield "assert"
            continue
        called = node.func
        name: str = getattr(called, "attr", "") or getattr(called, "id", "")
        if not _CHECK.match(name):
            continue
        owner = called.value if isinstance(called, ast.Attribute) else None
        mocked: str = getattr(owner, "attr", "") or getattr(owner, "id", "")
        yield f"{mocked}.{name}" if name.startswith("assert_") and mocked != "self" else name
