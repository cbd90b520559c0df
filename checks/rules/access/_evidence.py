"""Under which privileges tests run, which access rules they change, what denials they demand."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from checks.api import Fact, evidence
from checks.context import Context
from checks.rules.access._contexts import ADMIN_FLAGS, CREATES_ADMIN
from checks.rules.access._policies import OPEN, SETS, entries, keeps_others, overridden
from checks.rules.cleanup._expectations import expected_exceptions, expected_statuses
from checks.rules.cleanup._restored import called
from checks.rules.cleanup._wording import (
    code,
    counted,
    dotted,
    listing,
    test_name,
    times,
    where,
)

_LOGS_IN = frozenset({"force_login", "force_authenticate", "login_user", "login_as"})
_GRANTS = frozenset(
    {
        *("assign_perm", "remove_perm", "create_grant", "create_system_grant_for_user"),
        *("assign_role", "grant_role", "add_role", "add_role_to_user_and_project"),
    }
)
_GRANTED = frozenset({"user_permissions", "permissions", "groups", "roles"})
_ADMIN_CLIENT = re.compile(r"(^|_)admin(_\w*)?(api|client|session|conn)|^api_?admin$")
_PATCHES = re.compile(r"(?i)patch|stub_?out|setattr|^object$|mockpatch")
_GUARD_NAME = re.compile(
    r"(?i)(^|[._])(is_|has_|check_|require_|verify_)?(authoriz|authenticat|enforce|has_perm|perm"
    r"ission|login_required|current_user|can_access|policy|acl|credential|verify_token|keystone)"
)
_DENIED = re.compile(
    r"Forbidden|Unauthori[sz]ed|NotAuthori[sz]ed|PermissionDenied|PermissionError|AccessDenied"
    r"|NotAuthenticated|AuthenticationFailed|AdminRequired|NotPermitted|PolicyNotAuth"
)
_CHECK_BASE = re.compile(
    r"(Authoriz|Authoris|Authenticat|Permission|Policy|IdentityProvider)(er|or|ion|Backend|s)?$"
)
_FEW = 4


def privileged(ctx: Context) -> Iterator[Fact]:
    """Administrator contexts, flags and clients; log-ins that skip the password."""
    contexts = list(ctx.spelled_calls(*CREATES_ADMIN))
    logins = list(ctx.spelled_calls(*_LOGS_IN))
    flags = [k for k in ctx.keywords_named(*ADMIN_FLAGS) if ctx.is_true(k.value)]
    used = [
        attribute
        for name, attributes in ctx.attributes.items()
        if "admin" in name and _ADMIN_CLIENT.search(name)
        for attribute in attributes
        if isinstance(attribute.ctx, ast.Load)
    ]
    clients = ctx.tree.in_order(used)
    if contexts:
        yield _grouped(ctx, contexts, "administrator context is", "administrator contexts are")
    if flags:
        what = listing(f"{called(ctx.parent(f) or f)}({f.arg}=True)" for f in flags)
        yield evidence(
            flags[0].value,
            f"{counted(len(flags), 'subject is', 'subjects are')} given an administrator's rights "
            f"({what}){where(ctx, flags)}.",
        )
    if clients:
        yield evidence(
            clients[0],
            f"An administrator's client is used {times(len(clients))} "
            f"({listing(dotted(client) for client in clients)}){where(ctx, clients)}.",
        )
    if logins:
        yield _grouped(
            ctx, logins, "log-in without a password is", "log-ins without a password are"
        )


def _grouped(ctx: Context, calls: list[ast.Call], thing: str, things: str) -> Fact:
    return evidence(
        calls[0],
        f"{counted(len(calls), thing, things)} made ({listing(dotted(c.func) for c in calls)})"
        f"{where(ctx, calls)}.",
    )


def granted(ctx: Context) -> Iterator[Fact]:
    """Roles and permissions that users are given for a test."""
    found = list(ctx.spelled_calls(*_GRANTS))
    for call in ctx.method_calls("add", "set"):
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(owner, ast.Attribute) and owner.attr in _GRANTED:
            found.append(call)
    if found:
        found = ctx.tree.in_order(found)
        yield evidence(
            found[0],
            f"Roles or permissions are given {times(len(found))} "
            f"({listing(dotted(call.func) for call in found)}){where(ctx, found)}.",
        )


def policies(ctx: Context) -> Iterator[Fact]:
    """Access rules that tests override, each with its value as it is really set."""
    found = [(call, r) for call in ctx.method_calls(*SETS) if (r := overridden(ctx, call))]
    for call, rules in found[:_FEW]:
        pairs = list(entries(rules))
        shown = [
            f"{_text(ctx, key)} is set to {_text(ctx, value)}{_whom(value)}"
            for key, value in pairs[:2]
        ]
        more = f" and {len(pairs) - 2} more" if len(pairs) > 2 else ""
        rest = "; all other rules stay" if keeps_others(ctx, call) else ""
        function = test_name(ctx, call)
        yield evidence(
            _whole(ctx, call),
            ("An access rule is" if len(pairs) == 1 else "Access rules are")
            + " overridden"
            + (f" in {code(function)}" if function else "")
            + f": {', '.join(shown)}{more}{rest}.",
        )
    if len(found) > _FEW:
        calls = [call for call, _ in found]
        opened = sum(
            any(ctx.text(value) in OPEN for _, value in entries(rules)) for _, rules in found
        )
        yield evidence(
            calls[_FEW],
            f"{counted(len(calls), 'override')} of access rules in all, {opened or 'none'} of them "
            f"opening a rule for everybody{where(ctx, calls)}.",
        )
    fixtures = list(ctx.calls_where(lambda name: name.endswith("PolicyFixture")))
    if fixtures:
        yield evidence(
            fixtures[0],
            f"The access rules come from {listing(dotted(c.func) for c in fixtures)}"
            f"{where(ctx, fixtures)}.",
        )


def _whole(ctx: Context, call: ast.Call) -> ast.AST:
    """The method around a call that does nothing else, with its comment; else the call."""
    function = ctx.function(call)
    alone = function is not None and function.body == [ctx.statement(call)]
    return function if function is not None and alone else call


def _whom(value: ast.expr) -> str:
    """Whom a rule lets through, where its name says so."""
    return " (administrators only)" if re.search(r"(?i)rule_admin", dotted(value)) else ""


def _text(ctx: Context, node: ast.expr) -> str:
    """A rule or value: its text, else the name it is written with."""
    text = ctx.text(node)
    if text == "":
        return '`""` (everybody)'
    if text == "@":
        return '`"@"` (everybody)'
    origin = ctx.origin(node)
    return code(text or (ctx.segment(origin) if origin else dotted(node)) or "an expression")


def stubbed(ctx: Context) -> Iterator[Fact]:
    """Authentication and permission checks that tests replace."""
    found: list[tuple[ast.AST, str]] = []
    for call in ctx.calls_where(_patches):
        if call.args:
            last = _written(ctx, call.args[:2][-1])
            if not last or _is_guard(last.rpartition(".")[2]):
                target = ".".join(filter(None, (_written(ctx, a) for a in call.args[:2])))
                if _is_guard(target.rpartition(".")[2]):
                    found.append((call, target))
    found.extend(
        (item, dotted(item.slice))
        for item in ctx.nodes(ast.Subscript)
        if isinstance(item.ctx, ast.Store) and called(item.value) == "dependency_overrides"
    )
    if found:
        nodes = [node for node, _ in found]
        yield evidence(
            nodes[0],
            f"{counted(len(found), 'access check is', 'access checks are')} replaced "
            f"({listing(target for _, target in found)}){where(ctx, nodes)}.",
        )


def own_checks(ctx: Context) -> Iterator[Fact]:
    """Access checks that the tests bring along: classes made from the application's own."""
    found = [
        definition
        for definition in ctx.nodes(ast.ClassDef)
        if any(_CHECK_BASE.search(called(base)) for base in definition.bases)
    ]
    if found:
        names = listing(definition.name for definition in found)
        yield evidence(
            found[0],
            f"{counted(len(found), 'access check is', 'access checks are')} defined for the tests "
            f"({names}){where(ctx, found)}.",
        )


def _written(ctx: Context, argument: ast.expr) -> str:
    return ctx.text(argument) or dotted(argument)


@lru_cache(8192)
def _patches(name: str) -> bool:
    return bool(_PATCHES.search(name))


@lru_cache(8192)
def _is_guard(name: str) -> bool:
    return bool(_GUARD_NAME.search(name))


def denied(ctx: Context) -> Iterator[Fact]:
    """Denials that tests demand: by exception and by status, with the tests they stand in."""
    demands: dict[str, list[ast.expr]] = defaultdict(list)
    for call, error in expected_exceptions(ctx):
        if _DENIED.search(error):
            demands[error].append(call)
    for node, status in expected_statuses(ctx):
        if status in {401, 403}:
            demands[f"{status}"].append(node)
    for what, nodes in sorted(demands.items(), key=lambda d: -len(d[1]))[:_FEW]:
        tests = listing((test_name(ctx, node) for node in nodes), 3)
        demand = f"Status {what} is" if what.isdigit() else f"{code(what)} is"
        yield evidence(
            nodes[0],
            f"{demand} demanded {times(len(nodes))}"
            + (f" (in {tests})" if tests else "")
            + f"{where(ctx, nodes)}.",
        )
