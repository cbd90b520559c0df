"""What stands in for the real thing without a patch: fakes, assignments, settings, the clock."""

import ast
import re
from collections.abc import Iterator

from checks.api import Fact, evidence
from checks.context import Context
from checks.rules._wording import counted, dotted, listed
from checks.rules.mocks._leaks import is_guarded, is_module_or_class, is_reset, is_stand_in
from checks.rules.mocks._patchers import is_own

# FakeRing, DummyRequest, _StubAuth, TokenSpy: by its first or last word, in camel case.
_FAKE = re.compile(r"_*(Fake|Stub|Dummy|Mock|Spy)(?![a-z])\w*|\w+(Fake|Stub|Double|Mock|Spy)")
_SETTINGS = tuple(
    f"django.test{home}.{name}"
    for home in ("", ".utils")
    for name in ("override_settings", "modify_settings")
)
_CLOCKS = ("freezegun.freeze_time", "time_machine.travel", "freezegun.api.freeze_time")


def written_by_hand(ctx: Context) -> Iterator[Fact]:
    """Classes of the file that are named as stand-ins."""
    fakes = [each for each in ctx.nodes(ast.ClassDef) if _FAKE.fullmatch(each.name)]
    if fakes:
        names = listed((each.name for each in fakes), 6)
        count = counted(len(fakes), "stand-in is a class", "stand-ins are classes")
        first = ", the first here" if len(fakes) > 1 else ""
        yield evidence(fakes[0], f"{count} of this file{first}: {names}.")


def assigned_and_put_back(ctx: Context) -> Iterator[Fact]:
    """Attributes of modules and classes that hold a stand-in for a while, by assignment."""
    found = [
        kept
        for statement, kept in ctx.assigned(ast.Attribute)
        if not is_own(kept)
        and ctx.name(kept.value)
        and is_stand_in(statement.value, ctx)
        and _is_put_back(kept, ctx)
    ]
    if found:
        count = counted(len(found), "attribute is", "attributes are")
        lines = [ctx.source.git_line(kept.lineno) for kept in found]
        span = f" (lines {lines[0]}-{lines[-1]})" if lines[0] != lines[-1] else ""
        names = listed(map(dotted, found), 6)
        yield evidence(
            found[0], f"{count} replaced by assignment and put back in this file{span}: {names}."
        )


def _is_put_back(kept: ast.Attribute, ctx: Context) -> bool:
    home, function = ctx.name(kept.value), ctx.function(kept)
    if not home or not is_module_or_class(home):
        return False
    if function is None or function.name.startswith("pytest_"):
        return False
    return is_guarded(kept, home, kept.attr, ctx) or is_reset(kept, home, kept.attr, ctx)


def settings_and_clock(ctx: Context) -> Iterator[Fact]:
    """Settings of Django and the clock, replaced for a test or a block."""
    calls = list(ctx.calls(*_SETTINGS))
    names = [keyword.arg for call in calls for keyword in call.keywords if keyword.arg]
    if calls:
        count = counted(len(calls), "override of settings", "overrides of settings")
        which = f": {listed(names, 6)}" if names else ""
        yield evidence(calls[0], f"{count}, undone with the test, class or block{which}.")
    clocks = list(ctx.calls(*_CLOCKS))
    if clocks:
        count = counted(len(clocks), "time")
        yield evidence(clocks[0], f"The clock is set {count}, until the test or block ends.")
