"""Literals in the place of a credential, told apart by what their names say they are."""

import ast
import base64
import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from checks.api import Outcome, Rule
from checks.context import Context
from checks.rules.database._drivers import DRIVERS
from checks.rules.secrets import _credentials as credentials
from checks.rules.secrets._credentials import Kind
from checks.rules.secrets._entries import is_used
from checks.rules.secrets._expected import is_compared, taker
from checks.rules.secrets._literals import as_text
from checks.rules.secrets._named import literals_named, parametrized, target_name
from checks.rules.secrets._tokens import is_published, token_in
from checks.values import is_generated, is_placeholder, looks_random

_LONGEST = 100  # What is longer is a ciphertext, a certificate or a test vector.
_CURVE = 32
_UNPRINTABLE = re.compile(rb"[^\s!-~]")
_HEX_KEY = re.compile("[0-9a-f]{32,128}")
_SCHEMES = frozenset({"basic", "bearer", "token", "apikey", "api-key", "key"})
# Of crypt(3) and its kin: what is stored, not what is typed in.
_HASHED = re.compile(r"\$[0-9a-z]{1,12}\$.+")
_HEADER = re.compile(r"(HTTP[_-])?(X[_-]|Proxy[_-])?Authorization", re.IGNORECASE)
_PUBLIC = re.compile("(master|signing|account|encryption|auth)_?key", re.IGNORECASE)
_TOLD = "The value of `{}` is no placeholder: it looks generated, as live ones do."
_USED = "The value of `{}` is no placeholder, and this call authenticates with it."
_STRICT = "A literal stands in the place of `{}`."


class _Live(NamedTuple):
    """A literal that must be taken for a live credential, and why."""

    name: str
    kind: Kind | None
    value: ast.expr
    text: str
    why: str


def hardcoded(rule: Rule, kind: Kind, ctx: Context) -> Iterator[Outcome]:
    """The findings of the rule that looks after this kind of credential."""
    told = set()
    for live in ctx.once(_live):
        is_news = live.kind is kind and live.value not in told
        is_account = kind is not Kind.SECRET_KEY
        if is_news and not (is_account and credentials.is_own_account(live.text, ctx)):
            told.add(live.value)
            yield rule.finding(live.value, live.why.format(live.name), secret=live.value)
    if ctx.strict:
        for name, value in _literals(ctx):
            if value not in told and credentials.wide_kind(name) is kind and _is_other(value, ctx):
                told.add(value)
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


def _live(ctx: Context) -> tuple[_Live, ...]:
    return (*_in_calls(ctx), *_given(ctx), *_in_headers(ctx))


def _in_calls(ctx: Context) -> Iterator[_Live]:
    for call in _calls(ctx):
        for name, value in credentials.credentials(call, ctx):
            text = _candidate(name, value, ctx)
            if not text or is_compared(value, ctx):
                continue
            made = credentials.library(call, ctx)
            by_name = credentials.authenticates(call) or credentials.sets_variable(call, ctx)
            if not made and not ((by_name or _configures(name)) and _seems_made(name, text)):
                continue
            if any(credentials.goes_nowhere(c, ctx) for c in {call, made or call}):
                continue
            # A name is told where it is assigned, when that alone is enough.
            if not (isinstance(value, ast.Name) and _is_told_by(value.id, text)):
                why = _TOLD if _configures(name) else _USED
                yield _Live(name, credentials.kind(name), value, text, why)


def _calls(ctx: Context) -> list[ast.Call]:
    """The calls that can be given a credential."""
    found = {
        ctx.parent(keyword)
        for name, keywords in ctx.keywords.items()
        if name in credentials.AUTH or credentials.opens(name)
        for keyword in keywords
    }
    found.update(ctx.method_calls(*credentials.POSITIONAL, *credentials.BY_NAME))
    found.update(ctx.spelled_calls("setattr"))
    found.update(ctx.calls(*credentials.BY_POSITION, *credentials.DEFAULTS))
    return ctx.tree.in_order([call for call in found if isinstance(call, ast.Call)])


def _configures(name: str) -> bool:
    return name.isupper() and credentials.kind(name) is Kind.SECRET_KEY


