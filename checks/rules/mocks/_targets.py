"""What sort of thing a dotted name is: a guard, a process, a database, a clock, the network."""

import re
from functools import lru_cache

_NOUNS = (
    "auth|authentication|authorization|token|jwt|signature|password|passwd|credentials?|creds?"
    "|permissions?|perms?|csrf|otp|totp|mfa|hmac|digest|certificates?|certs?|admin|login|api_?key"
    "|acl|access|policy|scope|roles?"
)
_GUARD = re.compile(
    r"authenticate(_\w+)?|authori[sz]e(_\w+)?|is_(authenticated|authori[sz]ed|allowed|superuser)"
    r"|(has|check)_(\w+_)?perm(ission)?s?|compare_digest|checkpw|user_passes_test"
    r"|verify_(mac|request|session|user|caller|identity|claims?|nonce|origin|hostname|webhook)s?"
    rf"|(verify|validate|check|ensure|require|is|has|enforce)_(\w+_)?({_NOUNS})(_\w+)?"
)
# Decorators that let nobody in without: what else is "required" tells of a refusal.
_DECORATORS = re.compile(r"(login|permissions?|admin|auth|scopes?|roles?|token)_required")
_DENIES = re.compile(
    r"expired|invalid|revoked|locked|missing|required|disabled|denied|changed"
    # What is said about a password or a token, and lets nobody in.
    r"|strength|complexity|length|hint|history|format"
)
_GUARD_BY_HOME = re.compile(r"verify|enforce|can|decode")
_HOME = re.compile(
    r"polic|authz|auth\b|jwt|hmac|sign(er|ing|ature)|passlib|bcrypt|casbin|oauth|crypto\w*\b|secur"
    r"|passwords?\b|tokens?\b|verifier|permission|webhook"
)
_RAISING = ("authori", "enforce", "ensure", "require", "verify", "validate", "check")
_DENIAL = re.compile(
    r"denie[ds]|denial|forbid|unauthori[sz]|unauthenticated|reject|refuse|not_allowed|disallow"
    r"|(no|without|missing|lacks?)_perm"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_OTHERS = {
    "what runs programs, guests or privileged code": re.compile(
        r"(^|\.)(subprocess|processutils|privsep)\b|\.(spawn\w*|popen\w*|system|fork)$"
        r"|\b(Popen|check_call|check_output)$",
        re.IGNORECASE,
    ),
    "what talks to the network": re.compile(
        r"(^|\.)(requests|httpx|urllib\d?|aiohttp|socket|smtplib|paramiko|http\.client)\b"
    ),
    "what tells the time": re.compile(
        r"(^|\.)(time|datetime|timeutils|timezone)\.(time|sleep|utcnow\w*|now|monotonic|datetime)$"
    ),
    "what reads or writes the database": re.compile(
        r"(^|[._])(db|database|sqlalchemy|session|objects)[._]|\.(create_engine|commit)$"
    ),
}
KINDS = ("a security check", *_OTHERS)
"""What :func:`kind` answers, what matters most first."""


@lru_cache(8192)
def guard(target: str) -> str:
    """The last part of a dotted name where it names a security check; else ""."""
    home, _, last = target.rpartition(".")
    word = words(last)
    if _DECORATORS.fullmatch(word) or (_GUARD.fullmatch(word) and not _DENIES.search(word)):
        return last
    return last if _GUARD_BY_HOME.fullmatch(word) and _HOME.search(home.lower()) else ""


def is_about_denial(test: str) -> bool:
    """Whether a test's name says that somebody is turned away."""
    return bool(_DENIAL.search(words(test)))


def denies_by_raising(name: str) -> bool:
    """Whether a guard says no by an exception, so that any plain answer is a yes."""
    return words(name).startswith(_RAISING)


@lru_cache(8192)
def kind(target: str) -> str:
    """What sort of thing a name stands for, of those that matter to a reviewer; else ""."""
    if guard(target):
        return KINDS[0]
    return next((what for what, pattern in _OTHERS.items() if pattern.search(target)), "")


@lru_cache(8192)
def words(name: str) -> str:
    """A name in lower case, its words parted by underscores: ``verify_token``."""
    return _CAMEL.sub("_", name).lower().strip("_")
