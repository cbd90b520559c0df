"""What a literal is: placeholder, secret, masked form; which hosts and networks are reserved."""

import ipaddress
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

_WORD_LIST = """
a abc abcd access account admin administrator adminpass alice an and any anonymous api app arg
argument asdf attr attribute auth bad bar battery baz bearer blah bob body cafe change changeme
client column content cookie correct credential credentials data database db default demo
devstack dict dir disabled django does dummy eight eighth else empty enabled encrypted entry
error example exist expected fake fastapi field fifth file first five flag flask foo foobar
foobaz for four fourth god good guest hash hashed header hello hidden horse host http https
hunter id in incorrect input instance int invalid is item james jane jdoe joe john json key
keystone kind lambda last ldap legal letmein list local login long longer main mariadb master
me mock mongo my mypass mypassword mysecret mysql myuser name new next nine no nobody none
nope normal not nova null number object of off old on one only opaque open option or oracle
other pass passphrase passwd password path payload phrase placeholder plain please postgres
prev private public pw pwd pytest python query qwerty rabbit rabbitmq random
real redacted redis root safe same sample scott second secret secure sekret server service
session seven shared short six some somepass something sql ssh ssl smtp staging staple str
string strong stub super sys system ten test tester testing text that the thing third this
three tiger tls tmp token true two type ultra unittest uri url user username valid value
very weak welcome with word world wrong xml xxx xyz yaml yes your zero
"""
PLACEHOLDER_WORDS = frozenset(_WORD_LIST.split())
MIN_SECRET = 8
_UUID = re.compile(r"\{?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?", re.IGNORECASE)
_HEX = re.compile(r"(0x)?[0-9a-f]+", re.IGNORECASE)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_WRAPPED = re.compile(r"<.*>|\{.*\}|\[.*\]|\(.*\)|%.*%|\$\w+", re.DOTALL)
# To be filled in, or what a value has to look like.
_TEMPLATE = re.compile(r"\$\{|\{\{|%\(\w+\)|%s|\{\w*\}|<\w+>|\[\w-\w[^]]{0,30}\][{+*]")
_REPEATED = re.compile(r"(.{1,4})\1{2,}")
# In a long token, a digit three times in a row, or a pair of digits, is chance.
_PATTERNED = re.compile(r"(.)\1{4,}|(.{2})\2{3,}|(.{3,4})\3{2,}")
_WORDY = re.compile(r"[A-Za-z]+([-_.:/][A-Za-z0-9]+)*\d{0,4}")
_WORD_ENTROPY = 4.0
# On average; letters thrown together change their case more often.
_WORD_LENGTH = 4
_CONSONANTS = re.compile("[bcdfghjklmnpqrstvwxz]{5}")
_LEET = dict(zip("013457@$!", "oleastasi", strict=True))
_LEET_LETTER = re.compile(r"(?<![0-9])[013457@$!]{1,3}(?=[a-z])", re.IGNORECASE)
_STEMS = ("test", "fake", "dummy", "example")
_MARKERS = re.compile(
    "passw(or)?d|passphrase|secret|s[e3]kr[e3]t|placeholder|change-?_?me|example|dummy|fake|sample"
    "|redacted|not-?_?real|insecure|invalid|letmein|qwerty|hunter2|xxxx|dontuse|do-not-use"
)
_RUNS = re.compile("01234|12345|23456|34567|45678|56789|98765|87654|abcde|bcdef|cdefg|zyxwv")

_NO_LETTERS, _NO_DIGITS = re.compile("[^a-z]+"), re.compile("[^0-9]+")


