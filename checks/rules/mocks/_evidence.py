"""What a reviewer would cite about doubles: how many, of what, and whether they end."""

import ast
from collections.abc import Iterator

from checks.api import Fact, evidence
from checks.context import Context
from checks.restoration import Undone
from checks.rules._wording import counted, listed
from checks.rules.mocks._doubles import Double, answer, doubles, is_put_back, starts, way
from checks.rules.mocks._patchers import MOCKS
from checks.rules.mocks._stopped import is_stop_taken, is_stopped
from checks.rules.mocks._targets import KINDS, kind

_WAYS = {
    "decorator": "by decorator, undone when the test or class ends",
    "with": "by `with`, undone at the end of the block",
    "stub_out": "by `stub_out`, which the base class undoes",
    "monkeypatch": "by `monkeypatch`, undone when the test or fixture ends",
    "mocker": "by `mocker`, undone when the test or fixture ends",
    "fixture": "by a fixture, undone with it",
}
_SPECS = frozenset({"spec", "spec_set", "autospec"})


def replacements(ctx: Context) -> Iterator[Fact]:
    """How objects are replaced, and which of them matter: one fact for each way and sort."""
    ways: dict[str, list[Double]] = {}
    kinds: dict[str, list[Double]] = {}
    for made in doubles(ctx):
        ways.setdefault(way(made, ctx), []).append(made)
        kinds.setdefault(kind(made.target), []).append(made)
    for how, found in ways.items():
        if how == "start":
            yield _started(found, ctx)
        elif how in _WAYS:
            count = counted(len(found), "replacement")
            yield evidence(
                found[0].call, f"{count} {_WAYS[how]}{_span(found, ctx)}{_names(found)}."
            )
    for what in KINDS:
        found = kinds.get(what, [])
        if found:
            names = listed((_last_two(made.target) for made in found), 6)
            said = _answers(found, ctx) if what == KINDS[0] else ""
            yield evidence(
                found[0].call,
                f"{what[0].upper()}{what[1:]} is replaced{_where(found, ctx)}: {names}{said}.",
            )


def mocks_by_hand(ctx: Context) -> Iterator[Fact]:
    """Mocks that are made directly, and how many of them know what they stand for."""
    made = list(ctx.calls(*MOCKS))
    if not made:
        return
    known = sum(
        any(keyword.arg in _SPECS for keyword in call.keywords)
        or (ctx.name(call.func) or "").endswith("create_autospec")
        or bool(call.args)
        for call in made
    )
    count = counted(len(made), "mock is", "mocks are")
    if len(made) == 1:
        yield evidence(made[0], f"{count} made by hand, {'with' if known else 'without'} a spec.")
        return
    said = "each" if known == len(made) else str(known or "none")
    yield evidence(made[0], f"{count} made by hand, the first here; {said} with a spec.")


def _started(all_made: list[Double], ctx: Context) -> Fact:
    missed = sum(_stops_the_mock(made, ctx) for made in all_made)
    ended = sum(is_put_back(made, ctx) for made in all_made) - missed
    never = sum(_is_never_stopped(made, ctx) for made in all_made)
    left = len(all_made) - ended - missed - never
    parts = {
        "stopped in this file": ended,
        "never stopped": never,
        "left to a base class or caller": left,
        "not stopped (`stop` is taken from the mock, not from the patcher)": missed,
    }
    numbers = {what: number for what, number in parts.items() if number}
    said = ", ".join(
        what if len(numbers) == 1 else f"{number} {what}" for what, number in numbers.items()
    )
    count = counted(len(all_made), "replacement")
    where = _span(all_made, ctx)
    return evidence(
        all_made[0].call, f"{count} started by `.start()`, {said}{where}{_names(all_made)}."
    )


def _is_never_stopped(made: Double, ctx: Context) -> bool:
    return any(is_stopped(ctx, start) is Undone.NO for start in starts(made.call, ctx))


def _stops_the_mock(made: Double, ctx: Context) -> bool:
    holders = [ctx.parent(start) for start in starts(made.call, ctx)]
    kept = [t for holder in holders if isinstance(holder, ast.Assign) for t in holder.targets]
    return is_put_back(made, ctx) and any(is_stop_taken(ctx, target) for target in kept)


def _span(made: list[Double], ctx: Context) -> str:
    first, last = (ctx.source.git_line(m.call.lineno) for m in (made[0], made[-1]))
    return f" (lines {first}-{last})" if first != last else ""


def _where(made: list[Double], ctx: Context) -> str:
    span = _span(made, ctx)
    return f" ({counted(len(made), 'place')}, {span[2:]}" if span else ""


def _names(made: list[Double]) -> str:
    """What is replaced, what matters to a reviewer first."""
    targets = sorted((m.target for m in made if m.target), key=_weight)
    return f": {listed(map(_last_two, targets))}" if targets else ""


def _weight(target: str) -> int:
    sort = kind(target)
    return KINDS.index(sort) if sort else len(KINDS)


def _answers(made: list[Double], ctx: Context) -> str:
    """What the stand-ins are told to answer, where all say the same."""
    given = [answer(m, ctx) for m in made]
    for said in (True, False):
        if all(value is not None and ctx.literal(value) is said for value in given):
            return f" (made to answer `{said}`)"
    return ""


def _last_two(target: str) -> str:
    """The part of a dotted name that a reader recognises: ``InstanceMapping.get``."""
    return ".".join(target.split(".")[-2:])
