"""Which tests are about security, and about a refusal, to judge by their names."""

import ast
import re
from functools import lru_cache

from checks.context import Context
from checks.tree import Function

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_THING = (
    r"(access|auth\w*|admin|cert(ificate)?s?|cookie|credentials?|csrf|hmac|jwt|login|mac|nonce"
    r"|password|permissions?|polic(y|ies)|role|session|signature|ssl|tls|token|user)"
)
_REFUSED = r"(bad|denied|expired|forged|incorrect|invalid|missing|rejected|reject|tampered|wrong)"
# Tests about something that goes wrong, for whatever reason.
NEGATIVE = re.compile(
    r"fail|error|invalid|not_found|notfound|denied|forbidden|unauthori|reject|negative|exceed"
    r"|conflict|missing|refus|raises|bad_|illegal|unsupported|timeout|no_such|not_allowed"
)
# Refusals, and nothing that is only called so: "not allowed" is also a method of HTTP.
_DENIAL = re.compile(
    r"(access|permission|login|auth)_(is_)?(denied|refused|rejected)|denies|den(y|ied)(_|$)"
    r"|forbidden|forbids|unauthori[sz]ed|not_authori[sz]ed|unauthenticated|not_authenticated"
    r"|permission_denied|no_permission|without_(permission|auth|login|credential|csrf)"
    r"|insufficient_(permission|privilege|scope)|requires?_(login|auth|admin|permission)"
    r"|login_required|(admin|permission|auth)_required|not_permitted"
    rf"|(^|_){_REFUSED}_(\w+_)?{_THING}(_|$)|(^|_){_THING}_(\w+_)?{_REFUSED}(_|$)"
)
# What is in every such name: looking for these first spares most names the long look.
_DENIAL_LIST = """
auth bad den expi forb forged incorr insuff inval miss permi refused reject requ tamper without
wrong
"""
_SECURITY_LIST = """
acl auth brute certif clickj csrf cve exploit forge inject malic permis privil rbac sandbox secur
spoof sqli ssrf tamper travers untrust vulner xss xxe
"""
_HINTS_OF_DENIAL = tuple(_DENIAL_LIST.split())
_HINTS_OF_SECURITY = tuple(_SECURITY_LIST.split())
_SECURITY = re.compile(
    r"(^|_)(csrf|xss|cve|acl|rbac|sqli|ssrf|xxe|clickjack\w*|security|insecure|vulnerab\w*"
    r"|exploit\w*|malicious|untrusted|traversal|injection|privileges?|permissions?|authori[sz]\w*"
    r"|authenticat\w*|spoof\w*|tamper\w*|forge[dr]\w*|brute_?force|sandbox\w*|certificates?)(_|$)"
)


def plain(name: str) -> str:
    """A name in one spelling: ``testAccessDenied`` is ``test_access_denied``."""
    return _HUMP.sub("_", name).lower()


@lru_cache(8192)
def is_denial(name: str) -> bool:
    """Whether a test's name says that something is refused for security's sake."""
    lower = name.lower()
    return any(hint in lower for hint in _HINTS_OF_DENIAL) and bool(_DENIAL.search(plain(name)))


@lru_cache(8192)
def is_security(name: str) -> bool:
    """Whether a test's name says that it is about security."""
    lower = name.lower()
    if any(hint in lower for hint in _HINTS_OF_SECURITY) and _SECURITY.search(plain(name)):
        return True
    return is_denial(name)


def header(ctx: Context, function: Function) -> ast.expr:
    """What a finding about a whole test points at: its name."""
    line = function.lineno
    text = ctx.source.lines[line - 1].encode()
    start = text.find(function.name.encode(), function.col_offset)
    if start < 0:  # The name stands on another line, or is spelt in another form.
        return ctx.span(line, function.col_offset, function.col_offset + len("def"))
    return ctx.span(line, start, start + len(function.name.encode()))