def entropy(text: str) -> float:
    """Shannon entropy in bits per character; 0.0 for an empty text."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


def is_placeholder(text: str, names: tuple[str, ...] = ()) -> bool:
    """Whether a value is a stand-in rather than a live credential.

    Empty, short, UUIDs, hexadecimal ids, words of a dictionary of test values (also in
    leet: ``p@ssw0rd``), templates, repeated characters, and values that are built of the
    *names* they are given to.
    """
    value = text.strip()
    if len(value) < MIN_SECRET or not value.isprintable():
        return True
    if any(shape.fullmatch(value) for shape in (_UUID, _HEX, _WRAPPED)):
        return True
    if _TEMPLATE.search(value):
        return True
    if _REPEATED.search(value) or any(c.isspace() for c in value) or not value.isascii():
        return True
    known = PLACEHOLDER_WORDS | {w.lower() for name in names for w in _WORDS.findall(name)}
    return is_marked(value) or _is_wordy(value, known) or _is_wordy(_plain(value), known)


def is_marked(text: str) -> bool:
    """Whether a value says itself that it is made up: ``...EXAMPLE``, ``fake``, ``12345``.

    Also where two sequences take turns, as in ``a1b2c3d4e5``.
    """
    lower = text.lower()
    if _RUNS.search(lower) or _MARKERS.search(lower) or _MARKERS.search(_plain(lower)):
        return True
    letters, digits = _NO_LETTERS.sub("", lower), _NO_DIGITS.sub("", lower)
    return bool(_RUNS.search(letters) and _RUNS.search(digits))


def _plain(text: str) -> str:
    """*text* without leet: up to three digits and signs before a letter are read as letters."""
    return _LEET_LETTER.sub(lambda found: "".join(map(_LEET.__getitem__, found[0])), text)


def _is_wordy(value: str, known: frozenset[str]) -> bool:
    words = [word.lower() for word in _WORDS.findall(value)]
    letters = [word for word in words if word.isalpha()]
    if not letters or any(word.startswith(_STEMS) for word in letters):
        return True
    if all(word in known or len(word) == 1 for word in letters) and any(
        len(word) > 1 for word in letters
    ):
        return True
    # Dictionary-like: one word or some in camel case, or several joined by - _ . : /
    is_spelled = len("".join(letters)) >= _WORD_LENGTH * len(letters)
    is_spelled &= not any(map(_CONSONANTS.search, letters))
    in_one_case = value.islower() or value.isupper()
    return (
        (in_one_case or is_spelled)
        and bool(_WORDY.fullmatch(value))
        and entropy(value) < _WORD_ENTROPY
    )


def looks_random(text: str) -> bool:
    """Whether a value seems generated, not thought up: characters of many kinds, well mixed.

    Published examples, sequences and repetitions do not; neither do hexadecimal ids.
    """
    if is_placeholder(text) or len(text) < 10:
        return False
    kinds = [_kind(character) for character in text]
    changes = sum(a != b for a, b in itertools.pairwise(kinds)) / len(text)
    dense = entropy(text) >= 0.8 * math.log2(min(len(text), 40))
    # Of two kinds are names in camel case, too: what is shorter has to be well shaken.
    long = len(text) >= (14 if changes >= 0.45 else 20)
    return dense and changes >= 0.3 and (len(set(kinds)) >= 3 or long)


def is_generated(text: str) -> bool:
    """Whether the body of a token (letters and digits, hexadecimal too) is a random one."""
    alphabet = 16 if _HEX.fullmatch(re.sub("[-_.$]", "", text)) else 62
    wanted = 0.75 * math.log2(max(2, min(len(text), alphabet)))
    return entropy(text) >= wanted and not is_marked(text) and not _PATTERNED.search(text)


def _kind(character: str) -> int:
    if character.isdigit():
        return 0
    if character.isalpha():
        return 1 if character.islower() else 2
    return 3


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
    ".internal",
)
_RESERVED_HOSTS = frozenset({"", "localhost", "testserver", "0"})
# Second-level names that stand for "some host" in examples: example.com, foo.org, test.io.
_STAND_IN_LIST = """
acme bar baz company domain dummy example fake foo foobar host hostname mock mycompany mydomain
myhost mysite nowhere placeholder qux server site some somewhere test your yourdomain
"""
_STAND_INS = frozenset(_STAND_IN_LIST.split())
# The address, or what of it stands before a zone id.
_ADDRESS = re.compile(r"[0-9a-f.:]+", re.IGNORECASE)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = _ADDRESS.match(host)
        rest = host[found.end() :] if found else ""
        return ipaddress.ip_address(found[0]) if found and rest[:1] in ("", "%") else None
    except ValueError:
        return None


def is_reserved_host(host: str) -> bool:
    """Whether a host can only be this machine, a test network or a documentation name.

    RFC 2606 and RFC 6761 names, single-label names, names whose second level says that
    they stand for another (``foo.com``), loopback, private, link-local and documentation
    addresses (RFC 5737, RFC 3849).
    """
    name = host.strip("[]").rstrip(".").lower()
    if name in _RESERVED_HOSTS or name.endswith(_RESERVED_SUFFIXES):
        return True
    address = _address(name)
    if address is not None:
        return not address.is_global or address.is_multicast
    labels = name.split(".")
    return len(labels) == 1 or labels[-2] in _STAND_INS


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by name or address."""
    name = host.strip("[]").rstrip(".").lower()
    address = _address(name)
    if address is not None:
        return address.is_loopback
    return name == "localhost" or name.endswith(".localhost")


@dataclass(frozen=True, slots=True)
class Url:
    """The authority of one URL in a text; ``user``, ``password`` and ``port`` may be empty."""

    scheme: str
    user: str
    password: str
    host: str
    port: str

    def __repr__(self) -> str:
        """Without the password, which belongs into no log."""
        return f"Url({self.scheme}://{self.host})"


_URL = re.compile(
    r"\b(?P<scheme>[a-z][a-z0-9+._-]{1,30})://"
    r"(?:(?P<user>[^\s/?#@:'\"]*)(?::(?P<password>[^\s/?#'\"]*))?@)?"
    r"(?P<host>\[[0-9a-f:.%]+\]|[^\s/?#:@'\"<>,;)\]]*)(?::(?P<port>\d{1,5}))?",
    re.IGNORECASE,
)


def urls(text: str) -> Iterator[Url]:
    """The URLs in *text*, in order; only what stands between the scheme and the path."""
    if "://" in text:
        for found in _URL.finditer(text):
            parts = {name: value or "" for name, value in found.groupdict().items()}
            yield Url(**parts | {"scheme": parts["scheme"].lower(), "host": parts["host"].lower()})
