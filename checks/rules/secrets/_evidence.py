"""What a reviewer would cite about literal hosts, addresses and credentials."""

import ast
import ipaddress
import re
from collections.abc import Iterator

from checks.api import Fact, evidence
from checks.context import Context
from checks.rules._origins import origin
from checks.rules._wording import counted, listed
from checks.rules.secrets import _credentials as credentials
from checks.values import is_placeholder, is_reserved_host

_STARTS = re.compile(
    r"_*(start|launch|spawn|boot|run)_?\w*(compute|service|server|host|node|worker|agent)\w*"
)
_HOST_NAME = re.compile(r"(\w+_)?(host|hostname|host_?ip|node|nodename|compute)", re.IGNORECASE)
_HOST = re.compile(r"(?=.{2,80}$)[a-z0-9]+([-_.][a-z0-9]+)*", re.IGNORECASE)
_ADDRESS = re.compile(r"[0-9a-f]{0,4}[.:][0-9a-f.:]+(/\d{1,3})?", re.IGNORECASE)
_MANY = 12
_ENVIRONMENT = frozenset({"os.getenv", "os.environ.get", "os.environ.pop"})


def started_hosts(ctx: Context) -> Iterator[Fact]:
    """Services that are started on hosts with fixed names, one fact for each set of names."""
    found: dict[tuple[str, ...], list[ast.expr | ast.stmt]] = {}
    functions: dict[tuple[str, ...], str] = {}
    for call in ctx.nodes(ast.Call):
        name = credentials.called(call)
        if not name or not _STARTS.fullmatch(name):
            continue
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
    for name, value in _pairs(ctx):
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
    for node in ctx.nodes(ast.Constant):
        text = node.value
        if isinstance(text, str) and 3 <= len(text) <= 45 and _is_address(text):
            kinds[is_reserved_host(text.partition("/")[0])].append((node, text))
    for is_reserved, found in kinds.items():
        if found:
            what = "loopback, private or documentation" if is_reserved else "public"
            count = counted(len({text for _, text in found}), "address", "addresses")
            names = listed(text for _, text in found)
            yield evidence(found[0][0], f"{count} ({what}): {names}.")


def _is_address(text: str) -> bool:
    if not _ADDRESS.fullmatch(text):
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
    for name, value in _pairs(ctx):
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
    for node in ctx.nodes(ast.Call, ast.Subscript):
        key: ast.expr | None = None
        if isinstance(node, ast.Subscript):
            key = node.slice if ctx.name(node.value) == "os.environ" else None
        elif node.args and ctx.name(node.func) in _ENVIRONMENT:
            key = node.args[0]
        name = ctx.text(key) if key else None
        if name and credentials.is_credential_name(name):
            found.append((node, name))
    if found:
        names = listed(name for _, name in found)
        yield evidence(found[0][0], f"Credentials are taken from the environment: {names}.")


def _pairs(ctx: Context) -> Iterator[tuple[str, ast.Constant]]:
    """Every literal that is given a name: keyword arguments, dictionary entries, assignments."""
    for node in ctx.nodes(ast.keyword, ast.Dict, ast.Assign):
        if isinstance(node, ast.keyword):
            if node.arg and isinstance(node.value, ast.Constant):
                yield node.arg, node.value
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
                    yield str(key.value), value
        elif isinstance(node.value, ast.Constant):
            for target in node.targets:
                name = getattr(target, "id", "") or getattr(target, "attr", "")
                if name:
                    yield str(name), node.value
