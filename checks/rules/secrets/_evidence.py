"""What a reviewer would cite about literal hosts, addresses and credentials."""

import ast
import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache

from checks.api import Fact, evidence
from checks.context import Context
from checks.rules._origins import origin
from checks.rules._wording import counted, listed
from checks.rules.secrets import _credentials as credentials
from checks.rules.secrets._named import literals_named
from checks.rules.secrets._token_places import tokens_of
from checks.values import is_placeholder, is_reserved_host

_STARTS = re.compile(
    r"_*(start|launch|spawn|boot|run)_?\w*(compute|service|server|host|node|worker|agent)\w*"
)
_HOST_NAME = re.compile(r"(\w+_)?(host|hostname|host_?ip|node|nodename|compute)", re.IGNORECASE)
_HOST = re.compile(r"(?=.{2,80}$)[a-z0-9]+([-_.][a-z0-9]+)*", re.IGNORECASE)
_ADDRESS = re.compile(r"[0-9a-f]{0,4}[.:][0-9a-f.:]+(/\d{1,3})?", re.IGNORECASE)
_AUTHORITY = re.compile(r"://[^\s/'\"@:]*:[^\s/'\"@]+@")
_MANY = 6
_ENVIRONMENT = frozenset({"os.getenv", "os.environ.get", "os.environ.pop"})


@lru_cache(4096)
def _starts(name: str) -> bool:
    return bool(_STARTS.fullmatch(name))


def started_hosts(ctx: Context) -> Iterator[Fact]:
    """Services that are started on hosts with fixed names, one fact for each set of names."""
    found: dict[tuple[str, ...], list[ast.expr | ast.stmt]] = {}
    functions: dict[tuple[str, ...], str] = {}
    for call in ctx.calls_where(_starts):
        name = credentials.called(call)
        # start_service('scheduler') names the service, start_compute('host1') the host.
        hosts_at = [k.value for k in call.keywords if k.arg in {"host", "node"}]
        hosts_at += [] if name.endswith("service") else call.args[:1]
        for place in hosts_at:
            hosts, where = _hosts_of(place, call, ctx)
            if hosts:
                found.setdefault(hosts, []).append(where)
                functions[hosts] = name
    for hosts, places in sorted(found.items(), key=lambda item: item[1][0].lineno)[:4]:
        what = "fixed host names" if len(hosts) > 1 else "fixed host name"
        more = f" in {len(places)} places, the first here" if len(places) > 1 else ""
        sentence = f"`{functions[hosts]}` starts services on the {what} {listed(hosts)}{more}."
        yield evidence(places[0], sentence)


def _hosts_of(
    place: ast.expr, call: ast.Call, ctx: Context
) -> tuple[tuple[str, ...], ast.expr | ast.stmt]:
    """The literal host names that an argument stands for, and the place that spells them."""
    text = ctx.text(place)
    if text is not None:
        return ((text,) if _HOST.fullmatch(text) else ()), call
    names = ctx.names.bindings(place) if isinstance(place, ast.Name) else []
    loop = ctx.parent(names[0]) if len(names) == 1 else None
    if not isinstance(loop, ast.For):
        return (), call
    source: ast.expr | None = loop.iter
    while isinstance(source, ast.Call) and source.args and not source.keywords:
        source = source.args[0]
    made = origin(ctx, source) or source
    items = made.keys if isinstance(made, ast.Dict) else getattr(made, "elts", [])
    texts = tuple(text for item in items if item and (text := ctx.text(item)))
    fits = bool(texts) and all(_HOST.fullmatch(text) for text in texts)
    return (texts if fits else ()), ctx.statement(made) if made else call


def named_hosts(ctx: Context) -> Iterator[Fact]:
    """Literal host names in arguments and dictionaries, reserved names and others apart."""
    reserved: list[tuple[ast.expr, str]] = []
    others: list[tuple[ast.expr, str]] = []
    for name, value in ctx.once(_pairs):
        if _HOST_NAME.fullmatch(name):
            text = value.value
            if isinstance(text, str) and _HOST.fullmatch(text) and not _is_address(text):
                (reserved if is_reserved_host(text) else others).append((value, text))
    if reserved:
        names = listed(text for _, text in reserved)
        count = counted(len({text for _, text in reserved}), "fixed host name")
        single = len({text for _, text in reserved}) == 1
        kind = ", a reserved or stand-in name" if single else "; all are reserved or stand-in names"
        sentence = f"{count}: {names}{kind}."
        yield evidence(reserved[0][0], sentence)
    if others:
        names = listed(text for _, text in others)
        yield evidence(others[0][0], f"Fixed host names that can be public: {names}.")


