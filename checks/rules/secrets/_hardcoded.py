"""Literals in the place of a credential, told apart by what their names say they are."""

import ast
import base64
import re
from collections.abc import Iterator

from checks.api import Outcome, Rule
from checks.context import Context
from checks.rules.database._drivers import DRIVERS
from checks.rules.secrets import _credentials as credentials
from checks.rules.secrets._credentials import Kind
from checks.rules.secrets._tokens import token_in
from checks.tree import FUNCTIONS
from checks.values import is_placeholder, looks_random

_LONGEST = 100  # What is longer is a ciphertext, a certificate or a test vector.
_CURVE = 32
_PUBLIC = re.compile("(master|signing|account|encryption|auth)_?key", re.IGNORECASE)
_TOLD = "The value of `{}` is no placeholder: it looks generated, as live ones do."
_USED = "The value of `{}` is no placeholder, and this call authenticates with it."
_STRICT = "A literal stands in the place of `{}`."


def hardcoded(rule: Rule, kind: Kind, ctx: Context) -> Iterator[Outcome]:
    """The findings of the rule that looks after this kind of credential."""
    told = set()
    for name, value, text, why in ctx.once(_live):
        if credentials.kind(name) is kind and not credentials.is_own_account(text, ctx):
            told.add(value)
            yield rule.finding(value, why.format(name), secret=value)
    if ctx.strict:
        for name, value in _literals(ctx):
            if value not in told and credentials.wide_kind(name) is kind and _is_other(value, ctx):
                reason = _STRICT.format(name)
                yield rule.finding(value, reason, severity="low", secret=value)


def _is_other(value: ast.Constant, ctx: Context) -> bool:
    """Whether no rule for tokens, keys or databases reports the literal."""
    text = value.value
    if text == "" and _is_of_database(value, ctx):
        return False
    return isinstance(text, str) and "PRIVATE KEY" not in text and not token_in(text)


def _is_of_database(value: ast.Constant, ctx: Context) -> bool:
    """Whether the literal is a database's password: a driver is called, or Django is set up."""
    parent = ctx.parent(value)
    if isinstance(parent, ast.Dict):
        return any(ctx.text(key) == "ENGINE" for key in parent.keys)
    call = ctx.parent(parent) if isinstance(parent, ast.keyword) else None
    name = ctx.call_name(call) or ""
    return name.partition(".")[0] in DRIVERS


def _live(ctx: Context) -> tuple[tuple[str, ast.expr, str, str], ...]:
    return (*_in_calls(ctx), *_assigned(ctx))


def _in_calls(ctx: Context) -> Iterator[tuple[str, ast.expr, str, str]]:
    for call in _calls(ctx):
        for name, value in credentials.credentials(call):
            text = _candidate(name, value, ctx)
            if not text or ctx.is_expectation(value):
                continue
            made = credentials.library(call, ctx)
            by_name = credentials.authenticates(call) or credentials.sets_variable(call)
            if not made and not ((by_name or _configures(name)) and looks_random(text)):
                continue
            if any(credentials.goes_nowhere(c, ctx) for c in {call, made or call}):
                continue
            # A name is told where it is assigned, when that alone is enough.
            if not (isinstance(value, ast.Name) and _is_told_by(value.id, text)):
                yield name, value, text, _TOLD if _configures(name) else _USED


def _calls(ctx: Context) -> list[ast.Call]:
    """The calls that can be given a credential."""
    found = {
        ctx.parent(keyword)
        for name, keywords in ctx.keywords.items()
        if name == "auth" or credentials.is_credential_name(name)
        for keyword in keywords
    }
    found.update(ctx.method_calls(*credentials.POSITIONAL))
    found.update(c for c in ctx.calls(*credentials.BASIC_AUTH))
    return ctx.tree.in_order([call for call in found if isinstance(call, ast.Call)])


def _configures(name: str) -> bool:
    return name.isupper() and credentials.kind(name) is Kind.SECRET_KEY


def _assigned(ctx: Context) -> Iterator[tuple[str, ast.expr, str, str]]:
    literal = ctx.indices.literal_assignments
    nodes: list[ast.Assign | ast.AnnAssign] = [*literal, *ctx.nodes(ast.AnnAssign)]
    for node in nodes:
        value = node.value
        if value.__class__ is not ast.Constant or value.value.__class__ is not str:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            name = _target_name(target)
            if credentials.is_credential_name(name):
                text = _candidate(name, value, ctx)
                if _is_told_by(name, text) and not ctx.is_expectation(value):
                    yield name, value, text, _TOLD


def _is_told_by(name: str, text: str) -> bool:
    """Whether an assignment alone shows a live credential: by its name and its value."""
    is_credential = credentials.is_credential_name(name) and not credentials.says_made_up(name)
    return is_credential and looks_random(text)


def _candidate(name: str, value: ast.expr, ctx: Context) -> str:
    """The text of a value that is no placeholder, or ""."""
    text = ctx.text(value) or ""
    if not text or len(text) > _LONGEST or is_placeholder(text, (name,)) or token_in(text):
        return ""
    # A word stays a word with a quote in it, or in base 64.
    plain = "".join(filter(str.isalnum, text))
    octets = _decoded(text)
    if is_placeholder(plain, (name,)) or (octets.isascii() and _is_wordy(octets.decode("latin-1"))):
        return ""
    # As long as a key of Curve25519, whose public half is most often called so.
    return "" if len(octets) == _CURVE and _PUBLIC.search(name) else text


def _is_wordy(text: str) -> bool:
    return bool(text) and text.isprintable() and is_placeholder(text)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return b""


def _target_name(target: ast.expr | None) -> str:
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return str(getattr(target, "id", "") or getattr(target, "attr", ""))


def _literals(ctx: Context) -> Iterator[tuple[str, ast.Constant]]:
    """Every string, the empty one too, that is assigned to, compared with, or given for a name."""
    for name, value in _named(ctx):
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield name, value


def _named(ctx: Context) -> Iterator[tuple[str, ast.expr | None]]:
    for keyword in ctx.nodes(ast.keyword):
        yield keyword.arg or "", keyword.value
    for assigned in ctx.nodes(ast.Assign, ast.AnnAssign, ast.NamedExpr):
        targets = assigned.targets if isinstance(assigned, ast.Assign) else [assigned.target]
        for target in targets:
            yield from _unpacked(target, assigned.value)
    for entries in ctx.nodes(ast.Dict):
        for key, value in zip(entries.keys, entries.values, strict=True):
            yield str(getattr(key, "value", "")), value
    for compared in ctx.nodes(ast.Compare):
        if isinstance(compared.ops[0], ast.Eq | ast.NotEq):
            yield _target_name(compared.left), compared.comparators[0]
            yield _target_name(compared.comparators[0]), compared.left
    for function in ctx.nodes(*FUNCTIONS, ast.Lambda):
        yield from _defaults(function.args)


def _unpacked(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    """The names and values of an assignment, also of ``user, password = "ann", "..."``."""
    pairs = ast.Tuple | ast.List
    if (
        isinstance(target, pairs)
        and isinstance(value, pairs)
        and len(target.elts) == len(value.elts)
    ):
        for inner, part in zip(target.elts, value.elts, strict=True):
            yield from _unpacked(inner, part)
    else:
        yield _target_name(target), value


def _defaults(args: ast.arguments) -> Iterator[tuple[str, ast.expr | None]]:
    positional = [*args.posonlyargs, *args.args]
    count = len(args.defaults)
    for arg, value in zip(positional[len(positional) - count :], args.defaults, strict=True):
        yield arg.arg, value
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield arg.arg, default
