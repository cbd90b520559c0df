"""What a literal is: placeholder, secret, masked form; which hosts and networks are reserved."""

import ipaddress
import math
import re
from collections import Counter

PLACEHOLDER_WORDS = frozenset(
    [
        "abc",
        "abcd",
        "admin",
        "anonymous",
        "any",
        "asdf",
        "auth",
        "bar",
        "baz",
        "bearer",
        "blah",
        "bob",
        "changeme",
        "credential",
        "credentials",
        "default",
        "demo",
        "dummy",
        "empty",
        "example",
        "fake",
        "foo",
        "foobar",
        "guest",
        "hello",
        "hidden",
        "hunter",
        "invalid",
        "key",
        "letmein",
        "local",
        "login",
        "mock",
        "my",
        "mypass",
        "mypassword",
        "myuser",
        "name",
        "new",
        "nobody",
        "none",
        "null",
        "old",
        "other",
        "pass",
        "passphrase",
        "passwd",
        "password",
        "placeholder",
        "postgres",
        "private",
        "public",
        "pw",
        "pwd",
        "qwerty",
        "random",
        "redacted",
        "root",
        "sample",
        "secret",
        "some",
        "somepass",
        "stub",
        "string",
        "super",
        "temp",
        "test",
        "tester",
        "testing",
        "thing",
        "tmp",
        "token",
        "unknown",
        "user",
        "username",
        "value",
        "wrong",
        "xxx",
        "xyz",
        "your",
        "alice",
        "correct",
        "incorrect",
        "bad",
        "good",
        "not",
        "real",
        "only",
        "foobaz",
        "mysecret",
        "session",
        "access",
        "api",
        "client",
        "id",
        "the",
        "a",
        "an",
        "is",
        "this",
        "that",
        "for",
        "in",
        "of",
        "and",
        "or",
        "with",
        "no",
        "yes",
        "true",
        "false",
        "on",
        "off",
        "enabled",
        "disabled",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "first",
        "second",
        "third",
        "last",
        "next",
        "prev",
        "server",
        "host",
        "db",
        "database",
        "sql",
        "mysql",
        "mariadb",
        "redis",
        "rabbit",
        "rabbitmq",
        "mongo",
        "oracle",
        "ldap",
        "smtp",
        "ssh",
        "ssl",
        "tls",
        "http",
        "https",
        "url",
        "uri",
        "path",
        "file",
        "dir",
        "data",
        "json",
        "xml",
        "yaml",
        "text",
        "content",
        "body",
        "type",
        "kind",
        "field",
        "column",
        "attr",
        "attribute",
        "param",
        "parameter",
        "arg",
        "argument",
        "header",
        "cookie",
        "query",
        "pytest",
        "unittest",
        "django",
        "flask",
        "fastapi",
        "nova",
        "keystone",
    ]
)
_UUID = re.compile(r"\{?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?", re.IGNORECASE)
_HEX = re.compile(r"(0x)?[0-9a-f]+", re.IGNORECASE)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_TEMPLATE = re.compile(r"^[<{$%\[(].*|.*(\$\{|\{\{|%\(|%s|\{\w*\}|<\w+>).*", re.DOTALL)
_REPEATED = re.compile(r"(.{1,4})\1{2,}")
MIN_SECRET = 8


def entropy(text: str) -> float:
    """Shannon entropy in bits per character; 0.0 for an empty text."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


def is_placeholder(text: str, names: tuple[str, ...] = ()) -> bool:
    """Whether a value is a stand-in rather than a live credential.

    Empty, short, UUIDs, hexadecimal ids, words of a dictionary of test values, templates,
    repeated characters, and values that are built of the *names* they are given to.
    """
    value = text.strip()
    if len(value) < MIN_SECRET or not value.isprintable():
        return True
    if _UUID.fullmatch(value) or _HEX.fullmatch(value) or _TEMPLATE.fullmatch(value):
        return True
    if _REPEATED.search(value) or any(c.isspace() for c in value) or not value.isascii():
        return True
    words = [word.lower() for word in _WORDS.findall(value)]
    known = PLACEHOLDER_WORDS | {w.lower() for name in names for w in _WORDS.findall(name)}
    return _is_wordy(value, words, known)


def _is_wordy(value: str, words: list[str], known: frozenset[str]) -> bool:
    letters = [word for word in words if word.isalpha()]
    if not letters or value.isdigit():
        return True
    if any(word.startswith(p) for word in letters for p in ("test", "fake", "dummy", "example")):
        return True
    if any(marker in value.lower() for marker in _MARKERS):
        return True
    if all(word in known or len(word) == 1 for word in letters):
        return True
    # Dictionary-like: one lower- or upper-case word, or several joined by - _ . : /
    return bool(re.fullmatch(r"[A-Za-z]+([-_.:/][A-Za-z0-9]+)*\d{0,4}", value)) and (
        entropy(value) < _WORD_ENTROPY
    )


_MARKERS = (
    "password",
    "passwd",
    "secret",
    "placeholder",
    "changeme",
    "example",
    "dummy",
    "fake",
    "sample",
    "redacted",
    "notreal",
    "not-real",
    "insecure",
    "invalid",
    "12345",
    "abcde",
    "xxxx",
)
_WORD_ENTROPY = 4.0


def masked(prefix: str = "") -> str:
    """What is shown instead of a secret: its kind's public *prefix*, and nothing of the rest."""
    return f"{prefix}•••"


_RESERVED_SUFFIXES = (
    ".test",
    ".example",
    ".invalid",
    ".localhost",
    ".local",
    ".localdomain",
    ".example.com",
    ".example.net",
    ".example.org",
    ".internal",
)
_RESERVED_HOSTS = frozenset(
    {"", "localhost", "example.com", "example.net", "example.org", "testserver", "host", "0"}
)


def is_reserved_host(host: str) -> bool:
    """Whether a host can only be this machine, a test network or a documentation name.

    RFC 2606 and RFC 6761 names, single-label names, loopback, private, link-local and
    documentation addresses (RFC 5737, RFC 3849).
    """
    name = host.strip("[]").rstrip(".").lower()
    if name in _RESERVED_HOSTS or name.endswith(_RESERVED_SUFFIXES):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return "." not in name
    return not address.is_global or address.is_multicast


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by name or address."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