def _given(ctx: Context) -> Iterator[_Live]:
    """What a name that opens something is given, where the value was generated."""
    named = literals_named(ctx, _opens_or_signs), parametrized(ctx, _opens_or_signs)
    for name, value in itertools.chain(*named):
        text = _candidate(name, value, ctx)
        if _is_told_by(name, text) and not is_compared(value, ctx):
            kind, call = credentials.kind(name), taker(value, ctx)
            # An application is created with its key, but a password is that of a new account.
            is_data = kind is not Kind.SECRET_KEY and _is_data(name, value, ctx)
            if not is_data and not (call and credentials.goes_nowhere(call, ctx)):
                yield _Live(name, kind, value, text, _TOLD)


def _is_data(name: str, value: ast.Constant, ctx: Context) -> bool:
    """Whether a value belongs to a sample, or to an account or a token that the test makes."""
    holder, call = ctx.parent(value), taker(value, ctx)
    if call and credentials.is_data(call):
        return True
    if isinstance(holder, ast.Dict):
        return not is_used(value, name, ctx)
    # A token alone can be anything: a word of a text, the answer to a challenge.
    is_handed_over = isinstance(holder, ast.keyword) and not credentials.is_credential_name(name)
    return is_handed_over and not (call and credentials.authenticates(call))


def _opens_or_signs(name: str) -> bool:
    return credentials.kind(name) is not None


def _in_headers(ctx: Context) -> Iterator[_Live]:
    """The credentials of literal ``Authorization`` headers."""
    if not ctx.mentions(("uthorization", "UTHORIZATION")):
        return
    for name, value in literals_named(ctx, _HEADER.fullmatch):
        scheme, _, text = as_text(value.value).partition(" ")
        kind = Kind.SECRET
        if scheme.lower() not in _SCHEMES:
            continue
        if scheme.lower() == "basic":
            _, _, text = _decoded(text).decode("latin-1").partition(":")
            kind = Kind.PASSWORD
        if is_compared(value, ctx) or token_in(text) or text.startswith("eyJ"):
            continue
        if looks_random(text) or _is_hex_key(text):
            yield _Live(name, kind, value, text, _TOLD)


def _is_told_by(name: str, text: str) -> bool:
    """Whether a name and its value alone show a live credential."""
    return _opens_or_signs(name) and not credentials.says_made_up(name) and _seems_made(name, text)


def _seems_made(name: str, text: str) -> bool:
    """Whether a value was generated. Keys that sign are often hexadecimal, as ids are."""
    signs = credentials.kind(name) is Kind.SECRET_KEY
    return looks_random(text) or (signs and _is_hex_key(text))


def _is_hex_key(text: str) -> bool:
    return bool(_HEX_KEY.fullmatch(text)) and is_generated(text)


def _candidate(name: str, value: ast.expr, ctx: Context) -> str:
    """The text of a value that is no placeholder, or ""."""
    text = as_text(ctx.literal(value))
    if _is_hex_key(text) and credentials.kind(name) is Kind.SECRET_KEY:
        return text
    if not text or len(text) > _LONGEST or is_placeholder(text, (name,)) or token_in(text):
        return ""
    # A word stays a word with a quote in it, and a text a text in base 64.
    plain = "".join(filter(str.isalnum, text))
    octets = _decoded(text)
    is_text = bool(octets.strip()) and octets.isascii() and not _UNPRINTABLE.search(octets)
    if is_text or is_placeholder(plain, (name,)) or _HASHED.fullmatch(text) or is_published(text):
        return ""
    # As long as a key of Curve25519, whose public half is most often called so.
    return "" if len(octets) == _CURVE and _PUBLIC.search(name) else text


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return b""


def _literals(ctx: Context) -> Iterator[tuple[str, ast.Constant]]:
    """Every string, the empty one too, that is assigned to, compared with, or given for a name."""
    for name, value in _named(ctx):
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield name, value


def _named(ctx: Context) -> Iterator[tuple[str, ast.expr | None]]:
    yield from literals_named(ctx, credentials.wide_kind)
    for compared in ctx.nodes(ast.Compare):
        if isinstance(compared.ops[0], ast.Eq | ast.NotEq):
            yield target_name(compared.left), compared.comparators[0]
            yield target_name(compared.comparators[0]), compared.left