def addresses(ctx: Context) -> Iterator[Fact]:
    """Literal addresses and networks, public ones apart."""
    kinds: dict[bool, list[tuple[ast.expr, str]]] = {True: [], False: []}
    for text, nodes in ctx.strings.items():
        if ("." in text or ":" in text) and _is_address(text):
            kinds[is_reserved_host(text.partition("/")[0])].append((nodes[0], text))
    for is_reserved, found in kinds.items():
        if found:
            what = "loopback, private or documentation" if is_reserved else "public"
            count = counted(len({text for _, text in found}), "address", "addresses")
            names = listed(text for _, text in found)
            yield evidence(found[0][0], f"{count} ({what}): {names}.")


def _is_address(text: str) -> bool:
    if not 3 <= len(text) <= 45 or not _ADDRESS.fullmatch(text):
        return False
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return True


def credential_literals(ctx: Context) -> Iterator[Fact]:
    """Literals in the place of a credential: how many, by which names, and whether made up."""
    made_up: list[tuple[ast.expr, str]] = []
    others: list[tuple[ast.expr, str]] = []
    for name, value in ctx.once(_pairs):
        text = value.value
        if isinstance(text, str) and text and credentials.is_credential_name(name):
            (made_up if is_placeholder(text, (name,)) else others).append((value, name))
    for node, name in others[:_MANY]:
        sentence = f"The value of `{name}` is no placeholder (not shown)."
        yield evidence(node, sentence, secret=node)
    if made_up:
        names = listed(name for _, name in made_up)
        count = counted(len(made_up), "credential literal")
        kind = "a placeholder" if len(made_up) == 1 else "all placeholders, the first here"
        yield evidence(made_up[0][0], f"{count}, {kind}: {names}.")


def credentials_from_outside(ctx: Context) -> Iterator[Fact]:
    """Credentials that the tests read from the environment."""
    found: list[tuple[ast.expr, str]] = []
    keys: list[tuple[ast.expr, ast.expr]] = [
        (call, call.args[0]) for call in ctx.calls(*_ENVIRONMENT) if call.args
    ]
    if ctx.mentions(("environ",)):
        items = ctx.nodes(ast.Subscript)
        keys += [(item, item.slice) for item in items if ctx.name(item.value) == "os.environ"]
    for node, key in sorted(keys, key=lambda found: found[0].lineno):
        name = ctx.text(key)
        if name and credentials.opens(name):
            found.append((node, name))
    if found:
        names = listed(name for _, name in found)
        yield evidence(found[0][0], f"Credentials are taken from the environment: {names}.")


def _pairs(ctx: Context) -> tuple[tuple[str, ast.Constant], ...]:
    """Every text that is given a telling name, in source order."""
    named = literals_named(ctx, _is_telling)
    pairs = [(name, value) for name, value in named if isinstance(value.value, str)]
    return tuple(sorted(pairs, key=lambda pair: (pair[1].lineno, pair[1].col_offset)))


@lru_cache(4096)
def _is_telling(name: str) -> bool:
    return bool(_HOST_NAME.fullmatch(name) or credentials.wide_kind(name)) or (
        credentials.is_credential_name(name)
    )


def no_credential_literal(ctx: Context) -> Iterator[Fact]:
    """That the file holds no credential: by name, by position, in an address, or as a token."""
    named = any(credentials.wide_kind(name) and value.value for name, value in ctx.once(_pairs))
    text = ctx.source.text
    if named or "PRIVATE KEY" in text or _AUTHORITY.search(text) or ctx.once(tokens_of):
        return
    for call in ctx.method_calls(*credentials.POSITIONAL):
        if len(call.args) > 1 and ctx.text(call.args[1]):
            return
    yield evidence(ctx.tree.module, "No credential literal stands in this file.")
